//! The best rule on a single feature: where a leaked label shows.

use seatrial_data::Dataset;

use super::super::outputs::moments;

/// A feature is cut into at most about this many intervals: fine enough that
/// the one interval in which two classes meet costs a noisy copy of the label
/// less than one percent.
const INTERVALS: usize = 64;

/// How well one feature does alone.
pub(super) struct Alone {
    feature: usize,
    score: f64,
}

/// The feature that alone separates the classes best, by the balanced accuracy
/// of 1R (Holte, 1993): cut into intervals on the training rows, each of which
/// names the class that is most over-represented in it.
pub(super) fn best_for_classes(
    dataset: &Dataset,
    (train, measured): (&[usize], &[usize]),
    labels: &[u32],
    classes: usize,
) -> Option<Alone> {
    let class = |row: usize| labels[row] as usize;
    let tally = |rows: &[usize]| {
        let mut counts = vec![0.0_f64; classes];
        rows.iter().for_each(|&row| counts[class(row)] += 1.0);
        counts
    };
    let (trained, truth) = (tally(train), tally(measured));
    best(dataset, |feature| {
        let rule = Rule::cut(dataset, train, feature);
        let named: Vec<usize> = rule
            .rows
            .iter()
            .map(|rows| {
                let share = |(class, count): (usize, f64)| (class, count / trained[class].max(1.0));
                let shares = tally(rows).into_iter().enumerate().map(share);
                shares
                    .max_by(|a, b| a.1.total_cmp(&b.1))
                    .map_or(0, |(class, _)| class)
            })
            .collect();
        let mut right = vec![0.0; classes];
        for &row in measured {
            let names = named[rule.interval(dataset.row(row)[feature])];
            right[class(row)] += f64::from(u8::from(names == class(row)));
        }
        let recalls = right.iter().zip(&truth).map(|(right, all)| right / all);
        recalls.sum::<f64>() / classes as f64
    })
}

/// The feature that alone explains most of the variance, as the mean of the
/// training rows in each of its intervals.
pub(super) fn best_for_values(
    dataset: &Dataset,
    (train, measured): (&[usize], &[usize]),
    values: &[f32],
) -> Option<Alone> {
    let of = |rows: &[usize]| moments(rows.iter().map(|&row| f64::from(values[row]))).0;
    let centre = of(train);
    best(dataset, |feature| {
        let rule = Rule::cut(dataset, train, feature);
        let means: Vec<f64> = rule.rows.iter().map(|rows| of(rows)).collect();
        let (mut left, mut all) = (0.0, 0.0);
        for &row in measured {
            let value = f64::from(values[row]);
            let said = means[rule.interval(dataset.row(row)[feature])];
            left += (value - said).powi(2);
            all += (value - centre).powi(2);
        }
        1.0 - left / all
    })
}

/// The column's name and its score; NaN where there is no column.
pub(super) fn named(dataset: &Dataset, alone: Option<Alone>) -> (&str, f64) {
    alone.map_or(("", f64::NAN), |alone| {
        (&dataset.features[alone.feature], alone.score)
    })
}

fn best(dataset: &Dataset, score: impl Fn(usize) -> f64) -> Option<Alone> {
    (0..dataset.features.len())
        .map(|feature| Alone {
            feature,
            score: score(feature),
        })
        // NaN counts as the largest, and fails the bound that it is held to.
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Intervals of one feature, with the training rows in each.
struct Rule {
    /// Where each interval but the first begins.
    starts: Vec<f32>,
    rows: Vec<Vec<usize>>,
}

impl Rule {
    /// Cuts where an interval holds enough rows. A value that has enough rows
    /// by itself gets an interval of its own: so many "none"s must not be
    /// mixed with the first of few "some"s.
    fn cut(dataset: &Dataset, train: &[usize], feature: usize) -> Self {
        let value = |row: usize| dataset.row(row)[feature];
        let mut sorted = train.to_vec();
        sorted.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
        let enough = train.len().div_ceil(INTERVALS);
        let mut rule = Self {
            starts: Vec::new(),
            rows: vec![Vec::new()],
        };
        let mut open = 0;
        for same in sorted.chunk_by(|&a, &b| value(a) == value(b)) {
            let held = rule.rows[open].len();
            if held >= enough || (held > 0 && same.len() >= enough) {
                let before = value(rule.rows[open][held - 1]);
                rule.starts.push(0.5 * before + 0.5 * value(same[0]));
                rule.rows.push(Vec::new());
                open += 1;
            }
            rule.rows[open].extend_from_slice(same);
        }
        rule
    }

    fn interval(&self, value: f32) -> usize {
        self.starts.partition_point(|&start| start <= value)
    }
}
