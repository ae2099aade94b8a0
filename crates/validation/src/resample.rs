//! Drawing tables like the one that was seen.

mod bins;
mod draws;
mod ranking;

use seatrial_rng::Stream;

use crate::Error;
use crate::interval::student::{normal_cdf, normal_critical, normal_quantile};
use crate::table::Mass;

pub(crate) use bins::distance;
pub(crate) use draws::{Poisson, gamma};
use ranking::unvaried;
pub(crate) use ranking::{
    Coarse, Recipe, coarse_scored, groups_of, hidden, ranking, scored, vary_not,
};

/// A draw of every cell's weight from the posterior of a multinomial: gammas
/// with one row, spread over all cells, for a prior (Perks, 1947; for figures of
/// a confusion matrix, Goutte and Gaussier, 2005). The prior is why a cell in
/// which nothing was seen is not thought impossible: four right answers of four
/// do not prove perfection.
pub(crate) struct Posterior {
    /// Shape and scale of each cell's gamma.
    cells: Vec<(f64, f64)>,
}

impl Posterior {
    pub(crate) fn new(cells: impl ExactSizeIterator<Item = Mass> + Clone) -> Self {
        let total: Mass = cells.clone().sum();
        let usual = if total.weight > 0.0 {
            total.squared / total.weight
        } else {
            1.0
        };
        let prior = 1.0 / cells.len() as f64;
        let cells = cells
            .map(|mass| {
                // Rows of unequal weight: as many equal ones as vary as much.
                let scale = if mass.weight > 0.0 {
                    mass.squared / mass.weight
                } else {
                    usual
                };
                (mass.effective_rows() + prior, scale)
            })
            .collect();
        Self { cells }
    }

    pub(crate) fn draw(&self, stream: &mut Stream) -> Vec<f64> {
        let drawn = self.cells.iter();
        drawn
            .map(|&(shape, scale)| scale * gamma(stream, shape))
            .collect()
    }
}

/// The ends between which all but `false_alarm` of the drawn figures lie, half
/// left out on either side.
///
/// With fewer than ten draws beyond an end its quantile is noise: the normal
/// approximation with the draws' deviation takes its place.
///
/// # Errors
/// More than one draw in a hundred without a figure.
pub(crate) fn ends(
    metric: &str,
    value: f64,
    drawn: Vec<f64>,
    false_alarm: f64,
) -> Result<(f64, f64), Error> {
    let drawn = defined(metric, drawn)?;
    let tails = (false_alarm / 2.0, 1.0 - false_alarm / 2.0);
    Ok(between(value, drawn, tails, false_alarm))
}

/// The same with the tails moved for the bias of the draws and for their
/// acceleration (Efron, 1987, eq. 3.9 and 3.10).
///
/// # Errors
/// As [`ends`].
pub(crate) fn accelerated(
    metric: &str,
    value: f64,
    drawn: Vec<f64>,
    acceleration: f64,
    false_alarm: f64,
) -> Result<(f64, f64), Error> {
    let drawn = defined(metric, drawn)?;
    let below = drawn.iter().filter(|figure| **figure < value).count() as f64;
    let ties = drawn.iter().filter(|figure| **figure == value).count() as f64;
    let share = (below + 0.5 * ties) / drawn.len() as f64;
    if share <= 0.0 || share >= 1.0 {
        // All on one side: no correction could be told from noise.
        let tails = (false_alarm / 2.0, 1.0 - false_alarm / 2.0);
        return Ok(between(value, drawn, tails, false_alarm));
    }
    let bias = normal_quantile(share);
    let tail = |z: f64| normal_cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
    let z = normal_critical(false_alarm);
    Ok(between(value, drawn, (tail(-z), tail(z)), false_alarm))
}

/// The mean of the drawn figures that exist.
pub(crate) fn mean(drawn: &[f64]) -> f64 {
    let finite = || drawn.iter().filter(|figure| figure.is_finite());
    finite().sum::<f64>() / finite().count() as f64
}

fn defined(metric: &str, mut drawn: Vec<f64>) -> Result<Vec<f64>, Error> {
    let all = drawn.len();
    drawn.retain(|figure| figure.is_finite());
    if drawn.len() * 100 < all * 99 || drawn.is_empty() {
        let reason = "too few rows: it is undefined in many samples like this one";
        return Err(Error::undefined(metric, reason));
    }
    Ok(drawn)
}

fn between(value: f64, mut drawn: Vec<f64>, tails: (f64, f64), false_alarm: f64) -> (f64, f64) {
    let count = drawn.len() as f64;
    if count * false_alarm / 2.0 < 10.0 {
        let mean = drawn.iter().sum::<f64>() / count;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let half = normal_critical(false_alarm) * variance.sqrt();
        return (value - half, value + half);
    }
    drawn.sort_by(f64::total_cmp);
    (quantile(&drawn, tails.0), quantile(&drawn, tails.1))
}

/// The quantile of ascending draws at a place of p (B + 1) (Hyndman and Fan,
/// 1996, definition 6): one draw more is then as likely to lie between any two
/// as between any others, and an interval from few draws is not too narrow.
fn quantile(ascending: &[f64], p: f64) -> f64 {
    let last = ascending.len() - 1;
    let place = (p * (ascending.len() + 1) as f64 - 1.0).clamp(0.0, last as f64);
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    ascending[below] + (place - below as f64) * (ascending[above] - ascending[below])
}
