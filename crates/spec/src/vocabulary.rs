//! What may be written in a spec: told to the language by whoever knows checks.

use std::collections::BTreeMap;

use crate::Shape;

/// The kinds of thing that can be put under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// Rows with features and labels.
    Dataset,
    /// A trainable model.
    Model,
    /// Stages from raw data to a packaged model.
    Pipeline,
    /// A table of predictions that any system wrote.
    Predictions,
    /// A model as it is shipped.
    Package,
    /// What a package is deployed to.
    Server,
}

impl SubjectKind {
    /// Every kind.
    pub const ALL: [SubjectKind; 6] = [
        SubjectKind::Dataset,
        SubjectKind::Model,
        SubjectKind::Pipeline,
        SubjectKind::Predictions,
        SubjectKind::Package,
        SubjectKind::Server,
    ];

    /// Several kinds as one number, with a bit for each.
    pub const fn set(kinds: &[SubjectKind]) -> usize {
        let (mut set, mut at) = (0, 0);
        while at < kinds.len() {
            set |= 1 << kinds[at] as usize;
            at += 1;
        }
        set
    }

    /// The kinds of a [`set`](Self::set).
    pub fn of_set(set: usize) -> impl Iterator<Item = SubjectKind> {
        let all = SubjectKind::ALL.into_iter();
        all.filter(move |kind| set & (1 << *kind as usize) != 0)
    }

    /// The word that names it in a spec: both the table and the case's key.
    pub const fn word(self) -> &'static str {
        match self {
            SubjectKind::Dataset => "dataset",
            SubjectKind::Model => "model",
            SubjectKind::Pipeline => "pipeline",
            SubjectKind::Predictions => "predictions",
            SubjectKind::Package => "package",
            SubjectKind::Server => "server",
        }
    }
}

/// What a case of one check may say.
#[derive(Clone, Debug)]
pub struct CheckWords {
    /// Its own parameters.
    pub shape: Shape,
    /// The subjects that a case must name.
    pub needs: Vec<SubjectKind>,
}

/// What a declaration of one kind of subject may say.
#[derive(Clone, Debug)]
pub struct SubjectWords {
    /// Keys that every declaration of the kind may have.
    pub common: Shape,
    /// The key that chooses a variant, such as `family`, with the further keys
    /// of each variant. A declaration must then choose one.
    pub variants: Option<(&'static str, BTreeMap<String, Shape>)>,
}

/// Everything that may be written.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Checks by name.
    pub checks: BTreeMap<String, CheckWords>,
    /// Subjects by kind.
    pub subjects: BTreeMap<SubjectKind, SubjectWords>,
}
