//! Rows that come in clusters, such as several of one user.
//!
//! Rows of a cluster say less than as many independent ones, so clusters are
//! left out and kept whole: each belongs to one of [`GROUPS`] groups by its
//! number, each group is reduced on its own, and the error of a figure is that
//! of a jackknife over groups (Kott, 2001; Shao and Tu, 1995, section 2.3). It
//! serves every figure that is smooth, costs groups whatever the rows, and
//! merges as all tables do.

use crate::evidence::{
    Binary, Classes, Evidence, Intervals, Labels, Paired, PairedBinary, PairedClasses,
    PairedIntervals, PairedLabels, PairedQueries, PairedRegression, Queries, Regression,
};
use crate::interval::student::student_critical;
use crate::interval::{Estimate, Method, check_rate};
use crate::metric::Difference;
use crate::{Error, Metric};

/// Enough that Student's t is near the normal.
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

/// Rows in clusters, reduced by groups of clusters.
#[derive(Clone, Debug)]
pub struct Clustered<T> {
    groups: Vec<T>,
}

impl<T: Reduced> Clustered<T> {
    /// Of no rows; `empty` is a table without any.
    pub fn new(empty: &T) -> Self {
        Self {
            groups: vec![empty.clone(); GROUPS],
        }
    }

    /// The group of a cluster, by any number that is the cluster's own, such as
    /// a hash of its key. Neighbouring numbers are scattered (the finaliser of
    /// Steele, Lea and Flood, 2014).
    pub fn group_of(cluster: u64) -> usize {
        let mut x = cluster.wrapping_add(0x9E37_79B9_7F4A_7C15);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % GROUPS as u64) as usize
    }

    /// The table of a group, such as one that was reduced elsewhere.
    pub fn group(&mut self, group: usize) -> Option<&mut T> {
        self.groups.get_mut(group)
    }

    /// The table that rows of this cluster are added to.
    pub fn table(&mut self, cluster: u64) -> &mut T {
        &mut self.groups[Self::group_of(cluster)]
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Tables that were made differently.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        for (group, more) in self.groups.iter_mut().zip(other.groups) {
            group.merge(more)?;
        }
        Ok(())
    }

    /// All rows, and all but those of each group that has any.
    fn whole_and_parts(&self) -> Result<(T, Vec<T>), Error> {
        let groups: Vec<&T> = self
            .groups
            .iter()
            .filter(|group| group.rows() > 0)
            .collect();
        let Some((first, rest)) = groups.split_first() else {
            let reason = "there are no rows";
            return Err(Error::undefined("a figure over clusters", reason));
        };
        // All groups before each one, and all after it.
        let mut before = vec![None; groups.len()];
        let mut so_far = (*first).clone();
        for (i, group) in rest.iter().enumerate() {
            before[i + 1] = Some(so_far.clone());
            so_far.merge((*group).clone())?;
        }
        let mut parts = Vec::with_capacity(groups.len());
        let mut after: Option<T> = None;
        for (group, before) in groups.iter().zip(before).rev() {
            let part = joined(before, after.clone())?;
            parts.extend(part.map(T::finish));
            after = joined(after, Some((*group).clone()))?;
        }
        Ok((so_far.finish(), parts))
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
    /// The figure for rows in clusters, which are left out whole for its
    /// interval.
    ///
    /// # Errors
    /// As [`estimate`](Self::estimate), also where a group of clusters is left
    /// out.
    pub fn estimate_clustered<T: OneVersion>(
        &self,
        clustered: &Clustered<T>,
        false_alarm: f64,
    ) -> Result<Estimate, Error> {
        let (whole, parts) = clustered.whole_and_parts()?;
        let value = self.value(whole.evidence())?;
        let left_out = parts.iter().map(|part| self.value(part.evidence()));
        let left_out = left_out.collect::<Result<Vec<_>, _>>()?;
        Ok(jackknife(value, &left_out, false_alarm)?.within(self.range()))
    }

    /// How two versions compare on rows in clusters.
    ///
    /// # Errors
    /// As [`estimate_clustered`](Self::estimate_clustered), for either version.
    pub fn compare_clustered<T: TwoVersions>(
        &self,
        clustered: &Clustered<T>,
        false_alarm: f64,
    ) -> Result<Difference, Error> {
        let (whole, parts) = clustered.whole_and_parts()?;
        let figures = |table: &T| -> Result<(f64, f64), Error> {
            let paired = table.paired();
            Ok((
                self.value(paired.candidate())?,
                self.value(paired.previous())?,
            ))
        };
        let (candidate, previous) = figures(&whole)?;
        let left_out = parts.iter().map(|part| figures(part).map(|(a, b)| a - b));
        let left_out = left_out.collect::<Result<Vec<_>, _>>()?;
        Ok(Difference {
            candidate,
            previous,
            difference: jackknife(candidate - previous, &left_out, false_alarm)?,
        })
    }
}

/// From figures with one group left out each: the variance is (k − 1) / k times
/// the squares about their mean.
fn jackknife(value: f64, left_out: &[f64], false_alarm: f64) -> Result<Estimate, Error> {
    check_rate(false_alarm)?;
    if left_out.len() < 2 {
        let everything = (f64::NEG_INFINITY, f64::INFINITY);
        return Ok(Estimate::new(value, everything, Method::Unknown));
    }
    let groups = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / groups;
    let squares: f64 = left_out.iter().map(|figure| (figure - mean).powi(2)).sum();
    let error = ((groups - 1.0) / groups * squares).sqrt();
    let half = student_critical(false_alarm, groups - 1.0) * error;
    Ok(Estimate::new(
        value,
        (value - half, value + half),
        Method::Jackknife,
    ))
}
