//! Two versions' decisions on the same rows.

use std::collections::BTreeMap;

use crate::table::Mass;

/// How often rows of each class were taken for each by the candidate and by the
/// previous version.
#[derive(Clone, Debug, PartialEq)]
pub struct JointConfusion {
    classes: usize,
    /// By label, candidate's and previous version's decision.
    cells: BTreeMap<[u32; 3], Mass>,
}

/// Up to so many classes a batch is first counted in an array.
const DENSE_CLASSES: usize = 16;

impl JointConfusion {
    pub(super) fn new(classes: usize) -> Self {
        Self {
            classes,
            cells: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, of_rows: impl Iterator<Item = ([u32; 3], f64)>) {
        if self.classes > DENSE_CLASSES {
            for (cell, weight) in of_rows {
                *self.cells.entry(cell).or_default() += Mass::of(weight);
            }
            return;
        }
        let k = self.classes;
        let mut dense = vec![Mass::default(); k * k * k];
        for ([label, candidate, previous], weight) in of_rows {
            let cell = (label as usize * k + candidate as usize) * k + previous as usize;
            dense[cell] += Mass::of(weight);
        }
        self.add_masses(&dense);
    }

    /// Adds a mass for every cell there may be, in order.
    pub(super) fn add_masses(&mut self, masses: &[Mass]) {
        let k = self.classes;
        for (cell, mass) in masses.iter().enumerate() {
            if mass.weight > 0.0 {
                let key = [cell / k / k, cell / k % k, cell % k].map(|part| part as u32);
                *self.cells.entry(key).or_default() += *mass;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (cell, mass) in &other.cells {
            *self.cells.entry(*cell).or_default() += *mass;
        }
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Cells that hold rows: label, candidate's decision, previous decision.
    pub fn cells(&self) -> impl Iterator<Item = ([usize; 3], Mass)> {
        self.cells
            .iter()
            .map(|(cell, mass)| (cell.map(|part| part as usize), *mass))
    }
}
