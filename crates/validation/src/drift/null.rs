//! What equal columns of so few rows would show.

use seatrial_rng::Streams;

use super::measure::{Bins, Measure};
use crate::resample::Poisson;

/// So many draws, or fewer of very many bins: their mean settles fast.
const DRAWS: usize = 200;
const DRAWN_BINS_MAX: usize = 400_000;

/// The mean of each measure over tables drawn from the pooled shares; squares
/// for measures that are roots. The stream is fixed: it serves an integral, and
/// the same two columns always give the same number.
pub(super) fn expected(bins: &Bins, measures: &[Measure]) -> Vec<f64> {
    let draws = (DRAWN_BINS_MAX / bins.rows.len().max(1)).clamp(20, DRAWS);
    let [n, m] = bins.totals;
    let pooled: Vec<[Poisson; 2]> = bins
        .rows
        .iter()
        .map(|[a, b]| [n, m].map(|rows| Poisson::new((a + b) / (n + m) * rows)))
        .collect();
    let mut stream = Streams::new(0).stream("drift/null");
    let mut sums = vec![0.0; measures.len()];
    for _ in 0..draws {
        let rows = pooled
            .iter()
            .map(|bin| bin.map(|poisson| poisson.draw(&mut stream)))
            .collect();
        let drawn = Bins::new(rows);
        for (sum, measure) in sums.iter_mut().zip(measures) {
            let value = measure.of_bins(&drawn).filter(|value| value.is_finite());
            let value = value.unwrap_or(0.0);
            *sum += if measure.is_root() {
                value * value
            } else {
                value
            };
        }
    }
    sums.iter().map(|sum| sum / draws as f64).collect()
}
