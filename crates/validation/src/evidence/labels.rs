//! Any number of several labels a row.

use super::classes::class_budget;
use super::{Binary, BinaryOptions, PairedBinary};
use crate::Error;
use crate::table::{CoMoments, Mass, Moments, rows};

/// Rows with several labels, reduced: each label on its own, and what rows say
/// as a whole.
#[derive(Clone, Debug)]
pub struct Labels {
    names: Vec<String>,
    each: Vec<Binary>,
    whole: Mass,
    /// The share of labels that are decided wrongly, a row.
    hamming: Moments,
    /// Decisions of each kind a row: by label, then by decision.
    counts: CoMoments,
}

impl Labels {
    /// Of no rows, for labels of these names. The budget of cells is shared.
    pub fn new(names: &[String], options: BinaryOptions) -> Self {
        let options = shared(options, names.len());
        Self {
            names: names.to_vec(),
            each: vec![Binary::new(options); names.len()],
            whole: Mass::default(),
            hamming: Moments::new(),
            counts: CoMoments::default(),
        }
    }

    /// Adds rows: all scores and labels of the first row, then of the second.
    ///
    /// # Errors
    /// Slices of different lengths, a score off its scale, a bad weight. The
    /// table is then as it was.
    pub fn update(
        &mut self,
        scores: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let width = self.names.len();
        check(scores, labels, width)?;
        rows::weights(weights, labels.len() / width.max(1))?;
        let Some(options) = self.each.first().map(Binary::options) else {
            return Ok(());
        };
        options.scale.check(scores)?;
        for (label, table) in self.each.iter_mut().enumerate() {
            table.update(
                &column(scores, width, label),
                &column(labels, width, label),
                weights,
            )?;
        }
        let wrong = wrong_shares(scores, labels, width, options.threshold);
        for (row, wrong) in wrong.iter().enumerate() {
            if *wrong == 0.0 {
                self.whole += Mass::of(rows::weight_of(weights, row));
            }
        }
        self.hamming.add(&wrong, weights);
        let kinds = decided(scores, options.threshold).zip(labels);
        let kinds = kinds.map(|(decision, label)| 2 * usize::from(*label) + decision);
        add_counts::<4>(&mut self.counts, kinds, width, weights);
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Other labels or options.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        if self.names != other.names {
            return Err(Error::Unlike("labels"));
        }
        for (table, more) in self.each.iter_mut().zip(other.each) {
            table.merge(more)?;
        }
        self.whole += other.whole;
        self.hamming.merge(&other.hamming);
        self.counts.merge(&other.counts);
        Ok(())
    }

    /// The table with nothing left waiting: what metrics read.
    pub fn finish(mut self) -> Self {
        self.each = self.each.into_iter().map(Binary::finish).collect();
        self
    }

    /// At most so many cells from now on, shared among labels as in
    /// [`new`](Self::new).
    pub fn shrink(&mut self, budget: usize) {
        let of_label = class_budget(budget, self.names.len());
        let tables = self.each.iter_mut();
        tables.for_each(|table| table.shrink(of_label));
    }

    /// The labels.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Each label on its own.
    pub fn each(&self) -> &[Binary] {
        &self.each
    }

    /// The number of rows, those of weight zero included.
    pub fn rows(&self) -> u64 {
        self.each.first().map_or(0, Binary::rows)
    }

    /// Rows of which every label is decided rightly, and all rows.
    pub fn whole(&self) -> (Mass, Mass) {
        (self.whole, self.hamming.mass())
    }

    /// The share of labels that are decided wrongly, a row.
    pub fn hamming(&self) -> &Moments {
        &self.hamming
    }

    /// Decisions of each kind a row: the cells of a confusion matrix, in order.
    pub(crate) fn counts(&self) -> &CoMoments {
        &self.counts
    }
}

/// Two versions' labels, reduced.
#[derive(Clone, Debug)]
pub struct PairedLabels {
    candidate: Labels,
    previous: Labels,
    each: Vec<PairedBinary>,
    /// Rows that are wholly right: `[candidate][previous]`.
    whole: [[Mass; 2]; 2],
    hamming: Moments,
    /// Decisions of each kind a row: by label, then by the candidate's decision and
    /// the previous version's.
    counts: CoMoments,
}

impl PairedLabels {
    /// Of no rows, for labels of these names. The budget of cells is shared.
    pub fn new(names: &[String], options: BinaryOptions) -> Self {
        Self {
            candidate: Labels::new(names, options),
            previous: Labels::new(names, options),
            each: vec![PairedBinary::new(shared(options, names.len())); names.len()],
            whole: [[Mass::default(); 2]; 2],
            hamming: Moments::new(),
            counts: CoMoments::default(),
        }
    }

