//! Reducing a table of any size to something small, in one pass.

use arrow::array::RecordBatch;

use crate::error::{DataError, Result};
use crate::in_order::in_order;
use crate::table::{Piece, Table};

/// What rows are reduced to, shaped like an accumulator of Apache DataFusion:
/// made anew for each piece of a table, fed its batches, merged in the order of
/// the table, and read at the end.
pub trait Aggregate: Send + Sized {
    /// What it comes to.
    type Output;

    /// Takes in a batch. Its first row is row `first_row` of the whole table,
    /// from 0.
    ///
    /// # Errors
    /// When the batch cannot be understood at all. What is wrong with single
    /// rows is better counted, and said at the end.
    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()>;

    /// Takes in what a later part of the table came to.
    ///
    /// # Errors
    /// When the two do not belong together.
    fn merge(&mut self, later: Self) -> Result<()>;

    /// What all of it comes to.
    ///
    /// # Errors
    /// When rows were wrong, or there were none where some are needed.
    fn finish(self) -> Result<Self::Output>;
}

/// Several at once, in one pass.
impl<A: Aggregate, B: Aggregate> Aggregate for (A, B) {
    type Output = (A::Output, B::Output);

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        self.0.update(batch, first_row)?;
        self.1.update(batch, first_row)
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.0.merge(later.0)?;
        self.1.merge(later.1)
    }

    fn finish(self) -> Result<Self::Output> {
        Ok((self.0.finish()?, self.1.finish()?))
    }
}

/// As many of a kind as wanted, in one pass.
impl<A: Aggregate> Aggregate for Vec<A> {
    type Output = Vec<A::Output>;

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        self.iter_mut()
            .try_for_each(|one| one.update(batch, first_row))
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        let mut pairs = self.iter_mut().zip(later);
        pairs.try_for_each(|(one, later)| one.merge(later))
    }

    fn finish(self) -> Result<Self::Output> {
        self.into_iter().map(A::finish).collect()
    }
}

/// Reduces these columns of a table. Row groups and files are read side by side
/// on the threads of the pool that this is called in; the result is the same to
/// the bit on any number of them, since each piece is reduced by itself and
/// merged in the order of the table.
///
/// Text that a file keeps as a dictionary comes as an Arrow dictionary.
///
/// # Errors
/// When the table cannot be read, the aggregate refuses it, or `stopped` says
/// that nobody waits for it any more.
pub fn aggregate<A: Aggregate, S: AsRef<str>>(
    table: &Table,
    columns: &[S],
    stopped: &(dyn Fn() -> bool + Sync),
    new: impl Fn() -> A + Sync,
) -> Result<A::Output> {
    let mut placed = Vec::new();
    let mut first_row = 0;
    for piece in table.encoded_pieces(columns)? {
        let rows = piece.rows;
        placed.push((piece, first_row));
        first_row += rows;
    }
    let reduce = |(piece, first_row): &(Piece, u64)| -> Result<A> {
        let (mut reduced, mut row) = (new(), *first_row);
        for batch in piece.batches()? {
            if stopped() {
                return Err(DataError::Stopped);
            }
            let batch = batch?;
            reduced.update(&batch, row)?;
            row += batch.num_rows() as u64;
        }
        Ok(reduced)
    };
    let merge = |whole: Option<A>, part: A| match whole {
        None => Ok(part),
        Some(mut whole) => {
            whole.merge(part)?;
            Ok(whole)
        }
    };
    in_order(&placed, reduce, merge)?
        .unwrap_or_else(new)
        .finish()
}
