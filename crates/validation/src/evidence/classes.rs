//! One of several classes, with probabilities or without.

use super::binary::negative_log;
use crate::Error;
use crate::table::{Confusion, Mass, Moments, Scale, ScoreTable, rows};

/// By how much the probabilities of a row may miss one: half the precision of
/// a file that keeps five digits, for ten classes.
const SUM_TOLERANCE: f64 = 1e-4;

/// Rows of several classes, reduced.
#[derive(Clone, Debug)]
pub struct Classes {
    names: Vec<String>,
    rows: u64,
    rows_with_probabilities: u64,
    confusion: Confusion,
    log_loss: Moments,
    brier: Moments,
    /// Rows by how many classes are more probable than the true one.
    ranks: Vec<Mass>,
    /// Rows by the probability of the decision, and whether it was right.
    confidence: ScoreTable,
    /// Rows by the probability of each class, and whether it is the true one.
    against_rest: Vec<ScoreTable>,
}

impl Classes {
    /// Of no rows, for classes of these names.
    pub fn new(names: &[String]) -> Self {
        Self::with_budget(names, ScoreTable::BUDGET)
    }

    /// The same with at most `budget` cells of probabilities, of which each class
    /// has its part.
    pub fn with_budget(names: &[String], budget: usize) -> Self {
        let table = |budget| ScoreTable::new(Scale::Probability, budget);
        Self {
            ranks: vec![Mass::default(); names.len()],
            confidence: table(budget),
            against_rest: vec![table(class_budget(budget, names.len())); names.len()],
            names: names.to_vec(),
            rows: 0,
            rows_with_probabilities: 0,
            confusion: Confusion::new(names.len()),
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
        decisions: &[u32],
        labels: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        self.confusion.update(labels, decisions, weights)?;
        self.rows += labels.len() as u64;
        Ok(())
    }

    /// Adds rows by the probabilities of their classes, all of the first row,
    /// then all of the second. A row is taken for its most probable class, the
    /// first of equals.
    ///
    /// # Errors
    /// Slices of different lengths, a probability outside [0, 1], a row whose
    /// probabilities do not add up to one within 10⁻⁴, a class that does not
    /// exist, a bad weight. The table is then as it was.
    pub fn update(
        &mut self,
        probabilities: &[f64],
        labels: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let classes = self.names.len();
        check_probabilities(probabilities, classes, labels.len())?;
        rows::classes("label", labels, classes)?;
        let decisions: Vec<u32> = probabilities.chunks_exact(classes).map(decide).collect();
        self.confusion.update(labels, &decisions, weights)?;
        self.rows += labels.len() as u64;
        self.rows_with_probabilities += labels.len() as u64;
        self.log_loss
            .add(&log_losses(probabilities, labels, classes), weights);
        self.brier
            .add(&briers(probabilities, labels, classes), weights);
        for (row, (of_row, &label)) in probabilities.chunks_exact(classes).zip(labels).enumerate() {
            self.ranks[rank(of_row, label)] += Mass::of(rows::weight_of(weights, row));
        }
        let chosen = |row: usize| probabilities[row * classes + decisions[row] as usize];
        let confidence: Vec<f64> = (0..labels.len()).map(chosen).collect();
        let right: Vec<bool> = labels.iter().zip(&decisions).map(|(a, b)| a == b).collect();
        let keys = |scores: &[f64]| Scale::Probability.keys(scores);
        self.confidence.add(&keys(&confidence), &right, weights);
        for (class, table) in self.against_rest.iter_mut().enumerate() {
            let (scores, is_class) = one_class(probabilities, labels, classes, class);
            table.add(&keys(&scores), &is_class, weights);
        }
        Ok(())
    }

    /// At most so many cells from now on, shared among classes as in
    /// [`with_budget`](Self::with_budget).
    pub fn shrink(&mut self, budget: usize) {
        self.confidence.shrink(budget);
        let of_class = class_budget(budget, self.names.len());
        let tables = self.against_rest.iter_mut();
        tables.for_each(|table| table.shrink(of_class));
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Other classes.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        if self.names != other.names {
            return Err(Error::Unlike("classes"));
        }
        self.rows += other.rows;
        self.rows_with_probabilities += other.rows_with_probabilities;
        self.confusion.merge(&other.confusion)?;
        self.log_loss.merge(&other.log_loss);
        self.brier.merge(&other.brier);
        for (rank, more) in self.ranks.iter_mut().zip(other.ranks) {
            *rank += more;
        }
        self.confidence.merge(other.confidence)?;
        for (table, more) in self.against_rest.iter_mut().zip(other.against_rest) {
            table.merge(more)?;
        }
        Ok(())
    }

    /// The table with nothing left waiting: what metrics read.
    pub fn finish(mut self) -> Self {
        self.confidence.settle();
        self.against_rest.iter_mut().for_each(ScoreTable::settle);
        self
    }

    /// The classes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of rows, those of weight zero included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Labels by decisions.
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }

    /// −ln of the true class's probability a row; `None` unless every row came
    /// with probabilities.
    pub fn log_loss(&self) -> Option<&Moments> {
        self.has_probabilities().then_some(&self.log_loss)
    }

    /// Σ over classes of the squared distance from the label a row; `None`
    /// unless every row came with probabilities.
    pub fn brier(&self) -> Option<&Moments> {
        self.has_probabilities().then_some(&self.brier)
    }

    /// Rows by how many classes are more probable than the true one; `None`
    /// unless every row came with probabilities.
    pub fn ranks(&self) -> Option<&[Mass]> {
        self.has_probabilities().then_some(&self.ranks[..])
    }

    /// Rows by the probability of the class that they were taken for, positive
    /// where that was right.
    pub fn confidence(&self) -> &ScoreTable {
        &self.confidence
    }

    /// Rows by the probability of each class, positive where it is the true
    /// one; `None` unless every row came with probabilities.
    pub fn against_rest(&self) -> Option<&[ScoreTable]> {
        self.has_probabilities().then_some(&self.against_rest[..])
    }

    fn has_probabilities(&self) -> bool {
        self.rows == self.rows_with_probabilities
    }
}

pub(crate) fn check_probabilities(
    probabilities: &[f64],
    classes: usize,
    rows: usize,
) -> Result<(), Error> {
    rows::same_length("probabilities", probabilities.len(), rows * classes)?;
    for (row, of_row) in probabilities.chunks_exact(classes.max(1)).enumerate() {
        let bad = of_row.iter().find(|p| !(0.0..=1.0).contains(*p));
        let sum: f64 = of_row.iter().sum();
        let (found, expected) = match bad {
            Some(p) => (p.to_string(), "between 0 and 1"),
            None if (sum - 1.0).abs() > SUM_TOLERANCE => {
                (format!("a sum of {sum}"), "probabilities that add up to 1")
            }
            None => continue,
        };
        return Err(Error::Row {
            row,
            column: "probability",
            found,
            expected: expected.to_owned(),
        });
    }
    Ok(())
}

/// Each class's part of a budget of cells.
pub(crate) fn class_budget(budget: usize, classes: usize) -> usize {
    (budget / classes.max(1)).max(256)
}

/// One class's probabilities, and whether rows are of it.
pub(crate) fn one_class(
    probabilities: &[f64],
    labels: &[u32],
    classes: usize,
    class: usize,
) -> (Vec<f64>, Vec<bool>) {
    let scores = probabilities.iter().skip(class).step_by(classes).copied();
    let is_class = labels.iter().map(|&label| label as usize == class);
    (scores.collect(), is_class.collect())
}

/// How many classes come before the true one: more probable, or as probable and
/// earlier, so that the first is the decision.
pub(crate) fn rank(probabilities: &[f64], label: u32) -> usize {
    let label = label as usize;
    let p = probabilities[label];
    let before = probabilities.iter().enumerate();
    before
        .filter(|&(class, &q)| q > p || (q == p && class < label))
        .count()
}

/// The most probable class, the first of equals.
pub(crate) fn decide(probabilities: &[f64]) -> u32 {
    let mut best = 0;
    for (class, p) in probabilities.iter().enumerate() {
        if *p > probabilities[best] {
            best = class;
        }
    }
    best as u32
}

pub(crate) fn log_losses(probabilities: &[f64], labels: &[u32], classes: usize) -> Vec<f64> {
    let of_rows = probabilities.chunks_exact(classes).zip(labels);
    of_rows
        .map(|(p, &label)| negative_log(p[label as usize]))
        .collect()
}

pub(crate) fn briers(probabilities: &[f64], labels: &[u32], classes: usize) -> Vec<f64> {
    let of_rows = probabilities.chunks_exact(classes).zip(labels);
    of_rows
        .map(|(of_row, &label)| {
            let squares: f64 = of_row.iter().map(|p| p * p).sum();
            // (p − 1)² in place of p² for the true class.
            (squares + 1.0 - 2.0 * of_row[label as usize]).max(0.0)
        })
        .collect()
}