    /// Adds rows, as [`Labels::update`] takes them.
    ///
    /// # Errors
    /// As there.
    pub fn update(
        &mut self,
        candidate: &[f64],
        previous: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let width = self.each.len();
        check(previous, labels, width)?;
        let Some(options) = self.each.first().map(|pair| pair.candidate().options()) else {
            return Ok(());
        };
        options.scale.check(previous)?;
        self.candidate.update(candidate, labels, weights)?;
        self.previous.update(previous, labels, weights)?;
        for (label, table) in self.each.iter_mut().enumerate() {
            let of = |scores: &[f64]| column(scores, width, label);
            table.update(
                &of(candidate),
                &of(previous),
                &column(labels, width, label),
                weights,
            )?;
        }
        let wrong = |scores: &[f64]| wrong_shares(scores, labels, width, options.threshold);
        let (a, b) = (wrong(candidate), wrong(previous));
        for (row, (a, b)) in a.iter().zip(&b).enumerate() {
            let cell = &mut self.whole[usize::from(*a == 0.0)][usize::from(*b == 0.0)];
            *cell += Mass::of(rows::weight_of(weights, row));
        }
        let less: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        self.hamming.add(&less, weights);
        let decided = |scores| decided(scores, options.threshold);
        let kinds = labels.iter().zip(decided(candidate).zip(decided(previous)));
        let kinds = kinds.map(|(label, (a, b))| 4 * usize::from(*label) + 2 * a + b);
        add_counts::<8>(&mut self.counts, kinds, width, weights);
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Other labels or options.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.candidate.merge(other.candidate)?;
        self.previous.merge(other.previous)?;
        for (table, more) in self.each.iter_mut().zip(other.each) {
            table.merge(more)?;
        }
        for (cell, more) in self
            .whole
            .iter_mut()
            .flatten()
            .zip(other.whole.iter().flatten())
        {
            *cell += *more;
        }
        self.hamming.merge(&other.hamming);
        self.counts.merge(&other.counts);
        Ok(())
    }

    /// The table with nothing left waiting: what metrics read.
    pub fn finish(mut self) -> Self {
        self.candidate = self.candidate.finish();
        self.previous = self.previous.finish();
        self.each = self.each.into_iter().map(PairedBinary::finish).collect();
        self
    }

    /// At most so many cells from now on, as in [`Labels::shrink`].
    pub fn shrink(&mut self, budget: usize) {
        self.candidate.shrink(budget);
        self.previous.shrink(budget);
        let of_label = class_budget(budget, self.each.len());
        let tables = self.each.iter_mut();
        tables.for_each(|table| table.shrink(of_label));
    }

    pub(crate) fn candidate(&self) -> &Labels {
        &self.candidate
    }

    pub(crate) fn previous(&self) -> &Labels {
        &self.previous
    }

    pub(crate) fn each(&self) -> &[PairedBinary] {
        &self.each
    }

    pub(crate) fn whole(&self) -> [[Mass; 2]; 2] {
        self.whole
    }

    pub(crate) fn counts(&self) -> &CoMoments {
        &self.counts
    }

    pub(crate) fn hamming(&self) -> &Moments {
        &self.hamming
    }
}

/// Whether each score is one of a row that is taken to have the label.
fn decided(scores: &[f64], threshold: f64) -> impl Iterator<Item = usize> {
    scores
        .iter()
        .map(move |score| usize::from(*score >= threshold))
}

/// Adds how many of a row's labels are of each kind.
fn add_counts<const KINDS: usize>(
    counts: &mut CoMoments,
    kinds: impl Iterator<Item = usize>,
    width: usize,
    weights: Option<&[f64]>,
) {
    let mut columns: [Vec<f64>; KINDS] = [const { Vec::new() }; KINDS];
    for (at, kind) in kinds.enumerate() {
        let row = at / width;
        if at % width == 0 {
            columns.iter_mut().for_each(|column| column.push(0.0));
        }
        columns[kind][row] += 1.0;
    }
    counts.add(&columns.each_ref().map(Vec::as_slice), weights);
}

fn shared(options: BinaryOptions, labels: usize) -> BinaryOptions {
    BinaryOptions {
        budget: class_budget(options.budget, labels),
        ..options
    }
}

fn check(scores: &[f64], labels: &[bool], width: usize) -> Result<(), Error> {
    rows::same_length("scores", scores.len(), labels.len())?;
    let whole = labels.len() / width.max(1) * width.max(1);
    rows::same_length("labels", labels.len(), whole)
}

fn column<T: Copy>(values: &[T], width: usize, place: usize) -> Vec<T> {
    values.iter().skip(place).step_by(width).copied().collect()
}

fn wrong_shares(scores: &[f64], labels: &[bool], width: usize, threshold: f64) -> Vec<f64> {
    let of_rows = scores.chunks_exact(width).zip(labels.chunks_exact(width));
    of_rows
        .map(|(scores, labels)| {
            let pairs = scores.iter().zip(labels);
            let wrong = pairs.filter(|&(&score, &label)| (score >= threshold) != label);
            wrong.count() as f64 / width as f64
        })
        .collect()
}
