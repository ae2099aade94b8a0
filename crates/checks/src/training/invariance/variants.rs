//! Rows and their variants.

use std::collections::BTreeMap;

use seatrial_data::{Dataset, Part};

use super::super::behaviour::{changeable, readable, shift};
use super::super::outputs::{features_of, moments, validation_rows};
use super::{Invariance, Perturb, differences};
use crate::check::{Failure, Outcome};
use crate::context::Context;

/// Rows that differ from their variants.
pub(super) struct Variants {
    pub before: Vec<f32>,
    pub after: Vec<f32>,
    /// What each row is called.
    names: Vec<String>,
}

impl Variants {
    pub fn of(check: &Invariance, context: &Context, dataset: &Dataset) -> Outcome<Self> {
        match (&check.table, &check.perturb) {
            (Some(table), None) if check.features.is_empty() => {
                Self::pairs(dataset, table.as_path())
            }
            (None, Some(perturb)) if !check.features.is_empty() => {
                let features = dataset.matching(&check.features)?;
                Self::perturbed(context, dataset, &features, *perturb)
            }
            _ => Err(Failure::Case(
                "give either `features` with `perturb`, or a `table` of pairs".into(),
            )),
        }
    }

    pub fn rows(&self) -> usize {
        self.names.len()
    }

    /// Which row, and what differs in its variant.
    pub fn describe(&self, dataset: &Dataset, row: usize) -> String {
        let width = dataset.features.len();
        let of = |rows: &'_ [f32]| rows[row * width..(row + 1) * width].to_vec();
        let differs = differences(dataset, &of(&self.before), &of(&self.after));
        format!("{}: {differs}", self.names[row])
    }

    fn push(&mut self, name: String, before: &[f32], after: &[f32]) {
        self.before.extend_from_slice(before);
        self.after.extend_from_slice(after);
        self.names.push(name);
    }

    fn none() -> Self {
        Self {
            before: Vec::new(),
            after: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Every validation row that the perturbation changes.
    fn perturbed(
        context: &Context,
        dataset: &Dataset,
        features: &[usize],
        perturb: Perturb,
    ) -> Outcome<Self> {
        let mut stream = context.streams(0).stream("perturb");
        let train = dataset.part(Part::Train);
        let deviation = |&feature: &usize| {
            moments(
                train
                    .iter()
                    .map(|&row| f64::from(dataset.row(row)[feature])),
            )
            .1
        };
        let deviations: Vec<f64> = features.iter().map(deviation).collect();
        let rows = validation_rows(dataset)?;
        let mut variants = Self::none();
        let asked = features_of(dataset, rows);
        for (before, row) in asked.chunks(dataset.features.len()).zip(rows) {
            let mut after = before.to_vec();
            for (&feature, deviation) in features.iter().zip(&deviations) {
                changeable(dataset, feature)?;
                let value = readable(dataset, feature, before[feature]);
                match perturb {
                    Perturb::Noise(noise) => {
                        let by = noise.get() * deviation * stream.normal();
                        after[feature] = (f64::from(before[feature]) + by) as f32;
                    }
                    Perturb::Shift(by) => shift(dataset, feature, &mut after, by)?,
                    Perturb::Set(to) => after[feature] = dataset.scaled(feature, to),
                    Perturb::Scale(factor) => {
                        shift(dataset, feature, &mut after, value * (factor - 1.0))?;
                    }
                }
            }
            if before != after {
                variants.push(format!("row {} of the data", row + 1), before, &after);
            }
        }
        if variants.rows() == 0 {
            return Err(Failure::Case(
                "the perturbation changes no row: nothing can be seen".into(),
            ));
        }
        Ok(variants)
    }

    /// The pairs of a table.
    fn pairs(dataset: &Dataset, table: &std::path::Path) -> Outcome<Self> {
        let rows = dataset.further_rows(table, "pair")?;
        let width = dataset.features.len();
        let mut pairs = BTreeMap::<&str, Vec<usize>>::new();
        for (row, (_, pair)) in rows.cells.iter().enumerate() {
            pairs.entry(pair).or_default().push(row);
        }
        let refuse = |row: usize, pair: &str, what: String| {
            Failure::Case(format!(
                "{}:{}: pair `{pair}` {what}",
                table.display(),
                rows.cells[row].0
            ))
        };
        let mut variants = Self::none();
        for (pair, members) in pairs {
            let [a, b] = members[..] else {
                let count = format!("has {} rows; two belong together", members.len());
                return Err(refuse(members[0], pair, count));
            };
            let of = |row: usize| &rows.values[row * width..(row + 1) * width];
            if of(a) == of(b) {
                return Err(refuse(b, pair, "holds the same row twice".into()));
            }
            variants.push(format!("pair `{pair}`"), of(a), of(b));
        }
        Ok(variants)
    }
}
