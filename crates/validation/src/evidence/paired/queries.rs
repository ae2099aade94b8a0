//! Two versions' rankings for the same queries.

use crate::Error;
use crate::evidence::{Queries, Query};
use crate::table::{Moments, rows};

/// Two versions' rankings, reduced.
#[derive(Clone, Debug)]
pub struct PairedQueries {
    pub(super) candidate: Queries,
    pub(super) previous: Queries,
    /// By how much the candidate's number is larger, a query: of each number
    /// that was asked for.
    differences: Vec<Moments>,
}

impl PairedQueries {
    /// Of no queries, for these numbers.
    pub fn new(numbers: &[Query]) -> Self {
        Self {
            candidate: Queries::new(numbers),
            previous: Queries::new(numbers),
            differences: vec![Moments::new(); numbers.len()],
        }
    }

    /// Adds queries by both versions' numbers, as [`Queries::add`] takes them.
    ///
    /// # Errors
    /// As there.
    pub fn add(
        &mut self,
        candidate: &[f64],
        previous: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        rows::same_length(
            "previous version's numbers",
            previous.len(),
            candidate.len(),
        )?;
        rows::finite("previous version's number", previous)?;
        self.candidate.add(candidate, weights)?;
        self.previous.add(previous, weights)?;
        let less: Vec<f64> = candidate.iter().zip(previous).map(|(a, b)| a - b).collect();
        let width = self.differences.len();
        for (at, moments) in self.differences.iter_mut().enumerate() {
            let of_number: Vec<f64> = less.iter().skip(at).step_by(width).copied().collect();
            moments.add(&of_number, weights);
        }
        Ok(())
    }

    /// Adds another's queries.
    ///
    /// # Errors
    /// Other numbers.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.candidate.merge(other.candidate)?;
        self.previous.merge(other.previous)?;
        for (moments, more) in self.differences.iter_mut().zip(&other.differences) {
            moments.merge(more);
        }
        Ok(())
    }

    /// The table as metrics read it.
    pub fn finish(self) -> Self {
        self
    }

    /// Candidate less previous, of one of the numbers that were asked for.
    pub(crate) fn difference(&self, query: Query) -> Option<&Moments> {
        Some(&self.differences[self.candidate.place(query)?])
    }
}
