//! `serving-skew`: serving computes the features that training computed.

mod paired;

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};
use arrow::compute::concat_batches;
use schemars::JsonSchema;
use seatrial_data::table::{Table, TableWriter};
use seatrial_pipeline::{Done, Kind, Options, Package, cells};
use seatrial_process::Program;
use seatrial_spec::{Count, NonNegative, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::planted::{built_in, by_awk};
use super::workshop::{Workshop, rebuild, scratch};
use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// The serving path computes the features that the training path computed.
///
/// Raw rows go through the path that serves: that of the package, or a `command`.
/// What comes out must be, row by row and column by column, what the pipeline
/// computed of the same rows for training. Rows are served one at a time as well
/// as together: a feature that depends on its neighbours in a batch is skewed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServingSkew {
    /// The program that computes features when serving: it reads raw rows from
    /// `{in}` and writes their features to `{out}`. The package's own path when left
    /// out.
    command: Vec<String>,
    /// Variables of its environment, such as `PYTHONPATH`.
    env: BTreeMap<String, String>,
    /// The files that `{in}` and `{out}` stand for; their endings say in which
    /// format.
    files: [String; 2],
    /// The table of raw rows; the one that the package takes rows of when left out.
    raw: Option<String>,
    /// The table of the features that training computed; what a model is trained on
    /// when left out.
    features: Option<String>,
    /// The columns to compare; those that the model takes when left out, or all that
    /// both have.
    columns: Vec<String>,
    /// Columns that tell rows apart. Without it, the tables must have the same rows
    /// in the same order.
    key: Vec<String>,
    /// How many rows to serve, evenly spread over the table.
    rows: Count,
    /// How many of them to serve one at a time.
    alone: Count,
    /// How far apart two values may be, in relation to one plus their size. The
    /// default is above what a change of precision to single does.
    tolerance: NonNegative,
    /// About how many rows of the loaded table to run on, as for `end-to-end`. All
    /// rows when left out.
    subset: Option<Count>,
}

impl Default for ServingSkew {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            env: BTreeMap::new(),
            files: ["in.csv".into(), "out.csv".into()],
            raw: None,
            features: None,
            columns: Vec::new(),
            key: Vec::new(),
            rows: constant(500.0),
            alone: constant(5.0),
            tolerance: constant(1e-6),
            subset: None,
        }
    }
}

