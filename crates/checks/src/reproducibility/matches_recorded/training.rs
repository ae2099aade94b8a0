//! What is recorded of a training: parameters, and metrics.

use std::collections::BTreeMap;

use seatrial_data::Part;
use seatrial_model::{Mode, OutputKind, Overrides, Targets};
use seatrial_verdict::{Bound, Measurement};
use serde::{Deserialize, Serialize};

use super::features::Findings;
use super::summary::{Summary, rounded};
use crate::Outcome;
use crate::context::{Context, numbers};
use crate::evidence::evaluate;
use crate::sameness::shown;

/// Numbers of each tensor that are recorded as they are.
const PROBES: usize = 4;

/// Parameters after training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    seed: u64,
    steps: usize,
    tensors: BTreeMap<String, Summary>,
}

/// What the trained model is worth on the validation rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metrics {
    seed: u64,
    steps: usize,
    rows: usize,
    loss: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accuracy: Option<f64>,
}

/// Trains for `steps`; gives what there is to record.
///
/// # Errors
/// When training or reading fails.
pub(super) fn train(context: &Context, steps: usize) -> Outcome<(Parameters, Metrics)> {
    let dataset = context.dataset()?;
    let rows = dataset.part(Part::Train);
    let mut trainer = context.trainer(0, &Overrides::default(), &dataset, rows)?;
    context.train(&mut trainer, steps)?;
    let mut tensors = BTreeMap::new();
    for parameter in trainer.learner.parameters()? {
        let numbers = numbers(&parameter.value)?;
        let summary = Summary::of(parameter.value.dims(), &numbers, PROBES);
        tensors.insert(parameter.name, summary);
    }
    let validation = trainer.part(Part::Validation)?;
    let learner = trainer.learner.as_mut();
    let loss = learner.loss(&validation, Mode::Evaluation)?;
    let accuracy = match (&validation.targets, learner.output().kind) {
        (Targets::Classes(classes), OutputKind::Logits | OutputKind::Probabilities) => {
            let outputs = numbers(&evaluate(learner, &validation.inputs)?)?;
            let classes: Vec<u32> = classes.to_vec1()?;
            Some(rounded(accuracy(&outputs, &classes)))
        }
        _ => None,
    };
    let seed = context.case.seed;
    let parameters = Parameters {
        seed,
        steps,
        tensors,
    };
    let metrics = Metrics {
        seed,
        steps,
        rows: dataset.part(Part::Validation).len(),
        loss: rounded(loss),
        accuracy,
    };
    Ok((parameters, metrics))
}

/// The share of rows whose largest output, the first of equals, is their class.
fn accuracy(outputs: &[f64], classes: &[u32]) -> f64 {
    let width = outputs.len() / classes.len().max(1);
    let right = outputs
        .chunks(width.max(1))
        .zip(classes)
        .filter(|(row, class)| {
            let best = (0..row.len())
                .rev()
                .max_by(|&a, &b| row[a].total_cmp(&row[b]));
            best == Some(**class as usize)
        });
    right.count() as f64 / classes.len() as f64
}

/// Refuses to compare trainings that were not the same to begin with.
fn same_training(recorded: (u64, usize), seen: (u64, usize)) -> Option<String> {
    (recorded != seen).then(|| {
        format!(
            "recorded with seed {} after {} steps; the case asks for seed {} and {} steps",
            recorded.0, recorded.1, seen.0, seen.1
        )
    })
}

impl Parameters {
    pub fn is_finite(&self) -> bool {
        self.tensors.values().all(Summary::is_finite)
    }

    /// Compares what is seen with these recorded parameters.
    pub fn against(&self, seen: &Self, tolerance: f64) -> Findings {
        let bound = Bound::AtMost(tolerance);
        let mut reasons: Vec<String> =
            same_training((self.seed, self.steps), (seen.seed, seen.steps))
                .into_iter()
                .collect();
        let names =
            |tensors: &BTreeMap<String, Summary>| tensors.keys().cloned().collect::<Vec<_>>();
        if names(&self.tensors) != names(&seen.tensors) {
            reasons.push(format!(
                "parameters {:?} are recorded, {:?} are seen",
                names(&self.tensors),
                names(&seen.tensors)
            ));
        }
        let (mut widest, mut compared, mut differing) = (0.0_f64, 0, Vec::new());
        for (name, recorded) in &self.tensors {
            let Some(seen) = seen.tensors.get(name) else {
                continue;
            };
            compared += 1;
            let mismatch = recorded.against(seen, tolerance);
            widest = widest.max(mismatch.share);
            if !bound.allows(mismatch.share) {
                differing.push((name, mismatch));
            }
        }
        if let Some((name, mismatch)) = differing.first() {
            let place = mismatch
                .place
                .map(|place| format!("number {place}: "))
                .unwrap_or_default();
            reasons.push(format!(
                "parameter `{name}` after {} steps ({} of {compared} differ): {place}{}",
                seen.steps,
                differing.len(),
                mismatch.words
            ));
        }
        let measurements = vec![
            Measurement::new("parameters_compared", f64::from(compared))
                .unit("parameters")
                .bound(Bound::Equal(seen.tensors.len() as f64)),
            Measurement::new("differing_parameters", differing.len() as f64)
                .unit("parameters")
                .bound(Bound::Equal(0.0)),
            Measurement::new("parameter_gap", widest).bound(bound),
        ];
        (reasons, measurements)
    }
}

impl Metrics {
    pub fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.accuracy.is_none_or(f64::is_finite)
    }

    /// Compares what is seen with these recorded metrics.
    pub fn against(&self, seen: &Self, tolerance: f64) -> Findings {
        let mut reasons: Vec<String> =
            same_training((self.seed, self.steps), (seen.seed, seen.steps))
                .into_iter()
                .collect();
        let mut measurements = Vec::new();
        let mut judge = |name: &str, recorded: f64, seen: f64, allowed: f64| {
            let bound = Bound::Between(recorded - allowed, recorded + allowed);
            measurements.push(Measurement::new(name, seen).bound(bound));
            if !bound.allows(seen) {
                let (recorded, seen) = (shown(recorded), shown(seen));
                reasons.push(format!("{name}: {recorded} is recorded, {seen} is seen"));
            }
        };
        judge(
            "validation_loss",
            self.loss,
            seen.loss,
            tolerance * self.loss.abs(),
        );
        // Rounding may tip one row that lies between two classes.
        let one_row = 1.0 / self.rows.max(1) as f64;
        match (self.accuracy, seen.accuracy) {
            (Some(recorded), Some(seen)) => {
                judge("validation_accuracy", recorded, seen, tolerance + one_row);
            }
            (None, None) => {}
            _ => reasons.push("accuracy is recorded or seen, not both".to_owned()),
        }
        if self.rows != seen.rows {
            let (recorded, seen) = (self.rows, seen.rows);
            reasons.push(format!(
                "{recorded} validation rows are recorded, {seen} are seen"
            ));
        }
        (reasons, measurements)
    }
}
