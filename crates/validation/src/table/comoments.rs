//! Means and covariances of several numbers a row.

use super::Mass;

/// Weighted means, and covariances of the means.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CoMoments {
    mass: Mass,
    /// Under the weights.
    means: Vec<f64>,
    /// Under the squares of the weights.
    squared_means: Vec<f64>,
    /// Σ w² (x − m)(y − k), m and k under the squares; row-major.
    products: Vec<f64>,
}

impl CoMoments {
    /// Adds one value a row in every column.
    pub(crate) fn add(&mut self, columns: &[&[f64]], weights: Option<&[f64]>) {
        let rows = columns.first().map_or(0, |column| column.len());
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mass: Mass = (0..rows).map(|row| Mass::of(weight(row))).sum();
        if mass.weight <= 0.0 {
            return;
        }
        let mean = |column: &[f64], of: &dyn Fn(usize) -> f64, total: f64| {
            let sum: f64 = column.iter().enumerate().map(|(row, x)| of(row) * x).sum();
            sum / total
        };
        let square = |row: usize| weight(row) * weight(row);
        let means: Vec<f64> = columns
            .iter()
            .map(|x| mean(x, &weight, mass.weight))
            .collect();
        let squared_means: Vec<f64> = columns
            .iter()
            .map(|x| mean(x, &square, mass.squared))
            .collect();
        let mut products = vec![0.0; columns.len() * columns.len()];
        for (i, x) in columns.iter().enumerate() {
            for (j, y) in columns.iter().enumerate().take(i + 1) {
                let (mx, my) = (squared_means[i], squared_means[j]);
                let sum: f64 = (0..rows)
                    .map(|row| square(row) * (x[row] - mx) * (y[row] - my))
                    .sum();
                products[i * columns.len() + j] = sum;
                products[j * columns.len() + i] = sum;
            }
        }
        self.merge(&Self {
            mass,
            means,
            squared_means,
            products,
        });
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if other.mass.weight <= 0.0 {
            return;
        }
        if self.mass.weight <= 0.0 {
            *self = other.clone();
            return;
        }
        let width = self.means.len();
        let (a, b) = (self.mass, other.mass);
        let both = a + b;
        let apart: Vec<f64> = (0..width)
            .map(|i| other.squared_means[i] - self.squared_means[i])
            .collect();
        for i in 0..width {
            for j in 0..width {
                self.products[i * width + j] += other.products[i * width + j]
                    + apart[i] * apart[j] * a.squared * b.squared / both.squared;
            }
        }
        for (i, apart) in apart.iter().enumerate() {
            self.means[i] += (other.means[i] - self.means[i]) * b.weight / both.weight;
            self.squared_means[i] += apart * b.squared / both.squared;
        }
        self.mass = both;
    }

    /// The same rows, the last two columns u and u² seen from an origin that
    /// is `d` lower.
    pub(crate) fn with_last_shifted(&self, d: f64) -> Self {
        let width = self.means.len();
        if d == 0.0 || width < 2 {
            return self.clone();
        }
        let (u, square) = (width - 2, width - 1);
        let mut moved = self.clone();
        for means in [&mut moved.means, &mut moved.squared_means] {
            means[square] += 2.0 * d * means[u] + d * d;
            means[u] += d;
        }
        // Only u² changes by more than a constant.
        for i in 0..width {
            moved.products[i * width + square] += 2.0 * d * moved.products[i * width + u];
        }
        for j in 0..width {
            moved.products[square * width + j] += 2.0 * d * moved.products[u * width + j];
        }
        moved
    }

    pub(crate) fn mass(&self) -> Mass {
        self.mass
    }

    /// The weighted mean of each column.
    pub(crate) fn means(&self) -> &[f64] {
        &self.means
    }

    /// Variance of Σ gᵢ mᵢ, for the gradient g of a function of the means: the
    /// delta method. `None` of fewer than two effective rows.
    pub(crate) fn variance_along(&self, gradient: &[f64]) -> Option<f64> {
        let rows = self.mass.effective_rows();
        if rows < 1.5 {
            return None;
        }
        let width = self.means.len();
        let off: Vec<f64> = (0..width)
            .map(|i| self.squared_means[i] - self.means[i])
            .collect();
        let mut sum = 0.0;
        for i in 0..width {
            for j in 0..width {
                let about_means =
                    self.products[i * width + j] + self.mass.squared * off[i] * off[j];
                sum += gradient[i] * gradient[j] * about_means;
            }
        }
        let scale = self.mass.weight * self.mass.weight;
        Some((sum / scale * rows / (rows - 1.0)).max(0.0))
    }
}
