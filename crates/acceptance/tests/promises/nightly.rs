//! Scheduled runs: one at a time, and none that was killed is forgotten.

use std::process::{Child, Stdio};

use seatrial_ledger::{Ledger, RunState, RunSummary};

use crate::support::{Place, run};

const NIGHTLY: &[&str] = &["test", "--on", "schedule", "--tier", "all", "--jobs", "1"];

/// A case that passes, and one that waits for a number in a file.
fn place() -> Place {
    let place = Place::with(
        "[test.pass]\ncheck = \"act\"\ntier = \"slow\"\n\
         [test.waits]\ncheck = \"act\"\nhow = \"read\"\nfile = \"gate.txt\"\n\
         [test.by-day]\ncheck = \"act\"\non = [\"commit\"]\n",
    );
    place.write("specs/area/gate.txt", "wait");
    place.write(".gitignore", "gate.txt\n");
    place.committed()
}

fn last(place: &Place) -> Option<RunSummary> {
    Ledger::read(&place.path().join(".seatrial"))
        .ok()?
        .runs(1)
        .ok()?
        .pop()
}

/// Begins a nightly run, and waits until its first case is judged.
fn begun(place: &Place) -> Child {
    let mut command = place.command(NIGHTLY);
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while last(place).is_none_or(|run| run.judged() < 1) {
        std::thread::yield_now();
    }
    child
}

fn killed(place: &Place) {
    let mut child = begun(place);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_second_one_is_refused_while_the_first_goes_on() {
    let place = place();
    let mut first = begun(&place);
    for mut second in [place.command(NIGHTLY), place.target(&["--include-ignored"])] {
        let ran = run(second.env("SEATRIAL_ON", "schedule"));
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{ran:?}");
        assert!(ran.err.contains("another scheduled run"), "{}", ran.err);
    }
    // Other runs go beside it.
    assert_eq!(place.seatrial(&["test", "--filter", "by-day"]).code, 0);
    place.write("specs/area/gate.txt", "0.5");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(place.seatrial(NIGHTLY).code, 0);
}

#[test]
fn one_that_was_killed_is_resumed_and_judged_cases_do_not_run_again() {
    let place = place();
    killed(&place);
    let before = last(&place).unwrap();
    assert_eq!((before.state, before.judged()), (RunState::Killed, 1));
    place.write("specs/area/gate.txt", "0.5");
    let ran = place.seatrial(NIGHTLY);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("1 of 2 cases need not run again"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("2 passed"), "{}", ran.out);
    let after = last(&place).unwrap();
    assert_eq!(after.run, before.run);
    assert_eq!((after.state, after.judged()), (RunState::Finished, 2));
    // Once: results were added, not written again.
    let ledger = Ledger::read(&place.path().join(".seatrial")).unwrap();
    assert_eq!(ledger.metric("value", "", 99).unwrap().len(), 2);
    let ran = place.seatrial(NIGHTLY);
    assert_eq!(ran.err, "", "nothing is left to resume");
    assert_ne!(last(&place).unwrap().run, before.run);
}

#[test]
fn the_test_target_resumes_too() {
    let place = place();
    let nightly = || {
        let mut command = place.target(&["--include-ignored", "--test-threads", "1"]);
        command.env("SEATRIAL_ON", "schedule");
        command
    };
    let mut child = nightly().stdout(Stdio::null()).spawn().unwrap();
    while last(&place).is_none_or(|run| run.judged() < 1) {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    place.write("specs/area/gate.txt", "0.5");
    let ran = run(&mut nightly());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("1 of 2 cases need not run again"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("2 passed"), "{}", ran.out);
}

#[test]
fn one_of_other_code_or_specs_is_reported_and_begun_anew() {
    for (file, differs) in [("code.py", "code"), ("specs/area/more.toml", "specs")] {
        let place = place();
        killed(&place);
        let before = last(&place).unwrap();
        place.write("specs/area/gate.txt", "0.5");
        place.write(file, "");
        let ran = place.seatrial(NIGHTLY);
        assert_eq!(ran.code, 0, "{ran:?}");
        let told = format!(
            "{} was killed after 1 of 2 cases, and cannot be resumed",
            before.run
        );
        assert!(ran.err.contains(&told), "{}", ran.err);
        assert!(ran.err.contains(differs), "{}", ran.err);
        assert_ne!(last(&place).unwrap().run, before.run);
        assert_eq!(place.seatrial(NIGHTLY).err, "", "it is reported once");
    }
}

#[test]
fn a_case_whose_data_changed_runs_again() {
    let place = Place::with(
        "[test.first]\ncheck = \"act\"\nhow = \"read\"\nfile = \"data.txt\"\n\
         [test.waits]\ncheck = \"act\"\nhow = \"read\"\nfile = \"gate.txt\"\n",
    );
    place.write("specs/area/data.txt", "0.25");
    place.write("specs/area/gate.txt", "wait");
    place.write(".gitignore", "*.txt\n");
    let place = place.committed();
    killed(&place);
    place.write("specs/area/data.txt", "0.75");
    place.write("specs/area/gate.txt", "0.5");
    let ran = place.seatrial(NIGHTLY);
    assert!(
        ran.err.contains("0 of 2 cases need not run again"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("value 0.75"), "{}", ran.out);
}
