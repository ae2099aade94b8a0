//! Training again, step by step, here or in a fresh process, and finding the
//! first step and tensor at which two trainings part.

mod process;
mod trace;

use std::collections::BTreeMap;
use std::path::PathBuf;

use seatrial_data::Part;
use seatrial_model::{Overrides, Task, Trainer};
use seatrial_rng::Streams;
use seatrial_spec::{Declaration, SubjectKind};
use serde::{Deserialize, Serialize};

pub use process::{serve_if_child, spawn};
pub use trace::{Divergence, Moment, Trace, first_divergence, spread};

use crate::check::{Failure, Outcome};
use crate::context::Context;
use crate::session::Session;

/// Steps that are taken after the first one that differs: enough to see where
/// the difference spreads.
const SHOWN_APART: usize = 3;

/// What to train, and how far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// The dataset's name and declaration.
    pub dataset: (String, toml::Table),
    /// The model's name, common keys, family and the family's keys.
    pub model: (String, toml::Table, String, toml::Table),
    /// Root seed.
    pub seed: u64,
    /// The run whose streams are used.
    pub run: usize,
    /// Steps to take.
    pub steps: usize,
    /// The training to compare with: soon after the first moment that differs
    /// from it training ends, and only the numbers from there on are kept.
    /// Empty to train to the end and keep as many numbers as a trace may.
    pub expected: Vec<Moment>,
}

impl Request {
    /// The training of a case's first run.
    ///
    /// # Errors
    /// When the case names no dataset or no model.
    pub fn of(context: &Context, steps: usize) -> Outcome<Self> {
        let dataset = context.declaration(SubjectKind::Dataset.word())?;
        let model = context.declaration(SubjectKind::Model.word())?;
        let Some((family, own)) = model.variant.clone() else {
            let name = &model.name;
            return Err(Failure::Case(format!("model `{name}` names no family")));
        };
        Ok(Self {
            dataset: (dataset.name.clone(), dataset.common.clone()),
            model: (model.name.clone(), model.common.clone(), family, own),
            seed: context.case.seed,
            run: 0,
            steps,
            expected: Vec::new(),
        })
    }
}

/// Trains, and notes every parameter's fingerprint before the first step and
/// after each.
///
/// # Errors
/// When training fails, or `stopped` says to end it.
pub fn train(session: &Session, request: &Request, stopped: &dyn Fn() -> bool) -> Outcome<Trace> {
    let (name, common) = request.dataset.clone();
    let dataset = session.dataset(&Declaration {
        kind: SubjectKind::Dataset,
        name,
        common,
        variant: None,
        files: Vec::new(),
        folder: PathBuf::new(),
        subjects: BTreeMap::new(),
    })?;
    let (name, common, family, own) = request.model.clone();
    let recipe = session.recipe(&Declaration {
        kind: SubjectKind::Model,
        name,
        common,
        variant: Some((family, own)),
        files: Vec::new(),
        folder: PathBuf::new(),
        subjects: BTreeMap::new(),
    })?;
    let streams = Streams::new(request.seed).child(&format!("run/{}", request.run));
    let overrides = Overrides::default();
    let mut trainer = Trainer::new(
        recipe.build(&Task::of(&dataset), &streams, &overrides)?,
        &dataset,
        dataset.part(Part::Train),
        recipe.batch(),
        &streams,
        overrides.precision,
    );
    let mut trace = Trace::following(&request.expected);
    trace.note(None, trainer.learner.parameters()?)?;
    for _ in 0..request.steps {
        if trace.steps_apart() > SHOWN_APART {
            break;
        }
        if stopped() {
            return Err(seatrial_model::ModelError::Stopped.into());
        }
        let loss = match trainer.step() {
            Ok(report) => report.loss,
            // What follows a difference is shown, and decides nothing.
            Err(_) if trace.steps_apart() > 0 => break,
            Err(error) => return Err(error.into()),
        };
        trace.note(Some(loss), trainer.learner.parameters()?)?;
    }
    Ok(trace)
}
