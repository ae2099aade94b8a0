//! `padding-invariant`: padding changes nothing, and the last element counts.

use candle_core::Tensor;
use schemars::JsonSchema;
use seatrial_model::{Inputs, Learner, Overrides, Precision};
use seatrial_rng::Stream;
use seatrial_spec::{Count, Positive, SubjectKind};
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{HUGE, compare, conclude, constant, evaluate, from_numbers, random_features};
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// Padding changes nothing, and the last real element does.
///
/// Sequences of several lengths are evaluated one by one without padding, and
/// then together, padded to a common length with zeros, with other numbers and
/// with huge ones. Outputs must agree. So that a mask that is one too short is
/// seen as well, changing the last real element must change the outputs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PaddingInvariant {
    /// Lengths of the sequences. 1 is the shortest that there is.
    lengths: Vec<Count>,
    /// Elements of padding behind the longest sequence.
    padding: Count,
    /// How far an output may move, relative to its size where that is above 1.
    /// Batches of other shapes may be added up in another order: 1e-5 is a
    /// hundred roundings of single precision.
    tolerance: Positive,
}

impl Default for PaddingInvariant {
    fn default() -> Self {
        Self {
            lengths: [1.0, 2.0, 3.0, 5.0, 8.0].map(constant).to_vec(),
            padding: constant(3.0),
            tolerance: constant(1e-5),
        }
    }
}

