//! How often each class was taken for each.

use serde::{Deserialize, Serialize};

use super::{Mass, rows};
use crate::Error;

/// The confusion matrix: labels by decisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    classes: usize,
    /// `label * classes + decision`.
    cells: Vec<Mass>,
}

impl Confusion {
    /// Of no rows, for so many classes. In a matrix of two, class 1 is the
    /// positive one.
    pub fn new(classes: usize) -> Self {
        Self {
            classes,
            cells: vec![Mass::default(); classes * classes],
        }
    }

    /// Adds rows: what each is, and what it was taken for.
    ///
    /// # Errors
    /// Slices of different lengths, a class that does not exist, a bad weight.
    pub fn update(
        &mut self,
        labels: &[u32],
        decisions: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        rows::same_length("decision", decisions.len(), labels.len())?;
        rows::classes("label", labels, self.classes)?;
        rows::classes("decision", decisions, self.classes)?;
        rows::weights(weights, labels.len())?;
        for (row, (&label, &decision)) in labels.iter().zip(decisions).enumerate() {
            self.add(
                label as usize,
                decision as usize,
                Mass::of(rows::weight_of(weights, row)),
            );
        }
        Ok(())
    }

    /// Adds mass to a cell that is known to exist.
    pub(crate) fn add(&mut self, label: usize, decision: usize, mass: Mass) {
        self.cells[label * self.classes + decision] += mass;
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Another number of classes.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.classes != other.classes {
            return Err(Error::Unlike("number of classes"));
        }
        for (cell, more) in self.cells.iter_mut().zip(&other.cells) {
            *cell += *more;
        }
        Ok(())
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// What was `label` and was taken for `decision`.
    pub fn cell(&self, label: usize, decision: usize) -> Mass {
        self.cells[label * self.classes + decision]
    }

    /// All rows.
    pub fn total(&self) -> Mass {
        self.cells.iter().copied().sum()
    }

    /// All rows that were decided rightly.
    pub fn right(&self) -> Mass {
        (0..self.classes).map(|class| self.cell(class, class)).sum()
    }

    /// All rows of this class.
    pub fn labelled(&self, class: usize) -> Mass {
        (0..self.classes).map(|other| self.cell(class, other)).sum()
    }

    /// All rows that were taken for this class.
    pub fn decided(&self, class: usize) -> Mass {
        (0..self.classes).map(|other| self.cell(other, class)).sum()
    }

    /// This class as the positive one against all others.
    pub fn one_against_rest(&self, class: usize) -> Self {
        let mut two = Self::new(2);
        for label in 0..self.classes {
            for decision in 0..self.classes {
                let mass = self.cell(label, decision);
                two.add(
                    usize::from(label == class),
                    usize::from(decision == class),
                    mass,
                );
            }
        }
        two
    }

    /// The cells, `label * classes + decision`.
    pub fn cells(&self) -> &[Mass] {
        &self.cells
    }

    /// The same classes with other contents.
    pub(crate) fn with_weights(&self, weights: impl Iterator<Item = f64>) -> Self {
        Self {
            classes: self.classes,
            cells: weights.map(Mass::of).collect(),
        }
    }
}
