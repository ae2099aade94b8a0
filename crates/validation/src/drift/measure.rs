//! How far two columns are apart, by name.
//!
//! `p` are the reference's shares of some bins and `q` the current ones. Bins of
//! numbers are tenths of the reference, and one of missing values.

use serde::{Deserialize, Serialize};

/// A measure of the distance between two distributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Population stability index, Σ (q − p) ln(q / p): the divergence of
    /// Jeffreys (1946). A bin with no row counts as half a row.
    Psi,
    /// The largest distance between the distribution functions. Of numbers.
    KolmogorovSmirnov,
    /// The area between the distribution functions, in standard deviations of
    /// the reference. Of numbers.
    Wasserstein,
    /// The distance of Endres and Schindelin (2003): the root of the
    /// Jensen-Shannon divergence in bits, between 0 and 1.
    JensenShannon,
    /// √(1 − Σ √(p q)), between 0 and 1.
    Hellinger,
    /// The largest |q − p| of a bin.
    LInfinity,
    /// Cramér's V of rows by bin and by table (Cramér, 1946): √(χ² / rows).
    ChiSquare,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Psi,
        Self::KolmogorovSmirnov,
        Self::Wasserstein,
        Self::JensenShannon,
        Self::Hellinger,
        Self::LInfinity,
        Self::ChiSquare,
    ];

    /// The name that spec authors type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Psi => "psi",
            Self::KolmogorovSmirnov => "kolmogorov_smirnov",
            Self::Wasserstein => "wasserstein",
            Self::JensenShannon => "jensen_shannon",
            Self::Hellinger => "hellinger",
            Self::LInfinity => "l_infinity",
            Self::ChiSquare => "chi_square",
        }
    }

    /// The measure of this name; `ks` and `js` for short.
    pub fn parse(name: &str) -> Option<Self> {
        let name = match name {
            "ks" => "kolmogorov_smirnov",
            "js" => "jensen_shannon",
            name => name,
        };
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// Whether it needs numbers.
    pub fn needs_numbers(self) -> bool {
        matches!(self, Self::KolmogorovSmirnov | Self::Wasserstein)
    }

    /// From where on a shift is worth an alarm, unless told otherwise: 0.2 for
    /// the population stability index (Siddiqi, 2006, "a significant shift"),
    /// and for the others about what a shift of the mean by a quarter of a
    /// deviation gives.
    pub fn threshold(self) -> f64 {
        match self {
            Self::Psi => 0.2,
            Self::KolmogorovSmirnov | Self::JensenShannon | Self::ChiSquare => 0.1,
            Self::Hellinger => 0.1,
            Self::LInfinity => 0.05,
            Self::Wasserstein => 0.25,
        }
    }

    /// From shares of bins; `None` for what bins do not tell.
    pub(super) fn of_bins(self, bins: &Bins) -> Option<f64> {
        let shares = || bins.shares();
        Some(match self {
            Self::Psi => bins.smoothed().map(|(p, q)| (q - p) * (q / p).ln()).sum(),
            Self::JensenShannon => {
                let part = |x: f64, middle: f64| {
                    if x > 0.0 {
                        x * (x / middle).log2()
                    } else {
                        0.0
                    }
                };
                let sum: f64 = shares()
                    .map(|(p, q)| {
                        let middle = 0.5 * (p + q);
                        0.5 * (part(p, middle) + part(q, middle))
                    })
                    .sum();
                sum.max(0.0).sqrt()
            }
            // 1 − Σ √(p q) as a sum of squares: exact where all but equal.
            Self::Hellinger => {
                let squares = shares().map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2));
                (0.5 * squares.sum::<f64>()).sqrt()
            }
            Self::LInfinity => shares().map(|(p, q)| (q - p).abs()).fold(0.0, f64::max),
            Self::ChiSquare => {
                let rows = bins.totals[0] + bins.totals[1];
                (super::chi_square::statistic(bins) / rows).sqrt()
            }
            Self::KolmogorovSmirnov | Self::Wasserstein => return None,
        })
    }

    /// On the scale on which what small samples add is additive: distances that
    /// are roots are compared as squares.
    pub(super) fn is_root(self) -> bool {
        matches!(
            self,
            Self::JensenShannon | Self::Hellinger | Self::ChiSquare
        )
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Effective rows of the reference and of the current table in each bin.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bins {
    pub(super) rows: Vec<[f64; 2]>,
    pub(super) totals: [f64; 2],
}

impl Bins {
    pub(super) fn new(rows: Vec<[f64; 2]>) -> Self {
        let totals = rows
            .iter()
            .fold([0.0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]]);
        Self { rows, totals }
    }

    fn shares(&self) -> impl Iterator<Item = (f64, f64)> {
        let [n, m] = self.totals;
        self.rows.iter().map(move |[a, b]| (a / n, b / m))
    }

    /// Shares with half a row for an empty bin, so that a quotient exists.
    fn smoothed(&self) -> impl Iterator<Item = (f64, f64)> {
        let [n, m] = self.totals;
        let occupied = self.rows.iter().filter(|[a, b]| a + b > 0.0);
        occupied.map(move |[a, b]| (a.max(0.5) / n, b.max(0.5) / m))
    }
}
