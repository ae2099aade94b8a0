//! `beats-baseline`: the model is better than what needs no model.

mod answers;
mod classes;
mod controls;
mod one_rule;
mod planted;
mod values;

use schemars::JsonSchema;
use seatrial_data::Target;
use seatrial_spec::{Count, Fraction, Positive, SubjectKind};
use serde::Deserialize;

use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// After training, the model is better than what needs no model, for every
/// class, and for the right reason.
///
/// Trains on the training part and measures on the validation part. A
/// classifier is measured by balanced accuracy, the mean of its classes'
/// recalls: always naming the most frequent class, guessing by frequency, or
/// anything else that ignores its input has exactly one over the number of
/// classes, however rare a class is. A regression is measured by its mean
/// squared error, beside that of the training rows' mean.
///
/// Two controls are trained in the same way: one with every feature set to
/// zero, one with the labels shuffled against the rows. The model must beat
/// both, and they must not be good: what is right without having seen a
/// feature, or a true label, has the answer from elsewhere.
///
/// A label that leaked into a column is looked for as well: no single feature
/// may predict the label almost perfectly by itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BeatsBaseline {
    /// Training steps of the model and of each control. 200 are enough for
    /// small tables; give a larger model as many as it needs to be useful.
    steps: Count,
    /// By how much the model must beat the best baseline: in balanced
    /// accuracy, or in the part of the baseline's mean squared error that must
    /// be gone. The default of 0.05 is more than luck in training gives, and
    /// less than any model worth its keep.
    margin: Fraction,
    /// The part of each class's validation rows that the model must recognise.
    /// The default of 0.25 says that what is missed more than three times out
    /// of four has not been learnt. A spam filter that always says "not spam"
    /// is right in 99% of mails and recognises none of the spam: it never
    /// passes, and with some 55 spam mails to validate on it is sure to fail.
    /// For a class that is always recognised, twelve rows show it; for one
    /// recognised in 80% of rows, 25. Raise it where missing a class is
    /// costly, and lower it where even the best model misses most of one.
    recall_min: Fraction,
    /// How well the best single feature may do alone: the balanced accuracy of
    /// a one-feature rule, or the part of the variance that it explains. The
    /// best single columns of honest tables reach 0.92 (the perimeter of a
    /// tumour) to 0.96 (the petals of an iris); a copy of the label has 1.
    /// Where one column rightly decides, say 1.
    single_feature_max: Fraction,
    /// The chance that a sound model fails because of the validation rows that
    /// it happened to be given.
    false_alarm: Positive,
}

impl Default for BeatsBaseline {
    fn default() -> Self {
        Self {
            steps: constant(200.0),
            margin: constant(0.05),
            recall_min: constant(0.25),
            single_feature_max: constant(0.98),
            false_alarm: constant(1e-6),
        }
    }
}

impl Check for BeatsBaseline {
    const ABOUT: About = About {
        name: "beats-baseline",
        chapter: Chapter::Training,
        figure: include_str!("figures/beats-baseline.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Recalls with the interval of Hoeffding (1963), which holds for any number of \
                 rows; their mean, the balanced accuracy (Brodersen et al., 2010), with the \
                 interval of Zou and Donner (2008). For a regression, the ratio of paired \
                 squared errors with the interval of Cochran (1977, section 6.4). The shuffled \
                 control gets its labels in even shares within each true class, so that no \
                 shuffle is lucky, and is measured by the probability it gives the true class, \
                 balanced over classes, because its decisions are ties. A control may \
                 come half as far from chance as the model does, or a quarter of the way to \
                 perfection if that is more. The one-feature rule \
                 is 1R (Holte, 1993), fitted on the training and measured on the validation \
                 part.",
        error_rates: "A classifier whose recalls and lead are sufficient fails with a chance of \
                      at most `false_alarm`, shared out over the classes; for a regression this \
                      holds as far as Student's t does. The intervals are over validation rows, \
                      for models of these seeds; `runs` averages seeds and their results are \
                      shown. Too few rows of a class give `inconclusive` and how many more it \
                      takes. The controls and the one-feature rule are exact statements about \
                      these rows and seeds, without an error rate. A leak that takes two columns \
                      together, or is weaker than `single_feature_max`, is missed.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let dataset = context.dataset()?;
        match &dataset.target {
            Target::Classes { names, labels } => {
                classes::judge(self, context, &dataset, names, labels)
            }
            Target::Values(values) => values::judge(self, context, &dataset, values),
        }
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}
