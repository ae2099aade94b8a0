//! Two profiles of one column as a pair of histograms, to look at.
//!
//! What is judged is [`compare`](super::compare), which knows no bins of this
//! kind.

use super::{Categories, Numbers, Profile};
use crate::Error;
use crate::table::Mass;

/// Bins of numbers that are aimed at; round edges make it up to twice as many.
const BINS: usize = 14;

/// Positive values further apart than this factor have bins that widen.
const FAR_APART: f64 = 50.0;

/// Categories that have a bin of their own.
const CATEGORIES: usize = 11;

/// The share of both tables that may lie beyond the first and the last bin: one
/// value far out would leave all others in one bin.
const BEYOND: f64 = 0.002;

/// The weight of rows of the reference and of the current table, bin by bin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairedHistogram {
    /// Ranges, the first and the last open, or categories; then what is missing.
    pub bins: Vec<String>,
    /// Of the reference, then of the current table.
    pub counts: [Vec<f64>; 2],
}

impl PairedHistogram {
    /// Of two profiles of one column.
    ///
    /// # Errors
    /// Profiles of different types or budgets.
    pub fn of(reference: &Profile, current: &Profile) -> Result<Self, Error> {
        match (reference, current) {
            (Profile::Numbers(reference), Profile::Numbers(current)) => {
                of_numbers(reference, current)
            }
            (Profile::Categories(reference), Profile::Categories(current)) => {
                Ok(of_categories(reference, current))
            }
            _ => Err(Error::Unlike("type of column")),
        }
    }

    fn push(&mut self, bin: impl Into<String>, weights: [f64; 2]) {
        self.bins.push(bin.into());
        for (counts, weight) in self.counts.iter_mut().zip(weights) {
            counts.push(weight);
        }
    }

    fn push_missing(&mut self, missing: [Mass; 2]) {
        let missing = missing.map(|mass| mass.weight);
        if missing != [0.0; 2] {
            self.push("(missing)", missing);
        }
    }
}

fn of_numbers(reference: &Numbers, current: &Numbers) -> Result<PairedHistogram, Error> {
    let both = reference.values().beside(current.values())?;
    let values: Vec<(f64, [f64; 2])> = both
        .cells()
        .iter()
        .map(|cell| (both.middle_of(cell), cell.mass.map(|mass| mass.weight)))
        .collect();
    let mut histogram = PairedHistogram::default();
    if values.len() <= BINS {
        for (value, weights) in &values {
            histogram.push(short(*value, 4), *weights);
        }
    } else {
        let (low, high) = middle(&values);
        let edges = match low > 0.0 && high / low > FAR_APART {
            true => edges_of_decades(low, high),
            false => even_edges(low, high),
        };
        let mut counts = vec![[0.0; 2]; edges.len() + 1];
        for (value, weights) in &values {
            let place = edges.partition_point(|(edge, _)| edge <= value);
            counts[place][0] += weights[0];
            counts[place][1] += weights[1];
        }
        for (at, weights) in counts.into_iter().enumerate() {
            let edge = |at: usize| edges.get(at).map(|(_, name)| name.as_str());
            let name = match (at.checked_sub(1).and_then(edge), edge(at)) {
                (None, Some(to)) => format!("<{to}"),
                (Some(from), Some(to)) => format!("{from}..{to}"),
                (Some(from), None) => format!("≥{from}"),
                (None, None) => "all".to_owned(),
            };
            histogram.push(name, weights);
        }
    }
    histogram.push_missing([reference.missing(), current.missing()]);
    Ok(histogram)
}

/// Edges between bins of one width, with their names.
fn even_edges(low: f64, high: f64) -> Vec<(f64, String)> {
    let (step, decimals) = round_step(high / BINS as f64 - low / BINS as f64);
    let first = (low / step).floor() + 1.0;
    let edges = (0..2 * BINS).map(|at| (first + at as f64) * step);
    let edges = edges.take_while(|edge| *edge <= high);
    edges.map(|edge| (edge, short(edge, decimals))).collect()
}

