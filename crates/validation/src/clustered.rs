//! Rows that come in clusters, such as several of one user.
//!
//! Rows of a cluster say less than as many independent ones, so clusters are
//! kept whole. Each is a unit that is reduced on its own while there are at most
//! [`GROUPS`] of them; of more, each belongs to one of so many groups, and those
//! are the units (Kott, 2001). That costs units, whatever the rows, and merges as
//! all tables do.
//!
//! The interval of a figure comes from leaving out each unit in turn (`left_out`),
//! that of a distance, which is never negative and which chance makes larger,
//! from resampling units (`resampled`).

mod left_out;
mod resampled;

use std::collections::BTreeMap;

use crate::evidence::{
    Binary, Classes, Evidence, Intervals, Labels, Paired, PairedBinary, PairedClasses,
    PairedIntervals, PairedLabels, PairedQueries, PairedRegression, Queries, Regression,
};
use crate::interval::{Estimate, check_rate};
use crate::metric::{Confidence, Difference, Formula};
use crate::{Error, Metric};
use left_out::{LeftOut, Scale};

/// Enough units that Student's t is near the normal.
pub const GROUPS: usize = 64;

/// What can be merged and read: all tables of [`crate::evidence`].
pub trait Reduced: Clone {
    /// Adds another's rows.
    ///
    /// # Errors
    /// A table that was made differently.
    fn merge(&mut self, other: Self) -> Result<(), Error>;

    /// Ready to be read.
    fn finish(self) -> Self;

    /// The number of rows.
    fn rows(&self) -> u64;
}

/// A table of one version.
pub trait OneVersion: Reduced {
    /// As metrics read it.
    fn evidence(&self) -> Evidence<'_>;
}

/// A table of two versions.
pub trait TwoVersions: Reduced {
    /// As metrics read it.
    fn paired(&self) -> Paired<'_>;
}

macro_rules! reduced {
    ($table:ident, |$this:ident| $rows:expr) => {
        impl Reduced for $table {
            fn merge(&mut self, other: Self) -> Result<(), Error> {
                $table::merge(self, other)
            }

            fn finish(self) -> Self {
                $table::finish(self)
            }

            fn rows(&self) -> u64 {
                let $this = self;
                $rows
            }
        }
    };
}

macro_rules! one_version {
    ($($table:ident),*) => {$(
        reduced!($table, |table| table.rows());

        impl OneVersion for $table {
            fn evidence(&self) -> Evidence<'_> {
                Evidence::$table(self)
            }
        }
    )*};
}

macro_rules! two_versions {
    ($($table:ident as $kind:ident),*) => {$(
        reduced!($table, |table| table.paired().candidate().rows());

        impl TwoVersions for $table {
            fn paired(&self) -> Paired<'_> {
                Paired::$kind(self)
            }
        }
    )*};
}

one_version!(Binary, Classes, Labels, Regression, Intervals, Queries);
two_versions!(
    PairedBinary as Binary,
    PairedClasses as Classes,
    PairedLabels as Labels,
    PairedRegression as Regression,
    PairedIntervals as Intervals,
    PairedQueries as Queries
);

/// Rows in clusters, reduced by units of whole clusters.
#[derive(Clone, Debug)]
pub struct Clustered<T> {
    /// Of no rows.
    empty: T,
    /// By the number of the cluster; of the group, once clusters are in groups.
    units: BTreeMap<u64, T>,
    in_groups: bool,
}

impl<T: Reduced> Clustered<T> {
    /// Of no rows; `empty` is a table without any.
    pub fn new(empty: &T) -> Self {
        Self {
            empty: empty.clone(),
            units: BTreeMap::new(),
            in_groups: false,
        }
    }

    /// Of units that were reduced elsewhere, each of one cluster or of several.
    /// What is merged with it must number its units alike.
    pub fn of_units(empty: &T, units: impl IntoIterator<Item = (u64, T)>) -> Self {
        Self {
            empty: empty.clone(),
            units: units.into_iter().collect(),
            in_groups: true,
        }
    }

