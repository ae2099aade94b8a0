//! `call-count`: a component runs exactly as often as it should.

use schemars::JsonSchema;
use seatrial_model::{Batch, Inputs, Learner, Mode, Overrides, Precision, Probe};
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use crate::evidence::{conclude, constant, known_component, random_features, random_targets};
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// A named component runs exactly as often as it should.
///
/// Counts the calls of a component, such as `lstm.cell`, in evaluation, in
/// training mode and in a training step, for sequences of several lengths and
/// for several batch sizes. Each batch is evaluated twice, because a model
/// that remembers the last one may skip work the second time. The count must
/// be exact.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallCount {
    /// The component, as the model names it.
    component: String,
    /// What the component should run once for. A batch of sequences is one
    /// call an element, because all its sequences are read together.
    #[serde(default)]
    per: Per,
    /// How many calls that makes each time: 2 for a component that reads a
    /// sequence in both directions.
    #[serde(default = "once")]
    times: Count,
    /// Lengths of sequences to try, besides the usual one. 1 is where a loop
    /// that starts late does nothing, 2 where one that ends early does.
    #[serde(default = "lengths")]
    lengths: Vec<Count>,
    /// Batch sizes to try.
    #[serde(default = "batch_sizes")]
    batch_sizes: Vec<Count>,
}

fn once() -> Count {
    constant(1.0)
}

fn lengths() -> Vec<Count> {
    [1.0, 2.0, 5.0, 8.0, 13.0].map(constant).to_vec()
}

fn batch_sizes() -> Vec<Count> {
    [1.0, 3.0].map(constant).to_vec()
}

/// What a component runs once for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Per {
    /// Each element of the sequences, for all sequences of a batch together.
    #[default]
    Element,
    /// Each batch.
    Batch,
    /// Each example of a batch.
    Example,
}