/// Edges between bins that are the wider the larger their values, for values
/// whose logarithm is spread evenly, such as amounts of money.
fn edges_of_decades(low: f64, high: f64) -> Vec<(f64, String)> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let parts: &[f64] = match last - first {
        ..4 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        4..7 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    let every = ((last - first) as usize / (2 * BINS) + 1).max(1);
    let decades = (first..=last).step_by(every);
    let edges = decades.flat_map(|decade| parts.iter().map(move |part| (part, decade)));
    let edges = edges.map(|(part, decade)| {
        let decimals = (1 - decade).clamp(0, 12) as usize;
        (part * 10_f64.powi(decade), decimals)
    });
    let edges = edges.filter(|(edge, _)| low < *edge && *edge <= high);
    edges
        .map(|(edge, decimals)| (edge, short(edge, decimals)))
        .collect()
}

/// Between which values all but little of both tables lies.
fn middle(values: &[(f64, [f64; 2])]) -> (f64, f64) {
    let mut total = [0.0; 2];
    for (_, weights) in values {
        total[0] += weights[0];
        total[1] += weights[1];
    }
    let reach = |ascending: &mut dyn Iterator<Item = &(f64, [f64; 2])>| {
        let mut passed = [0.0; 2];
        for (value, weights) in ascending {
            passed[0] += weights[0];
            passed[1] += weights[1];
            let beyond = |side: usize| passed[side] > BEYOND * total[side];
            if beyond(0) || beyond(1) {
                return *value;
            }
        }
        0.0
    };
    let low = reach(&mut values.iter());
    let high = reach(&mut values.iter().rev());
    if low < high {
        (low, high)
    } else {
        (low, low + low.abs().max(1.0))
    }
}

/// The round width at least this wide, and how many decimals its multiples have.
fn round_step(width: f64) -> (f64, usize) {
    let exponent = width.max(f64::MIN_POSITIVE).log10().floor();
    let decade = 10_f64.powf(exponent);
    let round = [1.0, 2.0, 5.0, 10.0].map(|round| round * decade);
    let step = round
        .into_iter()
        .find(|step| *step >= width)
        .unwrap_or(width);
    (step, (-exponent).clamp(0.0, 12.0) as usize)
}

/// A number in few characters.
fn short(value: f64, decimals: usize) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-5..1e7).contains(&size) {
        return format!("{value:.2e}");
    }
    let text = format!("{:.decimals$}", value + 0.0);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The most frequent categories of either table, then all others together.
