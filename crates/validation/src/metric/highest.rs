//! What is found among the rows that score highest.

use super::Metric;
use super::formula::{Figure, Scored};
use crate::Error;
use crate::interval::{Estimate, Method, wilson};
use crate::resample;
use crate::table::{Mass, ScoreTable};

/// The recall when a share of the rows is taken for positive, times a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Highest {
    pub(crate) share: f64,
    pub(crate) times: f64,
}

impl Highest {
    /// The figure of rows by ascending score.
    pub(crate) fn figure(self, cells: &[Scored]) -> Figure {
        Ok(self.times * recall_among(cells, self.share)?)
    }
}

impl Metric {
    /// The interval of a rate, of as many rows as vary as much.
    ///
    /// The recall r among a share s of the rows varies with the positive rows, and
    /// with the score from which on rows are taken, which is a quantile of these
    /// rows. With the precision q at that score and the prevalence p, its variance
    /// is (p r (1 − r) (1 − 2q) + q² s (1 − s)) / (p² n): the influence of one row
    /// is that of the rate, less q / p times that of the quantile (van der Vaart,
    /// 1998, section 20.1 and lemma 21.3).
    pub(super) fn among_highest(
        &self,
        highest: Highest,
        table: &ScoreTable,
        false_alarm: f64,
    ) -> Result<Estimate, Error> {
        let Highest { share, times } = highest;
        let cells = resample::scored(table);
        let recall = recall_among(&cells, share).map_err(|reason| self.undefined(reason))?;
        let [negative, positive] = table.totals();
        let (all, positives) = (negative + positive, positive.effective_rows());
        let rows = all.effective_rows();
        // A rate of none or all varies, though these rows do not show it.
        let least = (0.5 / positives).min(0.5);
        let is_inner = recall > least && recall < 1.0 - least;
        let rate = recall.clamp(least, 1.0 - least);
        let prevalence = positive.weight / all.weight;
        let precision = precision_near(&cells, share, all);
        let variance = (prevalence * rate * (1.0 - rate) * (1.0 - 2.0 * precision)
            + precision * precision * share * (1.0 - share))
            / (prevalence * prevalence * rows);
        let as_many = if is_inner && variance > 0.0 {
            rate * (1.0 - rate) / variance
        } else {
            positives
        };
        let of = |weight: f64| Mass {
            weight,
            squared: as_many,
        };
        let (low, high) = wilson(of(recall * as_many), of(as_many), false_alarm);
        let estimate = Estimate::new(times * recall, (times * low, times * high), Method::Wilson);
        let figure = |cells: &[Scored]| highest.figure(cells);
        Ok(estimate.hiding(resample::hidden(table, &figure)))
    }
}

/// The share of positive rows among those that score about as high as the last
/// that is taken: as many on either side as the root of the rows.
fn precision_near(cells: &[Scored], share: f64, all: Mass) -> f64 {
    let one = all.squared / all.weight;
    let edge = share * all.weight;
    let reach = one * all.effective_rows().sqrt();
    let (mut above, mut near) = (0.0, [0.0; 2]);
    for cell in cells.iter().rev() {
        let weight = cell.weights[0] + cell.weights[1];
        let (from, to) = (above, above + weight);
        above = to;
        let inside = to.min(edge + reach) - from.max(edge - reach);
        if weight > 0.0 && inside > 0.0 {
            for (near, weighs) in near.iter_mut().zip(cell.weights) {
                *near += weighs * inside / weight;
            }
        }
    }
    (near[1] + one / 2.0) / (near[0] + near[1] + one)
}

/// The recall among the highest-scoring share of rows.
fn recall_among(cells: &[Scored], share: f64) -> Figure {
    let sum = |class: usize| cells.iter().map(|cell| cell.weights[class]).sum::<f64>();
    let positives = sum(1);
    if positives <= 0.0 {
        return Err("no row is labelled positive".to_owned());
    }
    let mut left = share * (sum(0) + positives);
    let mut found = 0.0;
    for cell in cells.iter().rev() {
        let [n, p] = cell.weights;
        if n + p >= left {
            found += if n + p > 0.0 { p * left / (n + p) } else { 0.0 };
            break;
        }
        found += p;
        left -= n + p;
    }
    Ok((found / positives).min(1.0))
}
