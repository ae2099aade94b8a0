//! `serves`: a package does on its server what it did for its trainer.

mod planted;

use std::time::Duration;

use schemars::JsonSchema;
use seatrial_serving::protocol::Bad;
use seatrial_serving::{Deadlines, Tolerance};
use seatrial_spec::{Count, NonNegative, Positive, SubjectKind, SubjectName};
use seatrial_verdict::{Measurement, Verdict};
use serde::Deserialize;

use super::exam::{Exam, Stop, examine, missed};
use super::phases::Phases;
use super::staged::{Pair, stage};
use crate::check::Failure;
use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Outcome, Planted};

pub(super) type ServerName = SubjectName<{ SubjectKind::Server as usize }>;
pub(super) type PackageName = SubjectName<{ SubjectKind::Package as usize }>;

/// Staged in a sandboxed copy of the server, the package loads, answers as the
/// trainer did, refuses what is bad, and goes without a trace.
///
/// The server runs in namespaces of its own: no network but its loopback, no
/// file that lasts, no process that outlives the case. It is started several
/// times afresh. Once, it is put through everything: all examples in batches
/// of several sizes, many requests at once, and requests that it must refuse.
/// The message begins with the phase that failed, and quotes what the server
/// printed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Serves {
    /// Further servers, or versions of them, that the package must run on.
    also_on: Vec<ServerName>,
    /// The previous version, which must run on all these servers too.
    previous: Option<PackageName>,
    /// How far a number may be off, in the output's unit. By default what
    /// single precision leaves of a number near 1 after many additions.
    tolerance_absolute: NonNegative,
    /// How far it may be off besides, as a part of what is expected.
    tolerance_relative: NonNegative,
    /// The sizes of batches in which all examples are asked.
    batches: Vec<Count>,
    /// Fresh starts, all of which must succeed.
    starts: Count,
    /// Requests under load, after a quarter as many to warm up.
    requests: Count,
    /// How many of them are under way at once.
    concurrency: Count,
    /// From the start to the first answer of any kind, in seconds.
    start_s_max: Positive,
    /// From then on to the first inference, in seconds.
    load_s_max: Positive,
    /// For any one answer, in seconds.
    answer_s_max: Positive,
    /// From being asked to end until it is ended, in seconds.
    stop_s_max: Positive,
    /// Most time for half of the requests under load, in milliseconds.
    latency_ms_p50_max: Option<Positive>,
    /// For 95 of 100.
    latency_ms_p95_max: Option<Positive>,
    /// For 99 of 100.
    latency_ms_p99_max: Option<Positive>,
    /// Least answers a second under load.
    throughput_min: Option<Positive>,
    /// Most that its memory may grow under load, in MiB: what grows for ever is
    /// a leak. The default lets allocators keep what they have.
    growth_mib_max: Positive,
    /// The kinds of bad requests that it must refuse.
    refuses: Vec<Bad>,
}

impl Default for Serves {
    fn default() -> Self {
        Self {
            also_on: Vec::new(),
            previous: None,
            tolerance_absolute: constant(1e-5),
            tolerance_relative: constant(1e-4),
            batches: [1.0, 3.0, 16.0].map(constant).to_vec(),
            starts: constant(3.0),
            requests: constant(200.0),
            concurrency: constant(4.0),
            start_s_max: constant(60.0),
            load_s_max: constant(60.0),
            answer_s_max: constant(10.0),
            stop_s_max: constant(20.0),
            latency_ms_p50_max: None,
            latency_ms_p95_max: None,
            latency_ms_p99_max: None,
            throughput_min: None,
            growth_mib_max: constant(64.0),
            refuses: Bad::ALL.to_vec(),
        }
    }
}

