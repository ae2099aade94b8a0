//! Running a plan: cases side by side, events as they finish.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use seatrial_report::{End, Event, Renderer, Start, VERSION};

use crate::crew::{Crew, Finished};
use crate::record::Recorder;
use crate::result::describe;
use crate::{Error, Plan, Replay};

/// Runs every case of the plan, up to `jobs` at once, and shows the run.
///
/// # Errors
/// When the report cannot be written, a thread cannot be started, or the run is
/// not kept. What runs then is left to end with the process.
pub(crate) fn execute(
    plan: &Arc<Plan>,
    crew: Crew,
    recorder: Recorder,
    jobs: NonZeroUsize,
    replay: &Replay,
    specs: &str,
    renderer: &mut dyn Renderer,
) -> Result<End, Error> {
    let begun = Instant::now();
    renderer.show(&Event::Start(Start {
        version: VERSION,
        seatrial: env!("CARGO_PKG_VERSION").into(),
        specs: specs.into(),
        cases: plan.cases.len(),
        left_out: plan.left_out,
        run: recorder.run().map(|run| run.to_string()),
        provenance: recorder.provenance().cloned(),
        shard: plan.shard.clone(),
    }))?;
    let (finished, results) = channel();
    let queue = Arc::new(Queue {
        plan: Arc::clone(plan),
        crew,
        recorder,
        next: AtomicUsize::new(0),
    });
    // Not a scope: when nobody reads the report, there is nothing to wait for.
    for _ in 0..jobs.get().min(plan.cases.len()) {
        let (queue, finished) = (Arc::clone(&queue), finished.clone());
        let spawned = thread::Builder::new().spawn(move || queue.work_off(&finished));
        spawned.map_err(no_thread)?;
    }
    drop(finished);
    let mut end = End::default();
    for (place, result) in results {
        let case = describe(
            place + 1,
            &plan.cases[place],
            result.map_err(no_thread)?,
            replay,
        );
        end.count(case.status);
        renderer.show(&Event::Case(Box::new(case)))?;
    }
    end.seconds = begun.elapsed().as_secs_f64();
    let kept = check_complete(plan, &end).and_then(|()| queue.recorder.finish());
    renderer.show(&Event::End(end))?;
    kept?;
    Ok(end)
}

/// A case without a result must never pass for one that there was none of.
fn check_complete(plan: &Plan, end: &End) -> Result<(), Error> {
    let (planned, told) = (plan.cases.len(), end.ran() + end.skipped);
    if planned == told {
        Ok(())
    } else {
        Err(Error::Harness(format!(
            "{told} of {planned} cases came to an end"
        )))
    }
}

fn no_thread(error: std::io::Error) -> Error {
    Error::Harness(format!("cannot start a thread: {error}"))
}

/// What the jobs take their cases from.
struct Queue {
    plan: Arc<Plan>,
    crew: Crew,
    recorder: Recorder,
    next: AtomicUsize,
}

impl Queue {
    fn work_off(&self, finished: &Sender<(usize, std::io::Result<Finished>)>) {
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = self.plan.cases.get(place) else {
                return;
            };
            if finished
                .send((place, self.recorder.judge(&self.crew, case)))
                .is_err()
            {
                return;
            }
        }
    }
}
