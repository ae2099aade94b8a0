//! Rows of a table as numbers that a model takes.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;

use crate::error::at;
use crate::{PipelineError, Result, cells};

/// So many numbers are kept in memory, 64 MiB of them.
const HELD_MAX: usize = 1 << 24;
/// A single-precision number on disk.
const BYTES: usize = size_of::<f32>();

/// Rows of numbers, read by index: in memory, or, where that would hold too much, in
/// a file without a name, of which nothing is left when it is no longer used.
pub(crate) struct Matrix {
    width: usize,
    rows: usize,
    /// The rows, or those that are not in the file yet.
    held: Vec<f32>,
    held_max: usize,
    folder: PathBuf,
    file: Option<File>,
    /// How many numbers are in the file.
    written: usize,
}

impl Matrix {
    /// No row of `width` numbers; large ones go to the disk of this folder.
    pub fn new(width: usize, folder: &Path) -> Self {
        Self {
            width,
            rows: 0,
            held: Vec::new(),
            held_max: HELD_MAX,
            folder: folder.to_owned(),
            file: None,
            written: 0,
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds rows, one after the other.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn extend(&mut self, values: &[f32]) -> Result<()> {
        self.held.extend_from_slice(values);
        self.rows += values.len() / self.width.max(1);
        if self.held.len() > self.held_max {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let place = at(&self.folder);
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = tempfile::tempfile_in(&self.folder).map_err(&place)?;
                self.file.insert(file)
            }
        };
        let mut bytes = Vec::new();
        for values in self.held.chunks(1 << 16) {
            bytes.clear();
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            let offset = (self.written * BYTES) as u64;
            file.write_all_at(&bytes, offset).map_err(&place)?;
            self.written += values.len();
        }
        self.held.clear();
        Ok(())
    }

    /// These rows, one after the other.
    ///
    /// # Errors
    /// When the disk does not give them.
    pub fn take(&self, rows: &[usize]) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(rows.len() * self.width);
        let mut bytes = vec![0; self.width * BYTES];
        for row in rows {
            let start = row * self.width;
            match &self.file {
                Some(file) if start < self.written => {
                    let offset = (start * BYTES) as u64;
                    file.read_exact_at(&mut bytes, offset)
                        .map_err(at(&self.folder))?;
                    let read = bytes.as_chunks::<BYTES>().0.iter();
                    values.extend(read.map(|bytes| f32::from_le_bytes(*bytes)));
                }
                _ => {
                    let start = start - self.written;
                    values.extend_from_slice(&self.held[start..start + self.width]);
                }
            }
        }
        Ok(values)
    }
}

/// Features of the rows of a batch, row by row. `start` is its first row.
///
/// # Errors
/// When a value is missing or no finite number.
pub(crate) fn feature_values(
    batch: &RecordBatch,
    features: &[String],
    start: u64,
) -> Result<Vec<f32>> {
    let width = features.len();
    let mut values = vec![0.0; batch.num_rows() * width];
    for (at, name) in features.iter().enumerate() {
        let numbers = cells::numbers(cells::column_of(batch, name)?, name)?;
        for (row, number) in numbers.iter().enumerate() {
            let number = number.filter(|number| number.is_finite());
            let number = number.ok_or_else(|| {
                let row = start + row as u64 + 1;
                PipelineError::Stages(format!(
                    "feature `{name}` is missing or no finite number in row {row}: impute it, or \
                     say in a contract that it may not be"
                ))
            })?;
            values[row * width + at] = number as f32;
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_from_memory_and_disk_alike() -> Result<()> {
        let folder = std::env::temp_dir();
        let mut small = Matrix::new(3, &folder);
        let mut large = Matrix {
            held_max: 20,
            ..Matrix::new(3, &folder)
        };
        for row in 0..50_u8 {
            let values = [f32::from(row), -f32::from(row), 0.5];
            small.extend(&values)?;
            large.extend(&values)?;
        }
        let rows = [49, 0, 7, 7, 23, 48];
        assert!(large.file.is_some() && small.file.is_none());
        assert_eq!(large.take(&rows)?, small.take(&rows)?);
        assert_eq!((large.rows(), small.rows()), (50, 50));
        assert_eq!(large.take(&[7])?, [7.0, -7.0, 0.5]);
        Ok(())
    }
}
