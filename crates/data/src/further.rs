//! Rows beyond a dataset's own, brought to the scale that its models know.

use std::path::{Path, PathBuf};

use crate::csv_file::{self, Choice};
use crate::error::Result;
use crate::{Dataset, Target};

/// Rows of another file with the features of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct FurtherRows {
    /// Features row by row, scaled as the dataset's are.
    pub values: Vec<f32>,
    /// The line of each row in the file, from 1, with its cell of the one
    /// column that was asked for as text.
    pub cells: Vec<(u64, String)>,
    path: PathBuf,
    column: String,
}

impl Dataset {
    /// Reads a CSV file that has every feature of this dataset, whatever the
    /// order of its columns, and the column `text`. Further columns are left
    /// unread, so that a table may carry notes.
    ///
    /// Values are in the unit of the dataset's own file: `divide_by` and
    /// `scale` are applied as they were fitted, never fitted again.
    ///
    /// # Errors
    /// As for a dataset's own file.
    pub fn further_rows(&self, path: &Path, text: &str) -> Result<FurtherRows> {
        let width = self.features.len();
        let mut table = csv_file::read_table(path, |header| {
            let place = |name: &String| csv_file::position(header, name);
            Ok(Choice {
                label: csv_file::position(header, text)?,
                features: self.features.iter().map(place).collect::<Result<_, _>>()?,
            })
        })?;
        for (place, value) in table.values.iter_mut().enumerate() {
            *value = self.scaling.apply(place % width, *value);
        }
        Ok(FurtherRows {
            values: table.values,
            cells: table.cells,
            path: path.to_owned(),
            column: text.to_owned(),
        })
    }
}

impl FurtherRows {
    /// The text column, read as what `dataset` predicts: its classes or numbers.
    ///
    /// # Errors
    /// When a cell holds something else, with its line.
    pub fn target(&self, dataset: &Dataset) -> Result<Target> {
        let target = match &dataset.target {
            Target::Classes { names, .. } => {
                csv_file::read_classes(&self.cells, &self.column, names)
            }
            Target::Values(_) => csv_file::read_values(&self.cells, &self.column),
        };
        target.map_err(|(line, message)| csv_file::content(&self.path, line, message))
    }
}
