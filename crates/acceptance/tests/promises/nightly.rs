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

/// A case whose outcome depends on something that nobody records.
fn flaky() -> Place {
    let place = Place::with(
        "[test.pass]\ncheck = \"act\"\n[test.moody]\ncheck = \"act\"\nhow = \"mood\"\n",
    );
    place.write(".gitignore", "mood\n");
    place.committed()
}

fn night(place: &Place, mood: &str) -> crate::support::Ran {
    place.write("mood", mood);
    place.seatrial(NIGHTLY)
}

#[test]
fn a_case_that_flips_between_nights_of_one_commit_is_flaky_and_fails() {
    let place = flaky();
    assert_eq!(night(&place, "pass").code, 0);
    assert_eq!(night(&place, "pass").code, 0);
    let ran = night(&place, "fail");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("flaky: it came out as pass, then fail"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("pass in "), "{}", ran.out);
    // That it passes again does not help it.
    let ran = night(&place, "pass");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("pass, then fail, then pass"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("1 passed, 1 failed"), "{}", ran.out);
    // Nor is it forgotten.
    assert_eq!(night(&place, "pass").code, 1);
    // By hand, people try things out.
    place.write("mood", "fail");
    let ran = place.seatrial(&["test"]);
    assert!(!ran.out.contains("flaky"), "{}", ran.out);
}

#[test]
fn other_code_or_parameters_make_no_case_flaky() {
    let place = flaky();
    assert_eq!(night(&place, "fail").code, 1);
    place.write("code.py", "mended\n");
    place.commit("mend it");
    let ran = night(&place, "pass");
    assert_eq!(ran.code, 0, "{}", ran.out);
    place.write(
        "specs/area/file.toml",
        "[test.moody]\ncheck = \"act\"\nhow = \"mood\"\nseed = 4\n",
    );
    place.commit("try another seed");
    let ran = night(&place, "fail");
    assert_eq!(ran.code, 1);
    assert!(!ran.out.contains("flaky"), "{}", ran.out);
}

#[test]
fn what_could_not_measure_one_night_and_can_the_next_is_told_once() {
    let place = flaky();
    assert_eq!(night(&place, "lost").code, 1);
    let ran = night(&place, "pass");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error, then pass"), "{}", ran.out);
    let ran = night(&place, "pass");
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn a_report_in_the_work_tree_makes_no_other_code() {
    let place = flaky();
    for part in ["one", "two"] {
        place.write("mood", "pass");
        let ran = place.seatrial(&["test", "--report", part]);
        assert_eq!(ran.code, 0);
    }
    let ran = place.seatrial(&["report", "one", "two"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let ran = place.seatrial(&["test", "--since", "HEAD"]);
    assert!(ran.err.contains("nothing to run"), "{}", ran.err);
    // A folder that held something keeps it as it was.
    place.write("three/notes.md", "mine\n");
    assert_eq!(place.seatrial(&["test", "--report", "three"]).code, 0);
    assert!(!place.path().join("three/.gitignore").exists());
}

#[test]
fn the_script_shards_resumes_and_says_what_is_new() {
    let place = flaky();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ci/nightly.sh");
    let copy = place.write("ci/nightly.sh", &std::fs::read_to_string(script).unwrap());
    place.write(".gitignore", "mood\n.seatrial\n");
    place.commit("add the script");
    let night = |mood: &str| {
        place.write("mood", mood);
        let model = place.command(&[]);
        let mut command = std::process::Command::new("bash");
        command
            .arg(&copy)
            .args(["--shards", "2"])
            .current_dir(place.path());
        command.env("SEATRIAL", model.get_program());
        command.env("SEATRIAL_STATE", place.path().join(".seatrial"));
        run(&mut command)
    };
    // One that is killed in its second shard goes on there.
    let killed = night("gone");
    assert_eq!(killed.code, 3, "{killed:?}");
    let first = night("pass");
    assert_eq!(first.code, 0, "{first:?}");
    assert!(
        first.out.contains("shard 1/2 is done already"),
        "{}",
        first.out
    );
    assert!(first.err.contains("going on with "), "{}", first.err);
    assert!(first.out.contains("2 passed"), "{}", first.out);
    for name in ["report.html", "junit.xml", "summary.md", "events.jsonl"] {
        assert!(
            place.path().join(".seatrial/nightly").join(name).exists(),
            "{name}"
        );
    }
    // The next is of other code, so what fails in it is new, not flaky.
    place.commit("change something");
    let second = night("fail");
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.out.contains("No longer pass (1)"), "{}", second.out);
    let summary = std::fs::read_to_string(place.path().join(".seatrial/nightly/summary.md"));
    assert!(summary.unwrap().contains("No longer pass (1)"));
    // Nothing of the night before is in the way.
    place.commit("mend it");
    let third = night("pass");
    assert_eq!(third.code, 0, "{third:?}");
    assert!(!third.out.contains("No longer pass"), "{}", third.out);
}
