//! Two versions on the same rows.

mod binary;
mod intervals;
mod joint;
mod queries;
mod regression;

use std::collections::BTreeMap;

use super::classes::{
    briers, check_probabilities, class_budget, decide, log_losses, one_class, rank,
};
use super::{Classes, Evidence, PairedLabels, RowLoss};
use crate::Error;
use crate::table::{JointScores, Mass, Moments, Scale, ScoreTable, rows};

pub use binary::{PairedBinary, PairedBinaryRows};
pub use intervals::PairedIntervals;
pub use joint::JointConfusion;
pub use queries::PairedQueries;
pub use regression::PairedRegression;

/// The candidate and the previous version on the same rows, for a metric to
/// compare.
#[derive(Clone, Copy, Debug)]
pub enum Paired<'a> {
    /// Scores of a positive class.
    Binary(&'a PairedBinary),
    /// One of several classes.
    Classes(&'a PairedClasses),
    /// Any number of several labels.
    Labels(&'a PairedLabels),
    /// Numbers.
    Regression(&'a PairedRegression),
    /// Intervals for numbers.
    Intervals(&'a PairedIntervals),
    /// Documents ranked for queries.
    Queries(&'a PairedQueries),
}

impl<'a> Paired<'a> {
    /// The candidate alone.
    pub fn candidate(&self) -> Evidence<'a> {
        match self {
            Paired::Binary(table) => Evidence::Binary(table.candidate()),
            Paired::Classes(table) => Evidence::Classes(&table.candidate),
            Paired::Labels(table) => Evidence::Labels(table.candidate()),
            Paired::Regression(table) => Evidence::Regression(&table.candidate),
            Paired::Intervals(table) => Evidence::Intervals(&table.candidate),
            Paired::Queries(table) => Evidence::Queries(&table.candidate),
        }
    }

    /// The previous version alone.
    pub fn previous(&self) -> Evidence<'a> {
        match self {
            Paired::Binary(table) => Evidence::Binary(table.previous()),
            Paired::Classes(table) => Evidence::Classes(&table.previous),
            Paired::Labels(table) => Evidence::Labels(table.previous()),
            Paired::Regression(table) => Evidence::Regression(&table.previous),
            Paired::Intervals(table) => Evidence::Intervals(&table.previous),
            Paired::Queries(table) => Evidence::Queries(&table.previous),
        }
    }

    pub(crate) fn joint_confusion(&self) -> Option<&'a JointConfusion> {
        match self {
            Paired::Binary(table) => Some(table.decisions()),
            Paired::Classes(table) => Some(&table.decisions),
            _ => None,
        }
    }

    pub(crate) fn difference(&self, loss: RowLoss) -> Option<&'a Moments> {
        self.candidate().moments(loss)?;
        self.previous().moments(loss)?;
        match (self, loss) {
            (Paired::Binary(table), RowLoss::Log) => Some(table.log_loss()),
            (Paired::Binary(table), RowLoss::Brier) => Some(table.brier()),
            (Paired::Classes(table), RowLoss::Log) => Some(&table.log_loss),
            (Paired::Classes(table), RowLoss::Brier) => Some(&table.brier),
            (Paired::Regression(table), RowLoss::Absolute) => Some(&table.absolute),
            (Paired::Regression(table), RowLoss::Squared) => Some(&table.squared),
            (Paired::Regression(table), RowLoss::Percentage) => Some(&table.percentage),
            (Paired::Labels(table), RowLoss::Hamming) => Some(table.hamming()),
            (Paired::Intervals(table), RowLoss::Width) => Some(&table.width),
            _ => None,
        }
    }
}

/// Two versions' classes, reduced.
#[derive(Clone, Debug)]
pub struct PairedClasses {
    candidate: Classes,
    previous: Classes,
    decisions: JointConfusion,
    log_loss: Moments,
    brier: Moments,
    /// Rows by the rank of the true class in both.
    ranks: BTreeMap<[usize; 2], Mass>,
    /// Rows by the probability of each class in both.
    pub(crate) against_rest: Vec<JointScores>,
}

impl PairedClasses {
    /// Of no rows, for classes of these names.
    pub fn new(names: &[String]) -> Self {
        Self::with_budget(names, ScoreTable::BUDGET)
    }

    /// The same with a budget as [`Classes::with_budget`] takes it, for each
    /// version and for both together.
    pub fn with_budget(names: &[String], budget: usize) -> Self {
        let joint = JointScores::new(Scale::Probability, class_budget(budget, names.len()));
        Self {
            candidate: Classes::with_budget(names, budget),
            previous: Classes::with_budget(names, budget),
            ranks: BTreeMap::new(),
            against_rest: vec![joint; names.len()],
            decisions: JointConfusion::new(names.len()),
            log_loss: Moments::new(),
            brier: Moments::new(),
        }
    }

    /// Adds rows by what they were taken for.
    ///
    /// # Errors
    /// Slices of different lengths, a class that does not exist, a bad weight.
    /// The table is then as it was.
    pub fn update_decisions(
        &mut self,
        candidate: &[u32],
        previous: &[u32],
        labels: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        rows::same_length("previous decision", previous.len(), labels.len())?;
        rows::classes("previous decision", previous, self.decisions.classes())?;
        self.candidate
            .update_decisions(candidate, labels, weights)?;
        self.previous.update_decisions(previous, labels, weights)?;
        self.add_decisions(candidate, previous, labels, weights);
        Ok(())
    }

    /// Adds rows by both versions' probabilities, as
    /// [`Classes::update`] takes them.
    ///
    /// # Errors
    /// As there.
    pub fn update(
        &mut self,
        candidate: &[f64],
        previous: &[f64],
        labels: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let classes = self.decisions.classes();
        check_probabilities(previous, classes, labels.len())?;
        self.candidate.update(candidate, labels, weights)?;
        self.previous.update(previous, labels, weights)?;
        let decisions = |of: &[f64]| -> Vec<u32> { of.chunks_exact(classes).map(decide).collect() };
        self.add_decisions(&decisions(candidate), &decisions(previous), labels, weights);
        let differences = |losses: fn(&[f64], &[u32], usize) -> Vec<f64>| -> Vec<f64> {
            let (a, b) = (
                losses(candidate, labels, classes),
                losses(previous, labels, classes),
            );
            a.iter().zip(b).map(|(a, b)| a - b).collect()
        };
        self.log_loss.add(&differences(log_losses), weights);
        self.brier.add(&differences(briers), weights);
        let of_rows = candidate
            .chunks_exact(classes)
            .zip(previous.chunks_exact(classes));
        for (row, (a, b)) in of_rows.enumerate() {
            let ranks = [rank(a, labels[row]), rank(b, labels[row])];
            *self.ranks.entry(ranks).or_default() += Mass::of(rows::weight_of(weights, row));
        }
        for (class, table) in self.against_rest.iter_mut().enumerate() {
            let (a, is_class) = one_class(candidate, labels, classes, class);
            let (b, _) = one_class(previous, labels, classes, class);
            let [a, b] = [a, b].map(|scores| Scale::Probability.keys(&scores));
            table.add(&a, &b, &is_class, weights);
        }
        Ok(())
    }

    fn add_decisions(
        &mut self,
        candidate: &[u32],
        previous: &[u32],
        labels: &[u32],
        weights: Option<&[f64]>,
    ) {
        self.decisions.add((0..labels.len()).map(|row| {
            let cell = [labels[row], candidate[row], previous[row]];
            (cell, rows::weight_of(weights, row))
        }));
    }

    /// At most so many cells from now on, shared among classes as in
    /// [`with_budget`](Self::with_budget).
    pub fn shrink(&mut self, budget: usize) {
        self.candidate.shrink(budget);
        self.previous.shrink(budget);
        let of_class = class_budget(budget, self.against_rest.len());
        let tables = self.against_rest.iter_mut();
        tables.for_each(|table| table.shrink(of_class));
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Other classes.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.candidate.merge(other.candidate)?;
        self.previous.merge(other.previous)?;
        self.decisions.merge(&other.decisions);
        self.log_loss.merge(&other.log_loss);
        self.brier.merge(&other.brier);
        for (ranks, mass) in other.ranks {
            *self.ranks.entry(ranks).or_default() += mass;
        }
        for (table, more) in self.against_rest.iter_mut().zip(other.against_rest) {
            table.merge(more);
        }
        Ok(())
    }

    /// The table with nothing left waiting: what metrics read.
    pub fn finish(mut self) -> Self {
        self.candidate = self.candidate.finish();
        self.previous = self.previous.finish();
        self.against_rest.iter_mut().for_each(JointScores::settle);
        self
    }

    /// The candidate alone.
    pub fn candidate(&self) -> &Classes {
        &self.candidate
    }

    /// The previous version alone.
    pub fn previous(&self) -> &Classes {
        &self.previous
    }

    /// Rows with the true class among the first `k` of neither version, of the
    /// previous one only, of the candidate only, of both:
    /// `[candidate][previous]`.
    pub(crate) fn among_first(&self, k: usize) -> [[Mass; 2]; 2] {
        let mut masses = [[Mass::default(); 2]; 2];
        for (ranks, mass) in &self.ranks {
            let [candidate, previous] = ranks.map(|rank| usize::from(rank < k));
            masses[candidate][previous] += *mass;
        }
        masses
    }

    /// Labels by both versions' decisions.
    pub fn decisions(&self) -> &JointConfusion {
        &self.decisions
    }
}
