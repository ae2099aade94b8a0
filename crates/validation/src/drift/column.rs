//! Two profiles of one column against each other.

use serde::{Deserialize, Serialize};

use super::measure::{Bins, Measure};
use super::wasserstein::At;
use super::{Categories, Numbers, Profile, chi_square, kolmogorov_smirnov, null, wasserstein};
use crate::Error;
use crate::table::Mass;

/// Bins of numbers hold so many parts of the reference, the usual choice.
const PARTS: usize = 10;

/// How a column has moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnDrift {
    /// By each measure that the column's type has.
    pub measured: Vec<Measured>,
    /// The chance of a shift like this, or larger, between two samples of one
    /// distribution: of Kolmogorov and Smirnov for numbers, of chi-square for
    /// categories.
    pub p_value: f64,
    /// Effective rows of the reference and of the current table.
    pub rows: [f64; 2],
    /// Share of rows without a value, in both.
    pub missing: [f64; 2],
    /// Categories that only the current table has, most frequent first.
    pub new: Vec<Novelty>,
    /// Categories that only the reference has, most frequent first.
    pub vanished: Vec<Novelty>,
}

/// A shift by one measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Which measure.
    pub measure: Measure,
    /// As it is computed from the rows.
    pub seen: f64,
    /// What two samples of one distribution would show on average.
    pub expected: f64,
    /// What is left: the effect, zero at least.
    pub effect: f64,
}

/// A category that one of two tables has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Novelty {
    /// Which.
    pub category: String,
    /// Its share of the table that has it.
    pub share: f64,
    /// The chance that all its rows are in that table by luck.
    pub p_value: f64,
}

impl ColumnDrift {
    /// The effect by one measure; `None` if the column's type does not have it.
    pub fn effect(&self, measure: Measure) -> Option<f64> {
        let mut measured = self.measured.iter();
        measured.find(|m| m.measure == measure).map(|m| m.effect)
    }

    /// The smallest distance of distribution functions that these rows can tell
    /// from none.
    pub fn detectable(&self, false_alarm: f64) -> f64 {
        kolmogorov_smirnov::detectable(false_alarm, self.rows)
    }
}

/// Holds a current column against its reference.
///
/// # Errors
/// A profile without rows, profiles of different types or budgets.
pub fn compare(reference: &Profile, current: &Profile) -> Result<ColumnDrift, Error> {
    match (reference, current) {
        (Profile::Numbers(reference), Profile::Numbers(current)) => numbers(reference, current),
        (Profile::Categories(reference), Profile::Categories(current)) => {
            categories(reference, current)
        }
        _ => Err(Error::Unlike("type of column")),
    }
}

/// Effective rows for a weight, in a table of this mass.
fn effective(mass: Mass) -> impl Fn(f64) -> f64 {
    let scale = if mass.weight > 0.0 {
        mass.effective_rows() / mass.weight
    } else {
        0.0
    };
    move |weight| weight * scale
}

fn both_have_rows(masses: [Mass; 2]) -> Result<(), Error> {
    for (mass, which) in masses.iter().zip(["the reference", "the current table"]) {
        if mass.weight <= 0.0 {
            return Err(Error::undefined(
                "drift",
                format!("{which} has no rows with weight"),
            ));
        }
    }
    Ok(())
}

fn numbers(reference: &Numbers, current: &Numbers) -> Result<ColumnDrift, Error> {
    let tables = [reference, current];
    let masses = tables.map(|table| table.missing() + table.moments().mass());
    both_have_rows(masses)?;
    let both = reference.values().beside(current.values())?;
    let scale = masses.map(effective);
    let rows_of = |pair: [f64; 2]| [scale[0](pair[0]), scale[1](pair[1])];
    let at: Vec<At> = both
        .cells()
        .iter()
        .map(|cell| {
            (
                both.middle_of(cell),
                rows_of(cell.mass.map(|mass| mass.weight)),
            )
        })
        .collect();
    // Missing values lie below all others, so that their share counts.
    let missing = rows_of(tables.map(|table| table.missing().weight));
    let mut cells = vec![missing];
    cells.extend(at.iter().map(|(_, rows)| *rows));
    let rows = masses.map(|mass| mass.effective_rows());
    let distance = kolmogorov_smirnov::distance(&cells, rows);
    let mut measured = vec![Measured::new(
        Measure::KolmogorovSmirnov,
        distance,
        kolmogorov_smirnov::expected(rows),
    )];
    measured.extend(moved(reference, &at));
    measured.extend(of_bins(&Bins::new(bins(missing, &at))));
    measured.sort_by_key(|m| m.measure);
    Ok(ColumnDrift {
        measured,
        p_value: kolmogorov_smirnov::p_value(distance, rows),
        rows,
        missing: [missing[0] / rows[0], missing[1] / rows[1]],
        new: Vec::new(),
        vanished: Vec::new(),
    })
}

