//! The same numbers on any number of threads.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use seatrial_data::table::TableWriter;
use seatrial_rng::Streams;

use crate::support::{Place, run};

const SPEC: &str = r#"
[predictions.candidate]
path = "log"
label = "label"
score = "score"
[predictions.before]
path = "log"
label = "label"
score = "previous"
[predictions.ranked]
path = "log"
query = "session"
label = "label"
score = "score"
[predictions.ranked-before]
path = "log"
query = "session"
label = "label"
score = "previous"
[predictions.intervals]
path = "log"
label = "label"
lower = "previous"
upper = "score"
[predictions.labels]
path = "log"
labels = ["label", "other"]
scores = ["score", "previous"]
[dataset.first]
path = "log/half=1"
label = "label"
[dataset.second]
path = "log/half=2"
label = "label"

[test.quality]
check = "quality"
predictions = "candidate"
min = { accuracy = 0.5, roc_auc = 0.5, average_precision = 0.2 }
max = { log_loss = 1.0 }
slices = ["region", "region*half"]
[test.no-regression]
check = "no-regression"
predictions = "candidate"
previous = "before"
margins = { accuracy = 0.1, roc_auc = 0.1, log_loss = 0.1, average_precision = 0.1 }
slices = ["region"]
[test.rankings]
check = "no-regression"
predictions = "ranked"
previous = "ranked-before"
margins = { "ndcg@5" = 0.1, mrr = 0.1 }
slices = ["fifth"]
[test.intervals]
check = "quality"
predictions = "intervals"
min = { interval_coverage = 0 }
max = { interval_width = 1 }
slices = ["region"]
[test.labels]
check = "quality"
predictions = "labels"
min = { f1_micro = 0.1, roc_auc_macro = 0.1 }
max = { hamming_loss = 0.9 }
slices = ["region"]
[test.no-drift]
check = "no-drift"
reference = "first"
current = "second"
"#;

/// A table of several files, which are read side by side.
fn write(place: &Place) {
    let mut draw = Streams::new(7).stream("log");
    for half in 1..=2 {
        for part in 0..4 {
            let folder = place.path().join(format!("specs/area/log/half={half}"));
            std::fs::create_dir_all(&folder).unwrap();
            let rows = 4_000 + 1_000 * part;
            let scores: Vec<f64> = (0..rows).map(|_| draw.unit()).collect();
            let previous = scores.iter().map(|s| s * (1.0 - 0.1 * draw.unit()));
            let previous: Vec<f64> = previous.collect();
            let labels: Vec<i64> = scores.iter().map(|&s| i64::from(draw.chance(s))).collect();
            let regions: Vec<String> = (0..rows).map(|_| format!("r{}", draw.below(7))).collect();
            let others: Vec<bool> = previous.iter().map(|&s| draw.chance(s)).collect();
            // Of every session some documents stand in every file.
            let sessions: Vec<i64> = (0..rows).map(|row| row as i64 % 1_000).collect();
            let fifths: Vec<i64> = sessions.iter().map(|session| session % 5).collect();
            let columns: Vec<(&str, ArrayRef)> = vec![
                ("session", Arc::new(Int64Array::from(sessions))),
                ("fifth", Arc::new(Int64Array::from(fifths))),
                ("other", Arc::new(BooleanArray::from(others))),
                ("label", Arc::new(Int64Array::from(labels))),
                ("score", Arc::new(Float64Array::from(scores))),
                ("previous", Arc::new(Float64Array::from(previous))),
                ("region", Arc::new(StringArray::from(regions))),
            ];
            let batch = RecordBatch::try_from_iter(columns).unwrap();
            let path = folder.join(format!("part-{part}.parquet"));
            let mut writer = TableWriter::create(&path, batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
    }
}

#[test]
fn metrics_and_drift_are_the_same_to_the_bit_on_any_number_of_threads() {
    let place = Place::with(SPEC);
    write(&place);
    let measured = |threads: &str| -> Vec<String> {
        let mut command = place.command(&["test", "--format", "json", "--jobs", "1"]);
        let ran = run(command.env("RAYON_NUM_THREADS", threads));
        let events = ran.out.lines().map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            let failed = event["event"] == "case" && event["status"] != "pass";
            assert!(!failed, "{event}");
            event["measurements"].to_string()
        });
        events
            .filter(|measurements| measurements != "null")
            .collect()
    };
    let on_one = measured("1");
    assert_eq!(on_one.len(), 6, "{on_one:?}");
    for threads in ["2", "4"] {
        assert_eq!(measured(threads), on_one, "on {threads} threads");
    }
}
