//! How a figure follows from reduced rows.

use std::fmt;

use super::calibration_error::OfBins;
use super::highest::Highest;
use super::name::{Average, Variant};
use crate::Error;
use crate::evidence::{Evidence, Query, RowLoss};
use crate::table::{Confusion, Mass};

/// Refuses with a reason, which the name of the metric is put before.
pub(crate) type Figure = Result<f64, String>;

/// A figure of the confusion matrix.
pub(crate) type OfCounts = Box<dyn Fn(&Confusion) -> Figure + Send + Sync>;

/// The weights of negative and positive rows of one score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scored {
    pub(crate) score: f64,
    pub(crate) weights: [f64; 2],
}

/// A figure of rows by ascending score.
pub(crate) type OfRanking = Box<dyn Fn(&[Scored]) -> Figure + Send + Sync>;

/// The kinds of figures. Each kind has its intervals.
pub(crate) enum Formula {
    /// So many rows of so many.
    Rate(Rate),
    /// The mean of the classes' recalls.
    Recalls(OfCounts),
    /// Any other figure of the confusion matrix.
    Counts(Selection, OfCounts),
    /// The mean of one number a row.
    Mean(RowLoss),
    /// The square root of such a mean.
    Root(RowLoss),
    /// The area under the ROC curve.
    RocAuc,
    /// The areas under the ROC curves of each class against the rest.
    RocAucOfClasses(Average),
    /// The recall among the highest scores, or a multiple of it.
    Highest(Highest),
    /// Any other figure of rows by their score.
    Ranking(OfRanking),
    /// How far probabilities are from the shares of positive rows.
    Calibration(OfBins),
    /// The true class is among so many of the most probable ones.
    TopK(usize),
    /// The loss of this quantile.
    Pinball(f64),
    /// Targets inside predicted intervals.
    Coverage,
    /// The mean of one number a query.
    Query(Query),
    /// An average over labels of what only single labels have.
    EachLabel,
    /// The share of the target's variance that is explained.
    R2,
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Formula::Rate(_) => "Rate",
            Formula::Recalls(_) => "Recalls",
            Formula::Counts(..) => "Counts",
            Formula::Mean(_) => "Mean",
            Formula::Root(_) => "Root",
            Formula::RocAuc => "RocAuc",
            Formula::RocAucOfClasses(_) => "RocAucOfClasses",
            Formula::Highest(_) => "Highest",
            Formula::Ranking(_) => "Ranking",
            Formula::Calibration(_) => "Calibration",
            Formula::TopK(_) => "TopK",
            Formula::Pinball(_) => "Pinball",
            Formula::Coverage => "Coverage",
            Formula::Query(_) => "Query",
            Formula::EachLabel => "EachLabel",
            Formula::R2 => "R2",
        })
    }
}

/// Which matrix a figure is of: that of all classes, or of one against the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// All classes.
    All,
    /// The positive class of two.
    Positive,
    /// One class against the rest.
    Class(String),
}

impl Selection {
    /// What an average of this kind looks at.
    pub(crate) fn of(average: &Average) -> Self {
        match average {
            Average::Plain => Self::Positive,
            Average::Class(name) => Self::Class(name.clone()),
            Average::Macro | Average::Micro | Average::Weighted => Self::All,
        }
    }

    /// Where the selected class is, for a figure of one.
    pub(crate) fn class(&self, metric: &str, evidence: Evidence) -> Result<Option<usize>, Error> {
        let confusion = evidence.confusion().ok_or_else(|| Error::Needs {
            metric: metric.to_owned(),
            needs: "classes",
            given: evidence.kind(),
        })?;
        match self {
            Selection::All => Ok(None),
            Selection::Positive if confusion.classes() == 2 => Ok(Some(1)),
            Selection::Positive => Err(Error::undefined(
                metric,
                format!(
                    "there are {} classes: say which one, or which average, as in \
                     `{metric}_macro` or `{metric}[CLASS]`",
                    confusion.classes()
                ),
            )),
            Selection::Class(name) => match evidence.class_of(name) {
                Some(class) => Ok(Some(class)),
                None => Err(Error::undefined(
                    metric,
                    format!("there is no class `{name}`"),
                )),
            },
        }
    }
}

