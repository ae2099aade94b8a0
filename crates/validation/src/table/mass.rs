//! The weight of the rows in one cell.

use std::ops::{Add, AddAssign, Mul};

use serde::{Deserialize, Serialize};

/// The sum of some rows' weights, and of their squares.
///
/// For rows of weight one both are their number. The squares say how uncertain
/// a sum of weighted rows is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mass {
    /// Σ w.
    pub weight: f64,
    /// Σ w².
    pub squared: f64,
}

impl Mass {
    /// So many rows of weight one.
    pub fn of_rows(rows: u64) -> Self {
        Self {
            weight: rows as f64,
            squared: rows as f64,
        }
    }

    /// One row.
    pub fn of(weight: f64) -> Self {
        Self {
            weight,
            squared: weight * weight,
        }
    }

    /// As many rows of equal weight as would be as informative: (Σ w)² / Σ w²
    /// (Kish, 1965, section 11.7). Zero of nothing.
    pub fn effective_rows(&self) -> f64 {
        if self.squared > 0.0 {
            self.weight * self.weight / self.squared
        } else {
            0.0
        }
    }
}

impl Add for Mass {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

/// So many times the rows.
impl Mul<f64> for Mass {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            weight: self.weight * times,
            squared: self.squared * times,
        }
    }
}

impl AddAssign for Mass {
    fn add_assign(&mut self, other: Self) {
        self.weight += other.weight;
        self.squared += other.squared;
    }
}

impl std::iter::Sum for Mass {
    fn sum<I: Iterator<Item = Self>>(masses: I) -> Self {
        masses.fold(Self::default(), Add::add)
    }
}
