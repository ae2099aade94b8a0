//! What the checks of this chapter share: the case's pipeline, places to run it
//! in, and how a stage that fails becomes a verdict.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use seatrial_ledger::provenance::Machine;
use seatrial_model::ModelError;
use seatrial_pipeline::stages::ModelDeclaration;
use seatrial_pipeline::{
    Done, ModelSource, Options, Pipeline, PipelineDeclaration, PipelineError, Stage, StageReport,
    Store,
};
use seatrial_process::Program;
use seatrial_spec::{Declaration, SubjectKind};
use seatrial_verdict::{Figure, Verdict};

use super::figures;
use crate::check::{Failure, Outcome};
use crate::context::Context;
use crate::session::Session;

/// The pipeline of a case, and where it runs.
pub(crate) struct Workshop<'a> {
    pub pipeline: Pipeline,
    context: &'a Context<'a>,
}

/// How a run ended.
pub(crate) enum Ran {
    /// It made what was wanted.
    Well(Done),
    /// A stage failed, for this reason.
    Badly(String),
}

impl<'a> Workshop<'a> {
    /// Reads the case's pipeline, and sees whether it can run here.
    pub fn of(context: &'a Context<'a>) -> Outcome<Self> {
        Self::of_declared(context, context.declaration(SubjectKind::Pipeline.word())?)
    }

    /// As [`of`](Self::of), of another pipeline that the case names.
    pub fn of_declared(context: &'a Context<'a>, declaration: &Declaration) -> Outcome<Self> {
        let pipeline = pipeline(context.session(), declaration)?;
        for requirement in &pipeline.declaration.requires {
            let mut words = requirement.command.iter();
            let program = Program::new(words.next().map_or("", String::as_str))
                .args(words)
                .current_dir(&pipeline.folder)
                .timeout(std::time::Duration::from_secs(120));
            if let Err(error) = program.run_unless(&|| context.host.stopped()) {
                context.keep_going()?;
                let reason = &requirement.reason;
                return Err(Failure::Unavailable(format!("{reason}: {error}")));
            }
        }
        Ok(Self { pipeline, context })
    }

    /// Artifacts that later runs take up again.
    pub fn store(&self) -> Outcome<Store> {
        let store = Store::open(&self.context.host.state().join("artifacts"))?;
        // Matrix products differ between processors in the last place.
        let machine = Machine::this(1);
        Ok(store.on_machine(format!("{} {:?}", machine.system, machine.cpu_features)))
    }

    /// A model of the case in place of the pipeline's.
    pub fn other_model(&self) -> Outcome<Option<ModelSource>> {
        let named = self.context.case.subjects.get(SubjectKind::Model.word());
        named
            .map(|declaration| model(self.context.session(), declaration))
            .transpose()
    }

    /// Runs it; an end that was asked for is no verdict.
    pub fn run(&self, store: &Store, options: &Options) -> Outcome<Ran> {
        judge(self.pipeline.run(store, options))
    }

    /// As [`run`](Self::run), with the stages to look at, as far as it came.
    pub fn run_seen(&self, store: &Store, options: Options) -> Outcome<(Ran, Figure)> {
        let reports = RefCell::new(Vec::new());
        let note = |report: &StageReport| reports.borrow_mut().push(report.clone());
        let options = Options {
            told: Some(&note),
            ..options
        };
        let ran = self.run(store, &options)?;
        let figure = figures::stages(&self.pipeline, &reports.borrow());
        Ok((ran, figure))
    }

    /// The tables that are parted: by a `split` stage or a command.
    pub fn model_table(&self) -> Option<&str> {
        let mut stages = self.pipeline.declaration.stage.values();
        stages.find_map(|stage| match stage {
            Stage::Train(train) => Some(train.input.as_str()),
            _ => None,
        })
    }
}

impl Ran {
    /// What was made, or a verdict against.
    pub fn well(self) -> Result<Done, Verdict> {
        match self {
            Ran::Well(done) => Ok(done),
            Ran::Badly(reason) => Err(Verdict::fail(reason)),
        }
    }
}

/// Whether a run failed because of the pipeline: what the harness itself lacks
/// is an error, and no failure.
pub(crate) fn judge(run: Result<Done, PipelineError>) -> Outcome<Ran> {
    match run {
        Ok(done) => Ok(Ran::Well(done)),
        Err(error) if is_stopped(&error) => Err(ModelError::Stopped.into()),
        Err(error @ PipelineError::Stage { .. }) => Ok(Ran::Badly(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Whether it was told to end.
pub(crate) fn is_stopped(error: &PipelineError) -> bool {
    match error {
        PipelineError::Stopped => true,
        PipelineError::Process(seatrial_process::ProcessError::Stopped { .. }) => true,
        PipelineError::Model(ModelError::Stopped) => true,
        PipelineError::Stage { source, .. } => is_stopped(source),
        _ => false,
    }
}

/// A store of its own, that goes with the folder.
pub(crate) fn scratch_store(folder: &Path, name: &str) -> Outcome<Store> {
    Ok(Store::open(&folder.join(name))?)
}

/// A folder for files that the case alone needs.
pub(crate) fn scratch() -> Outcome<tempfile::TempDir> {
    tempfile::tempdir().map_err(|error| Failure::Host(format!("a temporary folder: {error}")))
}

/// A declared pipeline, with its models.
fn pipeline(session: &Session, declaration: &Declaration) -> Outcome<Pipeline> {
    let refuse = |misfit: seatrial_spec::Misfit| {
        let name = &declaration.name;
        Failure::Case(format!(
            "pipeline `{name}`: {}: {}",
            misfit.path, misfit.message
        ))
    };
    let parsed: PipelineDeclaration =
        seatrial_spec::parse(declaration.common.clone()).map_err(refuse)?;
    let mut models = std::collections::BTreeMap::new();
    for (name, stage) in &parsed.stage {
        if !matches!(stage, Stage::Train(_)) {
            continue;
        }
        let key = format!("stage.{name}.model");
        let found = declaration.subjects.get(&key);
        let missing = || Failure::Case(format!("stage `{name}` names no model"));
        models.insert(name.clone(), model(session, found.ok_or_else(missing)?)?);
    }
    Ok(Pipeline {
        name: declaration.name.clone(),
        folder: declaration.folder.clone(),
        declaration: parsed,
        models,
        rust: Arc::new(session.registry().stages().clone()),
    })
}

fn model(session: &Session, declaration: &Declaration) -> Outcome<ModelSource> {
    let recipe = session.recipe(declaration)?;
    let (family, own) = declaration.variant.clone().unwrap_or_default();
    let built_in = session.registry().is_built_in(&family);
    Ok(ModelSource {
        declaration: ModelDeclaration {
            name: declaration.name.clone(),
            family,
            common: declaration.common.clone(),
            own,
        },
        recipe,
        built_in,
    })
}

/// Builds the model of a package again.
pub(crate) fn rebuild(
    session: &Session,
    wanted: &ModelDeclaration,
) -> seatrial_pipeline::Result<Arc<dyn seatrial_model::Recipe>> {
    let declaration = Declaration {
        kind: SubjectKind::Model,
        name: wanted.name.clone(),
        common: wanted.common.clone(),
        variant: Some((wanted.family.clone(), wanted.own.clone())),
        folder: std::path::PathBuf::new(),
        files: Vec::new(),
        subjects: std::collections::BTreeMap::new(),
    };
    session
        .recipe(&declaration)
        .map_err(|failure| PipelineError::Stages(failure.to_string()))
}