/// A rate of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) of: RateOf,
    pub(crate) selection: Selection,
}

/// Which rows are counted, of which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateOf {
    /// Rightly decided, of all.
    Right,
    /// Decided positive, of the positive.
    Recall,
    /// Decided negative, of the negative.
    Specificity,
    /// Positive, of those decided positive.
    Precision,
}

impl RateOf {
    /// Hits, and what they are counted among, in a matrix of two classes; for
    /// [`RateOf::Right`] of any number.
    pub(crate) fn masses(self, confusion: &Confusion) -> (Mass, Mass) {
        match self {
            RateOf::Right => (confusion.right(), confusion.total()),
            RateOf::Recall => (confusion.cell(1, 1), confusion.labelled(1)),
            RateOf::Specificity => (confusion.cell(0, 0), confusion.labelled(0)),
            RateOf::Precision => (confusion.cell(1, 1), confusion.decided(1)),
        }
    }

    /// Why there is no such rate when it is counted among no rows.
    pub(crate) fn missing(self) -> &'static str {
        match self {
            RateOf::Right => "there are no rows with weight",
            RateOf::Recall => "no row is labelled positive",
            RateOf::Specificity => "no row is labelled negative",
            RateOf::Precision => "no row was taken for positive",
        }
    }
}

/// A figure of one class against the rest, averaged over classes.
///
/// A class that no row has and that none was taken for counts in no average. A
/// figure that one class lacks counts zero there, as in scikit-learn: what is
/// never recognised is not left out.
pub(crate) fn averaged(
    average: Average,
    of_two: impl Fn(&Confusion) -> Figure + Send + Sync + 'static,
) -> OfCounts {
    Box::new(move |confusion| {
        let two = |class| confusion.one_against_rest(class);
        match average {
            // A single class has been selected by now.
            Average::Plain | Average::Class(_) => of_two(confusion),
            Average::Micro => {
                let mut sum = Confusion::new(2);
                for class in 0..confusion.classes() {
                    sum.merge(&two(class)).map_err(|error| error.to_string())?;
                }
                of_two(&sum)
            }
            Average::Macro | Average::Weighted => {
                let (mut sum, mut total) = (0.0, 0.0);
                for class in 0..confusion.classes() {
                    let support = confusion.labelled(class).weight;
                    if support + confusion.decided(class).weight > 0.0 {
                        let share = if average == Average::Macro {
                            1.0
                        } else {
                            support
                        };
                        sum += share * of_two(&two(class)).unwrap_or(0.0);
                        total += share;
                    }
                }
                if total > 0.0 {
                    Ok(sum / total)
                } else {
                    Err("there are no rows with weight".to_owned())
                }
            }
        }
    })
}

/// A formula of one label, and its averages over several.
pub(crate) fn each_label(variant: &Variant, of_one: Formula) -> Option<Formula> {
    match variant.average_only()? {
        Average::Plain => Some(of_one),
        Average::Micro => None,
        Average::Macro | Average::Weighted | Average::Class(_) => Some(Formula::EachLabel),
    }
}

/// A quotient that does not exist for a denominator of zero.
pub(crate) fn quotient(above: f64, below: f64, reason: &str) -> Figure {
    if below > 0.0 {
        Ok(above / below)
    } else {
        Err(reason.to_owned())
    }
}

/// A rate of the positive class, of one class, or averaged over classes.
pub(crate) fn rate(of: RateOf, average: Average) -> Formula {
    let selection = Selection::of(&average);
    if selection != Selection::All {
        return Formula::Rate(Rate { of, selection });
    }
    let of_two = move |two: &Confusion| {
        let (hits, of_rows) = of.masses(two);
        quotient(hits.weight, of_rows.weight, of.missing())
    };
    Formula::Counts(selection, averaged(average, of_two))
}
