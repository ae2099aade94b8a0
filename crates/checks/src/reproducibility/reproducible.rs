//! `reproducible`: the same seed gives the same training, to the bit.

use std::path::Path;

use schemars::JsonSchema;
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Figure, Measurement, Series, Verdict};
use serde::Deserialize;

use crate::check::Failure;
use crate::damage::scratch_folder;
use crate::evidence::constant;
use crate::replay::{self, Divergence, Request, Trace, first_divergence};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound, sameness};

/// Training twice with one seed gives the same parameters, to the bit, after every step.
///
/// The model is trained twice in the same process, and again in fresh
/// processes on several numbers of threads. Every parameter and every loss
/// must be the same after each step. On failure the message names the first
/// step and tensor that differ, by how much, between which two trainings, and
/// so the likely cause.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reproducible {
    /// Steps of each training. Five by default: what is random shows at
    /// once, and what needs several batches to show gets them.
    steps: Count,
    /// Numbers of threads, each for a fresh process. By default 1, 2 and 4: a
    /// sum that is split between threads comes out differently for each. An
    /// empty list leaves fresh processes out.
    threads: Vec<Count>,
    /// Fresh processes for each number of threads. One by default; more find
    /// what differs only between some processes.
    processes: Count,
}

impl Default for Reproducible {
    fn default() -> Self {
        Self {
            steps: constant(5.0),
            threads: [1.0, 2.0, 4.0].map(constant).to_vec(),
            processes: constant(1.0),
        }
    }
}

/// Fresh processes that train at the same time.
const AT_ONCE_MAX: usize = 8;

