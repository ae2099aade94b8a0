//! What `seatrial gate`, `verify` and `refresh-validation` promise.

use std::fs;
use std::process::Stdio;

use crate::support::Place;

const SPEC: &str = r#"
[predictions.candidate]
path = "new.csv"
key = "id"
label = "label"
score = "score"

[test.good-enough]
check = "quality"
predictions = "candidate"
min = { accuracy = 0.8 }

[test.no-worse]
check = "no-regression"
predictions = "candidate"
previous = "blessed"
metric = "accuracy"
margin = 0.02
first_release = true
"#;

/// Rows of which every `wrong`-th is decided wrongly.
fn predictions(wrong: usize) -> String {
    let mut text = "id,label,score\n".to_owned();
    for id in 0..2_000 {
        let label = id % 2;
        let right = id % wrong != 0;
        let score = if (label == 1) == right { 0.9 } else { 0.1 };
        text.push_str(&format!("{id},{label},{score}\n"));
    }
    text
}

fn place() -> Place {
    let place = Place::with(SPEC);
    place.write("specs/area/new.csv", &predictions(20));
    place
}

#[test]
fn the_first_release_is_blessed_and_recorded() {
    let place = place();
    let ran = place.seatrial(&["gate", "--name", "one"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("blessed: one"), "{}", ran.out);
    assert!(
        ran.out.contains("there was no blessed version before"),
        "{}",
        ran.out
    );
    let record = fs::read_to_string(place.path().join("release.json")).unwrap();
    for part in [
        "\"decision\": \"blessed\"",
        "accuracy",
        "\"low\":",
        "predictions.candidate",
    ] {
        assert!(record.contains(part), "{part}: {record}");
    }
    let verified = place.seatrial(&["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(
        verified.out.contains("the ledger has the same record"),
        "{}",
        verified.out
    );
}

#[test]
fn a_worse_candidate_is_refused_and_never_becomes_the_version_before() {
    let place = place();
    assert_eq!(place.seatrial(&["gate", "--name", "one"]).code, 0);
    // Still above its bounds, and worse than what was blessed.
    place.write("specs/area/new.csv", &predictions(8));
    let ran = place.seatrial(&["gate", "--name", "two"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("not blessed: two"), "{}", ran.out);
    assert!(ran.out.contains("accuracy worse_by 0.075"), "{}", ran.out);
    assert_eq!(
        place.seatrial(&["verify"]).code,
        0,
        "a refusal is a record too"
    );
    // Were the refused one the version before, this one would be good enough.
    place.write("specs/area/new.csv", &predictions(9));
    let ran = place.seatrial(&["gate", "--name", "three"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("the blessed release before was one"),
        "{}",
        ran.out
    );
}

#[test]
fn the_same_candidate_gets_the_same_answer_and_no_second_record() {
    let place = place();
    assert_eq!(place.seatrial(&["gate", "--name", "one"]).code, 0);
    let record = fs::read(place.path().join("release.json")).unwrap();
    let again = place.seatrial(&["gate", "--name", "other", "--out", "again.json"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(
        again.out.contains("blessed: one, as decided on"),
        "{}",
        again.out
    );
    assert_eq!(fs::read(place.path().join("again.json")).unwrap(), record);
    // Other bounds are another question.
    place.write("specs/area/file.toml", &SPEC.replace("0.8", "0.99"));
    assert_eq!(place.seatrial(&["gate"]).code, 1);
}

#[test]
fn two_gates_at_once_decide_once() {
    let place = place();
    let start = |name| {
        let mut command = place.command(&["gate", "--name", name, "--out", name]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start("a"), start("b")];
    let outs = both.map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    });
    let repeated = outs
        .iter()
        .filter(|out| out.contains("as decided on"))
        .count();
    assert_eq!(repeated, 1, "{outs:?}");
    let record = |name| fs::read(place.path().join(name)).unwrap();
    assert_eq!(record("a"), record("b"));
}

#[test]
fn a_blessing_against_the_evidence_names_who_and_why_for_ever_after() {
    let place = place();
    assert_eq!(place.seatrial(&["gate", "--name", "one"]).code, 0);
    place.write("specs/area/new.csv", &predictions(3));
    assert_eq!(place.seatrial(&["gate", "--name", "bad"]).code, 1);
    assert_eq!(
        place.seatrial(&["gate", "--force-by", "Ann"]).code,
        2,
        "a reason is needed"
    );
    assert_eq!(
        place
            .seatrial(&["gate", "--force-by", " ", "--reason", "x"])
            .code,
        2
    );
    let forced = [
        "gate",
        "--name",
        "bad",
        "--force-by",
        "Ann",
        "--reason",
        "an outage",
    ];
    let ran = place.seatrial(&forced);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("against the evidence, by Ann: an outage"),
        "{}",
        ran.out
    );
    let verified = place.seatrial(&["verify"]);
    assert!(
        verified.out.contains("by Ann: an outage"),
        "{}",
        verified.out
    );
    place.write("specs/area/new.csv", &predictions(21));
    let next = place.seatrial(&["gate", "--name", "next"]);
    assert_eq!(next.code, 0, "{next:?}");
    let told = "bad, which Ann blessed against the evidence: an outage";
    assert!(next.out.contains(told), "{}", next.out);

    // Runs and their history show it too, with the run that it was forced against.
    let told = "against the evidence, by Ann: an outage";
    let list = place.seatrial(&["runs"]).out;
    let lines: Vec<&str> = list.lines().collect();
    let [next, forced, shown, refused, first] = lines[..] else {
        panic!("{list}");
    };
    assert!(shown.starts_with("  bad was blessed on 20") && shown.ends_with(told));
    for other in [next, forced, refused, first] {
        assert!(other.contains("(seatrial gate, "), "{list}");
    }
    let run = forced.split(' ').next().unwrap();
    let full = place.seatrial(&["runs", run]).out;
    assert_eq!(full.lines().nth(1), Some(shown), "{full}");
    for (run, is_forced) in [(run, true), ("last", false), ("last~2", false)] {
        let run = place.object(&["runs", run, "--format", "json"]);
        assert_eq!(run["forced"]["by"] == "Ann", is_forced, "{run}");
        assert_eq!(run["forced"]["reason"] == "an outage", is_forced, "{run}");
        assert_eq!(run["forced"]["decided_ms"].is_u64(), is_forced, "{run}");
        assert_eq!(run.get("forced").is_some(), is_forced, "{run}");
    }
    let trend = place.seatrial(&["trend", "accuracy"]).out;
    assert_eq!(trend.matches(told).count(), 1, "{trend}");
    let trend = place.object(&["trend", "accuracy", "--format", "json"]);
    let past = trend["past"].as_array().unwrap();
    let forced = past.iter().map(|past| past["forced"]["release"] == "bad");
    assert_eq!(forced.collect::<Vec<_>>(), [false, false, true, false]);
}

#[test]
fn an_answer_that_is_repeated_tells_what_was_blessed_since() {
    let place = place();
    let gate = |wrong, more: &[&str]| {
        place.write("specs/area/new.csv", &predictions(wrong));
        let ran = place.seatrial(&[&["gate"], more].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out
    };
    gate(20, &["--name", "one"]);
    let alone = gate(20, &[]);
    assert!(!alone.contains("the last blessed release"), "{alone}");
    // Of one name, and another release all the same.
    let force = [
        "--name",
        "one",
        "--force-by",
        "Ann",
        "--reason",
        "an outage",
    ];
    gate(3, &force);
    let told = "the last blessed release is one, which Ann blessed against the evidence: an outage";
    let since = gate(20, &[]);
    assert!(since.contains("blessed: one, as decided on"), "{since}");
    assert!(since.contains(told), "{since}");
    let last = gate(3, &force);
    assert!(!last.contains("the last blessed release"), "{last}");
}

#[test]
fn a_record_that_was_touched_is_not_verified() {
    let place = place();
    assert_eq!(place.seatrial(&["gate"]).code, 0);
    let path = place.path().join("release.json");
    let record = fs::read_to_string(&path).unwrap();
    fs::write(&path, record.replacen("0.95", "0.96", 1)).unwrap();
    let ran = place.seatrial(&["verify"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("changed after it was sealed"),
        "{}",
        ran.out
    );
    for (text, says) in [("{}", "it has no seal"), ("", "it has no seal")] {
        fs::write(&path, text).unwrap();
        let ran = place.seatrial(&["verify"]);
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains(says), "{}", ran.out);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(place.seatrial(&["verify"]).code, 2);
}

#[test]
fn a_candidate_is_named_on_the_command_line_and_must_be_known() {
    let place = place();
    place.write("bad.csv", &predictions(3));
    let ran = place.seatrial(&["gate", "--candidate", "predictions.candidate=bad.csv"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let ran = place.seatrial(&["gate", "--candidate", "predictions.candidat=bad.csv"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("did you mean `predictions.candidate`?"),
        "{}",
        ran.err
    );
    let ran = place.seatrial(&["gate", "--candidate", "predictions.candidate=absent.csv"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("absent.csv"), "{}", ran.err);
}

#[test]
fn what_was_blessed_and_then_touched_is_refused() {
    let place = place();
    assert_eq!(place.seatrial(&["gate", "--name", "one"]).code, 0);
    let kept = place.path().join(".seatrial/blessed");
    let kept = fs::read_dir(kept).unwrap().next().unwrap().unwrap().path();
    fs::write(kept.join("new.csv"), predictions(2)).unwrap();
    place.write("specs/area/new.csv", &predictions(21));
    let ran = place.seatrial(&["gate", "--name", "two"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("have been changed there"), "{}", ran.out);
}

#[test]
fn bad_rows_are_named_and_nothing_is_blessed() {
    let place = place();
    let rows = predictions(20).replacen("17,1,0.9", "17,1,1.9", 1);
    place.write("specs/area/new.csv", &rows);
    let ran = place.seatrial(&["gate"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out
            .contains("column `score`, row 18: 1.9 is no probability"),
        "{}",
        ran.out
    );
}

#[test]
fn where_nothing_is_questioned_nothing_is_decided() {
    let place = Place::of_acts(&["pass"]);
    let ran = place.seatrial(&["gate"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("nothing to decide about"), "{}", ran.err);
    assert!(!place.path().join("release.json").exists());
}

const STALE: &str = r#"
[dataset.validation]
path = "validation.csv"   # the set in use
label = "y"

[dataset.live]
path = "live.csv"
label = "y"

[test.current]
check = "validation-is-current"
dataset = "validation"
live = "live"
"#;

/// Rows whose `x` is spread over a hundred from there on.
fn rows(from: usize) -> String {
    let mut text = "x,y\n".to_owned();
    for row in 0..600 {
        text.push_str(&format!("{},{}\n", from + row * 37 % 101, row % 2));
    }
    text
}

#[test]
fn a_stale_validation_set_is_named_and_the_next_one_is_made() {
    let place = Place::with(STALE);
    place.write("specs/area/validation.csv", &rows(0));
    place.write("specs/area/live.csv", &rows(60));
    let id = "area/file.toml::current";
    let ran = place.seatrial(&["test", "--exact", id]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("the column `x` has moved"), "{}", ran.out);
    assert!(
        ran.out
            .contains(&format!("seatrial refresh-validation '{id}'")),
        "{}",
        ran.out
    );

    let ran = place.seatrial(&["refresh-validation", id, "--rows", "500"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let read = |name: &str| fs::read_to_string(place.path().join("specs/area").join(name)).unwrap();
    assert_eq!(read("validation.csv"), rows(0), "the last set is kept");
    assert_eq!(read("validation-v2.csv").lines().count(), 501);
    let spec = read("file.toml");
    assert!(spec.contains("path = \"validation-v2.csv\""), "{spec}");
    assert_eq!(place.seatrial(&["test", "--exact", id]).code, 0);

    let again = place.seatrial(&["refresh-validation", id]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(read("file.toml").contains("validation-v3.csv"));
    let unknown = place.seatrial(&["refresh-validation", "area/file.toml::other"]);
    assert_eq!(unknown.code, 2);
}

#[test]
fn the_next_validation_set_comes_from_the_live_rows_that_were_named() {
    let place = Place::with(STALE);
    place.write("specs/area/validation.csv", &rows(0));
    place.write("specs/area/live.csv", &rows(0));
    place.write("today.csv", &rows(60));
    let (id, today) = ("area/file.toml::current", "dataset.live=today.csv");
    let refresh = |data| place.seatrial(&["refresh-validation", id, "--data", data]);

    let ran = refresh(today);
    assert_eq!(ran.code, 0, "{ran:?}");
    let made = place.path().join("specs/area/validation-v2.csv");
    let mut made: Vec<_> = fs::read_to_string(made)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    made.sort();
    let mut wanted: Vec<_> = rows(60).lines().map(str::to_owned).collect();
    wanted.sort();
    assert_eq!(made, wanted, "as many rows as there are, of today");

    let last = refresh("dataset.validation=today.csv");
    assert_eq!(last.code, 2, "the validation set is the spec's: {last:?}");
    assert!(
        last.err
            .contains("no case questions a `dataset.validation`"),
        "{}",
        last.err
    );
}
