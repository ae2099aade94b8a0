//! `end-to-end`: the whole pipeline runs, and what comes out is good enough.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_ledger::Artifact;
use seatrial_pipeline::{ModelName, Options};
use seatrial_spec::{Count, Fraction, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::planted::{built_in, by_awk, by_shell, rest};
use super::workshop::Workshop;
use crate::evidence::constant;
use crate::statistics::mean_over_runs;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// The whole pipeline runs, every contract holds, and its metrics are within
/// their bounds.
///
/// All stages run, from raw data to a package. A stage that fails, a table that
/// breaks its contract or is empty, and a metric that no stage gives are failures
/// that name the stage. Metrics come from `evaluate` stages and from JSON files
/// that commands make; those of nested tables are written with dots
/// (`test.accuracy`). With `runs = N`, what depends on the seed runs N times, and
/// bounds apply to the interval of the mean.
///
/// `subset` and `model` make the fast form of a slow case from the same pipeline.
/// What was made before from the same code, parameters and inputs is taken up
/// again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EndToEnd {
    /// About how many rows of the loaded table to run on: the same rows every time,
    /// each class in proportion, and at least five of each if there are as many.
    /// All rows when left out.
    subset: Option<Count>,
    /// The column whose classes the subset keeps in proportion; the one that is
    /// predicted when left out.
    stratify: Option<String>,
    /// A model to train in place of the declared one: a simpler one, for the fast
    /// form.
    #[schemars(rename = "model")]
    #[serde(rename = "model")]
    _model: Option<ModelName>,
    /// The least that metrics may be, by name.
    min: BTreeMap<String, f64>,
    /// The most that metrics may be, by name.
    max: BTreeMap<String, f64>,
    /// How often the interval of a mean over runs may miss the mean of all runs that
    /// there could be.
    false_alarm: Fraction,
}

impl Default for EndToEnd {
    fn default() -> Self {
        Self {
            subset: None,
            stratify: None,
            _model: None,
            min: BTreeMap::new(),
            max: BTreeMap::new(),
            false_alarm: constant(0.01),
        }
    }
}

impl Check for EndToEnd {
    const ABOUT: About = About {
        name: "end-to-end",
        chapter: Chapter::Pipeline,
        figure: include_str!("figures/end-to-end.txt"),
        needs: &[SubjectKind::Pipeline],
        method: "Runs every stage in the order of its inputs. Means over runs have Student's \
                 interval over runs.",
        error_rates: "One run is a statement about its seed, without an error rate. With several, \
                      the interval of a mean misses with probability `false_alarm`; few runs that \
                      differ make it wide, and then the case is inconclusive.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let workshop = Workshop::of(context)?;
        let store = workshop.store()?;
        let stopped = || context.host.stopped();
        let mut seen: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let (mut stages, mut reused, mut graph) = (0, 0, None);
        let runs = context.runs(1);
        for run in 0..runs {
            let options = Options {
                run,
                subset: self.subset.map(Count::get),
                stratify: self.stratify.clone(),
                model: workshop.other_model()?,
                ..Options::new(context.case.seed, &stopped)
            };
            let (ran, figure) = workshop.run_seen(&store, options)?;
            let done = match ran.well() {
                Ok(done) => done,
                Err(verdict) => return Ok(verdict.with_figures([figure])),
            };
            graph = Some(figure);
            stages = done.stages.len();
            reused += done.stages.iter().filter(|stage| stage.reused).count();
            for made in done.artifacts.values() {
                let suffix = if runs > 1 {
                    format!("[run={run}]")
                } else {
                    String::new()
                };
                context.host.made(Artifact {
                    name: format!("{}/{}{suffix}", workshop.pipeline.name, made.name),
                    hash: made.fingerprint.to_string(),
                    path: None,
                });
            }
            for (name, value) in done.metrics()? {
                seen.entry(name).or_default().push(value);
            }
        }
        let declared = workshop.pipeline.declaration.stage.len();
        let mut measurements = vec![
            Measurement::new("stages_done", stages as f64)
                .unit("stages")
                .bound(Bound::Equal(declared as f64)),
            // Of how it came about: no result, and no difference between two runs.
            Measurement::new("stages_reused", reused as f64).unit("reused"),
        ];
        if let Some(verdict) = self.missing(&seen, runs) {
            return Ok(verdict.with_figures(graph));
        }
        for (name, values) in &seen {
            measurements.push(self.measure(name, values));
        }
        Ok(Verdict::judge(measurements, context.spanning()).with_figures(graph))
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl EndToEnd {
    /// A metric with a bound that not every run gave.
    fn missing(&self, seen: &BTreeMap<String, Vec<f64>>, runs: usize) -> Option<Verdict> {
        let mut bounded = self.min.keys().chain(self.max.keys());
        let name = bounded.find(|name| seen.get(*name).is_none_or(|of| of.len() < runs))?;
        let known: Vec<&str> = seen.keys().map(String::as_str).collect();
        let help = seatrial_spec::did_you_mean(name, known.iter().copied());
        let message = format!(
            "no stage gives the metric `{name}`; there are `{}`",
            known.join("`, `")
        );
        Some(Verdict::fail(message).with_hint(help.unwrap_or_default()))
    }

    fn measure(&self, name: &str, values: &[f64]) -> Measurement {
        let bound = match (self.min.get(name), self.max.get(name)) {
            (Some(min), Some(max)) => Some(Bound::Between(*min, *max)),
            (Some(min), None) => Some(Bound::AtLeast(*min)),
            (None, Some(max)) => Some(Bound::AtMost(*max)),
            (None, None) => None,
        };
        let mut measurement = Measurement::new(name, values[0]);
        if values.len() > 1 {
            let runs: Vec<Vec<f64>> = values.iter().map(|value| vec![*value]).collect();
            let mean = mean_over_runs(&runs, self.false_alarm.get());
            measurement = Measurement::new(name, mean.mean).interval(mean.low, mean.high);
        }
        match bound {
            Some(bound) => measurement.bound(bound),
            None => measurement,
        }
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "a stage that fails",
        spec: by_shell!("fails.sh", "check = \"end-to-end\""),
        says: "stage `features`: `sh` ended with exit code 3; on standard error:\nthe disk of \
                   sightings is not mounted",
    },
    Fault {
        name: "a renamed column",
        spec: by_awk!("features-renamed.awk", "check = \"end-to-end\""),
        says: "the contract of `features` does not hold: there is no column `dusk`",
    },
    Fault {
        name: "features that say nothing",
        spec: concat!(
            r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["awk", "-f", "features-noise.awk", "{in.raw}"]
stdout = "features"
"#,
            rest!(),
            "[test.x]\npipeline = \"p\"\ncheck = \"end-to-end\"\nmin = { balanced_accuracy = 0.7 }"
        ),
        says: "balanced_accuracy",
    },
    Fault {
        name: "a metric that no stage gives",
        spec: by_awk!("check = \"end-to-end\"\nmin = { f1 = 0.1 }"),
        says: "no stage gives the metric `f1`",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "features by awk",
        spec: by_awk!("check = \"end-to-end\"\nmin = { balanced_accuracy = 0.7 }"),
    },
    Sound {
        name: "built-in stages, on a subset with a simpler model",
        spec: built_in!(
            "check = \"end-to-end\"\nsubset = 200\nmodel = \"logistic\"\nmax = { log_loss = 1 }"
        ),
    },
];