impl Check for Reproducible {
    const ABOUT: About = About {
        name: "reproducible",
        chapter: Chapter::Reproducibility,
        figure: include_str!("figures/reproducible.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact: fingerprints (BLAKE3) of every parameter and the bits of every loss, \
                 step by step, against the first training in this process.",
        error_rates: "No false alarms: sound training is a function of the seed. Misses what \
                      does not show within the steps, the processes and the numbers of threads \
                      that are tried, and what differs only on other machines.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut request = Request::of(context, self.steps.get())?;
        let stopped = || context.host.stopped();
        let first = replay::train(context.session(), &request, &stopped)?;
        request.expected = first.moments().to_vec();

        let threads = self.threads.iter().map(|threads| threads.get());
        let plan: Vec<usize> = threads
            .flat_map(|threads| std::iter::repeat_n(threads, self.processes.get()))
            .collect();
        let again = || replay::train(context.session(), &request, &stopped);
        let (twin, fresh) = beside(again, || train_afresh(context, &request, &plan));
        let (twin, fresh) = (twin?, fresh?);

        let mut partings = vec![first_divergence(&first, &twin)?];
        for trace in &fresh {
            partings.push(first_divergence(&first, trace)?);
        }
        let verdict = Verdict::judge(
            measurements(&first, &partings, plan.len()),
            context.spanning(),
        )
        .with_series([Series::over_steps("loss", first.losses())])
        .with_figures(parted(&first, &twin, &fresh, &plan)?);
        Ok(
            match message(context, &request, &plan, &partings, &fresh)? {
                Some(message) => verdict.against(message),
                None => verdict,
            },
        )
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

/// Runs both, the second on a thread of its own.
fn beside<A, B: Send>(here: impl FnOnce() -> A, there: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let there = scope.spawn(there);
        let here = here();
        let there = there
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (here, there)
    })
}

/// Trains once in a fresh process for each entry of the plan, on that many threads.
fn train_afresh(context: &Context, request: &Request, plan: &[usize]) -> Outcome<Vec<Trace>> {
    let scratch = scratch_folder()?;
    let mut traces = Vec::new();
    for (wave, plan) in plan.chunks(AT_ONCE_MAX).enumerate() {
        context.keep_going()?;
        let train = |place: usize, threads: usize| {
            let to = scratch.path().join(format!("{wave}-{place}"));
            train_one(context, request, threads, &to)
        };
        std::thread::scope(|scope| {
            let train = &train;
            let started: Vec<_> = (0..)
                .zip(plan)
                .map(|(place, &threads)| scope.spawn(move || train(place, threads)))
                .collect();
            for handle in started {
                let trace = handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                traces.push(trace?);
            }
            Ok::<_, Failure>(())
        })?;
    }
    Ok(traces)
}

fn train_one(context: &Context, request: &Request, threads: usize, to: &Path) -> Outcome<Trace> {
    let failed = |reason: String| {
        Failure::Host(format!(
            "training in a fresh process on {threads} threads failed: {reason}"
        ))
    };
    std::fs::create_dir(to).map_err(|error| failed(error.to_string()))?;
    context
        .host
        .train_afresh(request, threads, to)
        .map_err(failed)?;
    Trace::read(to)
}

fn measurements(first: &Trace, partings: &[Option<Divergence>], fresh: usize) -> Vec<Measurement> {
    let tensors = first.tensors() as f64;
    // Of each training up to where it parts.
    let compared: usize = partings
        .iter()
        .map(|parting| {
            parting
                .as_ref()
                .map_or(first.steps(), |parting| parting.step)
        })
        .sum();
    let numbers: f64 = partings
        .iter()
        .flatten()
        .map(|parting| sameness::differing(&parting.tensors))
        .sum();
    let losses = partings.iter().flatten().filter(|p| p.losses.is_some());
    vec![
        Measurement::new("trainings_compared", partings.len() as f64)
            .unit("trainings")
            .bound(Bound::Equal(1.0 + fresh as f64)),
        Measurement::new("equal_steps", compared as f64)
            .unit("steps")
            .bound(Bound::Equal((partings.len() * first.steps()) as f64)),
        Measurement::new("tensors_compared", tensors)
            .unit("tensors")
            .bound(Bound::AtLeast(1.0)),
        Measurement::new("differing_numbers", numbers)
            .unit("numbers")
            .bound(Bound::Equal(0.0)),
        Measurement::new("differing_losses", losses.count() as f64)
            .unit("losses")
            .bound(Bound::Equal(0.0)),
    ]
}

/// The first training that parts from the first one, tensor by tensor.
fn parted(first: &Trace, twin: &Trace, fresh: &[Trace], plan: &[usize]) -> Outcome<Option<Figure>> {
    let others = fresh.iter().zip(plan).map(|(trace, threads)| {
        let title = format!("a fresh process on {threads} threads against this process");
        (title, trace)
    });
    let twin = ("two trainings in one process".to_owned(), twin);
    for (title, trace) in std::iter::once(twin).chain(others) {
        let moments = replay::spread(first, trace)?.into_iter().enumerate();
        let moments = moments.map(|(step, differences)| (step.to_string(), differences));
        let title = format!("largest difference, {title}");
        let figure = sameness::grid(title, &moments.collect::<Vec<_>>(), first.names());
        if figure.is_some() {
            return Ok(figure);
        }
    }
    Ok(None)
}

/// What parted first, between which trainings, and why it may have.
fn message(
    context: &Context,
    request: &Request,
    plan: &[usize],
    partings: &[Option<Divergence>],
    fresh: &[Trace],
) -> Outcome<Option<String>> {
    let [twin, others @ ..] = partings else {
        return Ok(None);
    };
    if let Some(parting) = twin {
        return Ok(Some(format!(
            "two trainings in one process, with one seed, part {parting}\n{}. Something that the \
             seed does not decide: an unseeded generator, the order of a hash map, a clock, or \
             state that the first training left behind",
            stage(parting)
        )));
    }
    let Some((place, parting)) = (0..).zip(others).find_map(|(i, p)| Some((i, p.as_ref()?))) else {
        return Ok(None);
    };
    let threads = plan[place];
    let agreeing: Vec<_> = (0..plan.len())
        .filter(|&other| others[other].is_none())
        .map(|other| plan[other].to_string())
        .collect();
    // The same again on as many threads: does the number of threads decide?
    let again = train_afresh(context, request, &[threads])?;
    let repeats = again
        .iter()
        .all(|trace| trace.moments() == fresh[place].moments());
    let cause = if !repeats {
        "Two fresh processes differ from each other too. Something that the seed does not decide \
         and that each process starts with: a hash map's keys, an address, the time"
            .to_owned()
    } else if agreeing.is_empty() && plan.iter().all(|&other| other == threads) {
        "Fresh processes agree with each other. Either the number of threads decides, or \
         something in this process does: its environment, or state that other work left behind"
            .to_owned()
    } else {
        format!(
            "Fresh processes on as many threads agree with each other{}: the result depends on \
             the number of threads, such as a sum that is split between them",
            match agreeing.as_slice() {
                [] => String::new(),
                agreeing => format!(
                    ", and those on {} with this process",
                    agreeing.join(" and ")
                ),
            }
        )
    };
    Ok(Some(format!(
        "a training in a fresh process on {threads} threads parts from one in this process \
         {parting}\n{}. {cause}",
        stage(parting)
    )))
}

/// Where in training the difference arose.
fn stage(parting: &Divergence) -> &'static str {
    match (parting.step, parting.losses) {
        (0, _) => "The initial parameters differ",
        (_, Some(_)) => "The loss of that step differs: it arose in the batch or the forward pass",
        (_, None) => {
            "The loss of that step is the same: it arose in the backward pass or the update"
        }
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "an unseeded generator",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "initialised-from-entropy"
            [test.x]
            check = "reproducible"
            dataset = "blobs"
            model = "broken"
            threads = [1]
        "#,
        says: "The initial parameters differ. Something that the seed does not decide: an unseeded",
    },
    Fault {
        name: "a sum in the order of a hash map",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [64] }
            fault = "sum-in-hash-order"
            [test.x]
            check = "reproducible"
            dataset = "blobs"
            model = "broken"
            threads = [1]
        "#,
        says: "the order of a hash map",
    },
    Fault {
        name: "a sum that is split between threads",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [64] }
            fault = "sum-split-by-threads"
            [test.x]
            check = "reproducible"
            dataset = "blobs"
            model = "broken"
            threads = [1, 3, 7]
        "#,
        says: "the result depends on the number of threads",
    },
    Fault {
        name: "an initialiser that counts",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "logistic" }
            fault = "initialised-by-counter"
            [test.x]
            check = "reproducible"
            dataset = "blobs"
            model = "broken"
            threads = []
        "#,
        says: "state that the first training left behind",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "mlp with dropout",
        spec: r#"
            [model.dropping]
            family = "mlp"
            hidden = [32]
            dropout = 0.2
            [test.x]
            check = "reproducible"
            dataset = "blobs"
            model = "dropping"
        "#,
    },
    Sound {
        name: "lstm",
        spec: r#"
            [test.x]
            check = "reproducible"
            dataset = "blobs"
            model = "lstm"
            steps = 3
            threads = [2]
        "#,
    },
    Sound {
        name: "a regression in several processes",
        spec: r#"
            [test.x]
            check = "reproducible"
            dataset = "line"
            model = "linear"
            threads = [1]
            processes = 2
        "#,
    },
];
