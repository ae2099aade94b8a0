//! `evaluate`: a trained model, measured on rows that it has not seen.

use std::path::Path;

use schemars::JsonSchema;
use seatrial_model::Recipe;
use serde::{Deserialize, Serialize};

use super::PART;
use super::metrics::{ClassMetrics, Metrics, ValueMetrics};
use super::train::{CHECKPOINT, Trained, load_learner, predict};
use crate::source::Source;
use crate::{PipelineError, Result, cells};

/// Measures a trained model on the rows of a part.
///
/// Classes: `accuracy`, `balanced_accuracy`, `log_loss`, `recall_CLASS`, and
/// `roc_auc` where there are two. Numbers: `mean_absolute_error`,
/// `root_mean_squared_error`, `r_squared`. Always: `rows`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    /// The table that it reads.
    #[serde(rename = "in")]
    pub input: String,
    /// What a `train` stage made.
    pub trained: String,
    /// The rows to measure on; all, where the table has no column `split`.
    #[serde(default)]
    pub part: EvaluatedPart,
    /// Name of the metrics; the stage's own when left out.
    pub out: Option<String>,
}

/// The rows to measure on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EvaluatedPart {
    /// Those it was trained on.
    Train,
    /// Those to choose models by.
    #[default]
    Validation,
    /// Those kept apart.
    Test,
}

impl EvaluatedPart {
    fn word(self) -> &'static str {
        match self {
            EvaluatedPart::Train => "train",
            EvaluatedPart::Validation => "validation",
            EvaluatedPart::Test => "test",
        }
    }
}

/// Measures the model in the folder `model`.
pub(crate) fn evaluate(
    stage: &Evaluate,
    table: &Source,
    trained: &Trained,
    recipe: &dyn Recipe,
    model: &Path,
) -> Result<Metrics> {
    let mut learner = load_learner(trained, recipe, &model.join(CHECKPOINT))?;
    let parted = table.column(PART).is_ok();
    let mut columns: Vec<&str> = trained.features.iter().map(String::as_str).collect();
    columns.push(&trained.label);
    if parted {
        columns.push(PART);
    }
    let mut measured = match &trained.classes {
        Some(names) => Measured::Classes(ClassMetrics::new(names)),
        None => Measured::Values(ValueMetrics::default()),
    };
    let mut rows = 0;
    for batch in table.batches(&columns)? {
        let mut batch = batch?;
        if parted {
            let parts = cells::texts(cells::column_of(&batch, PART)?)?;
            let keep = parts
                .iter()
                .map(|part| Some(part == Some(stage.part.word())));
            let keep: arrow::array::BooleanArray = keep.collect();
            batch = arrow::compute::filter_record_batch(&batch, &keep)?;
        }
        if batch.num_rows() == 0 {
            continue;
        }
        let outputs = predict(learner.as_mut(), trained, &batch, rows)?;
        let labels = cells::texts(cells::column_of(&batch, &trained.label)?)?;
        for (output, label) in outputs.iter().zip(&labels) {
            measured.add(trained, output, label.unwrap_or(""));
        }
        rows += batch.num_rows() as u64;
    }
    if rows == 0 {
        return Err(PipelineError::Stages(format!(
            "there is no row to measure on: none has the `split` `{}`",
            stage.part.word()
        )));
    }
    Ok(match measured {
        Measured::Classes(metrics) => metrics.finish(),
        Measured::Values(metrics) => metrics.finish(),
    })
}

/// What is measured so far.
enum Measured<'t> {
    Classes(ClassMetrics<'t>),
    Values(ValueMetrics),
}

impl Measured<'_> {
    fn add(&mut self, trained: &Trained, output: &[f64], label: &str) {
        match self {
            Measured::Classes(metrics) => {
                let mut names = trained.classes.iter().flatten();
                metrics.add(output, names.position(|name| name == label));
            }
            Measured::Values(metrics) => {
                metrics.add(output[0], label.parse().unwrap_or(f64::NAN));
            }
        }
    }
}
