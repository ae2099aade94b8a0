//! A log of many rows, judged as a release would be: accuracy, log loss and ROC
//! AUC over all and in fifty slices, the same against the version before, and
//! drift of every column between the two halves; beside the time of merely
//! decoding the columns.
//!
//! ```sh
//! RAYON_NUM_THREADS=2 cargo bench --profile dev -p seatrial-acceptance \
//!     --bench million_rows -- 20000000
//! ```
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{
    ArrayRef, DictionaryArray, Float32Array, Int8Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::Int32Type;
use seatrial_data::table::{Table, TableWriter};
use seatrial_data::{Aggregate, Result, aggregate};
use seatrial_rng::{Stream, Streams};

const BATCH_ROWS: usize = 100_000;

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
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs");
    for half in [1, 2] {
        let folder = specs.join(format!("log/half={half}"));
        std::fs::create_dir_all(&folder).unwrap();
        write(&folder.join("log.parquet"), half, rows / 2);
    }
    std::fs::write(specs.join("log.toml"), SPEC).unwrap();
    println!("{rows} rows, {} threads", rayon::current_num_threads());
    let table = Table::open(&specs.join("log")).unwrap();
    let columns: Vec<String> = table
        .columns()
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    let begun = Instant::now();
    let counted = aggregate(&table, &columns, &|| false, || Count(0)).unwrap();
    let decoding_s = begun.elapsed().as_secs_f64();
    assert_eq!(counted, rows as u64);
    println!("decode every column: {decoding_s:.2} s");
    for case in ["quality", "no-regression", "no-drift"] {
        let begun = Instant::now();
        let output = Command::new("/usr/bin/env")
            .args([
                "time",
                "--format",
                "%M",
                env!("CARGO_BIN_EXE_seatrial-under-test"),
            ])
            .args(["--specs", specs.to_str().unwrap(), "test", "--jobs", "1"])
            .args(["--exact", &format!("log.toml::{case}")])
            .env("SEATRIAL_STATE", folder.path().join("state"))
            .output()
            .unwrap();
        let took_s = begun.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let peak = String::from_utf8_lossy(&output.stderr).into_owned();
        let peak_kib: f64 = peak
            .lines()
            .last()
            .and_then(|line| line.parse().ok())
            .unwrap_or(0.0);
        println!(
            "{case}: {took_s:.2} s, {:.2} times decoding, peak {:.0} MiB",
            took_s / decoding_s,
            peak_kib / 1024.0
        );
    }
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

fn batch(draw: &mut Stream, rows: usize, before: usize) -> RecordBatch {
    let logits: Vec<f64> = (0..rows).map(|_| 2.0 * draw.normal()).collect();
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let scores: Vec<f32> = logits.iter().map(|&x| sigmoid(x) as f32).collect();
    let previous: Vec<f32> = logits
        .iter()
        .map(|&x| sigmoid(x + 0.3 * draw.normal()) as f32)
        .collect();
    let labels: Vec<i8> = logits
        .iter()
        .map(|&x| i8::from(draw.chance(sigmoid(x))))
        .collect();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("label".into(), Arc::new(Int8Array::from(labels))),
        ("score".into(), Arc::new(Float32Array::from(scores))),
        ("previous".into(), Arc::new(Float32Array::from(previous))),
    ];
    for number in 0..6 {
        let values: Vec<f32> = (0..rows).map(|_| draw.normal() as f32).collect();
        columns.push((format!("x_{number}"), Arc::new(Float32Array::from(values))));
    }
    for (name, values) in [("c_5", 5), ("c_50", 50), ("c_5000", 5_000), ("region", 50)] {
        let words: StringArray = (0..values).map(|v| Some(format!("{name}-{v}"))).collect();
        let codes: arrow::array::Int32Array =
            (0..rows).map(|_| Some(draw.below(values) as i32)).collect();
        let coded = DictionaryArray::<Int32Type>::new(codes, Arc::new(words));
        columns.push((name.into(), Arc::new(coded)));
    }
    let moments: Vec<i64> = (0..rows)
        .map(|row| 1_767_225_600 + (before + row) as i64)
        .collect();
    let moments = arrow::compute::cast(
        &Int64Array::from(moments),
        &arrow::datatypes::DataType::Timestamp(arrow::datatypes::TimeUnit::Second, None),
    );
    columns.push(("seen_at".into(), moments.unwrap()));
    RecordBatch::try_from_iter(columns).unwrap()
}
