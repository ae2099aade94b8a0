//! Versions that are exactly as good as their bounds, which are known without a
//! sample, and versions that are not.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use libtest_mimic::{Failed, Trial};
use seatrial_rng::Stream;

use crate::tally::{Run, Tally, tally, write};
use crate::{ASKED, FALSE_ALARM};

/// Of how many rows the label is yes.
const POSITIVE: f64 = 0.4;

/// Scores that are given, and how often to rows of either label.
const LEVELS: [(f64, f64, f64); 6] = [
    (0.05, 0.35, 0.03),
    (0.2, 0.25, 0.07),
    (0.4, 0.20, 0.15),
    (0.6, 0.12, 0.20),
    (0.8, 0.06, 0.25),
    (0.95, 0.02, 0.30),
];

pub fn trials(trials: &mut Vec<Trial>) {
    let mut add = |name: String, run: Run| {
        let named = name.clone();
        trials.push(Trial::test(name, move || run(&named)));
    };
    for (metric, truth, better) in truths() {
        let key = if better { "min" } else { "max" };
        for (rows, sliced) in [(200, false), (1_000, true)] {
            let how = if sliced { "-in-slices" } else { "" };
            add(
                format!("a-version-at-its-bound-of-{metric}{how}-seldom-fails"),
                Box::new(move |name| {
                    let spec = quality(key, metric, truth, sliced, ASKED);
                    classes(name, &spec, rows, 400)?.at_most(FALSE_ALARM)
                }),
            );
        }
        add(
            format!("a-version-at-its-bound-of-{metric}-seldom-fails-quality-as-it-comes"),
            Box::new(move |name| {
                let spec = quality(key, metric, truth, true, "");
                classes(name, &spec, 1_000, 300)?.at_most(0.01)
            }),
        );
        // What is off by a twentieth shows in so many rows.
        let bound = truth * if better { 1.05 } else { 0.95 };
        add(
            format!("a-version-beyond-its-bound-of-{metric}-fails"),
            Box::new(move |name| {
                let spec = quality(key, metric, bound, false, ASKED);
                classes(name, &spec, 30_000, 30)?.nearly_all(metric)
            }),
        );
    }
    for (metric, truth) in [("mae", (2.0 / std::f64::consts::PI).sqrt()), ("rmse", 1.0)] {
        add(
            format!("a-version-at-its-bound-of-{metric}-seldom-fails"),
            Box::new(move |name| {
                let spec = quality("max", metric, truth, false, ASKED);
                numbers(name, &spec, 200, 400)?.at_most(FALSE_ALARM)
            }),
        );
        add(
            format!("a-version-beyond-its-bound-of-{metric}-fails"),
            Box::new(move |name| {
                let spec = quality("max", metric, 0.9 * truth, false, ASKED);
                numbers(name, &spec, 5_000, 30)?.nearly_all(metric)
            }),
        );
    }
    for rows in [100, 1_000, 10_000] {
        // Of what is allowed nothing is left: the strictest question there is.
        for (off, what) in [(0.0, "calibrated"), (0.05, "off-by-what-is-allowed")] {
            add(
                format!("scores-that-are-{what}-seldom-fail-calibration-at-{rows}-rows"),
                Box::new(move |name| {
                    calibrated(name, rows, 300, off, &calibration(off, ASKED))?.at_most(FALSE_ALARM)
                }),
            );
        }
    }
    for (rate, how, at_most) in [(ASKED, "", FALSE_ALARM), ("", "-as-it-comes", 0.01)] {
        add(
            format!("scores-that-are-calibrated-seldom-fail-calibration-in-slices{how}"),
            Box::new(move |name| {
                let spec = calibration(0.0, rate) + "slices = [\"shop\"]\n";
                calibrated(name, 1_000, 200, 0.0, &spec)?.at_most(at_most)
            }),
        );
    }
    add(
        "scores-that-are-off-by-twice-what-is-allowed-fail-calibration".to_owned(),
        Box::new(|name| {
            calibrated(name, 10_000, 30, 0.1, &calibration(0.05, ASKED))?.nearly_all("ece")
        }),
    );
}

