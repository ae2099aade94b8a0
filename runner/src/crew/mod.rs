//! Running one case: on a worker thread, within its time, whatever it does.
//!
//! Workers are kept and used again. One that does not come back is left behind
//! and replaced.

mod panics;
mod worker;

use std::io;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use seatrial_checks::{About, Recording, Session};
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
    /// Whether recorded values are compared or rewritten.
    pub recording: Recording,
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
        let verdict = match worker.wait(case.timeout) {
            Ok(verdict) => {
                self.idle().push(worker);
                verdict
            }
            Err(RecvTimeoutError::Timeout) => self.end(worker, case.timeout),
            Err(RecvTimeoutError::Disconnected) => {
                Verdict::error("its thread ended without a verdict")
            }
        };
        Ok(Finished {
            verdict,
            took: begun.elapsed(),
            about: self.workplace.about(&case.check),
        })
    }

    /// Ends a case that is past its time.
    fn end(&self, worker: Worker, timeout: Duration) -> Verdict {
        let after = format!(
            "stuck: ended after its timeout of {} s",
            timeout.as_secs_f64()
        );
        worker.stop();
        match worker.wait(GRACE) {
            Ok(late) => {
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
