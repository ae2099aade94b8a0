//! Datasets that nothing can rightly be learnt from.

use seatrial_data::{Dataset, Part, Target};
use seatrial_rng::Stream;

/// How far a control may come, from chance (0) to perfection (1), when the
/// model has come as far as `lead`. A quarter is more than the luck of initial
/// weights and of a few hundred steps gives; half of the model's way leaves
/// most of what the model can do to its features and labels.
pub(super) fn allowed(lead: f64) -> f64 {
    (lead / 2.0).max(0.25)
}

/// The same rows with every feature zero.
pub(super) fn zeroed(dataset: &Dataset) -> Dataset {
    let mut zeroed = dataset.clone();
    zeroed.values.fill(0.0);
    zeroed
}

/// The same rows with the targets of the training part shuffled.
///
/// Values are permuted. Classes are dealt out so that within the rows of each
/// true class every label has its share of the whole, as nearly as whole rows
/// allow. In a plain permutation a class keeps more of its own labels than its
/// share about half of the time, and where classes are far apart the control
/// learns just that.
pub(super) fn shuffled(dataset: &Dataset, stream: &mut Stream) -> Dataset {
    let mut rows = dataset.part(Part::Train).to_vec();
    stream.shuffle(&mut rows);
    let mut shuffled = dataset.clone();
    match (&dataset.target, &mut shuffled.target) {
        (Target::Classes { names, labels }, Target::Classes { labels: dealt, .. }) => {
            rows.sort_by_key(|&row| labels[row]);
            for (&row, label) in rows.iter().zip(deal(&rows, labels, names.len())) {
                dealt[row] = label;
            }
        }
        (Target::Values(values), Target::Values(dealt)) => {
            for (&row, from) in rows.iter().zip(dataset.part(Part::Train)) {
                dealt[row] = values[*from];
            }
        }
        _ => unreachable!("a clone predicts what its original does"),
    }
    shuffled
}

/// As many of each label as `rows` have, spread evenly over their order: next
/// comes the label that is furthest behind its share.
fn deal(rows: &[usize], labels: &[u32], classes: usize) -> Vec<u32> {
    let mut share = vec![0.0; classes];
    for &row in rows {
        share[labels[row] as usize] += 1.0 / rows.len() as f64;
    }
    let mut behind = vec![0.0; classes];
    let next = |_| {
        for (behind, share) in behind.iter_mut().zip(&share) {
            *behind += share;
        }
        let last = (0..classes).max_by(|&a, &b| behind[a].total_cmp(&behind[b]));
        let label = last.unwrap_or(0);
        behind[label] -= 1.0;
        label as u32
    };
    rows.iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_dealt_every_label_in_proportion() {
        // 60, 30 and 10 rows of three classes.
        let labels: Vec<u32> = (0..100)
            .map(|i| [0, 1, 2][usize::from(i >= 60) + usize::from(i >= 90)])
            .collect();
        let rows: Vec<usize> = (0..100).collect();
        let dealt = deal(&rows, &labels, 3);
        for (from, to) in [(0, 60), (60, 90), (90, 100)] {
            for (label, share) in [(0, 0.6), (1, 0.3), (2, 0.1)] {
                let got = dealt[from..to].iter().filter(|&&l| l == label).count() as f64;
                assert!((got - share * (to - from) as f64).abs() <= 1.0);
            }
        }
    }
}
