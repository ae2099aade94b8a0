//! Packages: a trained model with all that it takes to serve it.
//!
//! ```text
//! package.json         signature, preprocessing statistics, provenance, and a
//!                      fingerprint of every other file
//! model/               the checkpoint: parameters as safetensors
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::datatypes::DataType;
use seatrial_model::{Learner, Recipe};
use seatrial_rng::{Fingerprint, Fingerprinter};
use serde::{Deserialize, Serialize};

use crate::cells;
use crate::declaration::{PackageStage, Stage};
use crate::done::{Done, step_name};
use crate::error::at;
use crate::making::write_json;
use crate::pipeline::Pipeline;
use crate::stages::{CHECKPOINT, ModelDeclaration, PART, Step, Trained, load_learner, predict};
use crate::store;
use crate::{PipelineError, Result};

const FILE: &str = "package.json";
const MODEL: &str = "model";
const FORMAT: u32 = 1;

/// Builds the recipe of a declared model: whoever knows the families does.
pub type BuildRecipe<'a> = dyn Fn(&ModelDeclaration) -> Result<Arc<dyn Recipe>> + 'a;

/// The file `package.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Of `package` as it is written.
    checksum: Fingerprint,
    package: Description,
}

/// What a package says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    signature: Signature,
    /// What is done to a row before the model sees it, in order.
    preprocessing: Vec<Preprocessing>,
    model: Trained,
    provenance: Provenance,
    /// Of every other file, by path.
    files: BTreeMap<String, Fingerprint>,
}

/// What goes in and what comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Columns of the rows that it takes.
    pub inputs: Vec<Column>,
    /// What the model gives: a probability for each class, or a value.
    pub outputs: Vec<Column>,
}

/// A column by name and type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, in Arrow's words.
    pub r#type: String,
}

/// One step with the stage that fitted it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Preprocessing {
    stage: String,
    step: Step,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The pipeline that made it.
    pub pipeline: String,
    /// The table that it takes rows of.
    pub table: String,
    /// Root seed of the training.
    pub seed: u64,
    /// Which of several runs.
    pub run: usize,
    /// Fingerprints of everything that was made before it.
    pub made_from: BTreeMap<String, Fingerprint>,
}

/// What a `package` stage asks for.
pub(crate) struct Request<'a> {
    pub pipeline: &'a Pipeline,
    pub stage: &'a PackageStage,
    pub before: &'a Done,
    pub seed: u64,
    pub run: usize,
}

impl Request<'_> {
    /// Writes the package into a new folder.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let model = self.before.artifact(&self.stage.trained)?;
        model.verify()?;
        let trained = Trained::read(&model.path)?;
        let (table, preprocessing) = self.preprocessing()?;
        copy_folder(&model.path.join(CHECKPOINT), &folder.join(MODEL))?;
        let schema = self.before.table(&table)?.schema().clone();
        let inputs = schema.fields().iter();
        let inputs = inputs.filter(|field| *field.name() != trained.label && field.name() != PART);
        let number = |name: &String| Column {
            name: name.clone(),
            r#type: DataType::Float64.to_string(),
        };
        let signature = Signature {
            inputs: inputs
                .map(|field| Column {
                    name: field.name().clone(),
                    r#type: field.data_type().to_string(),
                })
                .collect(),
            outputs: match &trained.classes {
                Some(classes) => classes.iter().map(number).collect(),
                None => vec![number(&trained.label)],
            },
        };
        let mut files = BTreeMap::new();
        list(folder, MODEL, &mut files)?;
        let made = self.before.artifacts.iter();
        let package = Description {
            format: FORMAT,
            signature,
            preprocessing,
            model: trained,
            provenance: Provenance {
                pipeline: self.pipeline.name.clone(),
                table,
                seed: self.seed,
                run: self.run,
                made_from: made
                    .map(|(name, a)| (name.clone(), a.fingerprint))
                    .collect(),
            },
            files,
        };
        let checksum = checksum(&package)?;
        write_json(&folder.join(FILE), &Document { checksum, package })
    }

    /// The table that rows are taken of, and the steps from it to the model.
    fn preprocessing(&self) -> Result<(String, Vec<Preprocessing>)> {
        let trainer = self.pipeline.maker(&self.stage.trained).unwrap_or_default();
        let Stage::Train(train) = self.pipeline.stage(trainer)? else {
            return Err(PipelineError::Stages(format!("`{trainer}` trains nothing")));
        };
        let mut table = train.input.clone();
        let mut steps = Vec::new();
        while self.stage.from.as_ref() != Some(&table) {
            let maker = self.pipeline.maker(&table).unwrap_or_default();
            let stage = self.pipeline.stage(maker)?;
            let inputs = stage.inputs();
            match (self.before.artifacts.get(&step_name(&table)), stage) {
                (Some(step), _) => {
                    step.verify()?;
                    let text = fs::read_to_string(&step.path).map_err(at(&step.path))?;
                    let step = serde_json::from_str(&text)
                        .map_err(|error| PipelineError::content(&step.path, error.to_string()))?;
                    let stage = maker.to_owned();
                    steps.push(Preprocessing { stage, step });
                }
                // It parts rows and changes none.
                (None, Stage::Split(_)) => {}
                // Programs and files end the way back.
                (None, _) => match &self.stage.from {
                    None => break,
                    Some(from) => {
                        return Err(PipelineError::Stages(format!(
                            "no built-in stages alone lead from `{from}` to the model: `{table}` is \
                             made by `{maker}`"
                        )));
                    }
                },
            }
            table = inputs.into_iter().next().map_or(table, |port| port.name);
        }
        steps.reverse();
        Ok((table, steps))
    }
}

