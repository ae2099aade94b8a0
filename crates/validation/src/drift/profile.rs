//! One column, reduced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::table::{Mass, Moments, Scale, ScoreTable, rows};

/// A column of either kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one a column, and a pointer less to follow"
)]
pub enum Profile {
    /// Of numbers.
    Numbers(Numbers),
    /// Of categories.
    Categories(Categories),
}

/// Numbers by their value, exact while there are few distinct ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Numbers {
    values: ScoreTable,
    moments: Moments,
    missing: Mass,
}

impl Numbers {
    /// Enough to tell ranks to better than one in a thousand.
    pub const BUDGET: usize = 1 << 12;

    /// Of no rows, with at most `budget` cells.
    pub fn new(budget: usize) -> Self {
        Self {
            values: ScoreTable::new(Scale::Real, budget),
            moments: Moments::new(),
            missing: Mass::default(),
        }
    }

    /// Adds the rows that have a value.
    ///
    /// # Errors
    /// A value that is not finite, a bad weight. The profile is then as it was.
    pub fn update(&mut self, values: &[f64], weights: Option<&[f64]>) -> Result<(), Error> {
        rows::finite("value", values)?;
        rows::weights(weights, values.len())?;
        match weights {
            None => self.values.add_unlabelled(values),
            Some(_) => self
                .values
                .update(values, &vec![false; values.len()], weights)?,
        }
        self.moments.add(values, weights);
        Ok(())
    }

    /// Adds rows without a value.
    pub fn add_missing(&mut self, mass: Mass) {
        self.missing += mass;
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Another budget.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.values.merge(other.values)?;
        self.moments.merge(&other.moments);
        self.missing += other.missing;
        Ok(())
    }

    /// The profile with nothing left waiting: what is compared and saved.
    pub fn finish(mut self) -> Self {
        self.values.settle();
        self
    }

    pub(super) fn values(&self) -> &ScoreTable {
        &self.values
    }

    /// Of the rows that have a value.
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Rows without a value.
    pub fn missing(&self) -> Mass {
        self.missing
    }
}

/// How often each category occurs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Categories {
    budget: usize,
    counts: BTreeMap<String, Mass>,
    missing: Mass,
}

impl Categories {
    /// More categories than a column of categories has.
    pub const BUDGET: usize = 100_000;

    /// Of no rows, with at most `budget` different categories.
    pub fn new(budget: usize) -> Self {
        Self {
            budget,
            counts: BTreeMap::new(),
            missing: Mass::default(),
        }
    }

    /// Adds rows of one category, or without any.
    ///
    /// # Errors
    /// More different categories than the budget: such a column is an
    /// identifier or free text.
    pub fn add(&mut self, category: Option<&str>, mass: Mass) -> Result<(), Error> {
        let Some(category) = category else {
            self.missing += mass;
            return Ok(());
        };
        if let Some(seen) = self.counts.get_mut(category) {
            *seen += mass;
            return Ok(());
        }
        if self.counts.len() >= self.budget {
            return Err(Error::TooMany {
                what: "different categories",
                limit: self.budget,
            });
        }
        if mass.weight > 0.0 {
            self.counts.insert(category.to_owned(), mass);
        }
        Ok(())
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// More different categories than the budget.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.missing += other.missing;
        for (category, mass) in &other.counts {
            self.add(Some(category), *mass)?;
        }
        Ok(())
    }

    /// How often each occurs.
    pub fn counts(&self) -> &BTreeMap<String, Mass> {
        &self.counts
    }

    /// Rows without a category.
    pub fn missing(&self) -> Mass {
        self.missing
    }
}
