//! A log of many rows, judged as a release would be: accuracy, log loss and ROC
//! AUC over all and in fifty slices, the same against the version before, and
//! drift of every column between the two halves; beside the time of merely
//! decoding the columns.
//!
//! ```sh
//! RAYON_NUM_THREADS=2 cargo bench --profile dev --workspace \
//!     --bench million_rows -- 20000000
//! ```
//!
//! `LOG_FOLDER` names a folder to keep the log in, and to take it from if it is
//! there already. Each round decodes first and judges then, so that both meet
//! the same machine; seconds are of the processor, which a busy machine does not
//! change much, with the wall's beside them.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use rayon::prelude::*;
use seatrial_data::table::{Table, TableWriter};
use seatrial_data::{Aggregate, Result, aggregate};
use seatrial_rng::{Stream, Streams};

const BATCH_ROWS: usize = 100_000;

const ROUNDS: usize = 3;

const SPEC: &str = r#"
[predictions.candidate]
path = "log"
label = "label"
score = "score"
[predictions.before]
path = "log"
label = "label"
score = "previous"
[dataset.first]
path = "log/half=1"
label = "label"
[dataset.second]
path = "log/half=2"
label = "label"

[defaults]
timeout = 3600

[test.quality]
check = "quality"
predictions = "candidate"
min = { accuracy = 0.5, roc_auc = 0.5 }
max = { log_loss = 1.0 }
slices = ["region"]
[test.no-regression]
check = "no-regression"
predictions = "candidate"
previous = "before"
margins = { accuracy = 0.1, roc_auc = 0.1, log_loss = 0.1 }
slices = ["region"]
[test.no-drift]
check = "no-drift"
reference = "first"
current = "second"
"#;

fn main() {
    let rows = std::env::args()
        .filter_map(|word| word.parse::<usize>().ok())
        .next();
    let rows = rows.unwrap_or(2_000_000);
    let own = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("LOG_FOLDER").map(PathBuf::from);
    let specs = kept.unwrap_or_else(|| own.path().join("specs"));
    for half in [1, 2] {
        let folder = specs.join(format!("log/half={half}"));
        let path = folder.join("log.parquet");
        let there = Table::open(&path).is_ok_and(|table| table.rows() == rows as u64 / 2);
        if !there {
            std::fs::create_dir_all(&folder).unwrap();
            write(&path, half, rows / 2);
        }
    }
    std::fs::write(specs.join("log.toml"), SPEC).unwrap();
    println!("{rows} rows, {} threads", rayon::current_num_threads());
    let mut best: Vec<(&str, [f64; 2], f64)> = Vec::new();
    for _ in 0..ROUNDS {
        let mut keep = |name, took: [f64; 2], peak| match best.iter_mut().find(|b| b.0 == name) {
            Some(known) if known.1[0] <= took[0] => known.2 = known.2.max(peak),
            Some(known) => *known = (name, took, peak.max(known.2)),
            None => best.push((name, took, peak)),
        };
        let table = Table::open(&specs.join("log")).unwrap();
        keep("decode, as the file says", timed(|| decode(&table)), 0.0);
        keep(
            "decode, text as dictionaries",
            timed(|| encoded(&table)),
            0.0,
        );
        for case in ["quality", "no-regression", "no-drift"] {
            let (took, peak) = judge(&specs, own.path(), case);
            keep(case, took, peak);
        }
    }
    let floor = best[0].1[0];
    for (name, [cpu, wall], peak) in &best {
        let ratio = cpu / floor;
        println!("{name:30} {cpu:7.2} s of processor {wall:7.2} s {ratio:6.2} {peak:6.0} MiB");
    }
    let both: f64 = best[3..].iter().map(|(_, [cpu, _], _)| cpu / floor).sum();
    println!("no-regression and no-drift over decoding: {both:.2}");
}

/// Seconds of the processor and of the wall.
fn timed(run: impl FnOnce()) -> [f64; 2] {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
        let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        micros as f64 / 1e6
    };
    let (before, begun) = (used(), Instant::now());
    run();
    [used() - before, begun.elapsed().as_secs_f64()]
}