impl Check for CallCount {
    const ABOUT: About = About {
        name: "call-count",
        chapter: Chapter::Training,
        figure: include_str!("figures/call-count.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact counting, by a probe that the component itself calls.",
        error_rates: "Deterministic. What a call computes is not looked at: a cell that runs \
                      often enough on the wrong element is for `no-leak-from-future` and \
                      `matches-reference`.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut learner = context.learner(0, &Overrides::default())?;
        known_component(learner.as_ref(), &self.component)?;
        let (mut counted, mut exact, mut faults) = (0, 0, Vec::new());
        for length in self.lengths(learner.as_ref())? {
            for size in self.batch_sizes.iter().map(|size| size.get()) {
                context.keep_going()?;
                let batch = batch(context, learner.as_ref(), size, length)?;
                let expected = self.expected(learner.as_ref(), size, length)?;
                for (when, calls) in self.count(learner.as_mut(), &batch)? {
                    counted += 1;
                    exact += usize::from(calls == expected);
                    if calls != expected {
                        let sequences =
                            length.map_or(String::new(), |length| format!(" of {length} elements"));
                        faults.push(format!(
                            "`{}` ran {calls} times in {when} for a batch of {size}{sequences}; \
                             expected {expected}",
                            self.component
                        ));
                    }
                }
            }
        }
        let measurements = vec![
            Measurement::new("passes_counted", f64::from(counted))
                .unit("passes")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("passes_exact", exact as f64)
                .unit("passes")
                .bound(Bound::Equal(f64::from(counted))),
        ];
        Ok(conclude(context, measurements, faults))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

impl CallCount {
    /// The lengths to try; one `None` for a model that reads no sequences.
    fn lengths(&self, learner: &dyn Learner) -> Outcome<Vec<Option<usize>>> {
        let Some(axis) = learner.input().sequence_axis() else {
            return match self.per {
                Per::Element => Err(Failure::Case(
                    "`per = \"element\"` needs a model that reads sequences; this one does not"
                        .to_owned(),
                )),
                Per::Batch | Per::Example => Ok(vec![None]),
            };
        };
        let usual = learner.input().usual_shape()[axis];
        let mut lengths: Vec<usize> = self.lengths.iter().map(|length| length.get()).collect();
        lengths.push(usual);
        lengths.sort_unstable();
        lengths.dedup();
        Ok(lengths.into_iter().map(Some).collect())
    }

    fn expected(&self, learner: &dyn Learner, size: usize, length: Option<usize>) -> Outcome<u64> {
        let calls = match (self.per, length) {
            (Per::Element, Some(length)) => length,
            (Per::Example, _) => size,
            (Per::Batch, _) => 1,
            (Per::Element, None) => learner.input().width(),
        };
        Ok((calls * self.times.get()) as u64)
    }

    /// Calls in each kind of pass over a batch.
    fn count(&self, learner: &mut dyn Learner, batch: &Batch) -> Outcome<Vec<(&'static str, u64)>> {
        let mut forward = |mode| -> Outcome<u64> {
            let mut probe = Probe::counting();
            learner.forward(&batch.inputs, mode, &mut probe)?;
            Ok(probe.calls().get(&self.component).copied().unwrap_or(0))
        };
        let mut counts = vec![
            ("evaluation", forward(Mode::Evaluation)?),
            (
                "evaluation of the same batch again",
                forward(Mode::Evaluation)?,
            ),
            ("training mode", forward(Mode::Training)?),
        ];
        let report = learner.step(std::slice::from_ref(batch))?;
        let calls = report.calls.get(&self.component).copied().unwrap_or(0);
        counts.push(("a training step", calls));
        Ok(counts)
    }
}

fn batch(
    context: &Context,
    learner: &dyn Learner,
    size: usize,
    length: Option<usize>,
) -> Outcome<Batch> {
    let streams = context.streams(0).child("call-count");
    let mut stream = streams.stream(&format!("{size}/{}", length.unwrap_or(0)));
    let precision = Precision::Single;
    let features = random_features(learner.input(), size, length, precision, &mut stream)?;
    Ok(Batch {
        inputs: Inputs::new(features),
        targets: random_targets(learner.output(), size, precision, &mut stream)?,
    })
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a loop that ends one element early",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "lstm", sequence = [4, 4], hidden = 8 }
                fault = "one-step-too-few"
                [test.x]
                check = "call-count"
                dataset = "blobs"
                model = "broken"
                component = "lstm.cell"
            "#,
            says: "`lstm.cell` ran 1 times in evaluation for a batch of 1 of 2 elements; expected 2",
        },
        Fault {
            name: "work skipped because of what is remembered",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "gru", sequence = [4, 4], hidden = 8 }
                fault = "cached-by-shape"
                [test.x]
                check = "call-count"
                dataset = "blobs"
                model = "broken"
                component = "gru.cell"
            "#,
            says: "`gru.cell` ran 0 times in evaluation of the same batch again",
        },
        Fault {
            name: "a step that does not run what evaluation runs",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "lstm", sequence = [4, 4], hidden = 8 }
                fault = "step-truncates-sequences"
                [test.x]
                check = "call-count"
                dataset = "blobs"
                model = "broken"
                component = "lstm.cell"
            "#,
            says: "in a training step",
        },
    ],
    sound: &[
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "call-count"
                dataset = "blobs"
                model = "lstm"
                component = "lstm.cell"
            "#,
        },
        Sound {
            name: "gru",
            spec: r#"
                [test.x]
                check = "call-count"
                dataset = "blobs"
                model = "gru"
                component = "gru.cell"
                per = "element"
            "#,
        },
        Sound {
            name: "once a batch in a transformer",
            spec: r#"
                [test.x]
                check = "call-count"
                dataset = "blobs"
                model = "transformer"
                component = "transformer.attention.0"
                per = "batch"
            "#,
        },
        Sound {
            name: "once a batch in an mlp",
            spec: r#"
                [test.x]
                check = "call-count"
                dataset = "blobs"
                model = "mlp"
                component = "mlp.0"
                per = "batch"
            "#,
        },
    ],
};
