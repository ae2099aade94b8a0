//! Metrics of several labels a row: each label on its own, then averaged.
//!
//! Labels of one row are not independent. Of decisions on all of them, a micro
//! average, it is kept how they hang together. Of other averages it is not, and the
//! ends of their intervals are the averages of the labels' ends: exact if labels move
//! together, too wide if they do not. A label without a figure leaves the average
//! without one.

use super::compare::Difference;
use super::design_effect::design_effect;
use super::formula::{Formula, RateOf};
use super::name::{Average, Variant};
use super::{Confidence, Metric, name};
use crate::Error;
use crate::comparison::tango;
use crate::evidence::{Evidence, Labels, Paired, PairedLabels, RowLoss};
use crate::interval::{self, Estimate, Method};
use crate::table::{Confusion, Mass};

impl Metric {
    /// Whether the formula is of whole rows, not of single labels.
    fn is_of_whole_rows(&self) -> bool {
        match &self.formula {
            Formula::Rate(rate) => rate.of == RateOf::Right,
            Formula::Mean(RowLoss::Hamming) => true,
            _ => false,
        }
    }

    pub(super) fn estimate_labels(
        &self,
        labels: &Labels,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        let alpha = confidence.false_alarm;
        if self.is_of_whole_rows() {
            return match &self.formula {
                Formula::Mean(_) => interval::mean(labels.hamming(), self.range(), alpha)
                    .map_err(|error| self.name_in(error)),
                _ => {
                    let (right, of) = labels.whole();
                    if of.weight <= 0.0 {
                        return Err(self.undefined("there are no rows with weight"));
                    }
                    let ends = interval::wilson(right, of, alpha);
                    Ok(Estimate::new(
                        right.weight / of.weight,
                        ends,
                        Method::Wilson,
                    ))
                }
            };
        }
        if let Some((single, pooled)) = self.pooled(labels)? {
            return single.of_confusion(&pooled, confidence);
        }
        let (single, shares) = self.of_labels(labels)?;
        self.average_of(&shares, |label| {
            single.estimate(Evidence::Binary(&labels.each()[label]), confidence)
        })
    }

    pub(super) fn value_labels(&self, labels: &Labels) -> Result<f64, Error> {
        if self.is_of_whole_rows() {
            return self.value_of_estimate(Evidence::Labels(labels));
        }
        if self.pooled(labels)?.is_some() {
            return self.value_of_estimate(Evidence::Labels(labels));
        }
        let (single, shares) = self.of_labels(labels)?;
        let counted = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
        counted
            .map(
                |(label, share)| Ok(share * single.value(Evidence::Binary(&labels.each()[label]))?),
            )
            .sum()
    }

    pub(super) fn compare_labels(
        &self,
        paired: &PairedLabels,
        confidence: &Confidence,
    ) -> Result<Difference, Error> {
        let candidate = self.value(Evidence::Labels(paired.candidate()))?;
        let previous = self.value(Evidence::Labels(paired.previous()))?;
        let alpha = confidence.false_alarm;
        let difference = if self.is_of_whole_rows() {
            match &self.formula {
                Formula::Mean(_) => interval::mean_difference(paired.hamming(), alpha)
                    .map_err(|error| self.name_in(error))?,
                _ => tango(paired.whole(), alpha),
            }
        } else if let Some(single) = self.of_pooled()? {
            single.pooled_apart(paired, confidence)?
        } else {
            let (single, shares) = self.of_labels(paired.candidate())?;
            self.average_of(&shares, |label| {
                let pair = Paired::Binary(&paired.each()[label]);
                Ok(single.compare(pair, confidence)?.difference)
            })?
        };
        Ok(Difference {
            candidate,
            previous,
            difference,
        })
    }

    /// For a micro average: the metric of a single label, which is asked of the
    /// decisions on all of them.
    fn of_pooled(&self) -> Result<Option<Self>, Error> {
        let (base, variant) =
            name::split(self.name()).ok_or_else(|| Error::UnknownMetric(self.name.clone()))?;
        if variant.average != Average::Micro {
            return Ok(None);
        }
        let single = Variant {
            average: Average::Plain,
            ..variant
        };
        Self::build(&self.name, &base, &single).map(Some)
    }

    /// The same, with the decisions on all labels in one matrix. Labels of a row may
    /// say the same thing several times, and it then knows less than its size.
    fn pooled(&self, labels: &Labels) -> Result<Option<(Self, Confusion)>, Error> {
        let Some(single) = self.of_pooled()? else {
            return Ok(None);
        };
        let repeated = design_effect(labels.counts(), |kinds| {
            let mut two = Confusion::new(2);
            for (kind, mean) in kinds.iter().enumerate() {
                two.add(kind / 2, kind % 2, Mass::of(*mean));
            }
            single.of_decisions(&two)
        });
        let mut pooled = Confusion::new(2);
        for table in labels.each() {
            for (cell, mass) in table.confusion().cells().iter().enumerate() {
                let squared = mass.squared * repeated;
                pooled.add(cell / 2, cell % 2, Mass { squared, ..*mass });
            }
        }
        Ok(Some((single, pooled)))
    }

    /// A figure of a matrix of two classes.
    pub(super) fn of_decisions(&self, two: &Confusion) -> Option<f64> {
        match &self.formula {
            Formula::Rate(rate) => {
                let (hits, of) = rate.of.masses(two);
                (of.weight > 0.0).then(|| hits.weight / of.weight)
            }
            Formula::Counts(_, of_counts) | Formula::Recalls(of_counts) => of_counts(two).ok(),
            _ => None,
        }
    }

    /// The metric of a single label, and each label's share of the average.
    fn of_labels(&self, labels: &Labels) -> Result<(Self, Vec<f64>), Error> {
        let (base, variant) =
            name::split(self.name()).ok_or_else(|| Error::UnknownMetric(self.name.clone()))?;
        let all = || labels.each().iter();
        let shares: Vec<f64> = match &variant.average {
            Average::Macro => all().map(|_| 1.0).collect(),
            Average::Weighted => all()
                .map(|table| table.confusion().labelled(1).weight)
                .collect(),
            Average::Class(name) => {
                let is_it = |known: &String| f64::from(u8::from(known == name));
                labels.names().iter().map(is_it).collect()
            }
            Average::Plain | Average::Micro => {
                return Err(self.undefined(format!(
                    "there are several labels: say which one, or which average, as in \
                     `{base}_macro`, `{base}_weighted` or `{base}[LABEL]`"
                )));
            }
        };
        let total: f64 = shares.iter().sum();
        if total <= 0.0 {
            return Err(self.undefined(match &variant.average {
                Average::Class(name) => format!("there is no label `{name}`"),
                _ => "no row has any of the labels".to_owned(),
            }));
        }
        let shares = shares.iter().map(|share| share / total).collect();
        let single = Variant {
            average: Average::Plain,
            ..variant
        };
        Ok((Self::build(&self.name, &base, &single)?, shares))
    }
}
