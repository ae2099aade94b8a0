//! What a case judges: predictions that stand in a table, or that a package or a
//! pipeline makes here.

use std::path::Path;
use std::sync::Arc;

use seatrial_data::DataError;
use seatrial_data::predictions::{Predictions, PredictionsDeclaration};
use seatrial_pipeline::PipelineError;
use seatrial_spec::{Case, Declaration, Misfit, Predecessor, SubjectKind, SubjectName, Which};
use seatrial_verdict::Verdict;

use super::made::{self, MANIFEST};
use crate::check::{Failure, Outcome};
use crate::context::Context;
use crate::pipeline::workshop::is_stopped;

/// The name of a table of predictions.
pub(super) type PredictionsName = SubjectName<{ SubjectKind::Predictions as usize }>;
/// The name of a package.
pub(super) type PackageName = SubjectName<{ SubjectKind::Package as usize }>;
/// The name of a pipeline.
pub(super) type PipelineName = SubjectName<{ SubjectKind::Pipeline as usize }>;
/// The name of a dataset.
pub(super) type DatasetName = SubjectName<{ SubjectKind::Dataset as usize }>;

/// What makes or holds predictions.
const VERSIONS: [SubjectKind; 3] = [
    SubjectKind::Predictions,
    SubjectKind::Package,
    SubjectKind::Pipeline,
];

/// The version before: any of them.
pub(super) type PreviousName = Predecessor<{ SubjectKind::set(&VERSIONS) }>;

const DATASET: &str = SubjectKind::Dataset.word();

/// What a case names, as far as it must be one of several keys.
pub(super) struct Named {
    pub predictions: bool,
    pub package: bool,
    pub pipeline: bool,
    pub dataset: bool,
}

impl Named {
    /// What does not go together.
    pub fn misfits(&self) -> Vec<Misfit> {
        let named: Vec<&str> = VERSIONS
            .into_iter()
            .zip([self.predictions, self.package, self.pipeline])
            .filter_map(|(kind, named)| named.then_some(kind.word()))
            .collect();
        let misfit = match named.as_slice() {
            [] => Misfit::at(
                "",
                "name what is judged: `predictions`, or a `package` or a `pipeline`, whose \
                 predictions are made here",
            ),
            ["package"] if !self.dataset => Misfit::at(
                "package",
                "name the `dataset` that the package is asked about",
            ),
            [_] => return Vec::new(),
            [first, other, ..] => Misfit::at(
                *other,
                format!(
                    "`{first}` and `{other}` are both named, here or by default: one is judged"
                ),
            ),
        };
        vec![misfit]
    }
}

/// Predictions of one version, found or made, and not opened yet.
pub(super) struct Version {
    /// What messages call it.
    pub name: String,
    /// Which columns of which table mean what.
    pub declaration: PredictionsDeclaration,
    /// Whether they were made here, beside all columns of the rows asked about.
    pub made: bool,
}

impl Version {
    /// Opens the table.
    ///
    /// # Errors
    /// When it cannot be, or its columns are others.
    pub fn open(&self) -> Outcome<Predictions> {
        Ok(Predictions::open(&self.name, &self.declaration)?)
    }

    fn of_table(declaration: &Declaration) -> Outcome<Self> {
        let parsed = seatrial_spec::parse(declaration.common.clone());
        Ok(Self {
            name: declaration.name.clone(),
            declaration: parsed.map_err(|misfit| Failure::Case(misfit.message))?,
            made: false,
        })
    }

    /// Of a declared subject, whatever its kind.
    fn of(context: &Context, declaration: &Declaration) -> Outcome<Self> {
        let dataset = context.case.subjects.contains_key(DATASET);
        match declaration.kind {
            SubjectKind::Package => made::by_package(context, declaration, DATASET),
            SubjectKind::Pipeline => {
                made::by_pipeline(context, declaration, dataset.then_some(DATASET))
            }
            _ => Self::of_table(declaration),
        }
    }
}

/// What the case judges.
///
/// # Errors
/// When it cannot be read or made.
pub(super) fn candidate(context: &Context) -> Outcome<Predictions> {
    Version::of(context, judged_subject(context.case)?)?.open()
}

/// The table of predictions that the case names, if it names one.
///
/// # Errors
/// When it cannot be read.
pub(super) fn named_predictions(context: &Context) -> Outcome<Option<Predictions>> {
    let named = context.case.subjects.get(SubjectKind::Predictions.word());
    named
        .map(|declaration| Version::of_table(declaration)?.open())
        .transpose()
}

/// What a package or pipeline of the case says of the dataset that a key names;
/// `None` if the case names neither.
///
/// # Errors
/// When it cannot be made.
pub(super) fn said_of(context: &Context, key: &str) -> Outcome<Option<Version>> {
    let named = |kind: SubjectKind| context.case.subjects.get(kind.word());
    if let Some(package) = named(SubjectKind::Package) {
        return made::by_package(context, package, key).map(Some);
    }
    let pipeline = named(SubjectKind::Pipeline);
    pipeline
        .map(|pipeline| made::by_pipeline(context, pipeline, Some(key)))
        .transpose()
}

