//! A figure with its interval, by the kind of its formula.

use super::formula::{Formula, OfCounts, Rate, Selection};
use super::{Confidence, Metric};
use crate::Error;
use crate::evidence::{Evidence, RowLoss};
use crate::interval::student::normal_critical;
use crate::interval::{self, Estimate, Method, check_rate};
use crate::resample::{self, Posterior};
use crate::table::{CoMoments, Confusion, Moments, ScoreTable};

impl Metric {
    /// The figure for these rows, with the interval that holds the true one.
    ///
    /// # Errors
    /// The rows cannot answer (probabilities are needed and there are only
    /// decisions), the figure is undefined for them (one class only), or the
    /// error rate is not between 0 and 1.
    pub fn estimate(&self, evidence: Evidence, confidence: &Confidence) -> Result<Estimate, Error> {
        check_rate(confidence.false_alarm)?;
        let alpha = confidence.false_alarm;
        let estimate = match &self.formula {
            Formula::Rate(rate) => self.rate(rate, evidence, alpha)?,
            Formula::Counts(selection, of_counts) => {
                let confusion = self.confusion(selection, evidence)?;
                self.counts(&confusion, of_counts, confidence)?
            }
            Formula::Mean(loss) => {
                let moments = self.moments(*loss, evidence)?;
                interval::mean(moments, self.range(), alpha).map_err(|e| self.name_in(e))?
            }
            Formula::Root(loss) => {
                let moments = self.moments(*loss, evidence)?;
                let square = interval::mean(moments, self.range(), alpha)
                    .map_err(|error| self.name_in(error))?;
                let ends = (square.low.max(0.0).sqrt(), square.high.sqrt());
                Estimate::new(square.value.sqrt(), ends, square.method)
            }
            Formula::RocAuc => interval::delong(self.scores(evidence)?)?.estimate(alpha),
            Formula::Ranking(of_ranking) => {
                resample::ranking(&self.name, self.scores(evidence)?, *of_ranking, confidence)?
            }
            Formula::R2 => self.r2(evidence, alpha)?,
        };
        Ok(estimate.within(self.range()))
    }

    /// The figure alone.
    ///
    /// # Errors
    /// As [`estimate`](Self::estimate).
    pub fn value(&self, evidence: Evidence) -> Result<f64, Error> {
        match &self.formula {
            Formula::Rate(rate) => Ok(self.rate(rate, evidence, 0.5)?.value),
            Formula::Counts(selection, of_counts) => {
                of_counts(&self.confusion(selection, evidence)?)
                    .map_err(|reason| self.undefined(reason))
            }
            Formula::Mean(loss) => self.mean(*loss, evidence),
            Formula::Root(loss) => Ok(self.mean(*loss, evidence)?.sqrt()),
            Formula::RocAuc => Ok(interval::delong(self.scores(evidence)?)?.value),
            Formula::Ranking(of_ranking) => {
                let cells = resample::weights(self.scores(evidence)?);
                of_ranking(&cells).map_err(|reason| self.undefined(reason))
            }
            Formula::R2 => Ok(self.r2(evidence, 0.5)?.value),
        }
    }

    pub(super) fn undefined(&self, reason: impl Into<String>) -> Error {
        Error::undefined(&self.name, reason)
    }

    /// An error about a mean, as one about this metric.
    pub(super) fn name_in(&self, error: Error) -> Error {
        match error {
            Error::Undefined { reason, .. } => self.undefined(reason),
            other => other,
        }
    }

    pub(super) fn needs(&self, needs: &'static str, evidence: Evidence) -> Error {
        Error::Needs {
            metric: self.name.clone(),
            needs,
            given: evidence.kind(),
        }
    }