impl Check for PaddingInvariant {
    const ABOUT: About = About {
        name: "padding-invariant",
        chapter: Chapter::Training,
        figure: include_str!("figures/padding-invariant.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "A metamorphic relation: padding is no part of the input, so outputs do not \
                 follow it. The unpadded sequence by itself is the reference.",
        error_rates: "Deterministic in the case's seed. A leak smaller than `tolerance` is \
                      missed.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut learner = context.learner(0, &Overrides::default())?;
        if !learner.input().accepts_lengths || learner.input().sequence_axis() != Some(0) {
            let reason = "the model takes no sequences of different lengths: there is no padding";
            return Err(Failure::Case(reason.to_owned()));
        }
        let mut stream = context.streams(0).stream("padding-invariant");
        let sequences = self.sequences(learner.as_ref(), &mut stream)?;
        let alone: Vec<Tensor> = sequences
            .iter()
            .map(|sequence| evaluate(learner.as_mut(), &Inputs::new(sequence.clone())))
            .collect::<Outcome<_>>()?;
        let (mut compared, mut largest, mut faults) = (0, 0.0_f64, Vec::new());
        for (what, scale) in [
            ("zeros", 0.0),
            ("other numbers", 1.0),
            ("huge numbers", HUGE),
        ] {
            context.keep_going()?;
            let batch = self.padded(learner.as_ref(), &sequences, scale, &mut stream)?;
            let together = evaluate(learner.as_mut(), &batch)?;
            for (row, expected) in alone.iter().enumerate() {
                let seen = together.narrow(0, row, 1)?;
                let comparison = compare(expected, &seen, self.tolerance.get())?;
                compared += 1;
                largest = largest.max(comparison.largest);
                if !comparison.agrees() {
                    faults.push(format!(
                        "a sequence of {} elements, padded with {what}, gives other outputs than \
                         without padding: output {comparison}; is the mask off by one?",
                        sequences[row].dims()[1]
                    ));
                }
            }
        }
        let blind = self.blind(learner.as_mut(), &sequences, &mut stream)?;
        faults.extend(blind.iter().map(|length| {
            format!(
                "the last element of a sequence of {length} changes nothing: is the mask one too \
                 short?"
            )
        }));
        let measurements = vec![
            Measurement::new("comparisons", f64::from(compared)).bound(Bound::AtLeast(1.0)),
            Measurement::new(
                "outputs_that_follow_padding",
                (faults.len() - blind.len()) as f64,
            )
            .bound(Bound::Equal(0.0)),
            Measurement::new("outputs_blind_to_last_element", blind.len() as f64)
                .bound(Bound::Equal(0.0)),
            Measurement::new("difference_max", largest).bound(Bound::AtMost(self.tolerance.get())),
        ];
        // The control comes last, and explains best.
        faults.reverse();
        Ok(conclude(context, measurements, faults))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

impl PaddingInvariant {
    /// Random sequences, each `[1, its length, …]`.
    fn sequences(&self, learner: &dyn Learner, stream: &mut Stream) -> Outcome<Vec<Tensor>> {
        let (schema, precision) = (learner.input(), Precision::Single);
        let lengths = self.lengths.iter().map(|length| length.get());
        lengths
            .map(|length| random_features(schema, 1, Some(length), precision, stream))
            .collect()
    }

    /// All sequences in one batch, padded with random numbers from the range
    /// of the training data times `scale`.
    fn padded(
        &self,
        learner: &dyn Learner,
        sequences: &[Tensor],
        scale: f64,
        stream: &mut Stream,
    ) -> Outcome<Inputs> {
        let lengths: Vec<usize> = sequences
            .iter()
            .map(|sequence| sequence.dims()[1])
            .collect();
        let total = lengths.iter().max().unwrap_or(&0) + self.padding.get();
        let padded = sequences.iter().map(|sequence| -> Outcome<Tensor> {
            let missing = Some(total - sequence.dims()[1]);
            let padding = random_features(learner.input(), 1, missing, Precision::Single, stream)?;
            Ok(Tensor::cat(&[sequence, &(padding * scale)?], 1)?)
        });
        Ok(Inputs {
            features: Tensor::cat(&padded.collect::<Outcome<Vec<_>>>()?, 0)?,
            lengths: Some(lengths),
        })
    }

    /// Lengths of the sequences whose last element changes nothing.
    fn blind(
        &self,
        learner: &mut dyn Learner,
        sequences: &[Tensor],
        stream: &mut Stream,
    ) -> Outcome<Vec<usize>> {
        let (low, high) = learner.input().range;
        let changed = sequences.iter().map(|sequence| {
            let mut values = numbers(sequence)?;
            let element = values.len() / sequence.dims()[1];
            let first = values.len() - element;
            values[first..].fill_with(|| stream.uniform(low, high));
            from_numbers(values, sequence.dims(), sequence.dtype())
        });
        let changed = changed.collect::<Outcome<Vec<_>>>()?;
        // The same padding in both batches: only the last element differs.
        let batch = self.padded(learner, sequences, 0.0, stream)?;
        let before = evaluate(learner, &batch)?;
        let batch = self.padded(learner, &changed, 0.0, stream)?;
        let after = evaluate(learner, &batch)?;
        let mut blind = Vec::new();
        for (row, sequence) in sequences.iter().enumerate() {
            if compare(&before.get(row)?, &after.get(row)?, 0.0)?.agrees() {
                blind.push(sequence.dims()[1]);
            }
        }
        Ok(blind)
    }
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a mask one too long",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "lstm", sequence = [4, 4], hidden = 8 }
                fault = "mask-one-too-long"
                [test.x]
                check = "padding-invariant"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "padded with huge numbers, gives other outputs than without padding",
        },
        Fault {
            name: "a mask one too short",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "gru", sequence = [4, 4], hidden = 8 }
                fault = "mask-one-too-short"
                [test.x]
                check = "padding-invariant"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the last element of a sequence of 8 changes nothing",
        },
        Fault {
            name: "no mask",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "transformer", sequence = [4, 4], d_model = 16, heads = 2 }
                fault = "mask-ignored"
                [test.x]
                check = "padding-invariant"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "gives other outputs than without padding",
        },
    ],
    sound: &[
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "padding-invariant"
                dataset = "blobs"
                model = "lstm"
            "#,
        },
        Sound {
            name: "gru",
            spec: r#"
                [test.x]
                check = "padding-invariant"
                dataset = "blobs"
                model = "gru"
            "#,
        },
        Sound {
            name: "transformer",
            spec: r#"
                [test.x]
                check = "padding-invariant"
                dataset = "blobs"
                model = "transformer"
            "#,
        },
        Sound {
            name: "causal transformer",
            spec: r#"
                [model.causal]
                family = "transformer"
                sequence = [4, 4]
                d_model = 16
                heads = 2
                causal = true
                [test.x]
                check = "padding-invariant"
                dataset = "blobs"
                model = "causal"
            "#,
        },
    ],
};
