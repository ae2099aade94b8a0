//! `no-leak-from-future`: an element sees only itself and what came before.

use schemars::JsonSchema;
use seatrial_model::{Inputs, Learner, Mode, Overrides, Precision, Probe};
use seatrial_rng::Stream;
use seatrial_spec::{Count, NonNegative, SubjectKind};
use seatrial_verdict::{Bound, Measurement};
use serde::Deserialize;

use candle_core::Tensor;

use crate::context::numbers;
use crate::evidence::{
    HUGE, compare, conclude, constant, from_numbers, known_component, random_features,
};
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// What a component gives at an element does not depend on later elements.
///
/// For each place in a sequence, everything behind it is replaced, by other
/// and by huge numbers: what the component gives up to that place must stay
/// the same. And it must not be blind: replacing an element must change what
/// the component gives there.
///
/// A component that is called once an element, such as `lstm.cell`, gives one
/// output a call. One that is called once for a whole sequence, such as a
/// transformer's attention, gives `[batch, length, …]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoLeakFromFuture {
    /// The component, as the model names it.
    component: String,
    /// Elements in the sequences, 2 at least. A mask that is off by one shows
    /// in any sequence that is a little longer than that.
    #[serde(default = "length")]
    length: Count,
    /// Sequences in the batch.
    #[serde(default = "examples")]
    examples: Count,
    /// How far an output may move, relative to its size where that is above 1.
    /// 0 asks for the same bits; products over a whole sequence at once may
    /// need 1e-6.
    #[serde(default = "tolerance")]
    tolerance: NonNegative,
}

fn length() -> Count {
    constant(6.0)
}

fn examples() -> Count {
    constant(3.0)
}

fn tolerance() -> NonNegative {
    constant(0.0)
}