    /// The group of a cluster, where there are many, by any number that is the
    /// cluster's own, such as a hash of its key. Neighbouring numbers are
    /// scattered (the finaliser of Steele, Lea and Flood, 2014).
    pub fn group_of(cluster: u64) -> usize {
        let mut x = cluster.wrapping_add(0x9E37_79B9_7F4A_7C15);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % GROUPS as u64) as usize
    }

    /// The table that rows of this cluster are added to.
    ///
    /// # Errors
    /// Tables that were made differently.
    pub fn table(&mut self, cluster: u64) -> Result<&mut T, Error> {
        let many = self.units.len() == GROUPS && !self.units.contains_key(&cluster);
        if many && !self.in_groups {
            self.put_in_groups()?;
        }
        let unit = match self.in_groups {
            true => Self::group_of(cluster) as u64,
            false => cluster,
        };
        Ok(self.unit(unit))
    }

    /// Adds another's rows. Whichever is merged into which, clusters are in groups
    /// when they are too many together.
    ///
    /// # Errors
    /// Tables that were made differently.
    pub fn merge(&mut self, mut other: Self) -> Result<(), Error> {
        if self.in_groups && !other.in_groups {
            other.put_in_groups()?;
        }
        if other.in_groups && !self.in_groups {
            self.put_in_groups()?;
        }
        for (number, more) in other.units {
            match other.in_groups {
                true => self.unit(number).merge(more)?,
                false => self.table(number)?.merge(more)?,
            }
        }
        Ok(())
    }

    fn unit(&mut self, number: u64) -> &mut T {
        let Self { empty, units, .. } = self;
        units.entry(number).or_insert_with(|| empty.clone())
    }

    fn put_in_groups(&mut self) -> Result<(), Error> {
        self.in_groups = true;
        for (cluster, rows) in std::mem::take(&mut self.units) {
            self.unit(Self::group_of(cluster) as u64).merge(rows)?;
        }
        Ok(())
    }

    /// The units that have rows.
    fn seen(&self) -> Result<Vec<&T>, Error> {
        let seen: Vec<&T> = self.units.values().filter(|unit| unit.rows() > 0).collect();
        if seen.is_empty() {
            let reason = "there are no rows";
            return Err(Error::undefined("a figure over clusters", reason));
        }
        Ok(seen)
    }

    fn whole(&self) -> Result<T, Error> {
        let mut whole = self.empty.clone();
        for unit in self.seen()? {
            whole.merge(unit.clone())?;
        }
        Ok(whole.finish())
    }

    /// All rows, and all but those of each unit that has any.
    fn whole_and_parts(&self) -> Result<(T, Vec<T>), Error> {
        let units = self.seen()?;
        // All units before each one, and all after it.
        let mut before = Vec::with_capacity(units.len());
        let mut so_far = None;
        for unit in &units {
            before.push(so_far.clone());
            so_far = joined(so_far, Some((*unit).clone()))?;
        }
        let mut parts = Vec::with_capacity(units.len());
        let mut after: Option<T> = None;
        for (unit, before) in units.iter().zip(before).rev() {
            let part = joined(before, after.clone())?;
            parts.extend(part.map(T::finish));
            after = joined(after, Some((*unit).clone()))?;
        }
        parts.reverse();
        let whole = so_far.unwrap_or_else(|| self.empty.clone());
        Ok((whole.finish(), parts))
    }

    /// As many equal clusters as say as much as these, if rows of a cluster all say
    /// the same (Kish, 1965).
    fn effective_units(&self) -> f64 {
        let rows = self.units.values().map(|unit| unit.rows() as f64);
        let (sum, squares) = rows.fold((0.0, 0.0), |(sum, squares), rows| {
            (sum + rows, squares + rows * rows)
        });
        sum * sum / squares
    }
}

fn joined<T: Reduced>(a: Option<T>, b: Option<T>) -> Result<Option<T>, Error> {
    Ok(match (a, b) {
        (Some(mut a), Some(b)) => {
            a.merge(b)?;
            Some(a)
        }
        (a, b) => a.or(b),
    })
}

impl Metric {
    /// The figure for rows in clusters, which its interval keeps whole. Of one
    /// cluster, or where the figure rests on one, the interval is all that can be.
    ///
    /// # Errors
    /// As [`estimate`](Self::estimate).
    pub fn estimate_clustered<T: OneVersion>(
        &self,
        clustered: &Clustered<T>,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        check_rate(confidence.false_alarm)?;
        if let Formula::Calibration(of_bins) = &self.formula {
            let estimate = resampled::distance(self, clustered, of_bins, confidence)?;
            return Ok(estimate.within(self.range()));
        }
        let (whole, parts) = clustered.whole_and_parts()?;
        let value = self.value(whole.evidence())?;
        let left_out = LeftOut {
            value,
            figures: parts
                .iter()
                .map(|part| self.value(part.evidence()))
                .collect(),
            range: self.range(),
            scale: Scale::of(self.range()),
            effective_units: clustered.effective_units(),
        };
        left_out.estimate(confidence.false_alarm)
    }

    /// How two versions compare on rows in clusters.
    ///
    /// # Errors
    /// As [`compare`](Self::compare).
    pub fn compare_clustered<T: TwoVersions>(
        &self,
        clustered: &Clustered<T>,
        false_alarm: f64,
    ) -> Result<Difference, Error> {
        check_rate(false_alarm)?;
        let (whole, parts) = clustered.whole_and_parts()?;
        let figures = |table: &T| -> Result<(f64, f64), Error> {
            let paired = table.paired();
            Ok((
                self.value(paired.candidate())?,
                self.value(paired.previous())?,
            ))
        };
        let (candidate, previous) = figures(&whole)?;
        let (low, high) = self.range();
        let left_out = LeftOut {
            value: candidate - previous,
            figures: parts
                .iter()
                .map(|part| figures(part).map(|(a, b)| a - b))
                .collect(),
            range: (low - high, high - low),
            scale: Scale::Plain,
            effective_units: clustered.effective_units(),
        };
        Ok(Difference {
            candidate,
            previous,
            difference: left_out.estimate(false_alarm)?,
        })
    }
}
