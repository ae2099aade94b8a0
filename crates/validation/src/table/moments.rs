//! Mean, variance and skewness of one number a row.

use serde::{Deserialize, Serialize};

use super::{Mass, rows};
use crate::Error;

/// Weighted moments about the mean, kept so that nothing is lost to
/// cancellation when the mean is large (Chan, Golub and LeVeque, 1983; third
/// moments after Pébay, 2008, eq. 2.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    mass: Mass,
    /// Under the weights.
    plain: Centred,
    /// Under the squares of the weights: what the error of the mean is made of.
    squared: Centred,
}

/// Σ w, the weighted mean m, Σ w (x − m)² and Σ w (x − m)³.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Centred {
    weight: f64,
    mean: f64,
    second: f64,
    third: f64,
}

impl Centred {
    /// Of values that are at hand twice: two passes.
    fn of(values: &[f64], weight_of: impl Fn(usize) -> f64) -> Self {
        let weighted = || values.iter().enumerate().map(|(i, &x)| (weight_of(i), x));
        let weight: f64 = weighted().map(|(w, _)| w).sum();
        if weight <= 0.0 {
            return Self::default();
        }
        // About the first value, so that equal values have no variance at all.
        let origin = weighted().find(|&(w, _)| w > 0.0).map_or(0.0, |(_, x)| x);
        let mean = origin + weighted().map(|(w, x)| w * (x - origin)).sum::<f64>() / weight;
        let (mut second, mut third) = (0.0, 0.0);
        for (w, x) in weighted() {
            let off = x - mean;
            second += w * off * off;
            third += w * off * off * off;
        }
        Self {
            weight,
            mean,
            second,
            third,
        }
    }

    /// Of values that count one each: the same, several sums side by side.
    fn of_ones(values: &[f64]) -> Self {
        let Some(&origin) = values.first() else {
            return Self::default();
        };
        let weight = values.len() as f64;
        let [sum, _] = lanes(values, |x| [x - origin, 0.0]);
        let mean = origin + sum / weight;
        let [second, third] = lanes(values, |x| {
            let off = x - mean;
            [off * off, off * off * off]
        });
        Self {
            weight,
            mean,
            second,
            third,
        }
    }

    fn merge(&mut self, other: Self) {
        if other.weight <= 0.0 {
            return;
        }
        if self.weight <= 0.0 {
            *self = other;
            return;
        }
        let (a, b) = (self.weight, other.weight);
        let both = a + b;
        let apart = other.mean - self.mean;
        self.third += other.third
            + apart.powi(3) * a * b * (a - b) / (both * both)
            + 3.0 * apart * (a * other.second - b * self.second) / both;
        self.second += other.second + apart * apart * a * b / both;
        self.mean += apart * b / both;
        self.weight = both;
    }
}

/// Sums that do not wait for each other.
const LANES: usize = 8;

/// Two sums over all values, in an order that depends on their number alone.
fn lanes(values: &[f64], of: impl Fn(f64) -> [f64; 2]) -> [f64; 2] {
    let mut sums = [[0.0; LANES]; 2];
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, &x) in chunk.iter().enumerate() {
            let [a, b] = of(x);
            sums[0][lane] += a;
            sums[1][lane] += b;
        }
    }
    for (lane, &x) in chunks.remainder().iter().enumerate() {
        let [a, b] = of(x);
        sums[0][lane] += a;
        sums[1][lane] += b;
    }
    sums.map(|lanes| lanes.iter().sum())
}

impl Moments {
    /// Of no rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one number a row.
    ///
    /// # Errors
    /// A value that is not finite, a weight that is not or is negative.
    pub fn update(&mut self, values: &[f64], weights: Option<&[f64]>) -> Result<(), Error> {
        rows::finite("value", values)?;
        rows::weights(weights, values.len())?;
        self.add(values, weights);
        Ok(())
    }

    /// Adds numbers that are known to be good.
    /// None of them is no row at all, whatever the weights.
    pub(crate) fn add(&mut self, values: &[f64], weights: Option<&[f64]>) {
        if values.is_empty() {
            return;
        }
        let batch = match weights {
            None => {
                let all = Centred::of_ones(values);
                Self {
                    mass: Mass::of_rows(values.len() as u64),
                    plain: all,
                    squared: all,
                }
            }
            Some(weights) => Self {
                mass: weights.iter().map(|&weight| Mass::of(weight)).sum(),
                plain: Centred::of(values, |i| weights[i]),
                squared: Centred::of(values, |i| weights[i] * weights[i]),
            },
        };
        self.merge(&batch);
    }

    /// Adds another's rows.
    pub fn merge(&mut self, other: &Self) {
        self.mass += other.mass;
        self.plain.merge(other.plain);
        self.squared.merge(other.squared);
    }

    /// The weight of all rows.
    pub fn mass(&self) -> Mass {
        self.mass
    }

    /// Σ w x / Σ w; `None` without weight.
    pub fn mean(&self) -> Option<f64> {
        (self.mass.weight > 0.0).then_some(self.plain.mean)
    }

    /// Σ w (x − m)² / Σ w: the variance of these rows, not of a population
    /// that they were drawn from; `None` without weight.
    pub fn variance(&self) -> Option<f64> {
        (self.mass.weight > 0.0).then(|| self.plain.second / self.plain.weight)
    }

    /// The skewness of these rows, zero where they do not vary.
    pub fn skewness(&self) -> f64 {
        let variance = self.variance().unwrap_or(0.0);
        if variance > 0.0 {
            self.plain.third / self.plain.weight / variance.powf(1.5)
        } else {
            0.0
        }
    }

    /// The squared standard error of the mean, Σ w² (x − m)² / (Σ w)², made
    /// larger by n / (n − 1) for n effective rows; `None` of fewer than two.
    /// For equal weights this is s² / n.
    pub fn squared_error_of_mean(&self) -> Option<f64> {
        let rows = self.mass.effective_rows();
        if rows < 1.5 {
            return None;
        }
        let off = self.squared.mean - self.plain.mean;
        let about_mean = self.squared.second + self.squared.weight * off * off;
        Some(about_mean / (self.mass.weight * self.mass.weight) * rows / (rows - 1.0))
    }
}
