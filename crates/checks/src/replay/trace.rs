//! What a training did, moment by moment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use candle_core::{Device, Tensor, safetensors};
use seatrial_model::Parameter;
use seatrial_rng::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::check::{Failure, Outcome};
use crate::sameness::{self, Difference};

/// Numbers kept in one trace at most, in bytes. Fingerprints are kept for
/// every step; where two trainings part, numbers say by how much.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// Fingerprints before the first step, or after one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Bits of the step's loss: JSON holds neither NaN nor every last digit.
    loss: Option<u64>,
    tensors: BTreeMap<String, (Fingerprint, usize)>,
}

type Values = BTreeMap<String, Tensor>;

/// A training, moment by moment; moment 0 is before the first step.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    moments: Vec<Moment>,
    values: BTreeMap<usize, Values>,
    expected: Vec<Moment>,
    kept_bytes: usize,
    /// Moments noted that are not as expected.
    apart: usize,
}

impl Trace {
    /// An empty trace that is to follow another training.
    pub(super) fn following(expected: &[Moment]) -> Self {
        Self {
            expected: expected.to_vec(),
            ..Self::default()
        }
    }

    /// Notes a moment.
    pub(super) fn note(&mut self, loss: Option<f64>, parameters: Vec<Parameter>) -> Outcome<()> {
        let mut tensors = BTreeMap::new();
        for parameter in &parameters {
            let mark = (
                sameness::fingerprint(&parameter.value)?,
                parameter.value.elem_count(),
            );
            tensors.insert(parameter.name.clone(), mark);
        }
        let step = self.moments.len();
        let moment = Moment {
            loss: loss.map(f64::to_bits),
            tensors,
        };
        let differs = !self.expected.is_empty() && self.expected.get(step) != Some(&moment);
        let bytes: usize = parameters
            .iter()
            .map(|parameter| parameter.value.elem_count() * parameter.value.dtype().size_in_bytes())
            .sum();
        let room = self.kept_bytes + bytes <= KEPT_BYTES_MAX;
        let first = differs && self.apart == 0;
        self.apart += usize::from(differs);
        if first || (room && (differs || self.expected.is_empty())) {
            self.kept_bytes += bytes;
            let values = parameters.into_iter().map(|p| (p.name, p.value));
            self.values.insert(step, values.collect());
        }
        self.moments.push(moment);
        Ok(())
    }

    /// Moments so far that differ from the training that it follows.
    pub(super) fn steps_apart(&self) -> usize {
        self.apart
    }

    /// Every moment's fingerprints.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// Steps taken.
    pub fn steps(&self) -> usize {
        self.moments.len().saturating_sub(1)
    }

    /// Tensors compared at each moment.
    pub fn tensors(&self) -> usize {
        self.moments
            .first()
            .map_or(0, |moment| moment.tensors.len())
    }

    /// Names of the tensors compared.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let first = self.moments.first().into_iter();
        first.flat_map(|moment| moment.tensors.keys().map(String::as_str))
    }

    /// The loss of each step.
    pub fn losses(&self) -> Vec<f64> {
        let losses = self.moments.iter().filter_map(|moment| moment.loss);
        losses.map(f64::from_bits).collect()
    }

    /// Leaves the trace in a folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, to: &Path) -> Outcome<()> {
        let text = serde_json::to_string(&self.moments)
            .map_err(|error| Failure::Host(format!("the trace: {error}")))?;
        std::fs::write(to.join(MOMENTS), text)
            .map_err(|error| Failure::Host(format!("the trace: {error}")))?;
        for (step, values) in &self.values {
            let tensors = values
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()));
            safetensors::save(&tensors.collect(), to.join(values_file(*step)))?;
        }
        Ok(())
    }

    /// Reads what [`write`](Self::write) left.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn read(from: &Path) -> Outcome<Self> {
        let broken = |reason: String| Failure::Host(format!("a training left no trace: {reason}"));
        let text =
            std::fs::read_to_string(from.join(MOMENTS)).map_err(|e| broken(e.to_string()))?;
        let moments: Vec<Moment> =
            serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
        let mut values = BTreeMap::new();
        for step in 0..moments.len() {
            let file = from.join(values_file(step));
            if file.exists() {
                let tensors = safetensors::load(file, &Device::Cpu)?;
                values.insert(step, tensors.into_iter().collect());
            }
        }
        Ok(Self {
            moments,
            values,
            ..Self::default()
        })
    }
}

