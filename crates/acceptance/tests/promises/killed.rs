//! However a run of a pipeline is killed, the ledger opens, and no partial artifact
//! counts.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use seatrial_ledger::{Ledger, LedgerError};
use seatrial_rng::Streams;
use serde_json::Value;

use crate::support::Place;

const SPEC: &str = r#"
[model.small]
family = "logistic"
[pipeline.rows.stage]
raw = { kind = "load", path = "rows.csv" }
parted = { kind = "split", in = "raw", by = "stratified", column = "label" }
scaled = { kind = "standardise", in = "parted", columns = ["x", "y"] }
fit = { kind = "train", in = "scaled", model = "small", label = "label", features = ["x", "y"] }
metrics = { kind = "evaluate", in = "scaled", trained = "fit" }
shipped = { kind = "package", trained = "fit" }
[test.whole]
check = "end-to-end"
pipeline = "rows"
"#;

/// What the case measured, without what tells how much was taken up again.
fn measured(place: &Place) -> Vec<Value> {
    let events = place.events(&["--jobs", "1"]);
    let case = events.iter().find(|event| event["event"] == "case");
    let case = case.unwrap();
    assert_eq!(case["status"], "pass", "{case}");
    let all = case["measurements"].as_array().unwrap().iter();
    all.filter(|measured| measured["name"] != "stages_reused")
        .cloned()
        .collect()
}

/// How many files and folders lie below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| 1 + files(&entry.path())).sum()
}

fn kill_at_moments(moments: usize) {
    let place = Place::with(SPEC);
    let mut rows = "id,x,y,label\n".to_owned();
    for row in 0..30_000_u64 {
        let (x, y) = (row * 7919 % 9973, row * 104_729 % 7907);
        let label = if x > y { "above" } else { "below" };
        writeln!(rows, "{row},{x},{y},{label}").unwrap();
    }
    place.write("specs/area/rows.csv", &rows);
    let state = place.path().join(".seatrial");
    let artifacts = state.join("artifacts");
    let expected = measured(&place);
    let whole = files(&artifacts);
    let mut draw = Streams::new(0).stream("moments");
    let mut in_the_midst = 0;
    for kill in 0..moments {
        std::fs::remove_dir_all(&artifacts).unwrap();
        let mut command = place.command(&["test", "--jobs", "1"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // A moment in what is written, so that a busy machine changes nothing.
        let moment = draw.below(whole);
        while child.try_wait().unwrap().is_none() && files(&artifacts) <= moment {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(draw.below(5_000) as u64));
        let is_running = child.try_wait().unwrap().is_none();
        in_the_midst += usize::from(is_running);
        child.kill().unwrap();
        child.wait().unwrap();

        match Ledger::read(&state) {
            Ok(ledger) => {
                for run in ledger.runs(1).unwrap() {
                    let cases = ledger.run(&run.run).unwrap().cases;
                    assert_eq!(cases.len(), run.judged(), "kill {kill}");
                }
            }
            Err(LedgerError::Missing { .. }) => {}
            Err(error) => panic!("kill {kill}: {error}"),
        }
        assert_eq!(measured(&place), expected, "kill {kill}");
        let left = std::fs::read_dir(&artifacts).unwrap();
        let left = left.map(|entry| entry.unwrap().file_name());
        let left = left.filter(|name| name.to_string_lossy().starts_with("unfinished-"));
        assert_eq!(left.count(), 0, "kill {kill}");
    }
    assert!(
        in_the_midst * 5 > moments,
        "only {in_the_midst} of {moments} kills hit a run that was at its stages"
    );
}

#[test]
fn a_killed_run_of_a_pipeline_loses_nothing_and_leaves_nothing_that_counts() {
    kill_at_moments(8);
}

#[test]
#[ignore = "slow: a hundred moments"]
fn a_hundred_killed_runs_of_a_pipeline_lose_nothing() {
    kill_at_moments(100);
}
