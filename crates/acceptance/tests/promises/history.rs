//! Runs are kept, and can be asked.

use serde_json::Value;

use crate::support::{Place, act, run};

fn runs(place: &Place) -> Vec<Value> {
    let ran = place.seatrial(&["runs", "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A case that measures the number in a file, and one that is always the same.
fn reads(number: &str) -> Place {
    let place = Place::with(
        "[test.read]\ncheck = \"act\"\nhow = \"read\"\nfile = \"data.txt\"\n\
         [test.pass]\ncheck = \"act\"\n",
    );
    place.write("specs/area/data.txt", number);
    place
}

#[test]
fn the_command_and_the_test_target_record_what_they_find() {
    let place = Place::of_acts(&["pass", "fail", "inconclusive", "panic"]);
    assert_eq!(place.seatrial(&["test"]).code, 1);
    assert_eq!(place.specs(&[]).code, 101);
    let all = runs(&place);
    assert_eq!(all.len(), 2);
    for (run, command) in all.iter().zip(["cargo test", "seatrial test"]) {
        assert_eq!(run["command"], command);
        assert_eq!(run["state"], "finished");
        let counts = serde_json::json!({"pass": 1, "fail": 1, "inconclusive": 1, "error": 1});
        assert_eq!(run["counts"], counts);
    }
    let full = place.object(&["runs", "last", "--format", "json"]);
    let case = |name: &str| {
        let id = format!("area/file.toml::{name}");
        full["cases"]
            .as_array()
            .unwrap()
            .iter()
            .find(|case| case["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(case("fail")["measurements"][0]["value"], 1.5);
    assert_eq!(case("pass")["series"][0]["values"][0], 1.0);
    assert!(
        case("panic")["message"]
            .as_str()
            .unwrap()
            .contains("fell over")
    );
    for part in ["code", "locks", "machine", "program", "specs"] {
        assert!(!full["provenance"][part].is_null(), "{part}");
    }
}

#[test]
fn the_start_of_a_stream_names_the_run_that_the_ledger_keeps() {
    let place = Place::of_acts(&["pass"]);
    let events = place.events(&[]);
    let full = place.object(&["runs", "last", "--format", "json"]);
    assert_eq!(events[0]["run"], full["run"]);
    assert_eq!(events[0]["provenance"], full["provenance"]);
    let shown = place.seatrial(&["test"]).out;
    let last = place.object(&["runs", "last", "--format", "json"]);
    assert!(shown.contains(last["run"].as_str().unwrap()), "{shown}");
}

#[test]
fn nothing_is_recorded_when_told_so_nor_by_a_list() {
    let place = Place::of_acts(&["pass"]);
    for mut command in [place.command(&["test"]), place.target(&[])] {
        assert_eq!(run(command.env("SEATRIAL_LEDGER", "off")).code, 0);
    }
    assert_eq!(place.seatrial(&["list"]).code, 0);
    assert_eq!(place.specs(&["--list"]).code, 0);
    assert!(!place.path().join(".seatrial").exists());
    let ran = place.seatrial(&["runs"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("there is no ledger"), "{}", ran.err);
    let ran = run(place.command(&["test"]).env("SEATRIAL_LEDGER", "maybe"));
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn another_state_folder_can_be_named() {
    let place = Place::of_acts(&["pass"]);
    assert_eq!(place.seatrial(&["--state", "elsewhere", "test"]).code, 0);
    assert!(place.path().join("elsewhere/ledger.sqlite").is_file());
    assert_eq!(place.seatrial(&["runs"]).code, 2);
    assert_eq!(place.seatrial(&["runs", "--state", "elsewhere"]).code, 0);
}

#[test]
fn a_run_is_named_in_every_way_that_git_would() {
    let place = reads("0.25").committed();
    place.seatrial(&["test"]);
    let first = place.git(&["rev-parse", "HEAD"]);
    place.commit("second");
    place.seatrial(&["test"]);
    let all = runs(&place);
    let name = |run: &Value| run["run"].as_str().unwrap().to_owned();
    for (word, meant) in [
        ("last", name(&all[0])),
        ("HEAD", name(&all[0])),
        ("main", name(&all[0])),
        ("last~1", name(&all[1])),
        ("HEAD~1", name(&all[1])),
        (&first[..10], name(&all[1])),
        (&name(&all[1])[..8], name(&all[1])),
    ] {
        let found = place.object(&["runs", word, "--format", "json"]);
        assert_eq!(found["run"], meant, "{word}");
    }
    for none in ["last~2", "HEAD~7", "--", "nobody", ""] {
        let ran = place.seatrial(&["runs", none, "--format", "json"]);
        assert!(ran.code == 2 || none == "--", "{none}: {ran:?}");
    }
}

#[test]
fn a_difference_puts_the_data_that_explains_it_before_the_commit_that_brought_it() {
    let place = reads("0.25").committed();
    place.seatrial(&["test"]);
    place.write("specs/area/data.txt", "0.75");
    place.write("unrelated.txt", "");
    place.commit("better data");
    place.seatrial(&["test"]);
    let told = place.object(&["diff", "last~1", "last", "--format", "json"]);
    let causes: Vec<_> = told["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["kind"])
        .collect();
    assert_eq!(causes, ["data", "code"], "{told}");
    assert_eq!(told["causes"][0]["what"], "area/data.txt");
    assert_eq!(
        (told["causes"][0]["fit"].as_f64(), &told["common"]),
        (Some(1.0), &2.into())
    );
    let changes = told["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["case"], "area/file.toml::read");
    assert_eq!(
        (
            &changes[0]["effects"][0]["a"],
            &changes[0]["effects"][0]["b"]
        ),
        (&0.25.into(), &0.75.into())
    );
    assert!(
        told["commits"][0]
            .as_str()
            .unwrap()
            .ends_with("better data")
    );
    let shown = place.seatrial(&["diff"]).out;
    for part in [
        "area/data.txt",
        "value  0.25 → 0.75  (+200.0%)",
        "better data",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert_eq!(place.seatrial(&["diff", "--exit-code"]).code, 1);
    assert_eq!(
        place
            .seatrial(&["diff", "last", "last", "--exit-code"])
            .code,
        0
    );
}

#[test]
fn a_difference_names_the_parameter_and_the_uncommitted_file() {
    let place = Place::of_acts(&["pass"]).committed();
    place.seatrial(&["test"]);
    place.write("specs/area/file.toml", &(act("pass") + "seed = 9\n"));
    place.seatrial(&["test"]);
    let shown = place.seatrial(&["diff"]).out;
    for part in [
        "parameters   seed  0 → 9",
        "uncommitted changes",
        "specs/area/file.toml",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert!(shown.contains("no result differs"), "{shown}");
}

#[test]
fn a_trend_is_drawn_and_given_as_data() {
    let place = reads("0");
    for number in ["0.1", "0.2", "0.4"] {
        place.write("specs/area/data.txt", number);
        place.seatrial(&["test"]);
    }
    let trend = place.object(&["trend", "value", "--filter", "read", "--format", "json"]);
    let past = trend["past"].as_array().unwrap();
    let values: Vec<_> = past
        .iter()
        .map(|past| past["value"].as_f64().unwrap())
        .collect();
    assert_eq!(values, [0.1, 0.2, 0.4]);
    let shown = place.seatrial(&["trend", "value"]).out;
    assert!(
        shown.contains("area/file.toml::read  0.4, expected ≤ 1"),
        "{shown}"
    );
    assert!(
        shown.contains("area/file.toml::pass  0.5 s, expected ≤ 1"),
        "{shown}"
    );
    let ran = place.seatrial(&["trend", "valu"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `value`"), "{}", ran.err);
    let ran = place.seatrial(&["trend", "value", "--filter", "nobody"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn the_processes_of_a_nextest_run_are_one_run() {
    let place = Place::of_acts(&["pass", "fail"]);
    for name in ["pass", "fail"] {
        let id = format!("area/file.toml::{name}");
        let mut command = place.target(&["--exact", &id, "--nocapture"]);
        run(command.env("NEXTEST_RUN_ID", "one"));
    }
    let all = runs(&place);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["command"], "cargo nextest run");
    assert_eq!(all[0]["selection"], "as cargo-nextest chose");
    assert_eq!(
        (&all[0]["planned"], &all[0]["counts"]["pass"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn a_nextest_run_that_may_have_been_killed_between_cases_is_not_called_finished() {
    let place = Place::of_acts(&["pass", "fail"]);
    let target = place.target(&[]);
    // What starts the processes is gone when it is asked.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "\"$0\" --exact area/file.toml::pass; true"]);
    shell.arg(target.get_program()).current_dir(place.path());
    for (name, value) in target.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    run(shell.env("NEXTEST_RUN_ID", "one"));
    assert_eq!(runs(&place)[0]["state"], "ended");
    let shown = place.seatrial(&["runs"]).out;
    assert!(
        shown.contains("ended after 1 of 1 cases; cargo-nextest does not say if that was all"),
        "{shown}"
    );
}

#[test]
fn the_test_target_takes_relative_paths_from_the_workspace() {
    let place = Place::of_acts(&["pass"]);
    place.write("Cargo.lock", "");
    place.write("packages/own/Cargo.toml", "");
    let package = place.path().join("packages/own");
    let mut command = place.target(&[]);
    command.current_dir(&package);
    command.env("CARGO_MANIFEST_DIR", &package);
    command.env("SEATRIAL_STATE", "kept");
    command.env("SEATRIAL_SPECS", "specs");
    let ran = run(&mut command);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(place.path().join("kept/ledger.sqlite").is_file());
    assert!(!package.join("kept").exists());
}
