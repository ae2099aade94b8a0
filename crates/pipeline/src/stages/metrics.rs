//! How good predictions are, in the few numbers that `evaluate` gives.

use std::collections::BTreeMap;

/// Metrics by name.
pub(crate) type Metrics = BTreeMap<String, f64>;

/// Of probabilities of classes, read row by row. What is held of a row are the nine
/// bytes that the area takes, and nothing where there are more than two classes.
pub(crate) struct ClassMetrics<'n> {
    names: &'n [String],
    rows: f64,
    right: f64,
    log_loss: f64,
    /// Of each class: rows, and those that were right.
    seen: Vec<(f64, f64)>,
    scored: Vec<(f64, bool)>,
}

impl<'n> ClassMetrics<'n> {
    /// Of no row.
    pub fn new(names: &'n [String]) -> Self {
        Self {
            names,
            rows: 0.0,
            right: 0.0,
            log_loss: 0.0,
            seen: vec![(0.0, 0.0); names.len()],
            scored: Vec::new(),
        }
    }

    /// Adds a row with its true class; `None` for one that the model does not know.
    pub fn add(&mut self, row: &[f64], truth: Option<usize>) {
        let best = (0..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best });
        let p = truth.map_or(0.0, |truth| row[truth]);
        self.rows += 1.0;
        // As usual, a certain mistake costs much and not infinitely much.
        self.log_loss -= libm::log(p.max(1e-15));
        let Some(truth) = truth else { return };
        self.seen[truth].0 += 1.0;
        if truth == best {
            self.seen[truth].1 += 1.0;
            self.right += 1.0;
        }
        if self.names.len() == 2 {
            self.scored.push((row[1], truth == 1));
        }
    }

    /// The metrics of all rows.
    pub fn finish(self) -> Metrics {
        let Self { rows, seen, .. } = self;
        let mut metrics = Metrics::from([
            ("rows".to_owned(), rows),
            ("accuracy".to_owned(), self.right / rows),
            ("log_loss".to_owned(), self.log_loss / rows),
        ]);
        let present: Vec<f64> = seen
            .iter()
            .filter(|(all, _)| *all > 0.0)
            .map(|(all, right)| right / all)
            .collect();
        let balanced = present.iter().sum::<f64>() / present.len() as f64;
        metrics.insert("balanced_accuracy".to_owned(), balanced);
        for (name, (all, right)) in self.names.iter().zip(&seen) {
            if *all > 0.0 {
                metrics.insert(format!("recall_{name}"), right / all);
            }
        }
        if let Some(area) = roc_auc(self.scored) {
            metrics.insert("roc_auc".to_owned(), area);
        }
        metrics
    }
}

/// The chance that a positive row has a higher score than a negative one, a tie
/// counting half (Hanley and McNeil, 1982). None when one of the two is absent.
fn roc_auc(mut scored: Vec<(f64, bool)>) -> Option<f64> {
    scored.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let positives = scored.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = scored.len() as f64 - positives;
    let (mut below, mut area) = (0.0, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let up = tied.iter().filter(|(_, positive)| *positive).count() as f64;
        let down = tied.len() as f64 - up;
        area += up * (below + down / 2.0);
        below += down;
    }
    (positives > 0.0 && negatives > 0.0).then(|| area / (positives * negatives))
}

/// Of predicted and true values, read row by row.
#[derive(Default)]
pub(crate) struct ValueMetrics {
    squared: f64,
    absolute: f64,
    /// The mean must be known before any distance from it.
    truth: Vec<f64>,
}

impl ValueMetrics {
    /// Adds a row.
    pub fn add(&mut self, predicted: f64, truth: f64) {
        self.squared += (predicted - truth).powi(2);
        self.absolute += (predicted - truth).abs();
        self.truth.push(truth);
    }

    /// The metrics of all rows.
    pub fn finish(self) -> Metrics {
        let Self {
            squared,
            absolute,
            truth,
        } = self;
        let rows = truth.len() as f64;
        let mean = truth.iter().sum::<f64>() / rows;
        let spread: f64 = truth.iter().map(|t| (t - mean).powi(2)).sum();
        let mut metrics = Metrics::from([
            ("rows".to_owned(), rows),
            ("mean_absolute_error".to_owned(), absolute / rows),
            (
                "root_mean_squared_error".to_owned(),
                (squared / rows).sqrt(),
            ),
        ]);
        if spread > 0.0 {
            metrics.insert("r_squared".to_owned(), 1.0 - squared / spread);
        }
        metrics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_pairs_in_order_and_ties_half() {
        let area = |scores: &[(f64, bool)]| roc_auc(scores.to_vec());
        assert_eq!(area(&[(0.1, false), (0.9, true)]), Some(1.0));
        assert_eq!(area(&[(0.9, false), (0.1, true)]), Some(0.0));
        assert_eq!(area(&[(0.5, false), (0.5, true)]), Some(0.5));
        assert_eq!(
            area(&[(0.1, false), (0.4, true), (0.3, false), (0.2, true)]),
            Some(0.75)
        );
        assert_eq!(area(&[(0.1, true)]), None);
    }

    #[test]
    fn a_class_that_the_model_does_not_know_is_never_right() {
        let names = ["a".to_owned(), "b".to_owned()];
        let mut metrics = ClassMetrics::new(&names);
        metrics.add(&[1.0, 0.0], Some(0));
        metrics.add(&[1.0, 0.0], None);
        let metrics = metrics.finish();
        assert_eq!(metrics["accuracy"], 0.5);
        assert!(metrics["log_loss"] > 10.0);
    }
}
