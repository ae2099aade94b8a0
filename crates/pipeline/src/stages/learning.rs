//! What a model learns from: the training rows of a table, read as a stream.

use std::collections::HashMap;
use std::path::Path;

use arrow::array::{Array, RecordBatch, StringArray};
use seatrial_data::{Target, TaskKind, quoted};

use super::rows::{Matrix, feature_values};
use super::{PART, TRAIN};
use crate::source::Source;
use crate::{PipelineError, Result, cells};

/// More classes than this are an identifier or a number and no class.
const CLASSES_MAX: usize = 10_000;

/// The training rows of a table; of the others, the classes alone are known.
pub(crate) struct LearningRows {
    pub features: Matrix,
    pub target: Target,
    /// Lowest and highest feature value.
    pub range: (f64, f64),
}

impl LearningRows {
    /// Reads these columns; what does not fit into memory goes to the disk of
    /// `folder`.
    ///
    /// # Errors
    /// When a value is missing or will not do, in whatever part; when there is no
    /// row to learn from, or nothing to tell apart.
    pub fn read(
        table: &Source,
        features: &[String],
        (label, task): (&str, Option<TaskKind>),
        folder: &Path,
    ) -> Result<Self> {
        let parted = table.column(PART).is_ok();
        let mut columns: Vec<&str> = features.iter().map(String::as_str).collect();
        columns.push(label);
        if parted {
            columns.push(PART);
        }
        let mut targets = match task {
            Some(TaskKind::Regression) => Targets::Values(Vec::new()),
            _ => Targets::Classes(Classes::default()),
        };
        let mut matrix = Matrix::new(features.len(), folder);
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        let mut start = 0;
        for batch in table.batches(&columns)? {
            let batch = batch?;
            let values = feature_values(&batch, features, start)?;
            let labels = texts(&batch, label, start)?;
            let parts = match parted {
                true => Some(texts(&batch, PART, start)?),
                false => None,
            };
            for row in 0..batch.num_rows() {
                let is_train = parts.as_ref().is_none_or(|parts| parts.value(row) == TRAIN);
                targets.add(label, labels.value(row), is_train)?;
                if is_train {
                    let values = &values[row * features.len()..(row + 1) * features.len()];
                    for &value in values {
                        range.0 = range.0.min(f64::from(value));
                        range.1 = range.1.max(f64::from(value));
                    }
                    matrix.extend(values)?;
                }
            }
            start += batch.num_rows() as u64;
        }
        if matrix.rows() == 0 {
            let message = "there is no row to train on: none has the `split` `train`";
            return Err(PipelineError::Stages(message.into()));
        }
        let target = targets.finish();
        if let Target::Classes { names, .. } = &target
            && names.len() < 2
        {
            let message = format!("`{label}` holds one class only");
            return Err(PipelineError::Stages(message));
        }
        Ok(Self {
            features: matrix,
            target,
            range,
        })
    }
}

/// Targets of the training rows.
enum Targets {
    Classes(Classes),
    Values(Vec<f32>),
}

#[derive(Default)]
struct Classes {
    /// By name, in the order of appearance in whatever part.
    known: HashMap<String, u32>,
    labels: Vec<u32>,
}

impl Targets {
    fn add(&mut self, column: &str, label: &str, is_train: bool) -> Result<()> {
        match self {
            Targets::Values(values) => {
                let number = label
                    .parse::<f32>()
                    .ok()
                    .filter(|number| number.is_finite());
                let number = number.ok_or_else(|| {
                    PipelineError::Stages(format!(
                        "column `{column}`: {} is no finite number",
                        quoted(label)
                    ))
                })?;
                if is_train {
                    values.push(number);
                }
            }
            Targets::Classes(Classes { known, labels }) => {
                let next = known.len() as u32;
                let class = match known.get(label) {
                    Some(&class) => class,
                    None if known.len() >= CLASSES_MAX => {
                        return Err(PipelineError::Stages(format!(
                            "column `{column}` has more than {CLASSES_MAX} classes: if it is a \
                             number to predict, say `task = \"regression\"`"
                        )));
                    }
                    None => *known.entry(label.to_owned()).or_insert(next),
                };
                if is_train {
                    labels.push(class);
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Target {
        match self {
            Targets::Values(values) => Target::Values(values),
            Targets::Classes(classes) => classes.finish(),
        }
    }
}

impl Classes {
    /// Classes by number where all are numbers, else by name.
    fn finish(self) -> Target {
        let Self { known, mut labels } = self;
        let mut names: Vec<String> = known.keys().cloned().collect();
        names.sort_unstable();
        let number = |name: &String| name.parse::<f64>().ok().filter(|n| n.is_finite());
        if names.iter().all(|name| number(name).is_some()) {
            names.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(a.cmp(b)));
        }
        let mut place = vec![0; names.len()];
        for (name, at) in names.iter().zip(0..) {
            place[known[name] as usize] = at;
        }
        labels
            .iter_mut()
            .for_each(|label| *label = place[*label as usize]);
        Target::Classes { names, labels }
    }
}

/// A column as text, in which nothing is missing.
fn texts(batch: &RecordBatch, column: &str, start: u64) -> Result<StringArray> {
    let texts = cells::texts(cells::column_of(batch, column)?)?;
    if texts.null_count() > 0 {
        let row = (0..texts.len()).find(|&row| texts.is_null(row));
        let row = start + row.unwrap_or(0) as u64 + 1;
        let message = format!("column `{column}` is missing in row {row}");
        return Err(PipelineError::Stages(message));
    }
    Ok(texts)
}