    pub(super) fn moments<'a>(
        &self,
        loss: RowLoss,
        evidence: Evidence<'a>,
    ) -> Result<&'a Moments, Error> {
        let needs = match loss {
            RowLoss::Log | RowLoss::Brier => "probabilities",
            RowLoss::Absolute | RowLoss::Squared => "predicted numbers",
        };
        evidence
            .moments(loss)
            .ok_or_else(|| self.needs(needs, evidence))
    }

    fn mean(&self, loss: RowLoss, evidence: Evidence) -> Result<f64, Error> {
        let mean = self.moments(loss, evidence)?.mean();
        mean.ok_or_else(|| self.undefined("there are no rows with weight"))
    }

    pub(super) fn scores<'a>(&self, evidence: Evidence<'a>) -> Result<&'a ScoreTable, Error> {
        evidence
            .scores()
            .ok_or_else(|| self.needs("scores of a positive class", evidence))
    }

    /// The matrix that the figure is of.
    fn confusion(&self, selection: &Selection, evidence: Evidence) -> Result<Confusion, Error> {
        let class = selection.class(&self.name, evidence)?;
        let confusion = evidence
            .confusion()
            .ok_or_else(|| self.needs("classes", evidence))?;
        Ok(match class {
            Some(class) => confusion.one_against_rest(class),
            None => confusion.clone(),
        })
    }

    fn rate(&self, rate: &Rate, evidence: Evidence, alpha: f64) -> Result<Estimate, Error> {
        let confusion = self.confusion(&rate.selection, evidence)?;
        let (hits, of) = rate.of.masses(&confusion);
        if of.weight <= 0.0 {
            return Err(self.undefined(rate.of.missing()));
        }
        let value = hits.weight / of.weight;
        let ends = interval::wilson(hits, of, alpha);
        Ok(Estimate::new(value, ends, Method::Wilson))
    }

    fn counts(
        &self,
        confusion: &Confusion,
        of_counts: &OfCounts,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        let value = of_counts(confusion).map_err(|reason| self.undefined(reason))?;
        let posterior = Posterior::new(confusion.cells().iter().copied());
        let mut stream = confidence.streams.stream(&self.name);
        let drawn = (0..confidence.resamples)
            .map(|_| {
                let weights = posterior.draw(&mut stream).into_iter();
                of_counts(&confusion.with_weights(weights)).unwrap_or(f64::NAN)
            })
            .collect();
        let ends = resample::ends(&self.name, value, drawn, confidence.false_alarm)?;
        Ok(Estimate::new(value, ends, Method::Posterior))
    }

    fn r2(&self, evidence: Evidence, alpha: f64) -> Result<Estimate, Error> {
        let Evidence::Regression(table) = evidence else {
            return Err(self.needs("predicted numbers", evidence));
        };
        let moments = table.spread().moments();
        let (value, gradient) = r2(moments, 0).map_err(|reason| self.undefined(reason))?;
        Ok(match moments.variance_along(&gradient) {
            None => Estimate::new(value, self.range(), Method::Unknown),
            Some(variance) => {
                let half = normal_critical(alpha) * variance.sqrt();
                Estimate::new(value, (value - half, value + half), Method::Delta)
            }
        })
    }
}

/// R² from the means of squared errors (column `errors`), of u and of u² (the
/// last two), and its gradient with respect to all columns.
pub(super) fn r2(moments: &CoMoments, errors: usize) -> Result<(f64, Vec<f64>), String> {
    let means = moments.means();
    if moments.mass().weight <= 0.0 {
        return Err("there are no rows with weight".to_owned());
    }
    let (u, square) = (means.len() - 2, means.len() - 1);
    let variance = means[square] - means[u] * means[u];
    // What is left of equal targets is rounding.
    if variance <= 1e-14 * means[square] || variance <= 0.0 {
        return Err("the target does not vary".to_owned());
    }
    let unexplained = means[errors] / variance;
    let mut gradient = vec![0.0; means.len()];
    gradient[errors] = -1.0 / variance;
    gradient[square] = unexplained / variance;
    gradient[u] = -2.0 * means[u] * unexplained / variance;
    Ok((1.0 - unexplained, gradient))
}