fn judged_subject(case: &Case) -> Outcome<&Declaration> {
    let mut named = VERSIONS
        .into_iter()
        .filter_map(|kind| case.subjects.get(kind.word()).map(Arc::as_ref));
    let none = || Failure::Case("the case names nothing that predicts".into());
    named.next().ok_or_else(none)
}

/// What releases call a subject.
fn released_as(subject: &Declaration) -> String {
    format!("{}.{}", subject.kind.word(), subject.name)
}

/// Why a comparison is skipped while nothing was blessed.
pub(super) const FIRST_RELEASE: &str = "first release: there is no blessed version yet";

/// The subject without a blessed version of which a case is skipped, as releases
/// call it, and the reason: for whoever lists cases, and can tell already.
pub fn skipped_without(case: &Case) -> Option<(String, &'static str)> {
    let previous = case.parameters.get("previous").cloned()?;
    let previous: PreviousName = previous.try_into().ok()?;
    if !case.first_release || previous.which() != Which::Blessed {
        return None;
    }
    let subject = judged_subject(case).ok()?;
    Some((released_as(subject), FIRST_RELEASE))
}

/// What a comparison compares.
pub(super) enum Compared {
    /// The candidate, the previous version, and what that is called in messages.
    Versions(Box<(Predictions, Predictions)>, String),
    /// There is no previous version yet.
    First,
}

/// The case's candidate and its previous version.
///
/// # Errors
/// When one cannot be read or made, or what was blessed is gone or has been
/// changed.
pub(super) fn compared(context: &Context, which: Which<'_>) -> Outcome<Compared> {
    let subject = judged_subject(context.case)?;
    let (before, called) = match which {
        Which::Subject(name) => {
            let declared = context.declaration("previous")?;
            needs_dataset(context, declared.kind)?;
            (Version::of(context, declared)?, name.to_owned())
        }
        Which::Path(path) => {
            let called = path.display().to_string();
            (at(context, subject, path)?, called)
        }
        Which::Blessed => {
            let Some(blessed) = context
                .host
                .blessed(&released_as(subject))
                .map_err(Failure::Host)?
            else {
                return Ok(Compared::First);
            };
            let found = seatrial_ledger::FileHashes::new().of(&blessed.path);
            if !found.is_ok_and(|hash| hash.to_string() == blessed.hash) {
                let message = format!(
                    "the {} of the blessed release `{}` are gone from {}, or have been changed \
                     there",
                    subject.kind.word(),
                    blessed.release,
                    blessed.path.display()
                );
                return Err(Failure::Host(message));
            }
            let called = format!("the blessed release `{}`", blessed.release);
            (at(context, subject, &blessed.path)?, called)
        }
    };
    needs_dataset(context, subject.kind)?;
    let (mut candidate, mut before) = (Version::of(context, subject)?, before);
    // Rows of a dataset are numbered; a table names its rows in its own way.
    match (candidate.made, before.made) {
        (true, false) => candidate
            .declaration
            .key
            .clone_from(&before.declaration.key),
        (false, true) => before
            .declaration
            .key
            .clone_from(&candidate.declaration.key),
        _ => {}
    }
    let versions = Box::new((candidate.open()?, before.open()?));
    Ok(Compared::Versions(versions, called))
}

/// A previous version of the candidate's kind, at a path.
fn at(context: &Context, subject: &Declaration, path: &Path) -> Outcome<Version> {
    if path.join(MANIFEST).is_file() {
        needs_dataset(context, SubjectKind::Package)?;
        // Not the candidate's name: both are written down side by side.
        let name = format!("the version before {}", subject.name);
        return made::by_folder(context, path, &name, DATASET);
    }
    if subject.kind != SubjectKind::Predictions {
        return Err(Failure::Case(format!(
            "{} is no package. To compare with a table, declare which of its columns mean what: \
             `[predictions.NAME]`, and `previous = \"NAME\"`",
            path.display()
        )));
    }
    let mut version = Version::of_table(subject)?;
    version.declaration.path = path.to_owned().into();
    Ok(version)
}

fn needs_dataset(context: &Context, kind: SubjectKind) -> Outcome<()> {
    if kind == SubjectKind::Predictions || context.case.subjects.contains_key(DATASET) {
        return Ok(());
    }
    Err(Failure::Case(
        "name the `dataset` that both versions are asked about".into(),
    ))
}

/// What is wrong with the rows of a subject, or with a stage that makes them, is
/// a verdict on it, not a failure to measure.
pub(super) fn judged(context: &Context, outcome: Outcome) -> Outcome {
    let verdict = match outcome {
        Err(Failure::Data(error @ DataError::Table { .. })) => Verdict::fail(error.to_string()),
        Err(Failure::Pipeline(error)) if is_stopped(&error) => {
            return Err(seatrial_model::ModelError::Stopped.into());
        }
        Err(Failure::Pipeline(error @ PipelineError::Stage { .. })) => {
            Verdict::fail(error.to_string())
        }
        other => other?,
    };
    Ok(context.without_scratch(verdict))
}
