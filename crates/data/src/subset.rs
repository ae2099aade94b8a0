//! Some rows of a table, as a table of their own.

use std::path::Path;

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use seatrial_rng::Stream;

use crate::error::Result;
use crate::table::{Table, TableWriter};

/// Writes so many rows of a table, each as likely as any other, in their order;
/// all of them if there are no more. Gives how many.
///
/// Selection sampling: Knuth, The Art of Computer Programming, volume 2, 3.4.2,
/// algorithm S.
///
/// # Errors
/// When the table cannot be read, or the new one not written; what was at its
/// place is then still there.
pub fn subset<S: AsRef<str>>(
    from: &Table,
    columns: &[S],
    rows: u64,
    draw: &mut Stream,
    to: &Path,
) -> Result<u64> {
    let batches = from.batches(columns)?;
    let mut writer = TableWriter::create(to, batches.schema().clone())?;
    let rows = rows.min(from.rows());
    let (mut wanted, mut left) = (rows, from.rows());
    for batch in batches {
        let batch = batch?;
        let mut take = || {
            let taken = draw.uniform(0.0, 1.0) * (left as f64) < wanted as f64;
            left -= 1;
            wanted -= u64::from(taken);
            taken
        };
        let taken: Vec<bool> = (0..batch.num_rows()).map(|_| take()).collect();
        let kept = filter_record_batch(&batch, &BooleanArray::from(taken));
        writer.write(&kept.map_err(|error| from.wrong(error.to_string()))?)?;
    }
    writer.finish()?;
    Ok(rows)
}
