//! `init-order`: initial numbers do not depend on the order of construction.

use schemars::JsonSchema;
use seatrial_model::{Construction, Overrides, Parameter};
use seatrial_spec::SubjectKind;
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::sameness::{described, differences, differing};
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// Initial parameters do not depend on the order in which a model is built.
///
/// The model is built with one seed in its usual order, twice; in reverse
/// order; and with one component more before all others. Every parameter must
/// start from the same numbers each time. Otherwise, moving a layer in the
/// code, or adding one, silently changes all results.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InitOrder {}

/// How a model is built: the word for it, and what a difference would mean.
const WAYS: [(&str, Construction, &str); 3] = [
    (
        "built_again",
        Construction::Declared,
        "built a second time from the same seed, in the same order: initial numbers come from a \
         generator that others share or that no seed decides, such as a global counter",
    ),
    (
        "built_in_reverse",
        Construction::Reversed,
        "built in reverse order: initial numbers are handed out in the order of construction. \
         Draw each parameter's from a stream of its own name (initialisation = \"named\")",
    ),
    (
        "built_with_one_more",
        Construction::WithExtra,
        "built with one component more: its numbers were taken from the others' stream. Draw \
         each parameter's from a stream of its own name (initialisation = \"named\")",
    ),
];

impl Check for InitOrder {
    const ABOUT: About = About {
        name: "init-order",
        chapter: Chapter::Reproducibility,
        figure: include_str!("figures/init-order.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Exact: initial parameters are compared to the bit.",
        error_rates: "No false alarms. Misses a dependence on orders other than these three, \
                      and a model whose numbers happen to be constant.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let build = |construction| -> Outcome<Vec<Parameter>> {
            context.keep_going()?;
            let overrides = Overrides {
                construction,
                ..Overrides::default()
            };
            Ok(context.learner(0, &overrides)?.parameters()?)
        };
        let usual = build(Construction::Declared)?;
        let mut measurements = vec![
            Measurement::new("parameters_compared", usual.len() as f64)
                .unit("parameters")
                .bound(Bound::AtLeast(1.0)),
        ];
        let mut fault = None;
        for (word, construction, cause) in WAYS {
            let found = differences(&usual, &build(construction)?)?;
            measurements.push(
                Measurement::new(format!("differing_numbers_{word}"), differing(&found))
                    .unit("numbers")
                    .bound(Bound::Equal(0.0)),
            );
            // The first way that fails explains those after it.
            if fault.is_none() && !found.is_empty() {
                fault = Some(format!("{}, when {cause}", described(&found)));
            }
        }
        let verdict = Verdict::judge(measurements, context.spanning());
        Ok(match fault {
            Some(fault) => verdict.against(fault),
            None => verdict,
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "sequential initialisation",
        spec: r#"
            [model.ported]
            family = "mlp"
            hidden = [8]
            initialisation = "sequential"
            [test.x]
            check = "init-order"
            dataset = "blobs"
            model = "ported"
        "#,
        says: "handed out in the order of construction",
    },
    Fault {
        name: "a global counter",
        spec: r#"
            [model.broken]
            family = "broken"
            of = { family = "mlp", hidden = [8] }
            fault = "initialised-by-counter"
            [test.x]
            check = "init-order"
            dataset = "blobs"
            model = "broken"
        "#,
        says: "built a second time from the same seed",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "mlp",
        spec: r#"
            [test.x]
            check = "init-order"
            dataset = "blobs"
            model = "mlp"
        "#,
    },
    Sound {
        name: "transformer",
        spec: r#"
            [test.x]
            check = "init-order"
            dataset = "blobs"
            model = "transformer"
        "#,
    },
];
