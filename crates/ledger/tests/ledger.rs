//! What is written is read, by whoever and whenever.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;

use seatrial_ledger::{Ledger, LedgerError, Release, RunState};
use seatrial_verdict::Status;
use support::{begin, new_run, provenance, result};

#[test]
fn what_is_written_is_read() {
    let state = tempfile::tempdir().unwrap();
    let mut run = begin(state.path(), 2);
    let name = run.name().to_owned();
    run.add(&[result("a.toml::x", 0.25)]).unwrap();
    run.add(&[result("a.toml::y", -0.0)]).unwrap();
    run.finish().unwrap();
    let read = Ledger::read(state.path()).unwrap().run(&name).unwrap();
    assert_eq!(
        read.cases,
        [result("a.toml::x", 0.25), result("a.toml::y", -0.0)]
    );
    assert_eq!(read.provenance, provenance("c0ffee"));
    assert_eq!(read.summary.state, RunState::Finished);
    assert_eq!(read.summary.counts, [("pass".into(), 2)].into());
    assert_eq!(read.summary.commit.as_deref(), Some("c0ffee"));
}

#[test]
fn what_is_not_a_number_stays_so() {
    let state = tempfile::tempdir().unwrap();
    let mut run = begin(state.path(), 1);
    let name = run.name().to_owned();
    let mut odd = result("a", f64::NAN);
    odd.measurements[0].low = Some(f64::NAN);
    odd.measurements[0].high = None;
    run.add(&[odd]).unwrap();
    let read = Ledger::read(state.path()).unwrap().run(&name).unwrap();
    let read = &read.cases[0].measurements[0];
    assert!(read.value.is_nan() && read.low.is_some_and(f64::is_nan));
    assert_eq!(read.high, None);
}

#[test]
fn of_a_case_that_was_tried_again_the_last_verdict_counts() {
    let state = tempfile::tempdir().unwrap();
    let mut run = begin(state.path(), 1);
    let name = run.name().to_owned();
    run.add(&[result("a", 0.5)]).unwrap();
    run.add(&[result("a", 0.25)]).unwrap();
    let ledger = Ledger::read(state.path()).unwrap();
    assert_eq!(ledger.run(&name).unwrap().cases, [result("a", 0.25)]);
    assert_eq!(ledger.runs(9).unwrap()[0].judged(), 1);
    let past = ledger.history("a", "loss", None, 9).unwrap();
    assert_eq!(
        past.iter().map(|past| past.value).collect::<Vec<_>>(),
        [0.25]
    );
}

#[test]
fn history_is_told_oldest_first_and_without_the_run_that_asks() {
    let state = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for loss in [0.1, 0.2, 0.3, 0.4] {
        let mut run = begin(state.path(), 1);
        names.push(run.name().to_owned());
        run.add(&[result("a", loss), result("b", 9.0)]).unwrap();
        run.finish().unwrap();
    }
    let ledger = Ledger::read(state.path()).unwrap();
    let values = |but: Option<&str>, limit| {
        let past = ledger.history("a", "loss", but, limit).unwrap();
        past.iter().map(|past| past.value).collect::<Vec<_>>()
    };
    assert_eq!(values(None, 9), [0.1, 0.2, 0.3, 0.4]);
    assert_eq!(values(Some(&names[3]), 2), [0.2, 0.3]);
    assert!(ledger.history("a", "lass", None, 9).unwrap().is_empty());
    assert!(ledger.history("c", "loss", None, 9).unwrap().is_empty());
    let metric = ledger.metric("loss", "", 9).unwrap();
    assert_eq!(
        metric.iter().map(|m| m.case.as_str()).collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(ledger.metric("loss", "b", 9).unwrap().len(), 1);
    assert_eq!(ledger.metrics().unwrap(), ["loss", "steps"]);
}

#[test]
fn history_says_which_candidates_the_gate_refused() {
    let state = tempfile::tempdir().unwrap();
    let decided = |loss, status, blessed: Option<bool>, judged: bool| {
        let mut run = begin(state.path(), 2);
        let name = run.name().to_owned();
        let mut other = result("b", 1.0);
        other.status = status;
        if !judged {
            other.measurements.iter_mut().for_each(|m| m.bound = None);
        }
        run.add(&[result("a", loss), other]).unwrap();
        run.finish().unwrap();
        if let Some(blessed) = blessed {
            let release = Release {
                name: name.clone(),
                blessed,
                run: Some(name),
                record: serde_json::json!({}),
                subjects: [].into(),
            };
            let mut ledger = Ledger::open(state.path()).unwrap();
            ledger.add_release(&release).unwrap();
        }
    };
    decided(0.1, Status::Pass, Some(true), true);
    decided(0.2, Status::Fail, Some(false), true);
    decided(0.3, Status::Inconclusive, Some(false), true);
    // By force; by no gate; and where nothing could be judged yet.
    decided(0.4, Status::Fail, Some(true), true);
    decided(0.5, Status::Fail, None, true);
    decided(0.6, Status::Fail, Some(false), false);
    decided(0.7, Status::Skipped, Some(false), false);
    let past = Ledger::read(state.path()).unwrap();
    let past = past.history("a", "loss", None, 9).unwrap();
    let refused = past.iter().filter(|past| past.refused);
    assert_eq!(
        refused.map(|past| past.value).collect::<Vec<_>>(),
        [0.2, 0.3]
    );
}

#[test]
fn runs_are_found_by_name_by_place_and_by_commit() {
    let state = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for commit in ["aaa1", "aab2", "aab2"] {
        let ledger = Ledger::open(state.path()).unwrap();
        let run = ledger.begin(&new_run(1), &provenance(commit)).unwrap();
        names.push(run.name().to_owned());
        run.finish().unwrap();
    }
    let ledger = Ledger::read(state.path()).unwrap();
    let found = |word: &str| ledger.find(word).map_err(|error| error.to_string());
    assert_eq!(found("last").unwrap(), names[2]);
    assert_eq!(found("last~2").unwrap(), names[0]);
    assert_eq!(found(&names[1]).unwrap(), names[1]);
    assert_eq!(found(&names[1][..9]).unwrap(), names[1]);
    assert_eq!(found("aab").unwrap(), names[2], "the latest on the commit");
    assert!(found("aa").unwrap_err().contains("more than one commit"));
    for none in ["last~3", "last~-1", "xyz", "", "%", "_"] {
        assert!(found(none).is_err(), "{none}");
    }
}

#[test]
fn processes_of_one_group_write_one_run() {
    let state = tempfile::tempdir().unwrap();
    let mut grouped = new_run(1);
    grouped.grouped_by = Some("nextest 1".into());
    let open = || Ledger::open(state.path()).unwrap();
    let ledger = open().join("nextest 1", 1).unwrap().unwrap_err();
    let mut first = ledger.begin(&grouped, &provenance("c")).unwrap();
    // Two that both found nothing to join.
    let mut second = open().begin(&grouped, &provenance("c")).unwrap();
    let mut third = open().join("nextest 1", 1).unwrap().unwrap();
    assert_eq!(first.name(), second.name());
    assert_eq!(first.name(), third.name());
    for (run, id) in [(&mut first, "a"), (&mut second, "b"), (&mut third, "c")] {
        run.add(&[result(id, 0.5)]).unwrap();
    }
    let runs = Ledger::read(state.path()).unwrap().runs(9).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].planned, runs[0].judged()), (3, 3));
}

