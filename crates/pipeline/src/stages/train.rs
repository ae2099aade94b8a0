//! `train`: a model of the spec, trained on the training part.

use std::fs;
use std::path::Path;

use arrow::array::RecordBatch;
use candle_core::{DType, Device, Tensor};
use schemars::JsonSchema;
use seatrial_data::{BatchOrder, Target, TaskKind};
use seatrial_model::{
    Batch, Inputs, Learner, Mode, OutputKind, Overrides, Probe, Recipe, Targets, Task,
};
use seatrial_rng::Streams;
use seatrial_spec::Count;
use serde::{Deserialize, Serialize};

use super::learning::LearningRows;
use super::rows::feature_values;
use super::{PART, matching};
use crate::declaration::ModelName;
use crate::error::at;
use crate::source::Source;
use crate::{PipelineError, Result};

/// Trains a model that the spec declares, on the rows whose `split` is `train`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// The model. A case may name another.
    pub model: ModelName,
    /// The column to predict.
    pub label: String,
    /// Names and globs of the columns to predict from; every column of numbers but
    /// the label when left out.
    pub features: Option<Vec<String>>,
    /// Whether the label is a class or a number: a class when left out.
    pub task: Option<TaskKind>,
    /// Training steps: 200 when left out.
    pub steps: Option<Count>,
    /// Name of the trained model; the stage's own when left out.
    pub out: Option<String>,
}

/// What is kept beside the parameters of a trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Names of the features, in order.
    pub features: Vec<String>,
    /// The column that it predicts.
    pub label: String,
    /// Its classes, in the order of its outputs; none for a regression.
    pub classes: Option<Vec<String>>,
    /// Lowest and highest feature value of the training rows.
    pub range: (f64, f64),
    /// Rows that it was trained on.
    pub rows: u64,
    /// Steps of training.
    pub steps: u64,
    /// The model, as the spec declares it.
    pub model: ModelDeclaration,
}

/// A declared model, so that it can be built again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelDeclaration {
    /// Its name.
    pub name: String,
    /// Its family.
    pub family: String,
    /// The keys of every model.
    pub common: toml::Table,
    /// The family's own keys.
    pub own: toml::Table,
}

/// The file of a trained model that describes it.
pub(crate) const TRAINED_FILE: &str = "trained.json";
/// The folder of its parameters.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// What it takes to train.
pub(crate) struct TrainRequest<'a> {
    pub stage: &'a Train,
    pub model: ModelDeclaration,
    pub recipe: &'a dyn Recipe,
    pub streams: Streams,
    pub stopped: &'a dyn Fn() -> bool,
}

impl Trained {
    fn task(&self) -> Task {
        Task {
            features: self.features.clone(),
            range: self.range,
            classes: self.classes.as_ref().map(Vec::len),
        }
    }

    /// Reads the description of a trained model.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn read(folder: &Path) -> Result<Self> {
        let file = folder.join(TRAINED_FILE);
        let text = fs::read_to_string(&file).map_err(at(&file))?;
        serde_json::from_str(&text)
            .map_err(|error| PipelineError::content(&file, error.to_string()))
    }
}

/// Trains, and leaves the model in the folder `to`.
pub(crate) fn train(request: &TrainRequest, table: &Source, to: &Path) -> Result<()> {
    let stage = request.stage;
    table.column(&stage.label)?;
    let features = features(stage, table)?;
    let label = (stage.label.as_str(), stage.task);
    let rows = LearningRows::read(table, &features, label, to)?;
    let classes = match &rows.target {
        Target::Classes { names, .. } => Some(names.clone()),
        Target::Values(_) => None,
    };
    let steps = stage.steps.map_or(200, Count::get);
    let trained = Trained {
        label: stage.label.clone(),
        classes,
        range: rows.range,
        features,
        rows: rows.features.rows() as u64,
        steps: steps as u64,
        model: request.model.clone(),
    };
    let learner = learn(request, &trained.task(), &rows, steps)?;
    learner.save(&to.join(CHECKPOINT))?;
    let file = to.join(TRAINED_FILE);
    let text = serde_json::to_string_pretty(&trained)
        .map_err(|error| PipelineError::content(&file, error.to_string()))?;
    fs::write(&file, text).map_err(at(&file))
}

