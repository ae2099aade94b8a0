//! What a staged server is put through, and what is measured on the way.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use seatrial_serving::protocol::Bad;
use seatrial_serving::{Deadlines, Live, Phase, StagingError, Tolerance, Trouble, Worst};
use seatrial_verdict::{Bound, Measurement, Number};

use super::phases::{LOAD, Phases, START, UNDER_LOAD};
use super::staged::Staged;

/// Rows of the requests whose time is taken.
const TIMED_ROWS: usize = 1;

/// What is asked of a server.
pub(super) struct Exam {
    pub tolerance: Tolerance,
    pub deadlines: Deadlines,
    pub batches: Vec<usize>,
    pub starts: usize,
    pub requests: usize,
    pub concurrency: usize,
    pub refuses: Vec<Bad>,
    /// Most growth of memory under load, in MiB.
    pub growth_mib_max: Option<f64>,
    /// Bounds of latency by percentile, in milliseconds.
    pub latency_ms_max: [(u8, Option<f64>); 3],
    /// Least answers a second.
    pub throughput_min: Option<f64>,
}

/// Why an exam ended early.
pub(super) enum Stop {
    /// The server failed.
    Trouble(Trouble),
    /// There was no server to examine.
    NotStaged(StagingError),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Stop::Trouble(trouble)
    }
}

impl From<StagingError> for Stop {
    fn from(error: StagingError) -> Self {
        Stop::NotStaged(error)
    }
}

/// Puts one staged server through the exam; measures into `into`.
///
/// # Errors
/// With why it ended early. What was measured until then is there.
pub(super) fn examine(
    exam: &Exam,
    staged: &Staged,
    stopped: &(dyn Fn() -> bool + Sync),
    into: &mut Vec<Measurement>,
    phases: &mut Phases,
) -> Result<(), Stop> {
    let (mut came_up, mut start_s, mut load_s, mut stop_s) = (0, 0.0_f64, 0.0_f64, 0.0_f64);
    let mut run = |into: &mut Vec<Measurement>| -> Result<(), Stop> {
        for start in 0..exam.starts {
            let live = Live::start(&staged.staging, exam.deadlines, stopped)?;
            let first = staged.examples.part(0, 1);
            let came = phases.during("coming up", || live.bring_up(&first))?;
            phases.part_last(nth(START, start), came.start_s, nth(LOAD, start));
            start_s = start_s.max(came.start_s);
            load_s = load_s.max(came.load_s);
            phases.during(nth("first answer", start), || {
                live.agrees(&first, exam.tolerance, 0)
            })?;
            if start == 0 {
                question(exam, staged, &live, into, phases)?;
            }
            stop_s = stop_s.max(phases.during(nth("stop", start), || live.stop())?);
            came_up += 1;
        }
        Ok(())
    };
    let result = run(into);
    let seconds = |name: &str, value| Measurement::new(name, value).unit("s");
    into.extend([
        Measurement::new("starts_succeeded", f64::from(came_up))
            .unit("starts")
            .bound(Bound::Equal(exam.starts as f64)),
        seconds("start_s", start_s).bound(Bound::AtMost(exam.deadlines.start.as_secs_f64())),
        seconds("load_s", load_s).bound(Bound::AtMost(exam.deadlines.load.as_secs_f64())),
        seconds("stop_s", stop_s),
    ]);
    result
}

/// The name of a phase in one of several starts, from 0.
fn nth(phase: &str, start: usize) -> String {
    match start {
        0 => phase.to_owned(),
        again => format!("{phase}, {}", again + 1),
    }
}

/// The questions of one start.
fn question(
    exam: &Exam,
    staged: &Staged,
    live: &Live,
    into: &mut Vec<Measurement>,
    phases: &mut Phases,
) -> Result<(), Stop> {
    phases.during("all examples", || answers(exam, staged, live, into))?;
    phases.during(UNDER_LOAD, || load(exam, staged, live, into))?;
    if !exam.refuses.is_empty() {
        phases.during("bad requests", || bad_requests(exam, staged, live, into))?;
    }
    let state = live.state()?;
    let mib = state.memory_peak_bytes as f64 / f64::from(1 << 20);
    let peak = Measurement::new("memory_mib_peak", mib).unit("MiB");
    let most = staged.staging.limits.memory_bytes;
    into.push(match most {
        Some(bytes) => peak.bound(Bound::AtMost(bytes as f64 / f64::from(1 << 20))),
        None => peak,
    });
    into.push(Measurement::new("cpu_s", state.cpu_s).unit("s"));
    Ok(())
}