impl Check for ServingSkew {
    const ABOUT: About = About {
        name: "serving-skew",
        chapter: Chapter::Pipeline,
        figure: include_str!("figures/serving-skew.txt"),
        needs: &[SubjectKind::Pipeline],
        method: "Compares features of the same rows, computed by both paths; each difference in \
                 relation to one plus the size of the value.",
        error_rates: "An exact statement about the rows that were served. What is skewed for other \
                      rows alone is not seen: raise `rows`.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let workshop = Workshop::of(context)?;
        let stopped = || context.host.stopped();
        let options = Options {
            subset: self.subset.map(Count::get),
            ..Options::new(context.case.seed, &stopped)
        };
        let done = match workshop.run(&workshop.store()?, &options)?.well() {
            Ok(done) => done,
            Err(verdict) => return Ok(verdict),
        };
        let package = self.package(context, &done)?;
        let of_package = package
            .as_ref()
            .map(|package| package.provenance().table.as_str());
        let raw = self
            .raw
            .as_deref()
            .or(of_package)
            .ok_or_else(|| need("raw"))?;
        let features = self.features.as_deref().or(workshop.model_table());
        let features = features.ok_or_else(|| need("features"))?;
        let (raw, expected) = self.same_rows(&done.table(raw)?, &done.table(features)?)?;

        let serve = |rows: &RecordBatch| -> Outcome<Result<RecordBatch, String>> {
            if self.command.is_empty() {
                let package = package.as_ref().ok_or_else(|| need("command"))?;
                return Ok(package.features(rows).map_err(|error| error.to_string()));
            }
            self.serve_by_command(context, &workshop, rows)
        };
        let columns = self.compared(package.as_ref(), &expected);
        let together = match serve(&raw)? {
            Ok(served) => served,
            Err(reason) => return Ok(Verdict::fail(format!("serving failed: {reason}"))),
        };
        let mut comparison = Comparison::new(self.tolerance.get());
        if let Err(reason) = comparison.add(&columns, &expected, &together, 0) {
            return Ok(Verdict::fail(reason));
        }
        let alone = self.alone.get().min(raw.num_rows());
        for place in 0..alone {
            context.keep_going()?;
            let row = place * raw.num_rows() / alone;
            let served = match serve(&raw.slice(row, 1))? {
                Ok(served) => served,
                Err(reason) => {
                    return Ok(Verdict::fail(format!(
                        "serving row {} alone failed: {reason}",
                        row + 1
                    )));
                }
            };
            if let Err(reason) = comparison.add(&columns, &expected.slice(row, 1), &served, row) {
                return Ok(Verdict::fail(format!("served alone: {reason}")));
            }
        }
        Ok(comparison.judge(context, raw.num_rows(), alone))
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

fn need(key: &str) -> Failure {
    Failure::Case(format!(
        "the pipeline makes no package, so the case must say `{key}`"
    ))
}

impl ServingSkew {
    fn package(&self, context: &Context, done: &Done) -> Outcome<Option<Package>> {
        let made = done
            .artifacts
            .values()
            .find(|made| made.kind == Kind::Package);
        let Some(made) = made else { return Ok(None) };
        made.verify()?;
        let session = context.session();
        Ok(Some(Package::open(&made.path, &|model| {
            rebuild(session, model)
        })?))
    }

    /// Some raw rows, and the features that training computed of the same rows.
    fn same_rows(&self, raw: &Table, features: &Table) -> Outcome<(RecordBatch, RecordBatch)> {
        let wanted = self.rows.get();
        let (places, others) = if self.key.is_empty() {
            if raw.rows() != features.rows() {
                return Err(Failure::Case(format!(
                    "{} raw rows and {} rows of features: say by which `key` they belong together",
                    raw.rows(),
                    features.rows()
                )));
            }
            let places: Vec<u64> = spread(wanted, raw.rows()).collect();
            (places.clone(), places)
        } else {
            let matched = paired::matched(raw, features, &self.key)?;
            let count = matched.iter().filter(|found| **found).count() as u64;
            let places = (0_u64..).zip(&matched).filter(|(_, found)| **found);
            let mut chosen = spread(wanted, count).peekable();
            let others: Vec<u64> = (0_u64..)
                .zip(places)
                .filter(|(at, _)| chosen.next_if_eq(at).is_some())
                .map(|(_, (place, _))| place)
                .collect();
            (paired::places(raw, features, &self.key, &others)?, others)
        };
        if places.is_empty() {
            return Err(Failure::Case(
                "no raw row has the key of a row of features".into(),
            ));
        }
        Ok((
            paired::rows(raw, &places)?,
            paired::rows(features, &others)?,
        ))
    }

    fn compared(&self, package: Option<&Package>, expected: &RecordBatch) -> Vec<String> {
        if !self.columns.is_empty() {
            return self.columns.clone();
        }
        if let Some(package) = package {
            return package.trained().features.clone();
        }
        let schema = expected.schema();
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    fn serve_by_command(
        &self,
        context: &Context,
        workshop: &Workshop,
        rows: &RecordBatch,
    ) -> Outcome<Result<RecordBatch, String>> {
        let scratch = scratch()?;
        let [input, output] = self.files.each_ref().map(|file| scratch.path().join(file));
        let mut writer = TableWriter::create(&input, rows.schema())?;
        writer.write(rows)?;
        writer.finish()?;
        let mut words = self.command.iter().map(|word| {
            word.replace("{in}", &input.to_string_lossy())
                .replace("{out}", &output.to_string_lossy())
        });
        let program = Program::new(words.next().unwrap_or_default())
            .args(words)
            .current_dir(&workshop.pipeline.folder)
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let program = self
            .env
            .iter()
            .fold(program, |program, (name, value)| program.env(name, value));
        if let Err(error) = program.run_unless(&|| context.host.stopped()) {
            context.keep_going()?;
            return Ok(Err(error.to_string()));
        }
        let served = Table::open(&output).map_err(|error| error.to_string());
        match served {
            Ok(table) => Ok(Ok(whole(&table)?)),
            Err(reason) => Ok(Err(reason)),
        }
    }
}

/// Places of at most `wanted` of so many rows, evenly spread.
fn spread(wanted: usize, rows: u64) -> impl Iterator<Item = u64> {
    let count = (wanted as u64).min(rows);
    (0..count).map(move |at| at * rows / count)
}

fn whole(table: &Table) -> Outcome<RecordBatch> {
    let columns = table.columns();
    let batches = table
        .batches(&columns)?
        .collect::<seatrial_data::Result<Vec<_>>>()?;
    Ok(concat_batches(table.schema(), &batches)?)
}

/// How far the two paths are apart.
struct Comparison {
    tolerance: f64,
    worst: f64,
    cells: usize,
    differing: usize,
    /// The first cell that differs too much.
    first: Option<String>,
}

impl Comparison {
    fn new(tolerance: f64) -> Self {
        Self {
            tolerance,
            worst: 0.0,
            cells: 0,
            differing: 0,
            first: None,
        }
    }

    /// Compares rows; `start` is the place of the first among those that are served.
    fn add(
        &mut self,
        columns: &[String],
        expected: &RecordBatch,
        served: &RecordBatch,
        start: usize,
    ) -> Result<(), String> {
        if expected.num_rows() != served.num_rows() {
            let (a, b) = (expected.num_rows(), served.num_rows());
            return Err(format!("{a} rows were served and {b} came out"));
        }
        for name in columns {
            let said = |error: seatrial_pipeline::PipelineError| error.to_string();
            let a = cells::column_of(expected, name).map_err(said)?;
            let b = cells::column_of(served, name)
                .map_err(|error| format!("serving computes no feature `{name}`: {error}"))?;
            let (ta, tb) = (
                cells::texts(a).map_err(said)?,
                cells::texts(b).map_err(said)?,
            );
            let numeric = a.data_type().is_numeric() && b.data_type().is_numeric();
            let numbers = numeric.then(|| (cells::numbers(a, name), cells::numbers(b, name)));
            for row in 0..a.len() {
                let difference = match &numbers {
                    Some((Ok(a), Ok(b))) if a.is_valid(row) && b.is_valid(row) => {
                        let (a, b) = (a.value(row), b.value(row));
                        (a - b).abs() / (1.0 + a.abs())
                    }
                    _ if a.is_null(row) && b.is_null(row) => 0.0,
                    _ if a.is_valid(row) && b.is_valid(row) && ta.value(row) == tb.value(row) => {
                        0.0
                    }
                    _ => f64::INFINITY,
                };
                self.cells += 1;
                // Not a number is never close enough.
                if difference.is_nan() || difference > self.tolerance {
                    self.differing += 1;
                    self.first.get_or_insert_with(|| {
                        let show = |of: &arrow::array::StringArray| match of.is_null(row) {
                            true => "nothing".to_owned(),
                            false => of.value(row).to_owned(),
                        };
                        format!(
                            "feature `{name}` is computed differently when serving: {} in training, \
                             {} when serving, in row {} of those served",
                            show(&ta),
                            show(&tb),
                            start + row + 1
                        )
                    });
                }
                if difference.is_finite() {
                    self.worst = self.worst.max(difference);
                }
            }
        }
        Ok(())
    }

    fn judge(self, context: &Context, together: usize, alone: usize) -> Verdict {
        let measurements = vec![
            Measurement::new("values_that_differ", self.differing as f64)
                .unit("values")
                .bound(Bound::Equal(0.0)),
            Measurement::new("values_compared", self.cells as f64)
                .unit("values")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("largest_difference", self.worst),
            Measurement::new("rows_served", together as f64).unit("rows"),
            Measurement::new("rows_served_alone", alone as f64).unit("rows"),
        ];
        let verdict = Verdict::judge(measurements, context.spanning());
        verdict.with_hint(self.first.unwrap_or_default())
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "a feature computed differently when serving",
        spec: by_awk!(
            r#"check = "serving-skew"
raw = "raw"
features = "features"
columns = ["dusk", "moon"]
command = ["sh", "-c", "awk -f features-utc.awk $0 > $1", "{in}", "{out}"]
"#
        ),
        says: "feature `dusk` is computed differently when serving",
    },
    Fault {
        name: "a feature that serving does not compute",
        spec: by_awk!(
            r#"check = "serving-skew"
raw = "raw"
features = "features"
columns = ["dusk", "moon"]
command = ["sh", "-c", "awk -f features-renamed.awk $0 > $1", "{in}", "{out}"]
"#
        ),
        says: "serving computes no feature `dusk`",
    },
    Fault {
        name: "a feature that depends on the other rows of a batch",
        spec: by_awk!(
            r#"check = "serving-skew"
raw = "raw"
features = "features"
columns = ["moon", "unicorn"]
command = ["sh", "-c", "awk -F, -v OFS=, 'NR == 1 { print \"moon\", \"unicorn\" } NR > 1 { print $4 - (NR == 2 && n++ ? 0 : last), $7; last = 0 } NR == 2 { last = 0.001 }' $0 > $1", "{in}", "{out}"]
"#
        ),
        says: "feature `moon` is computed differently when serving",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "the package of built-in stages",
        spec: built_in!("check = \"serving-skew\""),
    },
    Sound {
        name: "the same program for training and serving",
        spec: by_awk!(
            r#"check = "serving-skew"
raw = "raw"
features = "features"
command = ["sh", "-c", "awk -f features.awk $0 > $1", "{in}", "{out}"]
"#
        ),
    },
];
