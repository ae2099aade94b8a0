//! `metamorphic`: relations that hold whatever the right answers are.

mod duplicated;
mod planted;
mod renamed;

use schemars::JsonSchema;
use seatrial_spec::{Count, Fraction, Positive, SubjectKind};
use serde::Deserialize;

use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Outcome, Planted};

/// Training on data that was changed without changing what it says gives the
/// same model, up to luck.
///
/// Nobody needs to know the right answers for this: the two trainings are held
/// against each other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Metamorphic {
    /// What is changed: the order of the features, the order of the classes,
    /// or how often each row of a batch is there. The order of the features
    /// means something to a model that reads rows as sequences or images: do
    /// not ask this of one.
    relation: Relation,
    /// Training steps of each model.
    steps: Count,
    /// How far results may be apart: for `feature-permutation` the balanced
    /// accuracy on the validation part, or for a regression the part of the
    /// variance that is explained; for `label-permutation` the recall of each
    /// class. The default of 0.2 is what a class or a feature that is lost
    /// exceeds by far, and what a few hundred validation rows can tell.
    margin: Fraction,
    /// How far the gradients of the batch and of the doubled batch may be
    /// apart, relative to their size, for `duplicated-rows`. The default of
    /// 1e-4 is some hundred times the rounding of single precision; a loss
    /// that is summed is apart by 1.
    tolerance: Positive,
    /// The chance that a sound model fails because of the validation rows and
    /// seeds that it happened to be given.
    false_alarm: Positive,
}

/// What is changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The columns stand in another order, the same one for all rows.
    FeaturePermutation,
    /// Every class goes by another's index.
    LabelPermutation,
    /// Every row of a batch is there twice.
    #[default]
    DuplicatedRows,
}

impl Default for Metamorphic {
    fn default() -> Self {
        Self {
            relation: Relation::DuplicatedRows,
            steps: constant(100.0),
            margin: constant(0.2),
            tolerance: constant(1e-4),
            false_alarm: constant(1e-6),
        }
    }
}

impl Check for Metamorphic {
    const ABOUT: About = About {
        name: "metamorphic",
        chapter: Chapter::Training,
        figure: include_str!("figures/metamorphic.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Metamorphic relations of learners (Murphy et al., 2008, permutation; Xie et \
                 al., 2011, MR-1.1 and MR-2.1). A permutation holds in law only, as initial \
                 weights now meet other columns: over `runs` (default 3), each with an order of \
                 its own, the paired difference on the validation rows has an interval by \
                 Student's t, with degrees of freedom by Welch and Satterthwaite, and all of it \
                 must lie within `margin` (two one-sided tests; Schuirmann, 1987). Classes are \
                 rotated, so that each gets another index in every run. Duplicated rows are \
                 exact up to rounding: the gradient of a mean does not change, that of a sum \
                 doubles.",
        error_rates: "A permutation-blind learner fails with a chance of at most `false_alarm`, \
                      shared out over the classes, as far as Student's t holds; too few \
                      validation rows or runs give `inconclusive`, never a pass. A dependence \
                      whose effect is below `margin` is missed. Duplicated rows have no error \
                      rate.",
    };

    fn run(&self, context: &Context) -> Outcome {
        match self.relation {
            Relation::FeaturePermutation => renamed::features(self, context),
            Relation::LabelPermutation => renamed::labels(self, context),
            Relation::DuplicatedRows => duplicated::rows(self, context),
        }
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}
