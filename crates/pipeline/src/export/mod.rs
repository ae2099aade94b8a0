//! Trained models as ONNX files, preprocessing inside: what is staged on a server
//! is what was trained.
//!
//! What does not live here: how an ONNX file is written, and what a server makes
//! of it.

mod examples;
mod layers;
mod package;
mod rows;

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use seatrial_data::Dataset;
use seatrial_model::{Cnn, GruDeclaration, Learner, LstmDeclaration, Mlp, OutputKind};
use seatrial_serving::{Dimension, Element, OnnxBuilder};
use seatrial_spec::parse;
use serde::de::DeserializeOwned;

use crate::{PipelineError, Result};
use layers::{Cell, GRU, LSTM, Layers};
pub use package::{ExportedPackage, PackageInputs};

/// The version of the format, and of the domain `ai.onnx`, that is written:
/// every server of the last years reads them.
const IR_VERSION: i64 = 8;
const OPSET: (&str, i64) = ("ai.onnx", 17);

/// The input of an exported model of a dataset: rows as they stand in the file.
pub const INPUT: &str = "features";

/// The input of an exported package that holds its columns of numbers.
pub const NUMBERS: &str = "numbers";

/// Its output for a classification: a probability for each class.
pub const PROBABILITIES: &str = "probabilities";

/// Its output for a regression: a value.
pub const VALUE: &str = "value";

/// The families that can be exported.
pub const FAMILIES: [&str; 6] = ["cnn", "gru", "linear", "logistic", "lstm", "mlp"];

/// What is done to a row before the model sees it: `(value - shift) · factor`,
/// feature by feature, in double precision.
#[derive(Clone, Debug, PartialEq)]
pub struct Rescaling {
    /// What is taken away from each feature.
    pub shift: Vec<f64>,
    /// What each is then multiplied by.
    pub factor: Vec<f64>,
}

impl Rescaling {
    /// What the dataset does to the rows of its file.
    pub fn of(dataset: &Dataset) -> Self {
        let features = 0..dataset.features.len();
        Self {
            // A column that is constant in training is multiplied by zero.
            shift: features
                .clone()
                .map(|feature| dataset.unscaled(feature, 0.0).unwrap_or(0.0))
                .collect(),
            factor: features.map(|feature| dataset.scale_of(feature)).collect(),
        }
    }

    fn is_idle(&self) -> bool {
        self.shift.iter().all(|shift| *shift == 0.0)
            && self.factor.iter().all(|factor| *factor == 1.0)
    }
}

/// A trained model and what it takes to serve it.
pub struct Export<'a> {
    /// Its family.
    pub family: &'a str,
    /// The family's own keys, as the spec declares them.
    pub own: &'a toml::Table,
    /// The learner, trained.
    pub learner: &'a dyn Learner,
    /// What is done to a row first.
    pub rescaling: &'a Rescaling,
    /// The classes, in the order of the outputs; none for a regression.
    pub classes: Option<&'a [String]>,
}