const MOMENTS: &str = "moments.json";

fn values_file(step: usize) -> String {
    format!("step-{step:04}.safetensors")
}

/// Where two trainings part.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The first step after which they differ; 0 is initialisation.
    pub step: usize,
    /// The losses of that step, if they differ: then the difference arose in
    /// the forward pass or in the batch.
    pub losses: Option<(f64, f64)>,
    /// The tensors that differ there, by name.
    pub tensors: Vec<Difference>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            0 => write!(f, "before the first step, ")?,
            step => write!(f, "after step {step}, ")?,
        }
        if !self.tensors.is_empty() {
            f.write_str(&sameness::described(&self.tensors))?;
        }
        match self.losses {
            Some((a, b)) if self.tensors.is_empty() => write!(f, "the loss differs: {a} and {b}"),
            Some((a, b)) => write!(f, "; the loss of that step differs too: {a} and {b}"),
            None => Ok(()),
        }
    }
}

/// The first difference between two trainings, if there is one.
///
/// # Errors
/// When one ends before the other with no difference, or a tensor cannot be read.
pub fn first_divergence(a: &Trace, b: &Trace) -> Outcome<Option<Divergence>> {
    for (step, (left, right)) in a.moments.iter().zip(&b.moments).enumerate() {
        if left == right {
            continue;
        }
        let tensors = tensors_apart(left, right, [a, b].map(|trace| trace.values.get(&step)))?;
        let losses = (left.loss != right.loss)
            .then(|| [left.loss, right.loss].map(|l| l.map_or(f64::NAN, f64::from_bits)))
            .map(|[left, right]| (left, right));
        return Ok(Some(Divergence {
            step,
            losses,
            tensors,
        }));
    }
    if a.moments.len() == b.moments.len() {
        Ok(None)
    } else {
        let reason = format!(
            "one training took {} steps and one {}",
            a.steps(),
            b.steps()
        );
        Err(Failure::Host(reason))
    }
}

/// What differs between two trainings, moment by moment, for as long as both
/// went on.
///
/// # Errors
/// When a tensor cannot be read.
pub fn spread(a: &Trace, b: &Trace) -> Outcome<Vec<Vec<Difference>>> {
    let moments = a.moments.iter().zip(&b.moments).enumerate();
    moments
        .map(|(step, (left, right))| {
            tensors_apart(left, right, [a, b].map(|trace| trace.values.get(&step)))
        })
        .collect()
}

fn tensors_apart(
    left: &Moment,
    right: &Moment,
    values: [Option<&Values>; 2],
) -> Outcome<Vec<Difference>> {
    let mut tensors = Vec::new();
    let names = left.tensors.keys().chain(right.tensors.keys());
    for name in names.collect::<std::collections::BTreeSet<_>>() {
        tensors.extend(differing(name, left, right, values)?);
    }
    Ok(tensors)
}

fn differing(
    name: &str,
    left: &Moment,
    right: &Moment,
    values: [Option<&Values>; 2],
) -> Outcome<Option<Difference>> {
    let marks = (left.tensors.get(name), right.tensors.get(name));
    if marks.0 == marks.1 {
        return Ok(None);
    }
    if let [Some(left), Some(right)] = values.map(|values| values.and_then(|v| v.get(name))) {
        return sameness::difference(name, left, right);
    }
    let len = marks.0.or(marks.1).map_or(1, |mark| mark.1);
    let in_both = marks.0.is_some() && marks.1.is_some();
    Ok(Some(Difference {
        tensor: name.to_owned(),
        differing: len,
        len,
        largest: if in_both { f64::NAN } else { f64::INFINITY },
    }))
}
