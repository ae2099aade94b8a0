//! Two versions on the same rows.

mod intervals;
mod joint;
mod queries;
mod regression;

use std::collections::BTreeMap;

use super::binary::{self, Side};
use super::classes::{
    briers, check_probabilities, class_budget, decide, log_losses, one_class, rank,
};
use super::{Binary, BinaryOptions, Classes, Evidence, PairedLabels, RowLoss};
use crate::Error;
use crate::table::{JointScores, Mass, Moments, Scale, ScoreTable, rows};

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
            Paired::Binary(table) => Evidence::Binary(&table.candidate),
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
            Paired::Binary(table) => Evidence::Binary(&table.previous),
            Paired::Classes(table) => Evidence::Classes(&table.previous),
            Paired::Labels(table) => Evidence::Labels(table.previous()),
            Paired::Regression(table) => Evidence::Regression(&table.previous),
            Paired::Intervals(table) => Evidence::Intervals(&table.previous),
            Paired::Queries(table) => Evidence::Queries(&table.previous),
        }
    }

    pub(crate) fn joint_confusion(&self) -> Option<&'a JointConfusion> {
        match self {
            Paired::Binary(table) => Some(&table.decisions),
            Paired::Classes(table) => Some(&table.decisions),
            _ => None,
        }
    }

    pub(crate) fn difference(&self, loss: RowLoss) -> Option<&'a Moments> {
        self.candidate().moments(loss)?;
        self.previous().moments(loss)?;
        match (self, loss) {
            (Paired::Binary(table), RowLoss::Log) => Some(&table.log_loss),
            (Paired::Binary(table), RowLoss::Brier) => Some(&table.brier),
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

/// Two versions' scores of a positive class, reduced.
#[derive(Clone, Debug)]
pub struct PairedBinary {
    candidate: Binary,
    previous: Binary,
    decisions: JointConfusion,
    pub(crate) scores: JointScores,
    log_loss: Moments,
    brier: Moments,
}

/// Pairs of scores serve a variance alone, and have a part of the budget: 256 by
/// 256 of them tell it to one in a thousand where versions differ at all.
const PAIRS: usize = 4;

impl PairedBinary {
    /// Of no rows. The budget holds for each version's table of scores; pairs of
    /// scores have a quarter of it.
    pub fn new(options: BinaryOptions) -> Self {
        Self {
            candidate: Binary::new(options),
            previous: Binary::new(options),
            decisions: JointConfusion::new(2),
            scores: JointScores::new(options.scale, options.budget / PAIRS),
            log_loss: Moments::new(),
            brier: Moments::new(),
        }
    }

    /// Adds rows; `true` labels are positive.
    ///
    /// # Errors
    /// Slices of different lengths, a score off its scale, a bad weight. The
    /// table is then as it was.
    pub fn update(
        &mut self,
        candidate: &[f64],
        previous: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let options = self.candidate.options();
        let rows = PairedBinaryRows::new(options, candidate, previous, labels, weights)?;
        self.add(&rows);
        Ok(())
    }

    /// Adds rows that were made ready, for the same options.
    pub fn add(&mut self, rows: &PairedBinaryRows) {
        let PairedBinaryRows {
            sides: [a, b],
            labels,
            weights,
        } = rows;
        let (weights, options) = (weights.as_deref(), self.candidate.options());
        self.candidate.add_side(a, labels, weights);
        self.previous.add_side(b, labels, weights);
        self.scores.add(&a.keys, &b.keys, labels, weights);
        let decided = [a, b].map(|side| side.decisions(options.threshold));
        let cells = (labels.iter().zip(decided[0].iter().zip(&decided[1])))
            .map(|(&l, (&a, &b))| 4 * u8::from(l) + 2 * u8::from(a) + u8::from(b));
        self.decisions
            .add_masses(&binary::tally::<8>(cells, weights));
        if options.scale == Scale::Probability {
            let less = |a: &[f64], b: &[f64]| -> Vec<f64> {
                a.iter().zip(b).map(|(a, b)| a - b).collect()
            };
            self.log_loss
                .add(&less(&a.log_losses, &b.log_losses), weights);
            self.brier
                .add(&less(&a.briers(labels), &b.briers(labels)), weights);
        }
    }

    /// As [`Binary::known_level`]: of the candidate, the previous version and
    /// pairs of scores.
    pub fn known_levels(&self) -> [Option<u32>; 3] {
        let sides = [&self.candidate, &self.previous].map(Binary::known_level);
        [sides[0], sides[1], self.scores.known_level()]
    }

    /// As [`Binary::begin_at`].
    pub fn begin_at(&mut self, known: [Option<u32>; 3]) {
        self.candidate.begin_at(known[0]);
        self.previous.begin_at(known[1]);
        self.scores.begin_at(known[2]);
    }

    /// At most so many cells from now on, in each of the tables of scores.
    pub fn shrink(&mut self, budget: usize) {
        self.candidate.shrink(budget);
        self.previous.shrink(budget);
        self.scores.shrink(budget / PAIRS);
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Other options.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.candidate.merge(other.candidate)?;
        self.previous.merge(other.previous)?;
        self.decisions.merge(&other.decisions);
        self.scores.merge(other.scores);
        self.log_loss.merge(&other.log_loss);
        self.brier.merge(&other.brier);
        Ok(())
    }

    /// The table with nothing left waiting: what metrics read.
    pub fn finish(mut self) -> Self {
        self.candidate = self.candidate.finish();
        self.previous = self.previous.finish();
        self.scores.settle();
        self
    }

    /// Labels by both versions' decisions.
    pub fn decisions(&self) -> &JointConfusion {
        &self.decisions
    }

    /// The candidate alone.
    pub fn candidate(&self) -> &Binary {
        &self.candidate
    }

    /// The previous version alone.
    pub fn previous(&self) -> &Binary {
        &self.previous
    }
}

/// Rows of two classes by two versions, made ready for [`PairedBinary::add`].
#[derive(Clone, Debug)]
pub struct PairedBinaryRows {
    sides: [Side; 2],
    labels: Vec<bool>,
    weights: Option<Vec<f64>>,
}

impl PairedBinaryRows {
    /// Rows as [`PairedBinary::update`] takes them.
    ///
    /// # Errors
    /// As there.
    pub fn new(
        options: BinaryOptions,
        candidate: &[f64],
        previous: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self, Error> {
        rows::same_length("previous score", previous.len(), labels.len())?;
        let side = |scores| Side::new(options.scale, scores, labels);
        let sides = [side(candidate)?, side(previous)?];
        rows::weights(weights, labels.len())?;
        Ok(Self {
            sides,
            labels: labels.to_vec(),
            weights: weights.map(<[f64]>::to_vec),
        })
    }

    /// The rows at these places, in this order.
    pub fn pick(&self, places: &[u32]) -> Self {
        Self {
            sides: self.sides.each_ref().map(|side| side.pick(places)),
            labels: rows::pick(&self.labels, places),
            weights: self.weights.as_deref().map(|w| rows::pick(w, places)),
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