impl Check for Serves {
    const ABOUT: About = About {
        name: "serves",
        chapter: Chapter::Serving,
        figure: include_str!("figures/serves.txt"),
        needs: &[SubjectKind::Package, SubjectKind::Server],
        method: "Answers are compared element by element, with the rule of NumPy's `allclose`; \
                 names, types, shapes, whole numbers, NaN and infinities exactly. Percentiles of \
                 latency by nearest rank. Memory is what no file backs, of all the server's \
                 processes, sampled every 20 ms. `ready` counts only once an inference succeeds.",
        error_rates: "Answers are exact for these examples, and no claim beyond them. Latency, \
                      throughput and memory are those of this machine under its load of the \
                      moment: leave room in their bounds. A leak of less than `growth_mib_max` \
                      within `requests` goes unseen.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let packages = ["package"]
            .into_iter()
            .chain(self.previous.as_ref().map(|_| "previous"));
        let mut pairs = Vec::new();
        for package in packages {
            pairs.push((package.to_owned(), "server".to_owned()));
            let further = (0..self.also_on.len()).map(|at| format!("also_on[{at}]"));
            pairs.extend(further.map(|server| (package.to_owned(), server)));
        }
        judge(context, &self.exam(), &pairs)
    }

    fn planted() -> Planted {
        planted::PLANTED
    }
}

impl Serves {
    fn exam(&self) -> Exam {
        let seconds = |limit: Positive| Duration::from_secs_f64(limit.get());
        let most = |limit: Option<Positive>| limit.map(Positive::get);
        Exam {
            tolerance: Tolerance {
                absolute: self.tolerance_absolute.get(),
                relative: self.tolerance_relative.get(),
            },
            deadlines: Deadlines {
                start: seconds(self.start_s_max),
                load: seconds(self.load_s_max),
                answer: seconds(self.answer_s_max),
                stop: seconds(self.stop_s_max),
            },
            batches: self.batches.iter().map(|batch| batch.get()).collect(),
            starts: self.starts.get(),
            requests: self.requests.get(),
            concurrency: self.concurrency.get(),
            refuses: self.refuses.clone(),
            growth_mib_max: Some(self.growth_mib_max.get()),
            latency_ms_max: [
                (50, most(self.latency_ms_p50_max)),
                (95, most(self.latency_ms_p95_max)),
                (99, most(self.latency_ms_p99_max)),
            ],
            throughput_min: most(self.throughput_min),
        }
    }
}

/// Examines each pair of a package and a server, by the keys that name them.
/// Skipped only if a server is not on this machine.
pub(super) fn judge(context: &Context, exam: &Exam, pairs: &[(String, String)]) -> Outcome {
    if exam.batches.is_empty() {
        return Err(Failure::Case("`batches` names no size of a batch".into()));
    }
    let mut staged = Vec::new();
    for (package, server) in pairs {
        match stage(context, package, server)? {
            Pair::Staged(one) => staged.push(one),
            Pair::Absent(reason) => return Ok(Verdict::skipped(reason)),
        }
    }
    let stopped = || context.host.stopped();
    let (mut all, mut against, mut figures) = (Vec::new(), Vec::new(), Vec::new());
    for one in &staged {
        context.keep_going()?;
        let (mut own, mut phases) = (Vec::new(), Phases::new());
        let result = examine(exam, one, &stopped, &mut own, &mut phases);
        context.keep_going()?;
        match result {
            Ok(()) => against.extend(missed(&own).map(|why| format!("{}: {why}", one.name))),
            Err(Stop::Trouble(trouble)) => against.push(format!("{}: {trouble}", one.name)),
            Err(Stop::NotStaged(error)) => return Err(Failure::Host(error.to_string())),
        }
        figures.push(phases.figure(&one.name, &own));
        let several = staged.len() > 1;
        all.extend(own.into_iter().map(|mut measurement: Measurement| {
            if several {
                measurement.name = format!("{}[{}]", measurement.name, one.label);
            }
            measurement
        }));
    }
    let verdict = Verdict::judge(all, context.spanning()).with_figures(figures);
    Ok(match against.is_empty() {
        true => verdict,
        false => verdict.against(against.join("\n")),
    })
}
