//! The area under the ROC curve and its variance.

use super::student::normal_critical;
use super::{Estimate, Method, rate};
use crate::Error;
use crate::table::{Mass, ScoreTable};

/// An area under the ROC curve and what its error is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auc {
    /// The chance that a positive row scores above a negative one, ties
    /// counting half (Hanley and McNeil, 1982).
    pub value: f64,
    /// Variance of the value; `None` with fewer than two effective rows of
    /// either class.
    pub variance: Option<f64>,
    /// The part of all pairs of a negative and a positive row that share a cell
    /// of different scores, halved: what the cells may hide, either way.
    pub hidden: f64,
    /// The negative and the positive rows.
    pub totals: [Mass; 2],
}

/// The area under the ROC curve with the variance of DeLong, DeLong and
/// Clarke-Pearson (1988), in one pass over ascending scores (Sun and Xu, 2014).
/// For weighted rows the variance is that of a ratio of weighted sums.
///
/// # Errors
/// Rows of one class only, or a table that was not finished.
pub fn delong(table: &ScoreTable) -> Result<Auc, Error> {
    let totals = table.finished("roc_auc")?.totals();
    let [negatives, positives] = totals.map(|mass| mass.weight);
    if negatives <= 0.0 || positives <= 0.0 {
        let which = if positives > 0.0 {
            "positive"
        } else {
            "negative"
        };
        let reason = if negatives + positives > 0.0 {
            format!("all rows are {which}")
        } else {
            "there are no rows with weight".to_owned()
        };
        return Err(Error::undefined("roc_auc", reason));
    }
    let (mut below, mut above) = (0.0, positives);
    let (mut area, mut shared) = (0.0, 0.0);
    for cell in table.cells() {
        let [n, p] = cell.mass.map(|mass| mass.weight);
        area += p * (below + 0.5 * n);
        shared += p * n;
        below += n;
    }
    let value = area / (negatives * positives);
    let (mut of_positives, mut of_negatives) = (0.0, 0.0);
    below = 0.0;
    for cell in table.cells() {
        let [n, p] = cell.mass;
        above -= p.weight;
        let v10 = (below + 0.5 * n.weight) / negatives - value;
        let v01 = (above + 0.5 * p.weight) / positives - value;
        of_positives += p.squared * v10 * v10;
        of_negatives += n.squared * v01 * v01;
        below += n.weight;
    }
    let part = |sum: f64, total: Mass| {
        let rows = total.effective_rows();
        (rows >= 1.5).then(|| sum / (total.weight * total.weight) * rows / (rows - 1.0))
    };
    let variance = part(of_positives, totals[1])
        .zip(part(of_negatives, totals[0]))
        .map(|(a, b)| a + b);
    let hidden = if table.is_exact() {
        0.0
    } else {
        0.5 * shared / (negatives * positives)
    };
    Ok(Auc {
        value,
        variance,
        hidden,
        totals,
    })
}

impl Auc {
    /// The interval on the scale of log-odds (Qin and Hotilovac, 2008), which
    /// keeps it between 0 and 1 and close to its level near both. Where the
    /// classes are separated perfectly, or perfectly the wrong way round, it is
    /// Wilson's for as many rows as the smaller class has.
    pub fn estimate(&self, false_alarm: f64) -> Estimate {
        let estimate = self.estimate_of_cells(false_alarm);
        estimate.hiding(self.hidden).within((0.0, 1.0))
    }

    /// The same without what cells may hide.
    pub(crate) fn estimate_of_cells(&self, false_alarm: f64) -> Estimate {
        let value = self.value;
        let spread = value * (1.0 - value);
        match self.variance {
            None => Estimate::new(value, (0.0, 1.0), Method::Unknown),
            Some(_) if spread <= 0.0 => {
                let fewer = self.totals[0]
                    .effective_rows()
                    .min(self.totals[1].effective_rows());
                let of = Mass {
                    weight: fewer,
                    squared: fewer,
                };
                let ends = rate::wilson(
                    Mass {
                        weight: fewer * value,
                        ..of
                    },
                    of,
                    false_alarm,
                );
                Estimate::new(value, ends, Method::Wilson)
            }
            Some(variance) => {
                let centre = (value / (1.0 - value)).ln();
                let half = normal_critical(false_alarm) * variance.sqrt() / spread;
                let back = |x: f64| 1.0 / (1.0 + (-x).exp());
                let ends = (back(centre - half), back(centre + half));
                Estimate::new(value, ends, Method::DeLong)
            }
        }
    }
}
