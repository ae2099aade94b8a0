//! Predictions as the subject of a case.

use seatrial_data::DataError;
use seatrial_data::predictions::{Predictions, PredictionsDeclaration};
use seatrial_spec::{Declaration, SubjectKind, Which};
use seatrial_verdict::Verdict;

use crate::check::{Failure, Outcome};
use crate::context::Context;

/// The case's predictions.
///
/// # Errors
/// When they cannot be opened.
pub(super) fn candidate(context: &Context) -> Outcome<Predictions> {
    let declaration = context.declaration(SubjectKind::Predictions.word())?;
    open(declaration, &parsed(declaration)?)
}

/// What a comparison compares with.
pub(super) enum Before {
    /// The previous version, and what it is called in messages.
    Version(Box<Predictions>, String),
    /// There is none yet.
    None,
}

/// The previous version of the case's predictions.
///
/// # Errors
/// When it cannot be opened, or what was blessed is gone or has been changed.
pub(super) fn previous(context: &Context, which: Which<'_>) -> Outcome<Before> {
    let declaration = context.declaration(SubjectKind::Predictions.word())?;
    let at = |path: &std::path::Path| -> Outcome<Predictions> {
        let mut table = declaration.common.clone();
        let path = path.to_string_lossy().into_owned();
        table.insert("path".into(), path.into());
        let read = seatrial_spec::parse(table);
        let moved: PredictionsDeclaration = read.map_err(|misfit| Failure::Case(misfit.message))?;
        open(declaration, &moved)
    };
    match which {
        Which::Subject(name) => {
            let declaration = context.declaration("previous")?;
            let opened = open(declaration, &parsed(declaration)?)?;
            Ok(Before::Version(Box::new(opened), name.to_owned()))
        }
        Which::Path(path) => Ok(Before::Version(
            Box::new(at(path)?),
            path.display().to_string(),
        )),
        Which::Blessed => {
            let subject = format!("predictions.{}", declaration.name);
            let blessed = context.host.blessed(&subject).map_err(Failure::Host)?;
            let Some(blessed) = blessed else {
                return Ok(Before::None);
            };
            let found = seatrial_ledger::FileHashes::new().of(&blessed.path);
            let unchanged = found.is_ok_and(|hash| hash.to_string() == blessed.hash);
            if !unchanged {
                let message = format!(
                    "the predictions of the blessed release `{}` are gone from {}, or have been \
                     changed there",
                    blessed.release,
                    blessed.path.display()
                );
                return Err(Failure::Host(message));
            }
            let name = format!("the blessed release `{}`", blessed.release);
            Ok(Before::Version(Box::new(at(&blessed.path)?), name))
        }
    }
}

fn parsed(declaration: &Declaration) -> Outcome<PredictionsDeclaration> {
    seatrial_spec::parse(declaration.common.clone()).map_err(|misfit| Failure::Case(misfit.message))
}

fn open(declaration: &Declaration, parsed: &PredictionsDeclaration) -> Outcome<Predictions> {
    Ok(Predictions::open(&declaration.name, parsed)?)
}

/// What is wrong with the rows of a subject is a verdict on it, not a failure
/// to measure.
pub(super) fn judged(outcome: Outcome) -> Outcome {
    match outcome {
        Err(Failure::Data(error @ DataError::Table { .. })) => Ok(Verdict::fail(error.to_string())),
        other => other,
    }
}
