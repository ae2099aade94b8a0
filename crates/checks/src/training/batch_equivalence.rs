//! `batch-equivalence`: an example's result does not depend on its company.

use std::collections::BTreeMap;

use candle_core::Tensor;
use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Batch, Learner, Mode, Overrides};
use seatrial_spec::{Count, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::context::{numbers, spread};
use crate::evidence::{constant, evaluate};
use crate::sameness::gap;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// A whole batch gives what its parts give.
///
/// The same rows are put through the model as one batch, one at a time, and in
/// other groupings, in evaluation mode. Outputs must be the same but for
/// rounding, and the gradient of the whole batch's loss must be the mean of
/// its parts' gradients, weighted by their rows. A loss that is summed where
/// it should be averaged, or statistics of the batch that leak into
/// evaluation, break this.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BatchEquivalence {
    /// Training rows to put through; 12 by default.
    rows: Count,
    /// Rows of each group. By default 1 and 5: single rows, and groups of
    /// which the last is smaller than the others.
    groups: Vec<Count>,
    /// How far outputs may differ, as a share of the largest output. By
    /// default 1e-5: a hundred times the rounding of single precision.
    tolerance: Positive,
    /// How far gradients and losses may differ, as a share of the largest
    /// number in each tensor. By default 1e-4: a gradient is a sum of many
    /// numbers that partly cancel, and rounds worse than an output.
    gradient_tolerance: Positive,
}

impl Default for BatchEquivalence {
    fn default() -> Self {
        Self {
            rows: constant(12.0),
            groups: [1.0, 5.0].map(constant).to_vec(),
            tolerance: constant(1e-5),
            gradient_tolerance: constant(1e-4),
        }
    }
}

/// Gradients below this share of the largest one count as this large: what
/// ought to be zero differs by rounding alone.
const NEGLIGIBLE: f64 = 1e-3;

/// What a batch gives: outputs row by row, mean loss and its gradient.
struct Answer {
    outputs: Tensor,
    loss: f64,
    gradients: BTreeMap<String, Tensor>,
}

