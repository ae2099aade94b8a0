//! `evaluate`: a trained model, measured on rows that it has not seen.

use std::path::Path;

use schemars::JsonSchema;
use seatrial_data::table::Table;
use seatrial_model::Recipe;
use serde::{Deserialize, Serialize};

use super::PART;
use super::metrics::{self, Metrics};
use super::train::{CHECKPOINT, Trained, load_learner, predict};
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
    table: &Table,
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
    let (mut outputs, mut labels) = (Vec::new(), Vec::new());
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
        outputs.extend(predict(
            learner.as_mut(),
            trained,
            &batch,
            labels.len() as u64,
        )?);
        let texts = cells::texts(cells::column_of(&batch, &trained.label)?)?;
        labels.extend(texts.iter().map(|text| text.unwrap_or("").to_owned()));
    }
    if labels.is_empty() {
        return Err(PipelineError::Stages(format!(
            "there is no row to measure on: none has the `split` `{}`",
            stage.part.word()
        )));
    }
    Ok(match &trained.classes {
        Some(names) => {
            let truth: Vec<Option<usize>> = labels
                .iter()
                .map(|label| names.iter().position(|name| name == label))
                .collect();
            metrics::of_classes(names, &outputs, &truth)
        }
        None => {
            let number = |label: &String| label.parse().unwrap_or(f64::NAN);
            let truth: Vec<f64> = labels.iter().map(number).collect();
            let predicted: Vec<f64> = outputs.iter().map(|row| row[0]).collect();
            metrics::of_values(&predicted, &truth)
        }
    })
}
