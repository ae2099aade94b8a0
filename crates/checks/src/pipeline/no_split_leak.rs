//! `no-split-leak`: nothing crosses from what a model is measured on to what it
//! learns from.

mod compare;
mod influence;
mod membership;
mod parts;

use schemars::JsonSchema;
use seatrial_pipeline::Options;
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::planted::{built_in, by_awk, rest, sightings};
use super::workshop::{Workshop, scratch};
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// No row, key or time crosses the split, and no statistic that was fitted on the
/// rows to measure on reaches the rows to learn from.
///
/// Rows are parted by a column `split`, or stand in two tables. No row of the
/// training part may occur in another; with `key`, no key may; with `time`, no
/// training row may be later than the first row to measure on.
///
/// Then the loaded table is changed in the rows that are measured on, and in no
/// other: every value becomes one that a training row has. The key, the label and
/// what the split looks at stay as they are. The pipeline runs again, and the
/// training rows must come out as before: else a stage learnt from rows that it
/// must not see, such as a mean over all of them. The first such stage is named.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoSplitLeak {
    /// The table that is parted by its column `split`; what a model is trained on
    /// when left out.
    table: Option<String>,
    /// Where rows stand in two tables: the one to train on.
    train: Option<String>,
    /// And the one to measure on.
    validation: Option<String>,
    /// Columns that tell what must stay on one side: a row, a person, a device.
    key: Vec<String>,
    /// The column of moments, where the past must not know the future.
    time: Option<String>,
    /// Columns that need not differ between rows of two parts. Two rows are the same
    /// if all others are.
    ignore: Vec<String>,
    /// How many rows to measure on may occur among those to train on. In tables of
    /// few columns with few values, equal rows are no leak.
    duplicates_max: u64,
    /// Whether to run the pipeline on the changed table.
    influence: bool,
    /// Columns of the loaded table that stay as they are: those that a program
    /// splits by.
    keep: Vec<String>,
    /// About how many rows of the loaded table to run on, as for `end-to-end`. All
    /// rows when left out.
    subset: Option<Count>,
}

impl Default for NoSplitLeak {
    fn default() -> Self {
        Self {
            table: None,
            train: None,
            validation: None,
            key: Vec::new(),
            time: None,
            ignore: Vec::new(),
            duplicates_max: 0,
            influence: true,
            keep: Vec::new(),
            subset: None,
        }
    }
}

