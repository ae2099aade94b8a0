//! A package as ONNX: raw rows in, predictions out.

use std::collections::BTreeSet;
use std::rc::Rc;

use seatrial_serving::{Dimension, Element, OnnxBuilder};

use super::rows::{Columns, LEARNING, Writer, looks_at};
use super::{Export, NUMBERS, OPSET, PROBABILITIES, Rescaling, VALUE};
use crate::{Package, PipelineError, Result};

/// What an exported package is asked, in the order of its inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageInputs {
    /// The columns of numbers, side by side in the input [`NUMBERS`].
    pub numbers: Vec<String>,
    /// Columns of texts, each an input of its own under its own name.
    pub texts: Vec<String>,
}

/// A package as an ONNX file.
#[derive(Clone, Debug)]
pub struct ExportedPackage {
    /// The file.
    pub onnx: Vec<u8>,
    /// What it takes.
    pub inputs: PackageInputs,
}

impl Package {
    /// The package as an ONNX file that takes raw rows: what is done to them
    /// before the model is inside.
    ///
    /// Columns of numbers are one input, [`NUMBERS`], `double` of shape
    /// `[batch, columns]`; a missing number is NaN. Each column of texts is an
    /// input of its name, `string` of shape `[batch, 1]`; a missing text is
    /// empty. Columns that the model does not look at are left out. It gives what
    /// an [`Export`] gives, and NaN for a row that [`Package::predict`] refuses.
    ///
    /// # Errors
    /// When the model's family cannot be exported, or what the model looks at is
    /// made of rows in a way that cannot, such as of dates written as text.
    pub fn onnx(&mut self) -> Result<ExportedPackage> {
        let rows = |error: PipelineError| PipelineError::Export(error.to_string());
        let trained = self.trained().clone();
        let signature = self.signature().inputs.clone();
        let named = signature.iter();
        let named = named.map(|column| (column.name.as_str(), column.r#type.as_str()));
        let mut columns = Columns::raw(named, &trained.label);
        for (stage, step) in self.steps() {
            let followed = columns.follow(step);
            followed.map_err(|error| rows(error.in_stage(stage)))?;
        }
        let mut features = Vec::new();
        let (mut numbers, mut texts) = (BTreeSet::new(), BTreeSet::new());
        let mut look = |what: &str, expression: &_| {
            let mut number = |name: &str| {
                numbers.insert(name.to_owned());
            };
            let mut text = |name: &str| {
                texts.insert(name.to_owned());
            };
            let looked = looks_at(expression, &mut number, &mut text);
            looked.map_err(|reason| {
                PipelineError::Export(format!(
                    "{what} cannot be made inside an ONNX file: {reason}"
                ))
            })
        };
        for name in &trained.features {
            let column = columns.get(name).map_err(rows)?;
            if column.is_text() {
                let reason = format!("feature `{name}` holds texts, where numbers are needed");
                return Err(PipelineError::Export(reason));
            }
            look(&format!("feature `{name}`"), &column.made_of)?;
            features.push(Rc::clone(&column.made_of));
        }
        for demand in columns.demands() {
            look("a category that must be known", demand)?;
        }
        // In the order of the rows.
        let ordered = |wanted: &BTreeSet<String>| -> Vec<String> {
            let names = signature.iter().map(|column| column.name.clone());
            names.filter(|name| wanted.contains(name)).collect()
        };
        let inputs = PackageInputs {
            numbers: ordered(&numbers),
            texts: ordered(&texts),
        };
        let mut graph = OnnxBuilder::new(&trained.model.family);
        declare(&mut graph, &inputs)?;
        let (x, doubt) = Writer::new(&mut graph, NUMBERS, &inputs.numbers)
            .features(&features, columns.demands());
        let export = Export {
            family: &trained.model.family,
            own: &trained.model.own,
            learner: self.learner(),
            // It is one of the steps.
            rescaling: &Rescaling {
                shift: Vec::new(),
                factor: Vec::new(),
            },
            classes: trained.classes.as_deref(),
        };
        let mut opsets = vec![OPSET];
        if !inputs.texts.is_empty() {
            opsets.push(LEARNING);
        }
        let onnx = export.model(graph, &x, Some(&doubt), &opsets)?;
        Ok(ExportedPackage { onnx, inputs })
    }
}

fn declare(graph: &mut OnnxBuilder, inputs: &PackageInputs) -> Result<()> {
    let shape = |width| [Dimension::Named("batch"), Dimension::Fixed(width)];
    if !inputs.numbers.is_empty() {
        let width = inputs.numbers.len();
        graph.input(NUMBERS, Element::DOUBLE, &shape(width));
        let list = toml::Value::from(inputs.numbers.clone()).to_string();
        graph.metadata(NUMBERS, &list);
    }
    for name in &inputs.texts {
        if [NUMBERS, PROBABILITIES, VALUE].contains(&name.as_str()) {
            let reason = format!("a column of texts is named `{name}`, as a value of the graph is");
            return Err(PipelineError::Export(reason));
        }
        graph.input(name, Element::STRING, &shape(1));
    }
    Ok(())
}