/// Every example, in batches of each size.
fn answers(
    exam: &Exam,
    staged: &Staged,
    live: &Live,
    into: &mut Vec<Measurement>,
) -> Result<(), Trouble> {
    let rows = staged.examples.rows();
    let mut worst = Worst::default();
    let mut compared = 0;
    for &batch in &exam.batches {
        for from in (0..rows).step_by(batch) {
            let part = staged.examples.part(from, batch);
            let one = live
                .agrees(&part, exam.tolerance, from)
                .map_err(|trouble| {
                    let reason = format!("in a batch of {}: {}", part.rows(), trouble.reason);
                    Trouble { reason, ..trouble }
                })?;
            compared += part.rows();
            if one.of_tolerance > worst.of_tolerance {
                worst = one;
            }
        }
    }
    if live.takes_nulls() {
        into.push(Measurement::new("nan_sent_as_null", 1.0));
    }
    into.extend([
        Measurement::new("answers_compared", compared as f64)
            .unit("rows")
            .bound(Bound::Equal((rows * exam.batches.len()) as f64)),
        // In units of what it may be off.
        Measurement::new("worst_of_tolerance", worst.of_tolerance).bound(Bound::AtMost(1.0)),
    ]);
    Ok(())
}

/// Many requests at once, whose answers must be as right as before.
fn load(
    exam: &Exam,
    staged: &Staged,
    live: &Live,
    into: &mut Vec<Measurement>,
) -> Result<(), Trouble> {
    // What grows at first, such as pools and caches, is no leak.
    let warm = exam.requests.div_ceil(4);
    fire(exam, staged, live, warm)?;
    let before = live.state()?.memory_bytes;
    let begun = Instant::now();
    let mut latencies = fire(exam, staged, live, exam.requests)?;
    let took = begun.elapsed().as_secs_f64();
    let after = live.state()?.memory_bytes;
    latencies.sort_unstable();
    for (percent, most) in exam.latency_ms_max {
        let ms = percentile(&latencies, percent).as_secs_f64() * 1e3;
        let one = Measurement::new(format!("latency_ms_p{percent}"), ms).unit("ms");
        into.push(match most {
            Some(most) => one.bound(Bound::AtMost(most)),
            None => one,
        });
    }
    let rate = Measurement::new("throughput_per_s", exam.requests as f64 / took).unit("requests/s");
    into.push(match exam.throughput_min {
        Some(least) => rate.bound(Bound::AtLeast(least)),
        None => rate,
    });
    let growth = after.saturating_sub(before) as f64 / f64::from(1 << 20);
    let growth_mib = Measurement::new("memory_mib_growth", growth).unit("MiB");
    into.push(match exam.growth_mib_max {
        Some(most) => growth_mib.bound(Bound::AtMost(most)),
        None => growth_mib,
    });
    Ok(())
}

/// Sends so many requests from some threads; gives how long each took.
fn fire(
    exam: &Exam,
    staged: &Staged,
    live: &Live,
    requests: usize,
) -> Result<Vec<Duration>, Trouble> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
    let rows = staged.examples.rows();
    let work = || {
        let mut took = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= requests {
                return took;
            }
            let from = at % rows;
            let part = staged.examples.part(from, TIMED_ROWS);
            match live.agrees_in(&part, exam.tolerance, from) {
                Ok((_, one)) => took.push(one),
                Err(trouble) => {
                    next.store(requests, Ordering::Relaxed);
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    let reason = format!(
                        "in request {} of {requests}, {} at a time: {}",
                        at + 1,
                        exam.concurrency,
                        trouble.reason
                    );
                    failed.get_or_insert(Trouble { reason, ..trouble });
                    return took;
                }
            }
        }
    };
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..exam.concurrency).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.flatten().collect()
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(trouble) => Err(trouble),
        None => Ok(all),
    }
}

/// Nearest rank: the smallest time within which so many percent were answered.
fn percentile(sorted: &[Duration], percent: u8) -> Duration {
    let rank = (sorted.len() * usize::from(percent)).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Each kind of bad request, and after it a good one.
fn bad_requests(
    exam: &Exam,
    staged: &Staged,
    live: &Live,
    into: &mut Vec<Measurement>,
) -> Result<(), Trouble> {
    let first = staged.examples.part(0, 1);
    let mut refused = 0;
    for &kind in &exam.refuses {
        if !live.refuses(kind, &first)? {
            continue;
        }
        live.agrees(&first, exam.tolerance, 0).map_err(|trouble| {
            let word = kind.word();
            let reason = format!("after a bad request ({word}): {}", trouble.reason);
            Trouble { reason, ..trouble }
        })?;
        refused += 1;
    }
    let one = Measurement::new("bad_requests_refused", f64::from(refused)).unit("kinds");
    into.push(one);
    Ok(())
}

/// Which phases the bounds that do not hold stand for, in words.
pub(super) fn missed(measurements: &[Measurement]) -> Option<String> {
    let missed = measurements.iter().filter(|one| {
        let by = one.bound.map(|bound| bound.missed_by(one.value));
        by.is_some_and(|by| by > 0.0)
    });
    let mut phases: Vec<String> = Vec::new();
    for one in missed {
        let phase = match one.name.split(['_', '[']).next() {
            Some("latency" | "throughput" | "start" | "load") => Phase::TooSlow,
            Some("memory") => Phase::TooBig,
            _ => continue,
        };
        let text = format!(
            "{}: {} is {} {}",
            phase.words(),
            one.name,
            Number(one.value),
            one.unit
        );
        phases.push(text);
    }
    (!phases.is_empty()).then(|| phases.join("\n"))
}
