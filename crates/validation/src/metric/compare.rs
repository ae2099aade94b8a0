//! Two versions' figures on the same rows, and the interval of their
//! difference, by the kind of the formula.

use super::design_effect::design_effect;
use super::estimate::r2;
use super::formula::{Formula, OfCounts, OfRanking, Rate, RateOf, Selection};
use super::{Average, Confidence, Metric};
use crate::Error;
use crate::comparison::{self, tango};
use crate::evidence::{JointConfusion, Paired, PairedBinary, PairedLabels, Query, RowLoss};
use crate::interval::student::normal_critical;
use crate::interval::{self, Estimate, Method, check_rate};
use crate::resample::{self, Posterior};
use crate::table::{Confusion, Mass};

/// How two versions compare on the same rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The candidate's figure.
    pub candidate: f64,
    /// The previous version's figure.
    pub previous: f64,
    /// Candidate less previous, with the interval of the true difference.
    pub difference: Estimate,
}

impl Metric {
    /// How the candidate's figure compares with the previous version's.
    ///
    /// # Errors
    /// As [`estimate`](Self::estimate), for either version.
    pub fn compare(&self, paired: Paired, confidence: &Confidence) -> Result<Difference, Error> {
        check_rate(confidence.false_alarm)?;
        let paired = match paired {
            Paired::Intervals(table) if !self.is_of_intervals() => {
                table.numbers().map_or(paired, Paired::Regression)
            }
            _ => paired,
        };
        if let Paired::Labels(table) = paired {
            return self.compare_labels(table, confidence);
        }
        let candidate = self.value(paired.candidate())?;
        let previous = self.value(paired.previous())?;
        let alpha = confidence.false_alarm;
        let difference = match &self.formula {
            Formula::Rate(rate) => self.rates(rate, paired, confidence)?,
            Formula::Recalls(of_counts) => {
                self.joint_counts(&Selection::All, of_counts, paired, confidence)?
            }
            Formula::Counts(selection, of_counts) => {
                self.joint_counts(selection, of_counts, paired, confidence)?
            }
            Formula::Mean(loss) => self.means(*loss, paired, alpha)?,
            Formula::Root(loss) => self.roots(*loss, paired, alpha)?,
            Formula::RocAuc => match paired {
                Paired::Binary(table) => comparison::delong(table)?.estimate(alpha),
                _ => return Err(self.needs("scores of a positive class", paired.candidate())),
            },
            Formula::RocAucOfClasses(average) => self.areas_apart(average, paired, alpha)?,
            Formula::Highest(highest) => {
                let highest = *highest;
                let figure: OfRanking = Box::new(move |cells| highest.figure(cells));
                self.rankings(&figure, paired, confidence)?
            }
            Formula::Calibration(of_bins) => {
                let of_bins = *of_bins;
                let figure: OfRanking = Box::new(move |cells| of_bins.of_cells(cells));
                self.rankings(&figure, paired, confidence)?
            }
            Formula::Ranking(figure) => self.rankings(figure, paired, confidence)?,
            Formula::TopK(k) => match paired {
                Paired::Classes(table) => tango(table.among_first(*k), alpha),
                _ => return Err(self.needs("probabilities of several classes", paired.candidate())),
            },
            Formula::Pinball(q) => match paired {
                Paired::Regression(table) => {
                    self.along(table.sides(), &[*q, 1.0 - q, -q, q - 1.0], alpha)?
                }
                _ => return Err(self.needs("predicted numbers", paired.candidate())),
            },
            Formula::Coverage => match paired {
                Paired::Intervals(table) => tango(table.covered(), alpha),
                _ => return Err(self.needs("predicted intervals", paired.candidate())),
            },
            Formula::Query(query) => self.queries_apart(*query, paired, alpha)?,
            Formula::EachLabel => {
                return Err(self.needs("several labels a row", paired.candidate()));
            }
            Formula::R2 => self.explained(paired, alpha)?,
        };
        if !difference.value.is_finite() {
            return Err(self.undefined("numbers or weights are too large or too small"));
        }
        let (low, high) = self.range();
        let difference = difference.within((low - high, high - low));
        Ok(Difference {
            candidate,
            previous,
            difference,
        })
    }

    fn rates(
        &self,
        rate: &Rate,
        paired: Paired,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        let Rate { of, selection } = rate;
        self.rates_apart(*of, &self.joint(selection, paired)?, confidence)
    }