impl Check for NoLeakFromFuture {
    const ABOUT: About = About {
        name: "no-leak-from-future",
        chapter: Chapter::Training,
        figure: include_str!("figures/no-leak-from-future.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Perturbation of the future at every place of a sequence, with a control that \
                 perturbs the present: the test of causality of masked attention (Vaswani et \
                 al., 2017, section 3.2.3).",
        error_rates: "Deterministic in the case's seed. A leak that needs a rare input to show \
                      is missed. Nothing is said about other components.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let mut learner = context.learner(0, &Overrides::default())?;
        known_component(learner.as_ref(), &self.component)?;
        if learner.input().sequence_axis() != Some(0) {
            let reason = "the model reads no sequences: there is no future to leak from";
            return Err(Failure::Case(reason.to_owned()));
        }
        let length = self.length.get().max(2);
        let mut stream = context.streams(0).stream("no-leak-from-future");
        let sequences =
            Sequences::random(learner.as_ref(), self.examples.get(), length, &mut stream)?;
        let expected = self.states(learner.as_mut(), &sequences, &sequences.values)?;
        let (mut compared, mut largest, mut faults) = (0, 0.0_f64, Vec::new());
        for place in 0..length {
            context.keep_going()?;
            for (what, scale) in [("other", 1.0), ("huge", HUGE)] {
                let later = |element| element > place;
                let values = sequences.replaced(later, scale, &mut stream);
                let seen = self.states(learner.as_mut(), &sequences, &values)?;
                for element in 0..=place {
                    let tolerance = self.tolerance.get();
                    let comparison = compare(&expected[element], &seen[element], tolerance)?;
                    compared += usize::from(place + 1 < length);
                    largest = largest.max(comparison.largest);
                    if !comparison.agrees() {
                        faults.push(format!(
                            "`{}` at element {element} of {length} follows elements behind \
                             {place}: with {what} numbers there, output {comparison}",
                            self.component
                        ));
                    }
                }
            }
            let values = sequences.replaced(|element| element == place, 1.0, &mut stream);
            let seen = self.states(learner.as_mut(), &sequences, &values)?;
            if compare(&expected[place], &seen[place], 0.0)?.agrees() {
                faults.push(format!(
                    "`{}` at element {place} of {length} does not depend on that element: \
                     nothing is shown about later ones",
                    self.component
                ));
            }
        }
        let measurements = vec![
            Measurement::new("comparisons", compared as f64).bound(Bound::AtLeast(1.0)),
            Measurement::new("leaks", faults.len() as f64).bound(Bound::Equal(0.0)),
            Measurement::new("difference_max", largest),
        ];
        Ok(conclude(context, measurements, faults))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// A batch of sequences as numbers, `[examples, length, …]`.
struct Sequences {
    shape: Vec<usize>,
    range: (f64, f64),
    values: Vec<f64>,
}

impl Sequences {
    fn random(
        learner: &dyn Learner,
        examples: usize,
        length: usize,
        stream: &mut Stream,
    ) -> Outcome<Self> {
        let (schema, precision) = (learner.input(), Precision::Single);
        let features = random_features(schema, examples, Some(length), precision, stream)?;
        Ok(Self {
            shape: features.dims().to_vec(),
            range: schema.range,
            values: numbers(&features)?,
        })
    }

    /// The numbers with some elements drawn anew, from the range times `scale`.
    fn replaced(&self, which: impl Fn(usize) -> bool, scale: f64, stream: &mut Stream) -> Vec<f64> {
        let width: usize = self.shape[2..].iter().product();
        let (low, high) = self.range;
        let mut values = self.values.clone();
        for (flat, value) in values.iter_mut().enumerate() {
            if which(flat / width % self.shape[1]) {
                *value = scale * stream.uniform(low, high);
            }
        }
        values
    }
}

impl NoLeakFromFuture {
    /// What the component gives at each element.
    fn states(
        &self,
        learner: &mut dyn Learner,
        sequences: &Sequences,
        values: &[f64],
    ) -> Outcome<Vec<Tensor>> {
        let dtype = Precision::Single.dtype();
        let features = from_numbers(values.to_vec(), &sequences.shape, dtype)?;
        let mut probe = Probe::capturing([self.component.as_str()]);
        learner.forward(&Inputs::new(features), Mode::Evaluation, &mut probe)?;
        let (outputs, length) = (probe.outputs(&self.component), sequences.shape[1]);
        match outputs {
            [whole] if whole.rank() > 1 && whole.dims()[1] == length => (0..length)
                .map(|element| Ok(whole.narrow(1, element, 1)?))
                .collect(),
            calls if calls.len() == length => Ok(calls.to_vec()),
            calls => {
                let shape = calls.first().map(|output| output.dims().to_vec());
                Err(Failure::Case(format!(
                    "`{}` gives nothing by element: {} outputs of shape {:?} for sequences of \
                     {length} elements; the components are {}",
                    self.component,
                    calls.len(),
                    shape.unwrap_or_default(),
                    crate::evidence::listed(&learner.components())
                )))
            }
        }
    }
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a sequence read backwards",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "lstm", sequence = [4, 4], hidden = 8 }
                fault = "reads-backwards"
                [test.x]
                check = "no-leak-from-future"
                dataset = "blobs"
                model = "broken"
                component = "lstm.cell"
            "#,
            says: "`lstm.cell` at element 0 of 6 follows elements behind 0",
        },
        Fault {
            name: "attention without its mask",
            spec: r#"
                [model.unmasked]
                family = "transformer"
                sequence = [4, 4]
                d_model = 16
                heads = 2
                layers = 1
                causal = false
                [test.x]
                check = "no-leak-from-future"
                dataset = "blobs"
                model = "unmasked"
                component = "transformer.attention.0"
            "#,
            says: "`transformer.attention.0` at element 0 of 6 follows elements behind 0",
        },
        Fault {
            name: "inputs that never reach the model",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "gru", sequence = [4, 4], hidden = 8 }
                fault = "inputs-ignored"
                [test.x]
                check = "no-leak-from-future"
                dataset = "blobs"
                model = "broken"
                component = "gru.cell"
            "#,
            says: "does not depend on that element",
        },
    ],
    sound: &[
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "no-leak-from-future"
                dataset = "blobs"
                model = "lstm"
                component = "lstm.cell"
            "#,
        },
        Sound {
            name: "gru",
            spec: r#"
                [test.x]
                check = "no-leak-from-future"
                dataset = "blobs"
                model = "gru"
                component = "gru.cell"
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
                layers = 2
                causal = true
                [test.x]
                check = "no-leak-from-future"
                dataset = "blobs"
                model = "causal"
                component = "transformer.block.1"
            "#,
        },
    ],
};