/// Metrics of [`LEVELS`], by their definitions, and whether more is better.
fn truths() -> [(&'static str, f64, bool); 7] {
    let over = |of: &dyn Fn(f64, f64, f64) -> f64| -> f64 {
        let parts = LEVELS.iter();
        parts
            .map(|&(score, no, yes)| of(score, (1.0 - POSITIVE) * no, POSITIVE * yes))
            .sum()
    };
    let taken = |score: f64| f64::from(u8::from(score >= 0.5));
    let hits = over(&|score, _, yes| taken(score) * yes);
    let alarms = over(&|score, no, _| taken(score) * no);
    let (recall, precision) = (hits / POSITIVE, hits / (hits + alarms));
    let accuracy = hits + (1.0 - POSITIVE) - alarms;
    let auc = over(&|score, _, yes| {
        let below = over(&|other, no, _| match other {
            other if other < score => no,
            other if other == score => 0.5 * no,
            _ => 0.0,
        });
        yes * below / (POSITIVE * (1.0 - POSITIVE))
    });
    [
        ("accuracy", accuracy, true),
        ("recall", recall, true),
        ("precision", precision, true),
        ("f1", 2.0 * precision * recall / (precision + recall), true),
        ("roc_auc", auc, true),
        (
            "log_loss",
            over(&|score, no, yes| -yes * score.ln() - no * (1.0 - score).ln()),
            false,
        ),
        (
            "brier_score",
            over(&|score, no, yes| yes * (1.0 - score).powi(2) + no * score.powi(2)),
            false,
        ),
    ]
}

fn quality(key: &str, metric: &str, bound: f64, sliced: bool, rate: &str) -> String {
    let says = match metric {
        "mae" | "rmse" => "prediction = \"said\"",
        _ => "score = \"said\"\nclasses = [\"no\", \"yes\"]",
    };
    let slices = if sliced { "slices = [\"shop\"]" } else { "" };
    format!(
        r#"
[predictions.candidate]
path = "candidate.csv"
key = "id"
label = "label"
{says}
[test.x]
check = "quality"
predictions = "candidate"
{key} = {{ {metric} = {bound} }}
{rate}
{slices}
"#
    )
}

fn classes(name: &str, spec: &str, rows: usize, repeats: usize) -> Result<Tally, Failed> {
    tally(name, spec, repeats, |stream, folder| {
        let (mut labels, mut scores) = (vec![], vec![]);
        for _ in 0..rows {
            let label = stream.chance(POSITIVE);
            let (mut left, mut said) = (stream.unit(), LEVELS[LEVELS.len() - 1].0);
            for (score, no, yes) in LEVELS {
                left -= if label { yes } else { no };
                if left < 0.0 {
                    said = score;
                    break;
                }
            }
            labels.push(["no", "yes"][usize::from(label)]);
            scores.push(said);
        }
        table(stream, folder, Arc::new(StringArray::from(labels)), scores)
    })
}

/// Errors are normal of deviation 1.
fn numbers(name: &str, spec: &str, rows: usize, repeats: usize) -> Result<Tally, Failed> {
    tally(name, spec, repeats, |stream, folder| {
        let labels: Vec<f64> = (0..rows).map(|_| 2.0 * stream.normal()).collect();
        let said = labels.iter().map(|label| label + stream.normal()).collect();
        table(stream, folder, Arc::new(Float64Array::from(labels)), said)
    })
}

fn calibration(allowed: f64, rate: &str) -> String {
    format!(
        r#"
[predictions.candidate]
path = "candidate.csv"
key = "id"
label = "label"
score = "said"
classes = ["no", "yes"]
[test.x]
check = "calibration"
predictions = "candidate"
ece_max = {allowed}
{rate}
"#
    )
}

/// Of the rows that are given a probability, so much fewer are positive.
fn calibrated(
    name: &str,
    rows: usize,
    repeats: usize,
    off: f64,
    spec: &str,
) -> Result<Tally, Failed> {
    tally(name, spec, repeats, |stream, folder| {
        let (mut labels, mut scores) = (vec![], vec![]);
        for _ in 0..rows {
            let score = stream.uniform(off, 1.0);
            labels.push(["no", "yes"][usize::from(stream.chance(score - off))]);
            scores.push(score);
        }
        table(stream, folder, Arc::new(StringArray::from(labels)), scores)
    })
}

/// The table of predictions, its rows in slices that do not matter.
fn table(
    stream: &mut Stream,
    folder: &Path,
    label: ArrayRef,
    said: Vec<f64>,
) -> Result<(), Failed> {
    let rows = said.len();
    let shops: Vec<&str> = (0..rows)
        .map(|_| ["east", "north", "south", "west"][stream.below(4)])
        .collect();
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows as i64));
    let columns = vec![
        ("id", id),
        ("label", label),
        ("shop", Arc::new(StringArray::from(shops))),
        ("said", Arc::new(Float64Array::from(said))),
    ];
    write(folder, "candidate.csv", columns)
}