#[test]
fn the_last_blessed_version_of_a_subject_is_remembered() {
    let state = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(state.path()).unwrap();
    let mut release = |name: &str, blessed, subject: &str| {
        let subjects = [(
            subject.to_owned(),
            (format!("/kept/{name}").into(), "h".into()),
        )];
        let release = Release {
            name: name.into(),
            blessed,
            run: None,
            record: serde_json::json!({"name": name}),
            subjects: subjects.into(),
        };
        ledger.add_release(&release).unwrap();
    };
    release("1", true, "predictions.candidate");
    release("2", false, "predictions.candidate");
    release("3", true, "package.fraud");
    let blessed = ledger.blessed("predictions.candidate").unwrap().unwrap();
    assert_eq!(
        (blessed.release.as_str(), blessed.hash.as_str()),
        ("1", "h")
    );
    assert_eq!(ledger.blessed("predictions.other").unwrap(), None);
    assert_eq!(ledger.release_record("2").unwrap().unwrap()["name"], "2");
}

#[test]
fn long_curves_are_thinned_and_say_so() {
    let state = tempfile::tempdir().unwrap();
    let mut run = begin(state.path(), 1);
    let name = run.name().to_owned();
    let mut long = result("a", 0.5);
    long.series[0].values = (0..2_500).map(f64::from).collect();
    run.add(&[long]).unwrap();
    let read = Ledger::read(state.path()).unwrap().run(&name).unwrap();
    let curve = &read.cases[0].series[0];
    assert_eq!((curve.x.as_str(), curve.values.len()), ("step / 3", 834));
    assert_eq!(curve.values[1], 3.0);
}

#[test]
fn a_run_that_did_not_end_is_not_finished() {
    let state = tempfile::tempdir().unwrap();
    let run = begin(state.path(), 2);
    let seen = || Ledger::read(state.path()).unwrap().runs(1).unwrap()[0].state;
    assert_eq!(seen(), RunState::Running);
    run.finish().unwrap();
    assert_eq!(seen(), RunState::Finished);
}

#[test]
fn no_ledger_is_told_apart_from_an_empty_history() {
    let state = tempfile::tempdir().unwrap();
    let missing = Ledger::read(state.path()).unwrap_err();
    assert!(matches!(missing, LedgerError::Missing { .. }), "{missing}");
    drop(Ledger::open(state.path()).unwrap());
    assert!(
        Ledger::read(state.path())
            .unwrap()
            .runs(9)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_state_folder_keeps_itself_out_of_version_control() {
    let state = tempfile::tempdir().unwrap();
    drop(Ledger::open(&state.path().join("new/.seatrial")).unwrap());
    let note = fs::read_to_string(state.path().join("new/.seatrial/.gitignore"));
    assert_eq!(note.unwrap(), "*\n");
}
