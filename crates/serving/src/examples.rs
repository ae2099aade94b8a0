//! Examples with the trainer's answers.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::StagingError;
use crate::json;
use crate::tensor::{Tensor, Values};

/// The most that a file of examples may hold.
const BYTES_MAX: u64 = 256 << 20;

/// Inputs and the outputs that the trainer gives for them, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// What is asked.
    pub inputs: Vec<Tensor>,
    /// What the trainer answers.
    pub outputs: Vec<Tensor>,
}

/// An array as the file has it, which is as the Open Inference Protocol has it;
/// the shape may be left out where the data is in rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    datatype: Option<String>,
    #[serde(default)]
    shape: Option<Vec<usize>>,
    data: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inputs: Vec<Written>,
    outputs: Vec<Written>,
}

impl Examples {
    /// Reads a JSON file `{"inputs": […], "outputs": […]}` of arrays with
    /// `name`, `datatype`, `shape` and `data`.
    ///
    /// # Errors
    /// When it cannot be read, is of another form, or its arrays do not have
    /// the same number of rows, at least one.
    pub fn read(file: &Path) -> Result<Self, StagingError> {
        let wrong = |reason: String| StagingError::Examples {
            file: file.to_owned(),
            reason,
        };
        let size = fs::metadata(file).map_err(|error| wrong(error.to_string()))?;
        if size.len() > BYTES_MAX {
            return Err(wrong(format!("more than {BYTES_MAX} bytes")));
        }
        let text = fs::read(file).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let read = json::read(text)?;
        let read: File = serde_json::from_value(read).map_err(|error| error.to_string())?;
        let all = |written: Vec<Written>| -> Result<Vec<Tensor>, String> {
            written.into_iter().map(tensor).collect()
        };
        let examples = Self {
            inputs: all(read.inputs)?,
            outputs: all(read.outputs)?,
        };
        examples.check()?;
        Ok(examples)
    }

    fn check(&self) -> Result<(), String> {
        if self.inputs.is_empty() || self.outputs.is_empty() {
            return Err("it needs at least one input and one output".into());
        }
        for tensor in self.inputs.iter().chain(&self.outputs) {
            if tensor.rows() != self.rows() || tensor.values.is_empty() {
                let (name, rows) = (&tensor.name, tensor.rows());
                return Err(format!(
                    "`{name}` has {rows} rows of {} elements, and the first input {} rows: all need the same, and at least one",
                    tensor.width(),
                    self.rows()
                ));
            }
        }
        Ok(())
    }

    /// How many there are.
    pub fn rows(&self) -> usize {
        self.inputs.first().map_or(0, Tensor::rows)
    }

    /// `count` of them, from `from` on; fewer where they end.
    pub fn part(&self, from: usize, count: usize) -> Self {
        let part = |all: &[Tensor]| all.iter().map(|one| one.part(from, count)).collect();
        Self {
            inputs: part(&self.inputs),
            outputs: part(&self.outputs),
        }
    }
}

fn tensor(written: Written) -> Result<Tensor, String> {
    let of = |error: String| format!("`{}`: {error}", written.name);
    let (found, values) = json::array(&written.data, written.datatype.as_deref()).map_err(of)?;
    let shape = written.shape.unwrap_or(found);
    let count = shape
        .iter()
        .try_fold(1usize, |all, size| all.checked_mul(*size));
    if count != Some(values.len()) {
        return Err(of(format!(
            "its shape is {shape:?}, and it has {} elements",
            values.len()
        )));
    }
    // A whole number is a number; a server's datatype says which was meant.
    let values = match (values, &written.datatype) {
        (Values::Integers(whole), None) => {
            Values::Numbers(whole.iter().map(|n| *n as f64).collect())
        }
        (values, _) => values,
    };
    Ok(Tensor {
        name: written.name,
        datatype: written.datatype,
        shape,
        values,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn arrays_in_rows_need_no_shape_and_nan_is_kept() {
        let text =
            br#"{"inputs": [{"name": "x", "datatype": "FP32", "data": [[1, NaN], [null, 2.5]]}],
            "outputs": [{"name": "y", "shape": [2], "data": [0.5, 1]}]}"#;
        let examples = Examples::parse(text).unwrap();
        assert_eq!(examples.rows(), 2);
        let second = examples.part(1, 5);
        assert_eq!(second.inputs[0].shape, [1, 2]);
        assert_eq!(second.outputs[0].values, Values::Numbers(vec![1.0]));
    }

    #[test]
    fn what_does_not_hold_together_is_named() {
        for (text, says) in [
            ("{\"inputs\": [], \"outputs\": []}", "at least one input"),
            (
                "{\"inputs\": [{\"name\": \"x\", \"data\": [1, 2]}], \"outputs\": [{\"name\": \"y\", \"data\": [1]}]}",
                "`y` has 1 rows",
            ),
            (
                "{\"inputs\": [{\"name\": \"x\", \"shape\": [3], \"data\": [1, 2]}], \"outputs\": []}",
                "`x`: its shape is [3]",
            ),
            ("{\"inputs\": [{\"nam\": 1}]}", "unknown field `nam`"),
            ("{\"inputs\"", "EOF"),
        ] {
            let error = Examples::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
