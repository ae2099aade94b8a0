//! A figure with its interval, by the kind of its formula.

use seatrial_rng::Streams;

use super::formula::{Figure, Formula, OfCounts, Rate, RateOf, Selection};
use super::{Average, Confidence, Metric};
use crate::Error;
use crate::evidence::{Classes, Evidence, Query, RowLoss};
use crate::interval::student::{normal_critical, student_critical};
use crate::interval::{self, Estimate, Method, check_rate};
use crate::resample::{self, Posterior};
use crate::table::{CoMoments, Confusion, Mass, Moments, ScoreTable};

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
        let evidence = self.reads(evidence);
        if let Evidence::Labels(labels) = evidence {
            return Ok(self
                .estimate_labels(labels, confidence)?
                .within(self.range()));
        }
        let estimate = match &self.formula {
            Formula::Rate(rate) => self.rate(rate, evidence, alpha)?,
            Formula::Recalls(of_counts) => {
                let confusion = self.confusion(&Selection::All, evidence)?;
                self.recalls(&confusion, of_counts, alpha)?
            }
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
            Formula::RocAucOfClasses(average) => self.areas(average, evidence, alpha)?,
            Formula::Highest(highest) => {
                self.among_highest(*highest, self.scores(evidence)?, alpha)?
            }
            Formula::Ranking(of_ranking) => {
                resample::ranking(&self.name, self.scores(evidence)?, of_ranking, confidence)?
            }
            Formula::Calibration(of_bins) => {
                let table = self.calibration(evidence)?;
                resample::distance(&self.name, table, of_bins, confidence)?
            }
            Formula::TopK(k) => {
                let (hits, of) = self.among_first(*k, evidence)?;
                self.hit_rate(hits, of, alpha)?
            }
            Formula::Coverage => {
                let (hits, of) = self.covered(evidence)?;
                self.hit_rate(hits, of, alpha)?
            }
            Formula::Pinball(quantile) => {
                let sides = self.sides(evidence)?;
                self.along(sides, &[*quantile, 1.0 - quantile], alpha)?
            }
            Formula::Query(query) => {
                let moments = self.of_queries(*query, evidence)?;
                interval::mean(moments, self.range(), alpha).map_err(|e| self.name_in(e))?
            }
            Formula::R2 => self.r2(evidence, alpha)?,
            Formula::EachLabel => return Err(self.needs("several labels a row", evidence)),
        };
        if !estimate.value.is_finite() {
            return Err(self.undefined("numbers or weights are too large or too small"));
        }
        Ok(estimate.within(self.range()))
    }

    /// The figure alone.
    ///
    /// # Errors
    /// As [`estimate`](Self::estimate).
    pub fn value(&self, evidence: Evidence) -> Result<f64, Error> {
        let (low, high) = self.range();
        // Outside by rounding.
        Ok(self.unbounded(evidence)?.clamp(low, high))
    }

    fn unbounded(&self, evidence: Evidence) -> Result<f64, Error> {
        let figure = |figure: Figure| figure.map_err(|reason| self.undefined(reason));
        let evidence = self.reads(evidence);
        if let Evidence::Labels(labels) = evidence {
            return self.value_labels(labels);
        }
        match &self.formula {
            Formula::Counts(selection, of_counts) => {
                figure(of_counts(&self.confusion(selection, evidence)?))
            }
            Formula::RocAuc => Ok(interval::delong(self.scores(evidence)?)?.value),
            Formula::Highest(highest) => {
                figure(highest.figure(&resample::scored(self.scores(evidence)?)))
            }
            Formula::Ranking(of_ranking) => {
                figure(of_ranking(&resample::scored(self.scores(evidence)?)))
            }
            Formula::Calibration(of_bins) => {
                figure(of_bins.of_cells(&resample::scored(self.calibration(evidence)?)))
            }
            _ => self.value_of_estimate(evidence),
        }
    }

    /// For formulas whose interval costs next to nothing. Nothing is drawn.
    pub(super) fn value_of_estimate(&self, evidence: Evidence) -> Result<f64, Error> {
        let confidence = Confidence {
            false_alarm: 0.5,
            resamples: 1,
            streams: Streams::new(0),
        };
        Ok(self.estimate(evidence, &confidence)?.value)
    }

    /// Beside intervals numbers may stand, and it is those that most metrics read.
    fn reads<'a>(&self, evidence: Evidence<'a>) -> Evidence<'a> {
        match evidence {
            Evidence::Intervals(table) if !self.is_of_intervals() => {
                table.numbers().map_or(evidence, Evidence::Regression)
            }
            _ => evidence,
        }
    }

    pub(super) fn is_of_intervals(&self) -> bool {
        matches!(
            self.formula,
            Formula::Coverage | Formula::Mean(RowLoss::Width)
        )
    }

    pub(crate) fn calibration<'a>(&self, evidence: Evidence<'a>) -> Result<&'a ScoreTable, Error> {
        let table = evidence.calibration();
        let table = table.ok_or_else(|| self.needs("probabilities", evidence))?;
        table.finished(&self.name)
    }

    fn hit_rate(&self, hits: Mass, of: Mass, alpha: f64) -> Result<Estimate, Error> {
        if of.weight <= 0.0 {
            return Err(self.undefined("there are no rows with weight"));
        }
        let ends = interval::wilson(hits, of, alpha);
        Ok(Estimate::new(hits.weight / of.weight, ends, Method::Wilson))
    }

    fn among_first(&self, k: usize, evidence: Evidence) -> Result<(Mass, Mass), Error> {
        match evidence {
            Evidence::Classes(table) => {
                let ranks = table
                    .ranks()
                    .ok_or_else(|| self.needs("probabilities", evidence))?;
                Ok((
                    ranks.iter().take(k).copied().sum(),
                    ranks.iter().copied().sum(),
                ))
            }
            _ => Err(self.needs("probabilities of several classes", evidence)),
        }
    }

    fn covered(&self, evidence: Evidence) -> Result<(Mass, Mass), Error> {
        match evidence {
            Evidence::Intervals(table) => Ok((table.covered(), table.width().mass())),
            _ => Err(self.needs("predicted intervals", evidence)),
        }
    }

    fn sides<'a>(&self, evidence: Evidence<'a>) -> Result<&'a CoMoments, Error> {
        match evidence {
            Evidence::Regression(table) => Ok(table.sides()),
            _ => Err(self.needs("predicted numbers", evidence)),
        }
    }

    fn of_queries<'a>(&self, query: Query, evidence: Evidence<'a>) -> Result<&'a Moments, Error> {
        match evidence {
            Evidence::Queries(table) => {
                let moments = table.moments(query);
                moments.ok_or_else(|| self.undefined("the queries were not asked for it"))
            }
            _ => Err(self.needs("ranked queries", evidence)),
        }
    }

    /// A weighted sum of means.
    pub(super) fn along(
        &self,
        moments: &CoMoments,
        weights: &[f64],
        alpha: f64,
    ) -> Result<Estimate, Error> {
        if moments.mass().weight <= 0.0 {
            return Err(self.undefined("there are no rows with weight"));
        }
        let value = moments
            .means()
            .iter()
            .zip(weights)
            .map(|(mean, w)| mean * w)
            .sum();
        Ok(match moments.variance_along(weights) {
            None => Estimate::new(value, (f64::NEG_INFINITY, f64::INFINITY), Method::Unknown),
            Some(variance) => {
                let critical = student_critical(alpha, moments.mass().effective_rows() - 1.0);
                let half = critical * variance.sqrt();
                Estimate::new(value, (value - half, value + half), Method::Delta)
            }
        })
    }

    /// Each class's share of an average of areas.
    pub(super) fn shares(&self, average: &Average, table: &Classes) -> Result<Vec<f64>, Error> {
        let classes = table.names().len();
        match average {
            Average::Class(name) => {
                let place = table.names().iter().position(|known| known == name);
                let place =
                    place.ok_or_else(|| self.undefined(format!("there is no class `{name}`")))?;
                Ok((0..classes)
                    .map(|class| f64::from(u8::from(class == place)))
                    .collect())
            }
            Average::Weighted => {
                let total = table.confusion().total().weight;
                let support = |class| table.confusion().labelled(class).weight / total;
                Ok((0..classes).map(support).collect())
            }
            _ => Ok(vec![1.0 / classes as f64; classes]),
        }
    }

    /// The ends are averages of the classes' ends: exact if their areas move
    /// together, too wide if they do not.
    fn areas(&self, average: &Average, evidence: Evidence, alpha: f64) -> Result<Estimate, Error> {
        let Evidence::Classes(table) = evidence else {
            return Err(self.needs("probabilities of several classes", evidence));
        };
        let tables = table
            .against_rest()
            .ok_or_else(|| self.needs("probabilities", evidence))?;
        let shares = self.shares(average, table)?;
        self.average_of(&shares, |class| {
            Ok(interval::delong(&tables[class])?.estimate(alpha))
        })
    }

    /// An average of classes' estimates, those that count for nothing left out.
    pub(super) fn average_of(
        &self,
        shares: &[f64],
        estimate: impl Fn(usize) -> Result<Estimate, Error>,
    ) -> Result<Estimate, Error> {
        let mut sum = [0.0; 4];
        for (class, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let one = estimate(class).map_err(|error| self.name_in(error))?;
            for (sum, part) in sum
                .iter_mut()
                .zip([one.value, one.low, one.high, one.hidden])
            {
                *sum += share * part;
            }
        }
        let [value, low, high, hidden] = sum;
        Ok(Estimate {
            hidden,
            ..Estimate::new(value, (low, high), Method::Averaged)
        })
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
            RowLoss::Absolute | RowLoss::Squared | RowLoss::Percentage => "predicted numbers",
            RowLoss::Width => "predicted intervals",
            RowLoss::Hamming => "several labels a row",
        };
        if let (RowLoss::Percentage, Evidence::Regression(table)) = (loss, evidence) {
            let zeros = table.zero_targets();
            if zeros > 0 {
                return Err(self.undefined(format!("{zeros} of the targets are zero")));
            }
        }
        let moments = evidence.moments(loss);
        moments.ok_or_else(|| self.needs(needs, evidence))
    }

    pub(super) fn scores<'a>(&self, evidence: Evidence<'a>) -> Result<&'a ScoreTable, Error> {
        let scores = evidence.scores();
        let scores = scores.ok_or_else(|| self.needs("scores of a positive class", evidence))?;
        scores.finished(&self.name)
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
        self.rate_of(rate.of, &confusion, alpha)
    }

    fn rate_of(&self, of: RateOf, confusion: &Confusion, alpha: f64) -> Result<Estimate, Error> {
        let (hits, among) = of.masses(confusion);
        if among.weight <= 0.0 {
            return Err(self.undefined(of.missing()));
        }
        self.hit_rate(hits, among, alpha)
    }

    /// A figure of a confusion matrix of two classes that was put together.
    pub(super) fn of_confusion(
        &self,
        two: &Confusion,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        match &self.formula {
            Formula::Rate(rate) => self.rate_of(rate.of, two, confidence.false_alarm),
            Formula::Counts(_, of_counts) => self.counts(two, of_counts, confidence),
            Formula::Recalls(of_counts) => self.recalls(two, of_counts, confidence.false_alarm),
            _ => Err(self.undefined("only figures of decisions have a micro average")),
        }
    }

    /// A mean of independent rates: the squares of the halves of their intervals
    /// add up, on either side (Zou and Donner, 2008, eq. 3 and 4).
    fn recalls(
        &self,
        confusion: &Confusion,
        of_counts: &OfCounts,
        alpha: f64,
    ) -> Result<Estimate, Error> {
        let value = of_counts(confusion).map_err(|reason| self.undefined(reason))?;
        let (mut below, mut above, mut classes) = (0.0, 0.0, 0.0);
        for class in 0..confusion.classes() {
            let labelled = confusion.labelled(class);
            if labelled.weight > 0.0 {
                let right = confusion.cell(class, class);
                let recall = right.weight / labelled.weight;
                let (low, high) = interval::wilson(right, labelled, alpha);
                below += (recall - low).powi(2);
                above += (high - recall).powi(2);
                classes += 1.0;
            }
        }
        let ends = (
            value - below.sqrt() / classes,
            value + above.sqrt() / classes,
        );
        Ok(Estimate::new(value, ends, Method::Recovered))
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
    if !(variance.is_finite() && means[errors].is_finite()) {
        return Err("the squares of the targets are too large to add up".to_owned());
    }
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
