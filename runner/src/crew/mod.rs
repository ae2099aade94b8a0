//! Running one case: on a worker thread, within its time, whatever it does.
//!
//! Workers are kept and used again. One that does not come back is left behind
//! and replaced.

mod panics;
mod worker;

use std::io;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use seatrial_checks::{About, Recording, Session};
use seatrial_ledger::provenance::WorkTree;
use seatrial_ledger::{Artifact, CaseRecord};
use seatrial_spec::Case;
use seatrial_verdict::Verdict;

use worker::Worker;

/// How long a case that was told to stop may take to do so.
const GRACE: Duration = Duration::from_secs(1);

/// Runs cases, as many at once as it is asked from different threads.
pub struct Crew {
    workplace: Arc<Workplace>,
    idle: Mutex<Vec<Worker>>,
}

/// The world that the cases of a run are in.
#[derive(Clone, Debug)]
pub struct World {
    /// The spec tree.
    pub root: Arc<Path>,
    /// The state folder.
    pub state: Arc<Path>,
    /// The folder of server environments, if the user named one.
    pub servers: Option<Arc<Path>>,
    /// Whether recorded values are compared or rewritten.
    pub recording: Recording,
    /// The state of the code.
    pub code: Arc<Code>,
    /// The run's name in the ledger, if it is recorded.
    pub run: Option<Arc<str>>,
    /// What its cases make.
    pub made: Arc<MadeThings>,
}

/// What the cases of a run have made, such as packages.
#[derive(Debug, Default)]
pub struct MadeThings(Mutex<Vec<Artifact>>);

impl MadeThings {
    /// Notes one.
    pub fn note(&self, artifact: Artifact) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(artifact);
    }

    /// All of them.
    pub fn all(&self) -> Vec<Artifact> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The git work tree that a spec tree lies in, asked of git once a run.
#[derive(Debug, Default)]
pub struct Code(OnceLock<Result<Arc<WorkTree>, String>>);

impl Code {
    /// The work tree; or why there is none.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn of(&self, specs: &Path) -> Result<Arc<WorkTree>, String> {
        let ask = || WorkTree::of(specs).map(Arc::new);
        self.0.get_or_init(ask).clone()
    }
}

/// What all workers share.
struct Workplace {
    session: Session,
    world: World,
    /// Threads that each case computes on.
    threads: usize,
}

/// A case that came to its end.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What the check says, or what became of it.
    pub verdict: Verdict,
    /// Wall time.
    pub took: Duration,
    /// What it made.
    pub artifacts: Vec<Artifact>,
    /// What its check says of itself.
    pub about: Option<About>,
}

impl Workplace {
    fn about(&self, check: &str) -> Option<About> {
        let entry = self.session.registry().entry(check);
        entry.map(|entry| entry.about)
    }
}

impl Crew {
    /// A crew for the cases of a world.
    pub fn new(session: Session, world: World) -> Self {
        panics::install();
        Self {
            workplace: Arc::new(Workplace {
                session,
                world,
                threads: crate::start::threads_a_case(),
            }),
            idle: Mutex::default(),
        }
    }

    /// Runs a case to its end: at the latest, a moment after its timeout.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn run(&self, case: &Arc<Case>) -> io::Result<Finished> {
        let idle = self.idle().pop();
        let worker = match idle {
            Some(worker) => worker,
            None => Worker::start(&self.workplace)?,
        };
        let begun = Instant::now();
        worker.begin(case);
        let (verdict, artifacts) = match worker.wait(case.timeout) {
            Ok(judged) => {
                self.idle().push(worker);
                judged
            }
            Err(RecvTimeoutError::Timeout) => (self.end(worker, case.timeout), Vec::new()),
            Err(RecvTimeoutError::Disconnected) => {
                let gone = Verdict::error("its thread ended without a verdict");
                (gone, Vec::new())
            }
        };
        Ok(Finished {
            verdict,
            took: begun.elapsed(),
            artifacts,
            about: self.workplace.about(&case.check),
        })
    }

    /// A case as it ended before, in the words of the ledger.
    pub(crate) fn recalled(&self, record: &CaseRecord) -> Finished {
        let record = record.clone();
        Finished {
            took: Duration::try_from_secs_f64(record.seconds).unwrap_or_default(),
            about: self.workplace.about(&record.check),
            artifacts: record.artifacts,
            verdict: Verdict {
                status: record.status,
                message: record.message,
                measurements: record.measurements,
                series: record.series,
                figures: record.figures,
            },
        }
    }

    /// Ends a case that is past its time.
    fn end(&self, worker: Worker, timeout: Duration) -> Verdict {
        let after = format!(
            "stuck: ended after its timeout of {} s",
            timeout.as_secs_f64()
        );
        worker.stop();
        match worker.wait(GRACE) {
            Ok((late, _)) => {
                self.idle().push(worker);
                Verdict::error(after)
                    .with_series(late.series)
                    .with_figures(late.figures)
            }
            Err(_) => Verdict::error(after).with_hint(
                "it did not stop when told to; its thread was left behind, and may slow what runs after it",
            ),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