/// The Wasserstein distance, where both tables have values and the reference's
/// vary.
fn moved(reference: &Numbers, at: &[At]) -> Option<Measured> {
    let deviation = reference.moments().variance()?.sqrt();
    let totals = at.iter().fold([0.0; 2], |sum, (_, rows)| {
        [sum[0] + rows[0], sum[1] + rows[1]]
    });
    if deviation <= 0.0 || totals.contains(&0.0) {
        return None;
    }
    Some(Measured::new(
        Measure::Wasserstein,
        wasserstein::distance(at, totals) / deviation,
        wasserstein::expected(at, totals) / deviation,
    ))
}

/// Tenths of the reference, and a bin of missing values; what lies above all of
/// the reference is in the last tenth.
fn bins(missing: [f64; 2], at: &[At]) -> Vec<[f64; 2]> {
    let total: f64 = at.iter().map(|(_, rows)| rows[0]).sum();
    let mut bins = vec![missing, [0.0; 2]];
    let mut below = 0.0;
    let mut part = 1;
    for (_, rows) in at {
        // A bin is full once the reference's values up to here are its parts.
        if below >= total * part as f64 / PARTS as f64 && part < PARTS {
            bins.push([0.0; 2]);
            while part < PARTS && below >= total * part as f64 / PARTS as f64 {
                part += 1;
            }
        }
        if let Some(last) = bins.last_mut() {
            last[0] += rows[0];
            last[1] += rows[1];
        }
        below += rows[0];
    }
    bins.retain(|bin| bin[0] + bin[1] > 0.0);
    bins
}

fn categories(reference: &Categories, current: &Categories) -> Result<ColumnDrift, Error> {
    let tables = [reference, current];
    let masses =
        tables.map(|table| table.counts().values().copied().sum::<Mass>() + table.missing());
    both_have_rows(masses)?;
    let scale = masses.map(effective);
    let mut names: Vec<&String> = reference
        .counts()
        .keys()
        .chain(current.counts().keys())
        .collect();
    names.sort();
    names.dedup();
    let rows_of = |name: &String| {
        let of = |i: usize| {
            tables[i]
                .counts()
                .get(name)
                .map_or(0.0, |m| scale[i](m.weight))
        };
        [of(0), of(1)]
    };
    let missing = [0, 1].map(|i| scale[i](tables[i].missing().weight));
    let mut rows: Vec<[f64; 2]> = names.iter().map(|name| rows_of(name)).collect();
    let totals = masses.map(|mass| mass.effective_rows());
    let only_in = |which: usize| {
        let luck = totals[which] / (totals[0] + totals[1]);
        let alone = names
            .iter()
            .zip(&rows)
            .filter(|(_, rows)| rows[1 - which] == 0.0);
        let mut novelties: Vec<Novelty> = alone
            .map(|(name, rows)| Novelty {
                category: (*name).clone(),
                share: rows[which] / totals[which],
                p_value: luck.powf(rows[which]),
            })
            .collect();
        novelties.sort_by(|a, b| {
            b.share
                .total_cmp(&a.share)
                .then(a.category.cmp(&b.category))
        });
        novelties
    };
    let (new, vanished) = (only_in(1), only_in(0));
    if missing != [0.0; 2] {
        rows.push(missing);
    }
    let bins = Bins::new(rows);
    Ok(ColumnDrift {
        measured: of_bins(&bins),
        p_value: chi_square::p_value(&bins),
        rows: totals,
        missing: [missing[0] / totals[0], missing[1] / totals[1]],
        new,
        vanished,
    })
}

fn of_bins(bins: &Bins) -> Vec<Measured> {
    let measures: Vec<Measure> = Measure::ALL
        .into_iter()
        .filter(|measure| !measure.needs_numbers())
        .collect();
    let expected = null::expected(bins, &measures);
    let all = measures.iter().zip(expected);
    all.filter_map(|(&measure, expected)| {
        Some(Measured::new(measure, measure.of_bins(bins)?, expected))
    })
    .collect()
}

impl Measured {
    /// `expected` is of the square where the measure is a root.
    fn new(measure: Measure, seen: f64, expected: f64) -> Self {
        let (effect, expected) = if measure.is_root() {
            ((seen * seen - expected).max(0.0).sqrt(), expected.sqrt())
        } else {
            ((seen - expected).max(0.0), expected)
        };
        Self {
            measure,
            seen,
            expected,
            effect,
        }
    }
}
