//! A run that cannot be recorded says so, and loses nothing that was there.

use std::process::Child;

use seatrial_ledger::{Ledger, RunState};

use crate::support::{Place, Ran, act, run};

fn spawn(place: &Place, arguments: &[&str]) -> Child {
    let mut command = place.command(arguments);
    command.stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::null());
    command.spawn().unwrap()
}

/// As a shell would run the command here, under a limit.
fn under(place: &Place, limit: &str) -> Ran {
    let command = place.command(&["test"]);
    let mut shell = std::process::Command::new("sh");
    let program = command.get_program().to_str().unwrap();
    shell.args([
        "-c",
        &format!("trap '' XFSZ; {limit}; exec \"{program}\" test"),
    ]);
    shell.current_dir(place.path());
    shell.env("SEATRIAL_STATE", place.path().join(".seatrial"));
    run(&mut shell)
}

#[test]
fn a_ledger_that_cannot_be_opened_stops_the_run_before_it_begins() {
    let place = Place::of_acts(&["pass"]);
    place.write(".seatrial/ledger.sqlite", &"dear diary\n".repeat(1_000));
    for ran in [place.seatrial(&["test"]), place.specs(&[])] {
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{ran:?}");
        assert!(ran.err.contains("this run is not recorded"), "{}", ran.err);
        assert!(ran.err.contains("left as it is"), "{}", ran.err);
        assert!(ran.err.contains("SEATRIAL_LEDGER=off"), "{}", ran.err);
    }
    for asked in [&["runs"][..], &["diff"], &["trend", "value"]] {
        assert_eq!(place.seatrial(asked).code, 3, "{asked:?}");
    }
    let kept = std::fs::read_to_string(place.path().join(".seatrial/ledger.sqlite"));
    assert_eq!(kept.unwrap(), "dear diary\n".repeat(1_000));
    let ran = run(place.command(&["test"]).env("SEATRIAL_LEDGER", "off"));
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_state_folder_that_cannot_be_made_stops_the_run_before_it_begins() {
    let place = Place::of_acts(&["pass"]);
    // Nobody, not even root, makes a folder there.
    for folder in ["/proc/seatrial", "specs/area/file.toml/state"] {
        let ran = place.seatrial(&["--state", folder, "test"]);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{ran:?}");
        assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    }
}

/// As on a full disk: the file cannot grow.
#[test]
fn a_full_disk_is_told_and_what_was_recorded_stays() {
    let many: String = (0..3_000)
        .map(|n| format!("[test.t{n}]\ncheck = \"act\"\nhow = \"fail\"\n"))
        .collect();
    let place = Place::with(&many);
    place.write("few/x.toml", &act("pass"));
    assert_eq!(place.seatrial(&["--specs", "few", "test"]).code, 0);
    let ran = under(&place, "ulimit -f 600");
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.out.contains("3000 failed"), "the cases go on: {ran:?}");
    assert!(ran.err.contains("this run is not recorded"), "{}", ran.err);
    let runs = Ledger::read(&place.path().join(".seatrial"))
        .unwrap()
        .runs(9)
        .unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!((runs[1].state, runs[1].judged()), (RunState::Finished, 1));
    assert_eq!(runs[0].state, RunState::Killed, "it is not called finished");
    assert_eq!(
        place.seatrial(&["--specs", "few", "test"]).code,
        0,
        "and it can be written again"
    );
}

#[test]
fn many_processes_lose_nothing() {
    let many: String = (0..200)
        .map(|n| format!("[test.t{n}]\ncheck = \"act\"\n"))
        .collect();
    let place = Place::with(&many);
    let all: Vec<_> = (0..16)
        .map(|_| spawn(&place, &["test", "--jobs", "2"]))
        .collect();
    for mut child in all {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let runs = Ledger::read(&place.path().join(".seatrial"))
        .unwrap()
        .runs(99)
        .unwrap();
    assert_eq!(runs.len(), 16);
    for run in runs {
        assert_eq!(
            (run.state, run.judged()),
            (RunState::Finished, 200),
            "{run:?}"
        );
    }
}

#[test]
fn a_run_that_is_killed_is_seen_as_killed_and_the_ledger_stays_whole() {
    let place = Place::with(&(act("pass") + &act("hang")));
    for _ in 0..3 {
        let mut child = spawn(&place, &["test", "--jobs", "1"]);
        let state = place.path().join(".seatrial");
        let first = || Ledger::read(&state).ok()?.runs(1).ok()?.pop();
        while first().is_none_or(|run| run.judged() < 1 || run.state != RunState::Running) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let run = first().unwrap();
        assert_eq!(
            (run.state, run.judged(), run.planned),
            (RunState::Killed, 1, 2)
        );
    }
    let shown = place.seatrial(&["runs"]).out;
    assert_eq!(
        shown.matches("killed after 1 of 2 cases").count(),
        3,
        "{shown}"
    );
}