impl Check for NoSplitLeak {
    const ABOUT: About = About {
        name: "no-split-leak",
        chapter: Chapter::Pipeline,
        figure: include_str!("figures/no-split-leak.txt"),
        needs: &[SubjectKind::Pipeline],
        method: "Compares fingerprints of whole rows and of keys between the parts, and the \
                 latest training moment with the earliest other. The influence of rows that are \
                 measured on is found by changing them and running again, as in a non-interference \
                 test (Goguen and Meseguer, 1982).",
        error_rates: "An exact statement about these rows. Equal rows by chance are counted as \
                      duplicates: allow for them with `duplicates_max`. A statistic that the \
                      changed rows leave as it was is not seen, such as a maximum that a training \
                      row has anyway. Where rows cannot be told apart (no `key`, and a program \
                      that changes their number or order), influence is not looked for, which the \
                      measurements show.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let workshop = Workshop::of(context)?;
        let tables = self.tables(&workshop)?;
        let stopped = || context.host.stopped();
        let options = Options {
            subset: self.subset.map(Count::get),
            wanted: Some(tables.clone()),
            ..Options::new(context.case.seed, &stopped)
        };
        let store = workshop.store()?;
        let done = match workshop.run(&store, &options)?.well() {
            Ok(done) => done,
            Err(verdict) => return Ok(verdict),
        };
        let parts = parts::Parts::read(self, &done, &tables)?;
        let crossing = parts.crossing();
        let (train, other) = parts.rows();
        drop(parts);
        let mut measurements = vec![
            Measurement::new("rows_train", train as f64)
                .unit("rows")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("rows_other", other as f64)
                .unit("rows")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("rows_on_both_sides", crossing.rows as f64)
                .unit("rows")
                .bound(Bound::AtMost(self.duplicates_max as f64)),
        ];
        if !self.key.is_empty() {
            let keys = Measurement::new("keys_on_both_sides", crossing.keys as f64).unit("keys");
            measurements.push(keys.bound(Bound::Equal(0.0)));
        }
        if self.time.is_some() {
            let late =
                Measurement::new("train_rows_from_the_future", crossing.late as f64).unit("rows");
            measurements.push(late.bound(Bound::Equal(0.0)));
        }
        let mut reason = None;
        if self.influence {
            let scratch = scratch()?;
            match influence::probe(self, &workshop, &options, &done, &tables, scratch.path())? {
                influence::Found::Nothing { rows } => {
                    measurements.push(Measurement::new("rows_probed", rows as f64).unit("rows"));
                }
                influence::Found::NotTold(why) => {
                    measurements.push(Measurement::new("rows_probed", 0.0).unit("rows"));
                    // Not to have looked is no proof, unless the case says so.
                    reason = Some(format!(
                        "whether training rows depend on the others cannot be told: {why}; say \
                         `influence = false` to do without"
                    ));
                }
                influence::Found::Leak(why) => reason = Some(why),
            }
        }
        let verdict = Verdict::judge(measurements, context.spanning()).with_hint(crossing.hint);
        Ok(match reason {
            Some(reason) => verdict.against(reason),
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

impl NoSplitLeak {
    /// The tables to look at: one that is parted, or one for each part.
    fn tables(&self, workshop: &Workshop) -> Outcome<Vec<String>> {
        let tables = match (&self.train, &self.validation, &self.table) {
            (Some(train), Some(validation), None) => vec![train.clone(), validation.clone()],
            (None, None, Some(table)) => vec![table.clone()],
            (None, None, None) => {
                let table = workshop.model_table().ok_or_else(|| {
                    Failure::Case(
                        "say which tables are parted: `table`, or `train` and `validation`".into(),
                    )
                })?;
                vec![table.to_owned()]
            }
            _ => {
                return Err(Failure::Case(
                    "give `train` and `validation`, or `table`, which has a column `split`".into(),
                ));
            }
        };
        for table in &tables {
            if workshop.pipeline.maker(table).is_none() {
                return Err(Failure::Case(format!("no stage makes `{table}`")));
            }
        }
        Ok(tables)
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "statistics fitted before the split",
        spec: built_in!(
            r#"
[pipeline.p.stage.scaled]
kind = "standardise"
in = "clock"
columns = ["noise"]
[pipeline.p.stage.parted]
kind = "split"
in = "scaled"
by = "stratified"
column = "unicorn"
"#,
            "parted",
            "check = \"no-split-leak\"\nkey = [\"id\"]"
        ),
        says: "stage `scaled` lets rows that are measured on reach rows to train on: when only \
                   the former change, column `noise` changes",
    },
    Fault {
        name: "a mean over all rows, by a program",
        spec: sightings!(
            "[\"awk\", \"-f\", \"features-centred.awk\", \"{in.raw}\", \"{in.raw}\"]\nstdout = \"features\"\n",
            "check = \"no-split-leak\"\nkey = [\"id\"]"
        ),
        says: "stage `features` lets rows",
    },
    Fault {
        name: "a duplicated row on both sides",
        spec: concat!(
            r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["awk", "-f", "features-doubled.awk", "{in.raw}"]
stdout = "features"
"#,
            rest!(),
            "[test.x]\npipeline = \"p\"\ncheck = \"no-split-leak\"\nkey = [\"id\"]"
        ),
        says: "to measure on is the same as row",
    },
    Fault {
        name: "a future timestamp in training",
        spec: built_in!("check = \"no-split-leak\"\nkey = [\"id\"]\ntime = \"seen_at_s\""),
        says: "training rows are later than rows to measure on",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "features by awk",
        spec: by_awk!("check = \"no-split-leak\"\nkey = [\"id\"]"),
    },
    Sound {
        name: "built-in stages, rows told apart by place",
        spec: built_in!("check = \"no-split-leak\""),
    },
    Sound {
        name: "a split by time",
        spec: built_in!(
            r#"
[pipeline.p.stage.parted]
kind = "split"
in = "clock"
by = "time"
column = "seen_at_s"
[pipeline.p.stage.scaled]
kind = "standardise"
in = "parted"
columns = ["noise"]
"#,
            "scaled",
            "check = \"no-split-leak\"\nkey = [\"id\"]\ntime = \"seen_at_s\""
        ),
    },
];