    fn rates_apart(
        &self,
        of: RateOf,
        joint: &Joint,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        // Rows that count for the rate are the same for both versions, unless
        // each version's decisions say which: those have no pairs.
        let (rows, hit): (_, fn([usize; 3], usize) -> bool) = match of {
            RateOf::Precision => {
                let of_counts: OfCounts = Box::new(|two| {
                    let (hits, of) = RateOf::Precision.masses(two);
                    super::formula::quotient(hits.weight, of.weight, RateOf::Precision.missing())
                });
                return self.joint_figure(&of_counts, joint, confidence);
            }
            RateOf::Right => (None, |cell, version| cell[0] == cell[version]),
            RateOf::Recall => (Some(1), |cell, version| cell[version] == 1),
            RateOf::Specificity => (Some(0), |cell, version| cell[version] == 0),
        };
        let mut masses = [[Mass::default(); 2]; 2];
        for (cell, mass) in &joint.cells {
            if rows.is_none_or(|label| cell[0] == label) {
                masses[usize::from(hit(*cell, 1))][usize::from(hit(*cell, 2))] += *mass;
            }
        }
        Ok(tango(masses, confidence.false_alarm))
    }

    fn joint_counts(
        &self,
        selection: &Selection,
        of_counts: &OfCounts,
        paired: Paired,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        self.joint_figure(of_counts, &self.joint(selection, paired)?, confidence)
    }

    /// A figure of the decisions on several labels, all in one matrix.
    pub(super) fn pooled_apart(
        &self,
        labels: &PairedLabels,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        let repeated = design_effect(labels.counts(), |kinds| {
            let of_version = |version: usize| {
                let mut two = Confusion::new(2);
                for (kind, mean) in kinds.iter().enumerate() {
                    two.add(kind >> 2, kind >> version & 1, Mass::of(*mean));
                }
                self.of_decisions(&two)
            };
            Some(of_version(1)? - of_version(0)?)
        });
        let joint = Joint::pooled(labels.each(), repeated);
        match &self.formula {
            Formula::Rate(rate) => self.rates_apart(rate.of, &joint, confidence),
            Formula::Counts(_, of_counts) | Formula::Recalls(of_counts) => {
                self.joint_figure(of_counts, &joint, confidence)
            }
            _ => Err(self.undefined("only figures of decisions have a micro average")),
        }
    }

    /// Draws from the posterior of the joint cells, both versions' figures of
    /// each.
    fn joint_figure(
        &self,
        of_counts: &OfCounts,
        joint: &Joint,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        let figures = |weights: &[f64]| -> Result<f64, String> {
            let mut versions = [Confusion::new(joint.classes), Confusion::new(joint.classes)];
            for ((cell, _), weight) in joint.cells.iter().zip(weights) {
                for (version, confusion) in versions.iter_mut().enumerate() {
                    confusion.add(cell[0], cell[version + 1], Mass::of(*weight));
                }
            }
            Ok(of_counts(&versions[0])? - of_counts(&versions[1])?)
        };
        let seen: Vec<f64> = joint.cells.iter().map(|(_, mass)| mass.weight).collect();
        let value = figures(&seen).map_err(|reason| self.undefined(reason))?;
        let posterior = Posterior::new(joint.cells.iter().map(|(_, mass)| *mass));
        let mut stream = confidence
            .streams
            .stream(&format!("{}/difference", self.name()));
        let drawn = (0..confidence.resamples)
            .map(|_| figures(&posterior.draw(&mut stream)).unwrap_or(f64::NAN))
            .collect();
        let ends = resample::ends(self.name(), value, drawn, confidence.false_alarm)?;
        Ok(Estimate::new(value, ends, Method::Posterior))
    }

    fn joint(&self, selection: &Selection, paired: Paired) -> Result<Joint, Error> {
        let class = selection.class(self.name(), paired.candidate())?;
        let joint = paired
            .joint_confusion()
            .ok_or_else(|| self.needs("classes", paired.candidate()))?;
        Ok(match class {
            None => Joint::of(joint),
            Some(class) => Joint::of_one(joint, class),
        })
    }

    fn means(&self, loss: RowLoss, paired: Paired, alpha: f64) -> Result<Estimate, Error> {
        let difference = paired
            .difference(loss)
            .ok_or_else(|| self.needs("probabilities or numbers", paired.candidate()))?;
        interval::mean_difference(difference, alpha).map_err(|error| self.name_in(error))
    }

    fn queries_apart(&self, query: Query, paired: Paired, alpha: f64) -> Result<Estimate, Error> {
        let Paired::Queries(table) = paired else {
            return Err(self.needs("ranked queries", paired.candidate()));
        };
        let difference = table.difference(query);
        let difference =
            difference.ok_or_else(|| self.undefined("the queries were not asked for it"))?;
        interval::mean_difference(difference, alpha).map_err(|error| self.name_in(error))
    }

