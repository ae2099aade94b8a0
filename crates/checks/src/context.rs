//! What a check is given.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use candle_core::Tensor;
use seatrial_data::{Dataset, Part};
use seatrial_model::{Batch, Learner, ModelError, Overrides, Recipe, StepReport, Task, Trainer};
use seatrial_rng::Streams;
use seatrial_spec::{Case, Declaration, SubjectKind};
use seatrial_verdict::{Spanning, Verdict};
use tempfile::TempDir;

use crate::check::{Failure, Outcome};
use crate::host::Host;
use crate::session::Session;

/// A model under test: how to build it, and for which task.
#[derive(Clone)]
pub struct Subject {
    /// Its name in the spec.
    pub name: String,
    /// Builds learners.
    pub recipe: Arc<dyn Recipe>,
    /// What the dataset asks of it.
    pub task: Task,
}

/// One case at work: its parameters, its subjects, and the door to the outside.
pub struct Context<'a> {
    /// The case.
    pub case: &'a Case,
    /// The world outside.
    pub host: &'a dyn Host,
    session: &'a Session,
    spec_file: PathBuf,
    scratch: OnceLock<Result<TempDir, String>>,
    scratches: AtomicU64,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        session: &'a Session,
        case: &'a Case,
        spec_file: PathBuf,
        host: &'a dyn Host,
    ) -> Self {
        Self {
            case,
            host,
            session,
            spec_file,
            scratch: OnceLock::new(),
            scratches: AtomicU64::new(0),
        }
    }

    /// A new folder for files that the case alone needs. It goes with the case.
    ///
    /// # Errors
    /// When none can be made.
    pub(crate) fn scratch(&self) -> Outcome<PathBuf> {
        let failed = |error: String| Failure::Host(format!("a temporary folder: {error}"));
        let made = || tempfile::tempdir().map_err(|error| error.to_string());
        let all = self.scratch.get_or_init(made);
        let all = all.as_ref().map_err(|error| failed(error.clone()))?;
        let number = self.scratches.fetch_add(1, Ordering::Relaxed);
        let folder = all.path().join(number.to_string());
        std::fs::create_dir(&folder).map_err(|error| failed(error.to_string()))?;
        Ok(folder)
    }

    /// A verdict that calls files of [`scratch`](Self::scratch) by their own names
    /// alone: where they lay says nothing, and differs from run to run.
    pub(crate) fn without_scratch(&self, mut verdict: Verdict) -> Verdict {
        let Some(Ok(all)) = self.scratch.get() else {
            return verdict;
        };
        let all = format!("{}/", all.path().display());
        while let Some(start) = verdict.message.find(&all) {
            let end = start + all.len();
            let number = verdict.message[end..]
                .find('/')
                .map_or(0, |slash| slash + 1);
            verdict.message.replace_range(start..end + number, "");
        }
        verdict
    }

    /// What the cases of this run share.
    pub(crate) fn session(&self) -> &'a Session {
        self.session
    }

    /// The spec file that the case stands in: recorded values live beside it.
    pub fn spec_file(&self) -> &Path {
        &self.spec_file
    }

    /// The spec tree.
    pub fn root(&self) -> &Path {
        let depth = Path::new(&self.case.file).components().count();
        let root = self.spec_file.ancestors().nth(depth);
        root.unwrap_or(&self.spec_file)
    }

    /// The case's dataset.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn dataset(&self) -> Outcome<Arc<Dataset>> {
        self.session
            .dataset(self.declaration(SubjectKind::Dataset.word())?)
    }

    /// The dataset that another key of the case names.
    ///
    /// # Errors
    /// When the case names none, or it cannot be read.
    pub fn dataset_of(&self, key: &str) -> Outcome<Arc<Dataset>> {
        self.session.dataset(self.declaration(key)?)
    }

    /// The case's model, for the task that its dataset sets.
    ///
    /// # Errors
    /// When the declaration does not hold together.
    pub fn subject(&self) -> Outcome<Subject> {
        let declaration = self.declaration(SubjectKind::Model.word())?;
        Ok(Subject {
            name: declaration.name.clone(),
            recipe: self.session.recipe(declaration)?,
            task: Task::of(&*self.dataset()?),
        })
    }

    /// The declaration that a key of the case names.
    ///
    /// # Errors
    /// When the case names none.
    pub fn declaration(&self, key: &str) -> Outcome<&'a Declaration> {
        let found = self.case.subjects.get(key).map(Arc::as_ref);
        found.ok_or_else(|| Failure::Case(format!("the case names no `{key}`")))
    }

    /// The streams of one of the case's runs.
    pub fn streams(&self, run: usize) -> Streams {
        Streams::new(self.case.seed).child(&format!("run/{run}"))
    }

    /// How many runs the case asks for, else the check's default.
    pub fn runs(&self, default: usize) -> usize {
        self.case.runs.unwrap_or(default).max(1)
    }

    /// What an interval that spans its bound means in this case.
    pub fn spanning(&self) -> Spanning {
        if self.case.inconclusive_passes {
            Spanning::Pass
        } else {
            Spanning::Inconclusive
        }
    }

    /// A new learner for one of the case's runs.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn learner(&self, run: usize, overrides: &Overrides) -> Outcome<Box<dyn Learner>> {
        let subject = self.subject()?;
        Ok(subject
            .recipe
            .build(&subject.task, &self.streams(run), overrides)?)
    }

    /// A new learner in training on these rows.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn trainer<'d>(
        &self,
        run: usize,
        overrides: &Overrides,
        dataset: &'d Dataset,
        rows: &[usize],
    ) -> Outcome<Trainer<'d>> {
        self.trainer_from(&self.streams(run), overrides, dataset, rows)
    }

    /// A new learner in training, from streams of the check's own.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn trainer_from<'d>(
        &self,
        streams: &Streams,
        overrides: &Overrides,
        dataset: &'d Dataset,
        rows: &[usize],
    ) -> Outcome<Trainer<'d>> {
        let subject = self.subject()?;
        Ok(Trainer::new(
            subject.recipe.build(&subject.task, streams, overrides)?,
            dataset,
            rows,
            subject.recipe.batch(),
            streams,
            overrides.precision,
        ))
    }

    /// Takes `steps` steps; gives each step's report.
    ///
    /// # Errors
    /// When a step fails or the case is stopped.
    pub fn train(&self, trainer: &mut Trainer, steps: usize) -> Outcome<Vec<StepReport>> {
        (0..steps)
            .map(|_| {
                self.keep_going()?;
                Ok(trainer.step()?)
            })
            .collect()
    }

    /// Returns unless the case was told to end.
    ///
    /// # Errors
    /// When it was.
    pub fn keep_going(&self) -> Outcome<()> {
        if self.host.stopped() {
            Err(ModelError::Stopped.into())
        } else {
            Ok(())
        }
    }
}

/// Up to `limit` rows of a part, evenly spread, as one batch.
///
/// # Errors
/// When a tensor cannot be made.
pub(crate) fn sample(
    dataset: &Dataset,
    part: Part,
    limit: usize,
    overrides: &Overrides,
) -> Outcome<Batch> {
    let rows = spread(dataset.part(part), limit);
    Ok(Batch::of_rows(dataset, &rows, overrides.precision)?)
}

/// Up to `limit` of these rows, evenly spread.
pub(crate) fn spread(rows: &[usize], limit: usize) -> Vec<usize> {
    let count = rows.len().min(limit);
    (0..count)
        .map(|place| rows[place * rows.len() / count])
        .collect()
}

/// All numbers of a tensor, in row-major order, as `f64`.
///
/// # Errors
/// When the tensor cannot be read.
pub(crate) fn numbers(tensor: &Tensor) -> Outcome<Vec<f64>> {
    let flat = tensor.flatten_all()?.to_dtype(candle_core::DType::F64)?;
    Ok(flat.to_vec1()?)
}
