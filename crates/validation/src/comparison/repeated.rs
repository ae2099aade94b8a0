//! Two versions over repeated runs: one difference a run.

use crate::Error;
use crate::interval::student::{student_critical, two_sided};
use crate::interval::{Estimate, Method, check_rate};
use crate::table::rows;

/// The two-sided p-value of the signed-rank test of Wilcoxon (1945) that
/// differences are symmetric about zero.
///
/// Zeros are left out. Exact for up to fifty differences of different sizes;
/// else by the normal approximation with the variance of tied ranks.
///
/// # Errors
/// A difference that is not finite, or none but zeros.
pub fn wilcoxon(differences: &[f64]) -> Result<f64, Error> {
    rows::finite("difference", differences)?;
    let mut kept: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    if kept.is_empty() {
        let reason = "no difference is other than zero";
        return Err(Error::undefined("the signed-rank test", reason));
    }
    kept.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let (mut place, mut positive, mut tie_sum) = (0.0, 0.0, 0.0);
    for tied in kept.chunk_by(|a, b| a.abs() == b.abs()) {
        let size = tied.len() as f64;
        let rank = place + (size + 1.0) / 2.0;
        positive += rank * tied.iter().filter(|d| **d > 0.0).count() as f64;
        tie_sum += size * size * size - size;
        place += size;
    }
    let n = place;
    let total = n * (n + 1.0) / 2.0;
    let smaller = positive.min(total - positive);
    if tie_sum == 0.0 && kept.len() <= EXACT_MAX {
        return Ok(exact(kept.len(), smaller as usize));
    }
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - tie_sum / 48.0;
    Ok(two_sided((positive - total / 2.0) / variance.sqrt()))
}

const EXACT_MAX: usize = 50;

/// Twice the share of all signs whose rank sum is at most this.
fn exact(n: usize, sum: usize) -> f64 {
    let total = n * (n + 1) / 2;
    let mut ways = vec![0.0_f64; total + 1];
    ways[0] = 1.0;
    for rank in 1..=n {
        for reached in (rank..=total).rev() {
            ways[reached] += ways[reached - rank];
        }
    }
    let below: f64 = ways[..=sum].iter().sum();
    (2.0 * below / ways.iter().sum::<f64>()).min(1.0)
}

/// The mean difference over runs that were each trained on one part of the same
/// rows and tested on another, with the interval of the corrected resampled
/// t-test (Nadeau and Bengio, 2003, eq. 8): runs share training rows, so their
/// variance is larger by n_test / n_train of one run's.
///
/// # Errors
/// A difference that is not finite, no training rows, none at all.
pub fn corrected_resampled_t(
    differences: &[f64],
    train_rows: u64,
    test_rows: u64,
    false_alarm: f64,
) -> Result<Estimate, Error> {
    check_rate(false_alarm)?;
    rows::finite("difference", differences)?;
    if train_rows == 0 {
        return Err(Error::Argument {
            argument: "train_rows",
            found: 0.0,
            expected: "at least 1",
        });
    }
    let runs = differences.len() as f64;
    if differences.is_empty() {
        return Err(Error::undefined(
            "the corrected t-test",
            "there are no runs",
        ));
    }
    let mean = differences.iter().sum::<f64>() / runs;
    if differences.len() < 2 {
        let everything = (f64::NEG_INFINITY, f64::INFINITY);
        return Ok(Estimate::new(mean, everything, Method::Unknown));
    }
    let squares: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    let variance = squares / (runs - 1.0) * (1.0 / runs + test_rows as f64 / train_rows as f64);
    let half = student_critical(false_alarm, runs - 1.0) * variance.sqrt();
    Ok(Estimate::new(
        mean,
        (mean - half, mean + half),
        Method::CorrectedT,
    ))
}