    /// By the delta method: the error of √a − √b from those of a, b and a − b.
    fn roots(&self, loss: RowLoss, paired: Paired, alpha: f64) -> Result<Estimate, Error> {
        let a = self.moments(loss, paired.candidate())?;
        let b = self.moments(loss, paired.previous())?;
        let less = paired
            .difference(loss)
            .ok_or_else(|| self.needs("numbers", paired.candidate()))?;
        let (Some(mean_a), Some(mean_b)) = (a.mean(), b.mean()) else {
            return Err(self.undefined("there are no rows with weight"));
        };
        let (root_a, root_b) = (mean_a.sqrt(), mean_b.sqrt());
        let value = root_a - root_b;
        let errors = [a, b, less].map(|moments| moments.squared_error_of_mean());
        let [Some(of_a), Some(of_b), Some(of_less)] = errors else {
            return Ok(unknown(value));
        };
        if root_a == 0.0 || root_b == 0.0 {
            // A root has no slope at zero: |√a − √b| ≤ √|a − b|.
            let half = (normal_critical(alpha) * of_less.sqrt() + (mean_a - mean_b).abs()).sqrt();
            return Ok(Estimate::new(value, (-half, half), Method::Delta));
        }
        let covariance = (of_a + of_b - of_less) / 2.0;
        let (slope_a, slope_b) = (0.5 / root_a, 0.5 / root_b);
        let variance = slope_a * slope_a * of_a + slope_b * slope_b * of_b
            - 2.0 * slope_a * slope_b * covariance;
        Ok(normal(value, variance, alpha))
    }

    fn rankings(
        &self,
        of_ranking: &OfRanking,
        paired: Paired,
        confidence: &Confidence,
    ) -> Result<Estimate, Error> {
        let Paired::Binary(table) = paired else {
            return Err(self.needs("scores of a positive class", paired.candidate()));
        };
        comparison::bootstrap(self.name(), table, of_ranking, confidence)
    }

    fn areas_apart(
        &self,
        average: &Average,
        paired: Paired,
        alpha: f64,
    ) -> Result<Estimate, Error> {
        let Paired::Classes(table) = paired else {
            return Err(self.needs("probabilities of several classes", paired.candidate()));
        };
        let (candidate, previous) = (table.candidate(), table.previous());
        let (Some(a), Some(b)) = (candidate.against_rest(), previous.against_rest()) else {
            return Err(self.needs("probabilities", paired.candidate()));
        };
        let shares = self.shares(average, candidate)?;
        self.average_of(&shares, |class| {
            let joint = &table.against_rest[class];
            Ok(comparison::of_tables([&a[class], &b[class]], joint)?.estimate(alpha))
        })
    }

    fn explained(&self, paired: Paired, alpha: f64) -> Result<Estimate, Error> {
        let Paired::Regression(table) = paired else {
            return Err(self.needs("predicted numbers", paired.candidate()));
        };
        let moments = table.spread().moments();
        let of = |version| r2(moments, version).map_err(|reason| self.undefined(reason));
        let ((a, of_a), (b, of_b)) = (of(0)?, of(1)?);
        let gradient: Vec<f64> = of_a.iter().zip(&of_b).map(|(a, b)| a - b).collect();
        Ok(match moments.variance_along(&gradient) {
            None => unknown(a - b),
            Some(variance) => normal(a - b, variance, alpha),
        })
    }
}

fn unknown(value: f64) -> Estimate {
    let everything = (f64::NEG_INFINITY, f64::INFINITY);
    Estimate::new(value, everything, Method::Unknown)
}

fn normal(value: f64, variance: f64, alpha: f64) -> Estimate {
    let half = normal_critical(alpha) * variance.max(0.0).sqrt();
    Estimate::new(value, (value - half, value + half), Method::Delta)
}

/// Joint cells to draw from: all of them while there are few, so that what was
/// not seen is not thought impossible; of many classes, those that were seen.
struct Joint {
    classes: usize,
    cells: Vec<([usize; 3], Mass)>,
}

/// Up to so many classes all cells are drawn from.
const ALL_CELLS_CLASSES: usize = 12;

impl Joint {
    fn of(joint: &JointConfusion) -> Self {
        Self::filled(joint.classes(), joint.cells())
    }

    /// Decisions on all labels, each of which is said so often.
    fn pooled(each: &[PairedBinary], repeated: f64) -> Self {
        let cells = each.iter().flat_map(|label| label.decisions().cells());
        let known_once = |mass: Mass| Mass {
            squared: mass.squared * repeated,
            ..mass
        };
        Self::filled(2, cells.map(|(cell, mass)| (cell, known_once(mass))))
    }

    fn of_one(joint: &JointConfusion, class: usize) -> Self {
        let two = |part: usize| usize::from(part == class);
        Self::filled(2, joint.cells().map(|(cell, mass)| (cell.map(two), mass)))
    }

    fn filled(classes: usize, seen: impl Iterator<Item = ([usize; 3], Mass)>) -> Self {
        let mut cells = std::collections::BTreeMap::<[usize; 3], Mass>::new();
        if classes <= ALL_CELLS_CLASSES {
            for cell in 0..classes * classes * classes {
                let key = [
                    cell / classes / classes,
                    cell / classes % classes,
                    cell % classes,
                ];
                cells.insert(key, Mass::default());
            }
        }
        for (cell, mass) in seen {
            *cells.entry(cell).or_default() += mass;
        }
        Self {
            classes,
            cells: cells.into_iter().collect(),
        }
    }
}