/// A new learner, after so many steps.
fn learn(
    request: &TrainRequest,
    task: &Task,
    rows: &LearningRows,
    steps: usize,
) -> Result<Box<dyn Learner>> {
    let overrides = Overrides::default();
    let mut learner = request.recipe.build(task, &request.streams, &overrides)?;
    let all: Vec<usize> = (0..rows.features.rows()).collect();
    let mut order = BatchOrder::new(&request.streams, &all, request.recipe.batch());
    drop(all);
    for step in 0..steps {
        if (request.stopped)() {
            return Err(PipelineError::Stopped);
        }
        let chosen = order.step(step);
        let values = rows.features.take(&chosen)?;
        let targets = Targets::of_rows(&rows.target, &chosen, overrides.precision)?;
        let batch = Batch::of_values(values, task.features.len(), targets, overrides.precision)?;
        let report = learner.step(std::slice::from_ref(&batch))?;
        if !report.loss.is_finite() {
            let loss = report.loss;
            let message = format!("training broke at step {}: the loss is {loss}", step + 1);
            return Err(PipelineError::Stages(message));
        }
    }
    Ok(learner)
}

fn features(stage: &Train, table: &Source) -> Result<Vec<String>> {
    let known: Vec<&str> = match &stage.features {
        Some(_) => table.columns(),
        None => {
            let fields = table.schema().fields().iter();
            let numbers = fields.filter(|field| field.data_type().is_numeric());
            numbers.map(|field| field.name().as_str()).collect()
        }
    };
    let all = ["*".to_owned()];
    let patterns = stage.features.as_deref().unwrap_or(&all);
    let mut chosen = matching(&known, patterns)?;
    chosen.retain(|name| *name != stage.label && name != PART);
    if chosen.is_empty() {
        let message = format!("there is no feature beside the label `{}`", stage.label);
        return Err(PipelineError::Stages(message));
    }
    Ok(chosen)
}

/// The learner of a trained model, from the folder of its checkpoint.
pub(crate) fn load_learner(
    trained: &Trained,
    recipe: &dyn Recipe,
    checkpoint: &Path,
) -> Result<Box<dyn Learner>> {
    // Whatever it begins with is overwritten by what was saved.
    let streams = Streams::new(0);
    let mut learner = recipe.build(&trained.task(), &streams, &Overrides::default())?;
    learner.load(checkpoint)?;
    Ok(learner)
}

/// What a learner says of the rows of a batch: probabilities of the classes, or
/// a value; one row after the other.
pub(crate) fn predict(
    learner: &mut dyn Learner,
    trained: &Trained,
    batch: &RecordBatch,
    start: u64,
) -> Result<Vec<Vec<f64>>> {
    let values = feature_values(batch, &trained.features, start)?;
    let shape = (batch.num_rows(), trained.features.len());
    let features = Tensor::from_vec(values, shape, &Device::Cpu).map_err(model_error)?;
    let kind = learner.output().kind;
    let inputs = Inputs::new(features);
    let outputs = learner.forward(&inputs, Mode::Evaluation, &mut Probe::default())?;
    let outputs = outputs.to_dtype(DType::F64).map_err(model_error)?;
    let mut rows: Vec<Vec<f64>> = outputs.to_vec2().map_err(model_error)?;
    if kind == OutputKind::Logits {
        rows.iter_mut().for_each(|row| softmax(row));
    }
    Ok(rows)
}

fn model_error(error: candle_core::Error) -> PipelineError {
    seatrial_model::ModelError::from(error).into()
}

fn softmax(row: &mut [f64]) {
    let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|x| *x = libm::exp(*x - highest));
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|x| *x /= sum);
}