/// A package that was opened and found to be whole.
pub struct Package {
    folder: PathBuf,
    description: Description,
    learner: Box<dyn Learner>,
}

/// What a package says of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The classes, in the order of the outputs; none for a regression.
    pub classes: Option<Vec<String>>,
    /// Of each row: probabilities of the classes, or a value.
    pub outputs: Vec<Vec<f64>>,
}

impl Package {
    /// Opens a package.
    ///
    /// # Errors
    /// When a file is missing or not what was packaged, or the model cannot be
    /// built.
    pub fn open(folder: &Path, build: &BuildRecipe) -> Result<Self> {
        let file = folder.join(FILE);
        let text = fs::read_to_string(&file).map_err(at(&file))?;
        let broken = |error: serde_json::Error| {
            PipelineError::content(&file, format!("is damaged, or no package: {error}"))
        };
        // What a later format says may be unknown here: its number is read first.
        let document: serde_json::Value = serde_json::from_str(&text).map_err(broken)?;
        let format = document.pointer("/package/format").and_then(|n| n.as_u64());
        if let Some(format) = format.filter(|format| *format != u64::from(FORMAT)) {
            let message = format!(
                "is a package of format {format}, and this version of Sea Trial reads format {FORMAT}"
            );
            return Err(PipelineError::content(&file, message));
        }
        let document: Document = serde_json::from_value(document).map_err(broken)?;
        let description = document.package;
        if checksum(&description)? != document.checksum {
            return Err(PipelineError::content(&file, "does not match its checksum"));
        }
        for (name, expected) in &description.files {
            let path = folder.join(name);
            if store::fingerprint(&path)? != *expected {
                return Err(PipelineError::content(&path, "is not what was packaged"));
            }
        }
        let recipe = build(&description.model.model)?;
        let learner = load_learner(&description.model, recipe.as_ref(), &folder.join(MODEL))?;
        Ok(Self {
            folder: folder.to_owned(),
            description,
            learner,
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What goes in and what comes out.
    pub fn signature(&self) -> &Signature {
        &self.description.signature
    }

    /// The model and what it was trained on.
    pub fn trained(&self) -> &Trained {
        &self.description.model
    }

    /// Where it comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.description.provenance
    }

    /// What is done to a row before the model sees it, each with its stage.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&str, &Step)> {
        let steps = self.description.preprocessing.iter();
        steps.map(|one| (one.stage.as_str(), &one.step))
    }

    /// Its learner.
    pub fn learner(&mut self) -> &mut dyn Learner {
        self.learner.as_mut()
    }

    /// What the model sees of raw rows: its features, in order. The label need not
    /// be there.
    ///
    /// # Errors
    /// When a column is missing, or holds what a step cannot take.
    pub fn features(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        for column in &self.description.signature.inputs {
            cells::column_of(rows, &column.name)?;
        }
        let label = &self.description.model.label;
        let mut batch = rows.clone();
        if batch.column_by_name(label).is_none() {
            // Stages may carry it along; nobody knows it when serving.
            let unknown: ArrayRef = new_null_array(&DataType::Utf8, batch.num_rows());
            batch = crate::stages::with_column(&batch, label, unknown)?;
        }
        for Preprocessing { stage, step } in &self.description.preprocessing {
            batch = step.apply(&batch).map_err(|error| error.in_stage(stage))?;
        }
        let features = &self.description.model.features;
        let schema = batch.schema();
        let places = features
            .iter()
            .map(|name| {
                cells::column_of(&batch, name)?;
                Ok(schema.index_of(name)?)
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(batch.project(&places)?)
    }

    /// What the model says of raw rows.
    ///
    /// # Errors
    /// As [`features`](Self::features), and when the model refuses them.
    pub fn predict(&mut self, rows: &RecordBatch) -> Result<Predictions> {
        self.predict_at(rows, 0)
    }

    /// As [`predict`](Self::predict), of rows before which stand so many others:
    /// errors number them so.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_at(&mut self, rows: &RecordBatch, before: u64) -> Result<Predictions> {
        let features = self.features(rows)?;
        self.predict_prepared(&features, before)
    }

    /// What the model says of rows that have been prepared as its features are,
    /// such as those of the table that it was trained on. Further columns may be
    /// there.
    ///
    /// # Errors
    /// When a feature is missing, or the model refuses the rows.
    pub fn predict_prepared(&mut self, rows: &RecordBatch, before: u64) -> Result<Predictions> {
        let model = &self.description.model;
        let outputs = if rows.num_rows() == 0 {
            Vec::new()
        } else {
            predict(self.learner.as_mut(), model, rows, before)?
        };
        Ok(Predictions {
            classes: model.classes.clone(),
            outputs,
        })
    }
}

/// Of a description, whatever the layout of its text.
fn checksum(package: &Description) -> Result<Fingerprint> {
    let text =
        serde_json::to_string(package).map_err(|error| PipelineError::Stages(error.to_string()))?;
    let mut hasher = Fingerprinter::new();
    hasher.bytes(text.as_bytes());
    Ok(hasher.finish())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let target = to.join(entry.file_name());
        fs::copy(entry.path(), &target).map_err(at(&target))?;
    }
    Ok(())
}

fn list(folder: &Path, name: &str, files: &mut BTreeMap<String, Fingerprint>) -> Result<()> {
    let path = folder.join(name);
    for entry in fs::read_dir(&path).map_err(at(&path))? {
        let entry = entry.map_err(at(&path))?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        files.insert(name, store::fingerprint(&entry.path())?);
    }
    Ok(())
}
