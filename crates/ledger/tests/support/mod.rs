//! Runs and results to write.

use std::collections::BTreeMap;
use std::path::Path;

use seatrial_ledger::provenance::{Code, Machine, Program};
use seatrial_ledger::{CaseRecord, ContentHash, Ledger, NewRun, Provenance, RunWriter};
use seatrial_verdict::{Bound, Measurement, Series, Status};

pub fn provenance(commit: &str) -> Provenance {
    Provenance {
        code: Code::Git {
            commit: Some(commit.into()),
            branch: Some("main".into()),
            shallow: false,
            changes: Vec::new(),
            changed: 0,
            difference: None,
        },
        specs: [("a.toml".into(), ContentHash::of_bytes(b"a"))].into(),
        locks: BTreeMap::new(),
        program: Program {
            seatrial: "0.1.0".into(),
            compiler: "rustc".into(),
            target: "x".into(),
            built: "opt-level 3".into(),
            executable: None,
        },
        machine: Machine {
            system: "linux".into(),
            cpu: "one".into(),
            cpu_features: Vec::new(),
            cores: 2,
            threads: 1,
        },
    }
}

pub fn new_run(planned: usize) -> NewRun {
    NewRun {
        grouped_by: None,
        command: "seatrial test".into(),
        caused_by: None,
        specs: "specs".into(),
        selection: "everything".into(),
        planned,
        left_out: 0,
    }
}

pub fn begin(state: &Path, planned: usize) -> RunWriter {
    let ledger = Ledger::open(state).unwrap();
    ledger
        .begin(&new_run(planned), &provenance("c0ffee"))
        .unwrap()
}

pub fn result(id: &str, loss: f64) -> CaseRecord {
    CaseRecord {
        id: id.into(),
        check: "loss-decreases".into(),
        tier: "fast".into(),
        status: Status::Pass,
        seconds: 0.5,
        message: String::new(),
        seed: u64::MAX,
        measurements: vec![
            Measurement::new("loss", loss)
                .unit("nats")
                .bound(Bound::Between(0.0, 1.0))
                .interval(loss, f64::INFINITY),
            Measurement::new("steps", 60.0),
        ],
        parameters: "{\"steps\":60}".into(),
        inputs: [("data.csv".into(), "abc".into())].into(),
        artifacts: Vec::new(),
        figures: Vec::new(),
        series: vec![Series::over_steps("loss", vec![1.0, loss])],
    }
}
