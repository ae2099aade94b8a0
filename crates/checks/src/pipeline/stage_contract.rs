//! `stage-contract`: every table is what its contract says.

use schemars::JsonSchema;
use seatrial_pipeline::Options;
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::planted::{built_in, by_awk};
use super::workshop::Workshop;
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// Every table of the pipeline is what its contract says: columns, types, ranges,
/// missing values, numbers of rows, keys, and rows that match those of another
/// table.
///
/// Runs the stages that make tables with contracts, and no others. A table
/// without rows breaks every contract that does not allow it. Which columns,
/// which rows and how many of them break it is said, with the stage.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StageContract {
    /// About how many rows of the loaded table to run on, as for `end-to-end`. All
    /// rows when left out.
    subset: Option<Count>,
    /// The tables to look at; all that have a contract when left out.
    tables: Vec<String>,
}

impl Check for StageContract {
    const ABOUT: About = About {
        name: "stage-contract",
        chapter: Chapter::Pipeline,
        figure: include_str!("figures/stage-contract.txt"),
        needs: &[SubjectKind::Pipeline],
        method: "Reads every row of every table with a contract, and counts those that break it.",
        error_rates: "An exact statement about these rows, without an error rate. What no contract \
                      says is not seen.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let workshop = Workshop::of(context)?;
        let contracts = &workshop.pipeline.declaration.contract;
        let tables: Vec<String> = if self.tables.is_empty() {
            contracts.keys().cloned().collect()
        } else {
            self.tables.clone()
        };
        if let Some(unknown) = tables.iter().find(|table| !contracts.contains_key(*table)) {
            let known = contracts.keys().map(String::as_str);
            let help = seatrial_spec::did_you_mean(unknown, known).unwrap_or_default();
            let message = format!("the table `{unknown}` has no contract; {help}");
            return Err(Failure::Case(message));
        }
        if tables.is_empty() {
            return Err(Failure::Case(
                "the pipeline has no contract: write `[pipeline.NAME.contract.TABLE]`".into(),
            ));
        }
        let stopped = || context.host.stopped();
        let options = Options {
            subset: self.subset.map(Count::get),
            wanted: Some(tables.clone()),
            ..Options::new(context.case.seed, &stopped)
        };
        let (ran, figure) = workshop.run_seen(&workshop.store()?, options)?;
        let done = match ran.well() {
            Ok(done) => done,
            Err(verdict) => return Ok(verdict.with_figures([figure])),
        };
        let mut measurements = vec![
            Measurement::new("contracts_held", tables.len() as f64)
                .unit("tables")
                .bound(Bound::AtLeast(1.0)),
        ];
        for table in &tables {
            let rows = done.table(table)?.rows() as f64;
            measurements.push(Measurement::new(format!("rows_{table}"), rows).unit("rows"));
        }
        Ok(Verdict::judge(measurements, context.spanning()).with_figures([figure]))
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
        name: "a renamed column",
        spec: by_awk!("features-renamed.awk", "check = \"stage-contract\""),
        says: "there is no column `dusk`",
    },
    Fault {
        name: "an off-by-one join",
        spec: by_awk!("features-off-by-one.awk", "check = \"stage-contract\""),
        says: "differs from the row of `raw` with the same key",
    },
    Fault {
        name: "rows given twice",
        spec: by_awk!("features-doubled.awk", "check = \"stage-contract\""),
        says: "600 rows, expected 300 as in `raw`",
    },
    Fault {
        name: "a value out of range",
        spec: built_in!(
            r#"check = "stage-contract"
[pipeline.p.contract.raw]
columns.moon = { max = 0.5 }
"#
        ),
        says: "column `moon` is above 0.5",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "features by awk",
        spec: by_awk!("check = \"stage-contract\""),
    },
    Sound {
        name: "built-in stages",
        spec: built_in!("check = \"stage-contract\"\nsubset = 200"),
    },
];