/// Every column of every row, row groups side by side, in the file's types.
fn decode(table: &Table) {
    let pieces = table.pieces(&table.columns()).unwrap();
    let rows = |batches: seatrial_data::table::PieceBatches| {
        batches
            .map(|batch| batch.unwrap().num_rows())
            .sum::<usize>()
    };
    let counted: usize = pieces
        .par_iter()
        .map(|piece| rows(piece.batches().unwrap()))
        .sum();
    assert_eq!(counted as u64, table.rows());
}

/// The same as an aggregate sees it.
fn encoded(table: &Table) {
    let counted = aggregate(table, &table.columns(), &|| false, || Count(0)).unwrap();
    assert_eq!(counted, table.rows());
}

/// A case as a user runs it: what it took, and how much memory in MiB.
fn judge(specs: &Path, state: &Path, case: &str) -> ([f64; 2], f64) {
    let begun = Instant::now();
    let output = Command::new("/usr/bin/env")
        .args(["time", "--format", "%U %S %M"])
        .arg(env!("CARGO_BIN_EXE_seatrial-under-test"))
        .args(["--specs", specs.to_str().unwrap(), "test", "--jobs", "1"])
        .args(["--exact", &format!("log.toml::{case}")])
        .env("SEATRIAL_STATE", state.join("state"))
        .output()
        .unwrap();
    let wall = begun.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let used = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{used}");
    let numbers = used.lines().last().unwrap().split(' ');
    let numbers: Vec<f64> = numbers.map(|number| number.parse().unwrap()).collect();
    ([numbers[0] + numbers[1], wall], numbers[2] / 1024.0)
}

/// Decodes, and does nothing with it.
struct Count(u64);

impl Aggregate for Count {
    type Output = u64;

    fn update(&mut self, batch: &RecordBatch, _: u64) -> Result<()> {
        self.0 += batch.num_rows() as u64;
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.0 += later.0;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        Ok(self.0)
    }
}

fn write(path: &Path, half: usize, rows: usize) {
    let mut draw = Streams::new(half as u64).stream("log");
    let mut writer: Option<TableWriter> = None;
    let mut left = rows;
    while left > 0 {
        let batch = batch(&mut draw, left.min(BATCH_ROWS), rows - left);
        left -= batch.num_rows();
        let writer =
            writer.get_or_insert_with(|| TableWriter::create(path, batch.schema()).unwrap());
        writer.write(&batch).unwrap();
    }
    writer.unwrap().finish().unwrap();
}

/// As a data frame writes it: whole numbers, doubles, text, and no dictionary
/// but what Parquet makes of it.
fn batch(draw: &mut Stream, rows: usize, before: usize) -> RecordBatch {
    let logits: Vec<f64> = (0..rows).map(|_| 2.0 * draw.normal()).collect();
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let scores: Vec<f64> = logits.iter().map(|&x| sigmoid(x)).collect();
    let previous = logits.iter().map(|&x| sigmoid(x + 0.3 * draw.normal()));
    let previous: Vec<f64> = previous.collect();
    let labels = logits.iter().map(|&x| i64::from(draw.chance(sigmoid(x))));
    let labels: Vec<i64> = labels.collect();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("label".into(), Arc::new(Int64Array::from(labels))),
        ("score".into(), Arc::new(Float64Array::from(scores))),
        ("previous".into(), Arc::new(Float64Array::from(previous))),
    ];
    for number in 0..6 {
        let values: Vec<f64> = (0..rows).map(|_| draw.normal()).collect();
        columns.push((format!("x_{number}"), Arc::new(Float64Array::from(values))));
    }
    for (name, values) in [("c_5", 5), ("c_50", 50), ("c_5000", 5_000), ("region", 50)] {
        let words: Vec<String> = (0..values).map(|v| format!("{name}-{v}")).collect();
        let of_rows = (0..rows).map(|_| Some(&words[draw.below(values)]));
        columns.push((name.into(), Arc::new(of_rows.collect::<StringArray>())));
    }
    let moments = (0..rows).map(|row| 1_767_225_600_000_000 + (before + row) as i64 * 1_000_000);
    let moments = arrow::compute::cast(
        &Int64Array::from_iter_values(moments),
        &arrow::datatypes::DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None),
    );
    columns.push(("seen_at".into(), moments.unwrap()));
    RecordBatch::try_from_iter(columns).unwrap()
}