fn of_categories(reference: &Categories, current: &Categories) -> PairedHistogram {
    let tables = [reference, current];
    let total = tables.map(|table| table.counts().values().copied().sum::<Mass>().weight);
    let weight = |table: usize, name: &str| {
        let mass = tables[table].counts().get(name);
        mass.map_or(0.0, |mass| mass.weight)
    };
    let mut names: Vec<&String> = reference.counts().keys().collect();
    let new = current.counts().keys();
    names.extend(new.filter(|name| !reference.counts().contains_key(*name)));
    let share = |name: &str| {
        let of = |table: usize| weight(table, name) / total[table].max(f64::MIN_POSITIVE);
        of(0).max(of(1))
    };
    names.sort_by(|a, b| share(b).total_cmp(&share(a)).then(a.cmp(b)));
    let mut histogram = PairedHistogram::default();
    // No bin of others for a single one.
    let own = if names.len() == CATEGORIES + 1 {
        names.len()
    } else {
        CATEGORIES
    };
    for name in names.iter().take(own) {
        histogram.push((*name).clone(), [weight(0, name), weight(1, name)]);
    }
    let others = names.get(own..).unwrap_or_default();
    if !others.is_empty() {
        let sum = |table: usize| others.iter().map(|name| weight(table, name)).sum();
        histogram.push(format!("{} others", others.len()), [sum(0), sum(1)]);
    }
    histogram.push_missing([reference.missing(), current.missing()]);
    histogram
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: impl Iterator<Item = f64>) -> Profile {
        let mut profile = Numbers::new(Numbers::BUDGET);
        let updated = profile.update(&values.collect::<Vec<_>>(), None);
        assert!(updated.is_ok());
        Profile::Numbers(profile.finish())
    }

    #[test]
    fn every_row_is_in_a_bin_and_one_value_far_out_leaves_the_others_apart() {
        let reference = numbers((0..5_000).map(|x| f64::from(x) / 100.0).chain([1e9]));
        let current = numbers((0..2_000).map(|x| f64::from(x) / 100.0 - 3.0));
        let histogram = PairedHistogram::of(&reference, &current).unwrap_or_default();
        assert_eq!(histogram.counts[0].iter().sum::<f64>(), 5_001.0);
        assert_eq!(histogram.counts[1].iter().sum::<f64>(), 2_000.0);
        let bins = histogram.bins.len();
        assert!((8..30).contains(&bins), "{:?}", histogram.bins);
        assert_eq!(histogram.bins[0], "<0");
        assert!(
            histogram.bins[bins - 1].starts_with('≥'),
            "{:?}",
            histogram.bins
        );
    }

    #[test]
    fn few_values_have_a_bin_each_and_rare_categories_share_one() {
        let (zeros, ones) = (
            numbers([0.0, 0.0, 2.5].into_iter()),
            numbers([1.0].into_iter()),
        );
        let histogram = PairedHistogram::of(&zeros, &ones).unwrap_or_default();
        assert_eq!(histogram.bins, ["0", "1", "2.5"]);
        assert_eq!(histogram.counts, [vec![2.0, 0.0, 1.0], vec![0.0, 1.0, 0.0]]);
        let mut many = Categories::new(Categories::BUDGET);
        for name in 0..30 {
            let added = many.add(Some(&format!("c{name:02}")), Mass::of_rows(30 - name));
            assert!(added.is_ok());
        }
        many.add_missing_rows(2);
        let of = |categories: &Categories| Profile::Categories(categories.clone());
        let histogram = PairedHistogram::of(&of(&many), &of(&many)).unwrap_or_default();
        assert_eq!(histogram.bins.len(), 13);
        assert_eq!(&histogram.bins[10..], ["c10", "19 others", "(missing)"]);
        assert!(PairedHistogram::of(&zeros, &of(&many)).is_err());
    }

    impl Categories {
        fn add_missing_rows(&mut self, rows: u64) {
            let added = self.add(None, Mass::of_rows(rows));
            assert!(added.is_ok());
        }
    }

    #[test]
    fn amounts_have_bins_that_widen() {
        let spread =
            |far: f64| numbers((0..900).map(move |x| 2.0 * far.powf(f64::from(x) / 900.0)));
        for far in [1e2, 1e3, 1e6, 1e12, 1e200] {
            let profile = spread(far);
            let histogram = PairedHistogram::of(&profile, &profile).unwrap_or_default();
            assert_eq!(histogram.counts[0].iter().sum::<f64>(), 900.0);
            let largest = histogram.counts[0].iter().copied().fold(0.0, f64::max);
            assert!(largest < 300.0, "{far}: {:?}", histogram.bins);
            assert!(histogram.bins.len() < 31, "{far}: {:?}", histogram.bins);
        }
    }

    #[test]
    fn one_value_and_extremes_do_no_harm() {
        for far in [f64::MAX, -f64::MAX, 1e-300] {
            let spread = numbers((0..40).map(|x| far * (f64::from(x) / 40.0)));
            let histogram = PairedHistogram::of(&spread, &spread).unwrap_or_default();
            assert_eq!(histogram.counts[0].iter().sum::<f64>(), 40.0, "{far}");
            assert!(histogram.bins.len() < 31);
        }
    }
}
