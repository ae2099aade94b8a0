//! A pipeline of five stages over many rows of Parquet, run by the program in a
//! process of its own: how much memory it takes, and how long a second run takes in
//! which nothing has changed. It fails where one of them is more than is promised.
//!
//! ```sh
//! cargo bench --profile dev --workspace --bench pipeline_scale
//! PIPELINE_ROWS=200000 cargo bench --profile dev --workspace --bench pipeline_scale
//! ```
//!
//! `PIPELINE_STAGES=all` runs every built-in stage that learns from rows, a split by
//! groups and contracts that look rows up.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, TimeUnit};
use nix::sys::resource::{UsageWho, getrusage};
use seatrial_data::table::TableWriter;
use seatrial_rng::{Stream, Streams};

/// What is promised.
const PEAK_MIB_MAX: f64 = 1024.0;
const AGAIN_SHARE_MAX: f64 = 0.02;
/// Of few rows, starting the program is most of a run.
const ROWS_FOR_SHARE: usize = 5_000_000;

const ROWS: usize = 10_000_000;
const BATCH_ROWS: usize = 100_000;
const NUMBERS: usize = 6;

const FIVE: &str = r#"
[model.small]
family = "logistic"

[pipeline.five.stage]
raw = { kind = "load", path = "rows.parquet" }
timed = { kind = "calendar", in = "raw", column = "seen_at", features = ["time-of-day"] }
parted = { kind = "split", in = "timed", by = "stratified", column = "label" }
fit = { kind = "train", in = "parted", model = "small", label = "label", features = ["x_*", "time_of_day_*"] }
metrics = { kind = "evaluate", in = "parted", trained = "fit" }

[pipeline.five.contract.raw]
unique = ["id"]
columns.x_0 = { type = "number", min = -100, max = 100 }

[test.five]
check = "end-to-end"
pipeline = "five"
min = { accuracy = 0.6 }
timeout = "2h"
"#;

const ALL: &str = r#"
[pipeline.all.stage]
raw = { kind = "load", path = "rows.parquet" }
chosen = { kind = "select", in = "raw", drop = ["x_5"] }
parted = { kind = "split", in = "chosen", by = "group", column = "visitor" }
whole = { kind = "impute", in = "parted", columns = { x_0 = "median", x_1 = "mean", country = "most-frequent" } }
scaled = { kind = "standardise", in = "whole", columns = ["x_0", "x_1"] }
stepped = { kind = "bucketise", in = "scaled", columns = ["x_2", "x_3"], quantiles = 100 }
coded = { kind = "one-hot", in = "stepped", columns = ["country"] }
late = { kind = "split", in = "raw", by = "time", column = "seen_at" }
fit = { kind = "train", in = "coded", model = "small", label = "label", features = ["x_*", "country=*"], steps = 300000 }
metrics = { kind = "evaluate", in = "coded", trained = "fit", part = "train" }
package = { kind = "package", trained = "fit" }

[pipeline.all.contract.coded]
unique = ["id"]
rows = { same_as = "raw" }
matches = { table = "raw", key = ["id"], columns = ["label"] }

[test.all]
check = "end-to-end"
pipeline = "all"
min = { accuracy = 0.6 }
timeout = "2h"
"#;

fn main() {
    let rows = std::env::var("PIPELINE_ROWS").map_or(ROWS, |rows| rows.parse().unwrap());
    let every = std::env::var("PIPELINE_STAGES").is_ok_and(|stages| stages == "all");
    let case = if every { "all" } else { "five" };
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs");
    std::fs::create_dir(&specs).unwrap();
    std::fs::write(specs.join("scale.toml"), format!("{FIVE}{ALL}")).unwrap();
    write(&specs.join("rows.parquet"), rows);
    let bytes = std::fs::metadata(specs.join("rows.parquet")).unwrap().len();
    println!("{rows} rows of Parquet, {} MiB", bytes >> 20);

    let first_s = run(folder.path(), case);
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let peak_mib = usage.max_rss() as f64 / 1024.0;
    let again_s = run(folder.path(), case);
    let share = again_s / first_s;
    println!("first run: {first_s:.2} s, peak {peak_mib:.0} MiB of {PEAK_MIB_MAX}");
    println!(
        "run again, nothing changed: {again_s:.3} s, {:.2}% of the first, {}% allowed",
        100.0 * share,
        100.0 * AGAIN_SHARE_MAX
    );
    assert!(peak_mib < PEAK_MIB_MAX, "too much memory");
    if rows >= ROWS_FOR_SHARE {
        assert!(share < AGAIN_SHARE_MAX, "a second run takes too long");
    }
}

/// Runs the case, and gives how long it took in seconds.
fn run(folder: &Path, case: &str) -> f64 {
    let begun = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_seatrial-under-test"))
        .args(["--specs", folder.join("specs").to_str().unwrap()])
        .args(["test", "--jobs", "1"])
        .args(["--exact", &format!("scale.toml::{case}")])
        .env("SEATRIAL_STATE", folder.join("state"))
        .output()
        .unwrap();
    let took_s = begun.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    took_s
}

fn write(path: &Path, rows: usize) {
    let mut draw = Streams::new(0).stream("rows");
    let mut writer: Option<TableWriter> = None;
    for start in (0..rows).step_by(BATCH_ROWS) {
        let batch = batch(&mut draw, start, BATCH_ROWS.min(rows - start));
        let writer =
            writer.get_or_insert_with(|| TableWriter::create(path, batch.schema()).unwrap());
        writer.write(&batch).unwrap();
    }
    writer.unwrap().finish().unwrap();
}

fn batch(draw: &mut Stream, start: usize, rows: usize) -> RecordBatch {
    let numbers: Vec<Vec<f64>> = (0..NUMBERS)
        .map(|_| (0..rows).map(|_| draw.normal()).collect())
        .collect();
    let mut label = |row: usize| {
        let score = 2.0 * numbers[0][row] - numbers[1][row];
        if draw.chance(1.0 / (1.0 + (-score).exp())) {
            "yes"
        } else {
            "no"
        }
    };
    let labels: StringArray = (0..rows).map(|row| Some(label(row))).collect();
    let ids = (start..start + rows).map(|row| row as i64);
    let moments: Int64Array = ids.clone().map(|id| 1_767_225_600 + id).collect();
    let seconds = DataType::Timestamp(TimeUnit::Second, None);
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("id".into(), Arc::new(ids.collect::<Int64Array>())),
        (
            "seen_at".into(),
            arrow::compute::cast(&moments, &seconds).unwrap(),
        ),
        ("label".into(), Arc::new(labels)),
    ];
    let visitors: StringArray = (0..rows)
        .map(|_| Some(format!("visitor-{}", draw.below(1 << 40))))
        .collect();
    columns.push(("visitor".into(), Arc::new(visitors)));
    let countries: StringArray = (0..rows)
        .map(|_| {
            draw.chance(0.99)
                .then(|| format!("country-{}", draw.below(8)))
        })
        .collect();
    columns.push(("country".into(), Arc::new(countries)));
    for (place, numbers) in numbers.into_iter().enumerate() {
        columns.push((format!("x_{place}"), Arc::new(Float64Array::from(numbers))));
    }
    RecordBatch::try_from_iter(columns).unwrap()
}