impl Export<'_> {
    /// The ONNX file. It takes [`INPUT`], `float` of shape `[batch, features]`,
    /// and gives [`PROBABILITIES`], `[batch, classes]`, or [`VALUE`], `[batch, 1]`.
    ///
    /// # Errors
    /// When the family cannot be exported, or the learner is not of this
    /// declaration.
    pub fn onnx(&self) -> Result<Vec<u8>> {
        let mut graph = OnnxBuilder::new(self.family);
        let schema = self.learner.input();
        let row = [Dimension::Named("batch"), Dimension::Fixed(schema.width())];
        graph.input(INPUT, Element::FLOAT, &row);
        let x = self.rescaled(&mut graph);
        let list = |names: &[String]| toml::Value::from(names.to_vec()).to_string();
        graph.metadata("features", &list(&schema.features));
        self.model(graph, &x, None, &[OPSET])
    }

    /// The model on features as it was trained on them, `[batch, features]`. What
    /// `doubt` names, `[batch, 1]`, is added to its outputs.
    fn model(
        &self,
        graph: OnnxBuilder,
        x: &str,
        doubt: Option<&str>,
        opsets: &[(&str, i64)],
    ) -> Result<Vec<u8>> {
        let mut layers = Layers {
            graph,
            parameters: parameters(self.learner)?,
        };
        let outputs = self.network(&mut layers, x)?;
        let (name, operation) = match self.learner.output().kind {
            OutputKind::Logits => (PROBABILITIES, "Softmax"),
            OutputKind::Probabilities => (PROBABILITIES, "Identity"),
            OutputKind::Values => (VALUE, "Identity"),
        };
        match doubt {
            None => layers.graph.node(operation, &[&outputs], name, &[]),
            Some(doubt) => {
                let told = layers.graph.node(operation, &[&outputs], "outputs", &[]);
                layers.graph.node("Add", &[&told, doubt], name, &[])
            }
        };
        let given = self.learner.output().width;
        let shape = [Dimension::Named("batch"), Dimension::Fixed(given)];
        layers.graph.output(name, Element::FLOAT, &shape);
        layers.graph.metadata("family", self.family);
        if let Some(classes) = self.classes {
            let list = toml::Value::from(classes.to_vec()).to_string();
            layers.graph.metadata("classes", &list);
        }
        Ok(layers.graph.model(IR_VERSION, opsets))
    }

    /// The features as the model was trained on them.
    fn rescaled(&self, graph: &mut OnnxBuilder) -> String {
        if self.rescaling.is_idle() {
            return INPUT.to_owned();
        }
        let Rescaling { shift, factor } = self.rescaling;
        let shift = graph.doubles("shift", &[shift.len()], shift);
        let factor = graph.doubles("factor", &[factor.len()], factor);
        let double = layers::cast(graph, INPUT, "features_double", Element::DOUBLE);
        let shifted = graph.node("Sub", &[&double, &shift], "features_shifted", &[]);
        let scaled = graph.node("Mul", &[&shifted, &factor], "features_scaled", &[]);
        layers::cast(graph, &scaled, "features_model", Element::FLOAT)
    }

    fn network(&self, layers: &mut Layers, x: &str) -> Result<String> {
        match self.family {
            family @ ("logistic" | "linear") => layers.dense(family, x),
            "mlp" => self.mlp(layers, x),
            "cnn" => self.cnn(layers, x),
            "lstm" => {
                let declared: LstmDeclaration = self.declaration()?;
                self.recurrent(layers, x, &LSTM, declared.sequence())
            }
            "gru" => {
                let declared: GruDeclaration = self.declaration()?;
                self.recurrent(layers, x, &GRU, declared.sequence())
            }
            other => Err(PipelineError::Export(format!(
                "`{other}` cannot be exported as ONNX; {} can",
                FAMILIES.join(", ")
            ))),
        }
    }

    fn mlp(&self, layers: &mut Layers, x: &str) -> Result<String> {
        let declared: Mlp = self.declaration()?;
        let mut x = x.to_owned();
        for layer in 0..declared.hidden.len() {
            x = layers.dense(&format!("mlp.{layer}"), &x)?;
            x = layers.activation(declared.activation, &x);
        }
        layers.dense("mlp.head", &x)
    }

    fn cnn(&self, layers: &mut Layers, x: &str) -> Result<String> {
        let declared: Cnn = self.declaration()?;
        let Some(image) = declared.image() else {
            let expected = "image: [height, width] or [channels, height, width] expected";
            return Err(bad_declaration(expected));
        };
        let mut x = layers.reshape(x, "image", &image);
        for layer in 0..declared.channels.len() {
            x = layers.convolution(&format!("cnn.conv.{layer}"), &x)?;
            x = layers.activation(declared.activation, &x);
            x = layers.max_pool(&x, declared.pool.get());
        }
        x = layers.graph.node("Flatten", &[&x], "flat", &[]);
        for layer in 0..declared.hidden.len() {
            x = layers.dense(&format!("cnn.{layer}"), &x)?;
            x = layers.activation(declared.activation, &x);
        }
        layers.dense("cnn.head", &x)
    }

    fn recurrent(
        &self,
        layers: &mut Layers,
        x: &str,
        cell: &Cell,
        sequence: [usize; 2],
    ) -> Result<String> {
        let x = layers.reshape(x, "sequence", &sequence);
        let last = layers.recurrent(cell, self.family, &x)?;
        layers.dense(&format!("{}.head", self.family), &last)
    }

    fn declaration<T: DeserializeOwned>(&self) -> Result<T> {
        parse(self.own.clone()).map_err(|misfit| bad_declaration(&misfit.message))
    }
}

/// A parameter that the family has is not there, or of another shape.
fn bad_parameter(name: &str, problem: &str) -> PipelineError {
    PipelineError::Export(format!("the parameter `{name}` {problem}"))
}

/// The declaration is not one of its family's.
fn bad_declaration(problem: &str) -> PipelineError {
    PipelineError::Export(format!("the model's declaration: {problem}"))
}

/// The learner's parameters in single precision, by name.
fn parameters(learner: &dyn Learner) -> Result<BTreeMap<String, Tensor>> {
    let all = learner.parameters()?.into_iter();
    let pairs = all.map(|parameter| {
        let value = parameter.value.to_dtype(DType::F32)?;
        Ok((parameter.name, value))
    });
    pairs.collect()
}