impl Check for BatchEquivalence {
    const ABOUT: About = About {
        name: "batch-equivalence",
        chapter: Chapter::Training,
        figure: include_str!("figures/batch-equivalence.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Outputs and gradients are compared number by number, relative to the largest \
                 number of their tensor. Dropout is off, as evaluation mode demands.",
        error_rates: "A false alarm needs rounding errors beyond the tolerance: a hundred times \
                      what is usual. Misses influence between rows that stays below it, and \
                      what only training mode does.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let dataset = context.dataset()?;
        let overrides = Overrides::default();
        let rows = spread(dataset.part(Part::Train), self.rows.get());
        let mut learner = context.learner(0, &overrides)?;
        let mut of = |rows: &[usize]| -> Outcome<Answer> {
            context.keep_going()?;
            let batch = Batch::of_rows(&dataset, rows, overrides.precision)?;
            Answer::of(learner.as_mut(), &batch)
        };
        let whole = of(&rows)?;
        let mut measurements = vec![
            Measurement::new("rows", rows.len() as f64)
                .unit("rows")
                .bound(Bound::AtLeast(2.0)),
            Measurement::new("parameters_with_gradient", whole.gradients.len() as f64)
                .unit("parameters")
                .bound(Bound::AtLeast(1.0)),
        ];
        let mut reasons = Vec::new();
        for size in self.groups.iter().map(|size| size.get()) {
            let parts: Vec<(usize, Answer)> = rows
                .chunks(size)
                .map(|rows| Ok((rows.len(), of(rows)?)))
                .collect::<Outcome<_>>()?;
            let parts = Answer::weighted_mean(&parts)?;
            self.compare(size, &whole, &parts, &mut measurements, &mut reasons)?;
        }
        let verdict = Verdict::judge(measurements, context.spanning());
        Ok(match reasons.is_empty() {
            true => verdict,
            false => verdict.against(reasons.join("\n")),
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl BatchEquivalence {
    fn compare(
        &self,
        size: usize,
        whole: &Answer,
        parts: &Answer,
        measurements: &mut Vec<Measurement>,
        reasons: &mut Vec<String>,
    ) -> Outcome<()> {
        let mut note = |what: &str, share: f64, tolerance: Positive, reason: String| {
            let bound = Bound::AtMost(tolerance.get());
            let name = format!("{what}_gap_groups_of_{size}");
            measurements.push(Measurement::new(name, share).bound(bound));
            if !bound.allows(share) {
                reasons.push(format!("in groups of {size}, {reason}"));
            }
        };
        let outputs = gap(&whole.outputs, &parts.outputs, f64::MIN_POSITIVE)?;
        let place = &outputs.place;
        let reason = format!(
            "outputs differ from the whole batch's: {place} (row, output). An example's output \
             depends on which examples share its batch, such as through batch statistics"
        );
        note("output", outputs.share, self.tolerance, reason);

        let factor = factor(whole, parts)?;
        let summed = if (factor - 1.0).abs() > 0.01 {
            format!(
                ". The whole batch's is {factor:.3} times the mean of its parts': is the loss \
                 summed over the batch instead of averaged?"
            )
        } else {
            String::new()
        };
        let (name, share, place) = widest(whole, parts)?;
        let reason =
            format!("the gradient of `{name}` differs from the whole batch's: {place}{summed}");
        note("gradient", share, self.gradient_tolerance, reason);

        let share = (whole.loss - parts.loss).abs() / whole.loss.abs().max(f64::MIN_POSITIVE);
        let reason = format!(
            "the mean loss is {}; of the whole batch it is {}{summed}",
            parts.loss, whole.loss
        );
        note("loss", share, self.gradient_tolerance, reason);
        Ok(())
    }
}

impl Answer {
    fn of(learner: &mut dyn Learner, batch: &Batch) -> Outcome<Self> {
        let outputs = evaluate(learner, &batch.inputs)?;
        let gradients = learner.gradients(batch, Mode::Evaluation)?;
        Ok(Self {
            outputs,
            loss: gradients.loss,
            gradients: gradients.parameters,
        })
    }

    /// What these parts, each with its number of rows, say of the whole.
    fn weighted_mean(parts: &[(usize, Self)]) -> Outcome<Self> {
        let rows: usize = parts.iter().map(|(rows, _)| rows).sum();
        let outputs: Vec<_> = parts.iter().map(|(_, part)| &part.outputs).collect();
        let mut mean = Self {
            outputs: Tensor::cat(&outputs, 0)?,
            loss: 0.0,
            gradients: BTreeMap::new(),
        };
        for (count, part) in parts {
            let weight = *count as f64 / rows as f64;
            mean.loss += weight * part.loss;
            for (name, gradient) in &part.gradients {
                let share = (gradient * weight)?;
                let sum = match mean.gradients.get(name) {
                    Some(sum) => (sum + share)?,
                    None => share,
                };
                mean.gradients.insert(name.clone(), sum);
            }
        }
        Ok(mean)
    }
}

/// The widest gap between gradients: which parameter's, how wide, and where.
fn widest(whole: &Answer, parts: &Answer) -> Outcome<(String, f64, String)> {
    let mut largest = f64::MIN_POSITIVE;
    for gradient in whole.gradients.values() {
        largest = numbers(gradient)?
            .iter()
            .fold(largest, |l, g| l.max(g.abs()));
    }
    let mut widest = (String::new(), 0.0, String::new());
    for (name, expected) in &whole.gradients {
        let (share, place) = match parts.gradients.get(name) {
            Some(seen) => {
                let gap = gap(expected, seen, NEGLIGIBLE * largest)?;
                (gap.share, gap.place)
            }
            None => (f64::INFINITY, "the parts give none".to_owned()),
        };
        if share > widest.1 {
            widest = (name.clone(), share, place);
        }
    }
    Ok(widest)
}

/// The number c for which c times the parts' gradient comes nearest to the
/// whole batch's: least squares over all parameters.
fn factor(whole: &Answer, parts: &Answer) -> Outcome<f64> {
    let (mut products, mut squares) = (0.0, 0.0);
    for (name, part) in &parts.gradients {
        let Some(whole) = whole.gradients.get(name) else {
            continue;
        };
        for (whole, part) in numbers(whole)?.iter().zip(numbers(part)?) {
            products += whole * part;
            squares += part * part;
        }
    }
    Ok(if squares > 0.0 {
        products / squares
    } else {
        1.0
    })
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "loss summed",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "loss-summed"
            [test.x]
            check = "batch-equivalence"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "12.000 times the mean of its parts': is the loss summed over the batch",
    },
    Fault {
        name: "batch statistics in evaluation",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "logistic" }
            fault = "batch-centred"
            [test.x]
            check = "batch-equivalence"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "An example's output depends on which examples share its batch",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "mlp with dropout",
        spec: r#"
            [model.dropping]
            family = "mlp"
            hidden = [32]
            dropout = 0.5
            [test.x]
            check = "batch-equivalence"
            dataset = "blobs"
            model = "dropping"
        "#,
    },
    Sound {
        name: "transformer",
        spec: r#"
            [test.x]
            check = "batch-equivalence"
            dataset = "blobs"
            model = "transformer"
        "#,
    },
    Sound {
        name: "lstm",
        spec: r#"
            [test.x]
            check = "batch-equivalence"
            dataset = "blobs"
            model = "lstm"
        "#,
    },
    Sound {
        name: "a regression",
        spec: r#"
            [test.x]
            check = "batch-equivalence"
            dataset = "line"
            model = "linear"
        "#,
    },
];
