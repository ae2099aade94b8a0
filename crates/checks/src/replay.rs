//! Training again, step by step, and comparing to the bit.
//!
//! A trace is a folder with one safetensors file a step, holding every
//! parameter after that step (`step-0000` is before the first), so that two
//! trainings can be compared wherever and on however many threads they ran.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use candle_core::{Device, Tensor, safetensors};
use seatrial_data::Part;
use seatrial_model::{Overrides, Trainer};
use seatrial_rng::Streams;
use seatrial_spec::{Declaration, SubjectKind};
use serde::{Deserialize, Serialize};

use crate::check::{Failure, Outcome};
use crate::registry::Registry;
use crate::session::Session;

/// First argument of a process that trains for another.
const CHILD: &str = "seatrial-train-afresh";

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
}

/// Trains and leaves the trace in the folder `to`.
///
/// # Errors
/// When training fails or a file cannot be written.
pub fn train(session: &Session, request: &Request, to: &Path) -> Outcome<()> {
    let (name, common) = request.dataset.clone();
    let dataset = session.dataset(&Declaration {
        kind: SubjectKind::Dataset,
        name,
        common,
        variant: None,
    })?;
    let (name, common, family, own) = request.model.clone();
    let recipe = session.recipe(&Declaration {
        kind: SubjectKind::Model,
        name,
        common,
        variant: Some((family, own)),
    })?;
    let streams = Streams::new(request.seed).child(&format!("run/{}", request.run));
    let task = seatrial_model::Task::of(&dataset);
    let overrides = Overrides::default();
    let mut trainer = Trainer::new(
        recipe.build(&task, &streams, &overrides)?,
        &dataset,
        dataset.part(Part::Train),
        recipe.batch(),
        &streams,
        overrides.precision,
    );
    write_step(&trainer, 0, to)?;
    for step in 1..=request.steps {
        trainer.step()?;
        write_step(&trainer, step, to)?;
    }
    Ok(())
}

fn write_step(trainer: &Trainer, step: usize, to: &Path) -> Outcome<()> {
    let parameters = trainer.learner.parameters()?;
    let tensors = parameters.into_iter().map(|p| (p.name, p.value)).collect();
    Ok(safetensors::save(&tensors, step_file(to, step))?)
}

fn step_file(trace: &Path, step: usize) -> PathBuf {
    trace.join(format!("step-{step:04}.safetensors"))
}

/// Where two traces part.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The first step after which they differ; 0 is initialisation.
    pub step: usize,
    /// The first tensor, by name, that differs there.
    pub tensor: String,
    /// How many of its numbers differ.
    pub differing: usize,
    /// Numbers in it.
    pub len: usize,
    /// The largest absolute difference; infinite where one is not a number.
    pub largest: f64,
}

/// The first difference between two traces, if there is one.
///
/// # Errors
/// When a trace lacks a step or a file cannot be read.
pub fn first_divergence(a: &Path, b: &Path, steps: usize) -> Outcome<Option<Divergence>> {
    for step in 0..=steps {
        let load = |trace: &Path| {
            let tensors = safetensors::load(step_file(trace, step), &Device::Cpu)?;
            Ok::<_, Failure>(
                tensors
                    .into_iter()
                    .collect::<std::collections::BTreeMap<_, _>>(),
            )
        };
        let (left, right) = (load(a)?, load(b)?);
        for (name, left) in &left {
            let difference = match right.get(name) {
                Some(right) => differences(left, right)?,
                None => Some((1, 1, f64::INFINITY)),
            };
            if let Some((differing, len, largest)) = difference {
                return Ok(Some(Divergence {
                    step,
                    tensor: name.clone(),
                    differing,
                    len,
                    largest,
                }));
            }
        }
    }
    Ok(None)
}

/// How many numbers differ in their bits, out of how many, and by how much at
/// most. `None` when none does. Two NaN are equal.
fn differences(a: &Tensor, b: &Tensor) -> Outcome<Option<(usize, usize, f64)>> {
    let (left, right) = (crate::context::numbers(a)?, crate::context::numbers(b)?);
    if a.dims() != b.dims() || a.dtype() != b.dtype() {
        return Ok(Some((left.len().max(1), left.len(), f64::INFINITY)));
    }
    let mut differing = 0;
    let mut largest = 0.0_f64;
    for (l, r) in left.iter().zip(&right) {
        if l.to_bits() != r.to_bits() && !(l.is_nan() && r.is_nan()) {
            differing += 1;
            let gap = (l - r).abs();
            largest = largest.max(if gap.is_nan() { f64::INFINITY } else { gap });
        }
    }
    Ok((differing > 0).then_some((differing, left.len(), largest)))
}

/// Starts this very program again to train in a new process, and waits.
///
/// # Errors
/// When it cannot be started, fails, or `stopped` says to end it.
pub fn spawn(
    request: &Request,
    threads: usize,
    to: &Path,
    stopped: &dyn Fn() -> bool,
) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let request_file = to.join("request.json");
    let text = serde_json::to_string(request).map_err(|error| error.to_string())?;
    std::fs::write(&request_file, text).map_err(|error| format!("scratch file: {error}"))?;
    let mut child = Command::new(program)
        .arg(CHILD)
        .arg(&request_file)
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("a fresh process: {error}"))?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                let mut said = String::new();
                if let Some(stderr) = &mut child.stderr {
                    let _ = stderr.take(10_000).read_to_string(&mut said);
                }
                return Err(format!(
                    "the fresh process ended with {status}: {}",
                    said.trim()
                ));
            }
            Ok(None) if stopped() => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("stopped".into());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(format!("waiting for the fresh process: {error}")),
        }
    }
}

/// For the start of a program's `main`: if this process was started to train
/// for another, does so and gives the exit code to end with.
pub fn serve_if_child(registry: impl FnOnce() -> Registry) -> Option<std::process::ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != CHILD {
        return None;
    }
    let request_file = PathBuf::from(arguments.next().unwrap_or_default());
    let served = serve(&request_file, registry());
    Some(match served {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(reason) => {
            // The parent reads it and puts it into the verdict.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), reason.as_bytes());
            std::process::ExitCode::from(3)
        }
    })
}

fn serve(request_file: &Path, registry: Registry) -> Result<(), String> {
    let text = std::fs::read_to_string(request_file).map_err(|error| error.to_string())?;
    let request: Request = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let to = request_file.parent().unwrap_or(Path::new("."));
    train(&Session::new(registry), &request, to).map_err(|failure| failure.to_string())
}
