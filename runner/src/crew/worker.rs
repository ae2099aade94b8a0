//! A thread that runs one case after another.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rayon::ThreadPoolBuilder;
use seatrial_checks::replay::{self, Request};
use seatrial_checks::{Host, Recording};
use seatrial_ledger::provenance::WorkTree;
use seatrial_ledger::{Artifact, Blessed, Ledger, LedgerError, Past};
use seatrial_spec::Case;
use seatrial_verdict::Verdict;

use super::{Workplace, World, panics};

/// Recurrent models unrolled over long sequences recurse deeply when their
/// graph is dropped. Pages that are not touched cost nothing.
const STACK_BYTES: usize = 64 << 20;

/// A verdict, and what the case made.
pub(super) type Judged = (Verdict, Vec<Artifact>);

/// The near end of a worker thread. Dropping it lets the thread end after the
/// case at hand.
pub(super) struct Worker {
    cases: Sender<Arc<Case>>,
    verdicts: Receiver<Judged>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    /// Starts a thread.
    pub(super) fn start(workplace: &Arc<Workplace>) -> io::Result<Self> {
        let (cases, inbox) = channel();
        let (outbox, verdicts) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let host = CaseHost {
            stop: Arc::clone(&stop),
            world: workplace.world.clone(),
            made: Mutex::default(),
        };
        let workplace = Arc::clone(workplace);
        thread::Builder::new()
            .name("case".into())
            .stack_size(STACK_BYTES)
            .spawn(move || work(&workplace, &host, &inbox, &outbox))?;
        Ok(Self {
            cases,
            verdicts,
            stop,
        })
    }

    /// Hands it a case. If the thread is gone, waiting tells.
    pub(super) fn begin(&self, case: &Arc<Case>) {
        self.stop.store(false, Ordering::Relaxed);
        let _ = self.cases.send(Arc::clone(case));
    }

    /// Waits for the verdict on the case at hand.
    pub(super) fn wait(&self, at_most: Duration) -> Result<Judged, RecvTimeoutError> {
        self.verdicts.recv_timeout(at_most)
    }

    /// Tells the case at hand to end.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The life of the thread.
fn work(
    workplace: &Workplace,
    host: &CaseHost,
    inbox: &Receiver<Arc<Case>>,
    outbox: &Sender<Judged>,
) {
    // rayon hands the work of a thread outside any pool to one global pool,
    // where workers would wait for each other. As a pool of its own, this
    // thread computes on itself.
    let pool = ThreadPoolBuilder::new()
        .num_threads(workplace.threads)
        .use_current_thread()
        .build();
    panics::keep_on_this_thread();
    while let Ok(case) = inbox.recv() {
        let verdict = match &pool {
            Ok(_) => judge(workplace, &case, host),
            Err(error) => Verdict::error(format!("the harness cannot start threads: {error}")),
        };
        let artifacts = std::mem::take(&mut *host.artifacts());
        if outbox.send((verdict, artifacts)).is_err() {
            return;
        }
    }
}

fn judge(workplace: &Workplace, case: &Case, host: &CaseHost) -> Verdict {
    // A panic leaves no broken state behind: what cases share is either whole
    // or not yet there, and everything else of the case is dropped.
    let run = AssertUnwindSafe(|| workplace.session.run(&workplace.world.root, case, host));
    catch_unwind(run).unwrap_or_else(|_| Verdict::error(panics::last_on_this_thread()))
}

/// The world outside, as a worker's cases see it.
struct CaseHost {
    stop: Arc<AtomicBool>,
    world: World,
    /// What the case at hand has made.
    made: Mutex<Vec<Artifact>>,
}

impl CaseHost {
    fn artifacts(&self) -> MutexGuard<'_, Vec<Artifact>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the ledger says; `none` if nothing was ever recorded.
    fn ask<T>(
        &self,
        none: T,
        ask: impl FnOnce(&Ledger) -> Result<T, LedgerError>,
    ) -> Result<T, String> {
        match Ledger::read(&self.world.state) {
            Err(LedgerError::Missing { .. }) => Ok(none),
            opened => opened
                .and_then(|ledger| ask(&ledger))
                .map_err(|error| error.to_string()),
        }
    }
}

impl Host for CaseHost {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn recording(&self) -> Recording {
        self.world.recording
    }

    fn state(&self) -> &Path {
        &self.world.state
    }

    fn servers(&self) -> Option<&Path> {
        self.world.servers.as_deref()
    }

    fn code(&self) -> Result<Arc<WorkTree>, String> {
        self.world.code.of(&self.world.root)
    }

    fn history(&self, case: &str, metric: &str, limit: usize) -> Result<Vec<Past>, String> {
        let own = self.world.run.as_deref();
        self.ask(Vec::new(), |ledger| {
            ledger.history(case, metric, own, limit)
        })
    }

    fn blessed(&self, subject: &str) -> Result<Option<Blessed>, String> {
        self.ask(None, |ledger| ledger.blessed(subject))
    }

    fn made(&self, artifact: Artifact) {
        self.world.made.note(artifact.clone());
        self.artifacts().push(artifact);
    }

    fn train_afresh(&self, request: &Request, threads: usize, to: &Path) -> Result<(), String> {
        replay::spawn(request, threads, to, &|| self.stopped())
    }
}
