//! `seatrial report`, `--report` and the formats: a run can be looked at, now
//! and later, whole or in parts, and never looks better than it was.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Place, act};

/// Ten cases that pass.
fn ten() -> Place {
    let cases = (0..10).map(|n| format!("[test.t{n}]\ncheck = \"act\"\nhow = \"pass\"\n"));
    Place::with(&cases.collect::<String>())
}

fn ids(place: &Place, folder: &str) -> Vec<String> {
    let text = std::fs::read_to_string(place.path().join(folder).join("events.jsonl")).unwrap();
    let events = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    events
        .filter_map(|event| Some(event["id"].as_str()?.to_owned()))
        .collect()
}

#[test]
fn a_report_is_four_files_and_the_exit_code_stays() {
    let place = Place::of_acts(&["pass", "fail", "not-a-number"]);
    let ran = place.seatrial(&["test", "--report", "out/here"]);
    assert_eq!(ran.code, 1);
    for name in ["report.html", "events.jsonl", "junit.xml", "summary.md"] {
        let text = std::fs::read_to_string(place.path().join("out/here").join(name)).unwrap();
        assert!(
            text.contains("file.toml::fail") || text.contains("area.file"),
            "{name}"
        );
    }
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_anything_runs() {
    let place = Place::of_acts(&["pass"]);
    place.write("taken", "a file");
    let ran = place.seatrial(&["test", "--report", "taken"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.contains("taken") && ran.out.is_empty(),
        "{}",
        ran.err
    );
}

#[test]
fn every_format_says_what_failed() {
    let place = Place::of_acts(&["pass", "fail"]);
    for format in ["human", "json", "junit", "github", "markdown"] {
        let ran = place.seatrial(&["test", "--format", format]);
        assert_eq!(ran.code, 1, "{format}");
        assert!(
            ran.out.contains("area/file.toml") && ran.out.contains("fail"),
            "{}",
            ran.out
        );
        assert!(
            !ran.out.contains('\u{1b}'),
            "{format}: no colour where there is no terminal"
        );
    }
}

#[test]
fn a_report_is_told_again_from_its_events() {
    let place = Place::of_acts(&["pass", "fail"]);
    let first = place.seatrial(&["test", "--jobs", "1", "--report", "out"]);
    for from in ["out", "out/events.jsonl"] {
        let again = place.seatrial(&["report", from]);
        assert_eq!(again.code, 1);
        assert_eq!(again.out, first.out);
    }
    let passed = ten();
    assert_eq!(passed.seatrial(&["test", "--report", "out"]).code, 0);
    assert_eq!(passed.seatrial(&["report", "out"]).code, 0);
}

#[test]
fn events_that_were_cut_short_never_pass() {
    let place = ten();
    place.seatrial(&["test", "--report", "out"]);
    let events = place.path().join("out/events.jsonl");
    let text = std::fs::read_to_string(&events).unwrap();
    for cut in [text.len() - 5, text.len() / 2] {
        place.write("cut.jsonl", &text[..cut]);
        let ran = place.seatrial(&["report", "cut.jsonl", "--report", "again"]);
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains("did not come to its end"), "{}", ran.out);
        let page = std::fs::read_to_string(place.path().join("again/report.html")).unwrap();
        assert!(page.contains("Not passed</h1>"));
        // And again, from what was written of it.
        assert_eq!(place.seatrial(&["report", "again"]).code, 1);
    }
}

#[test]
fn a_run_of_the_ledger_knows_its_lines_while_its_specs_are_as_they_were() {
    let spec = "[test.x]\ncheck = \"act\"\nhow = \"fail\"\ndoc = \"so that we know\"\n";
    let place = Place::with(spec);
    place.seatrial(&["test"]);
    let known = place.seatrial(&["report", "last", "--format", "github"]);
    assert!(
        known.out.contains("area/file.toml,line=1,"),
        "{}",
        known.out
    );
    let told = place.seatrial(&["report", "last"]);
    assert!(told.out.contains("so that we know"), "{}", told.out);
    place.write("specs/area/file.toml", &format!("\n\n{spec}"));
    let moved = place.seatrial(&["report", "last", "--format", "github"]);
    assert!(!moved.out.contains("line="), "{}", moved.out);
}

#[test]
fn two_runs_of_different_specs_are_compared_by_what_both_have() {
    let place = Place::with(&act("pass"));
    place.seatrial(&["test"]);
    place.write(
        "specs/area/file.toml",
        "[test.other]\ncheck = \"act\"\nhow = \"pass\"\n",
    );
    place.seatrial(&["test"]);
    let ran = place.seatrial(&["report", "last", "--against", "last~1", "--report", "both"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for told in ["New (1)", "Gone (1)", "specs area/file.toml: changed"] {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
        let page = std::fs::read_to_string(place.path().join("both/report.html")).unwrap();
        let heading = told.split(" area").next().unwrap();
        assert!(page.contains(heading), "{heading}");
    }
}

#[test]
fn what_is_no_run_is_a_usage_error_that_says_why() {
    let place = ten();
    place.write("poem.txt", "the sea\n");
    for (word, why) in [
        ("poem.txt", "no event"),
        ("nothing", "nothing"),
        ("specs", "events.jsonl"),
    ] {
        let ran = place.seatrial(&["report", word]);
        assert_eq!(ran.code, 2, "{word}: {}", ran.err);
        assert!(ran.err.contains(why), "{word}: {}", ran.err);
    }
}

#[test]
fn shards_run_every_case_once_and_merge_into_one_report() {
    let place = ten();
    place.seatrial(&["test", "--report", "all"]);
    for durations in [&[][..], &["--durations", "all"]] {
        let mut seen = Vec::new();
        for shard in ["1/3", "2/3", "3/3"] {
            let folder = format!("shard-{}", &shard[..1]);
            let mut arguments = vec!["test", "--shard", shard, "--report", &folder];
            arguments.extend(durations);
            assert_eq!(place.seatrial(&arguments).code, 0);
            seen.extend(ids(&place, &folder));
        }
        assert_eq!(seen.len(), 10);
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 10);
        let shards = [
            "report", "shard-1", "shard-2", "shard-3", "--report", "whole",
        ];
        let merged = place.seatrial(&shards);
        assert_eq!(merged.code, 0, "{}", merged.out);
        assert_eq!(ids(&place, "whole").len(), 10);
    }
    let missing = place.seatrial(&["report", "shard-1", "shard-3"]);
    assert_eq!(missing.code, 1);
    assert!(
        missing.out.contains("shard 2/3 is missing"),
        "{}",
        missing.out
    );
}

#[test]
fn a_comparison_says_what_broke() {
    let place = Place::with(&act("pass"));
    place.seatrial(&["test", "--report", "before"]);
    place.write(
        "specs/area/file.toml",
        &act("pass").replace("how = \"pass\"", "how = \"fail\""),
    );
    place.seatrial(&["test", "--report", "now"]);
    let ran = place.seatrial(&["report", "now", "--against", "before", "--report", "both"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("No longer pass (1)"), "{}", ran.out);
    assert!(ran.out.contains("value 0.5 → 1.5"), "{}", ran.out);
    let page = std::fs::read_to_string(place.path().join("both/report.html")).unwrap();
    assert!(page.contains("No longer pass (1)"));
}

/// Seconds that the cases of this repository's own specs took in one run.
const RECORDED: &str = include_str!("support/durations.txt");

#[test]
fn shards_take_about_the_same_time_as_recorded() {
    let seconds = RECORDED
        .split_whitespace()
        .map(|word| word.parse().unwrap());
    let seconds: Vec<f64> = seconds.collect();
    let cases = (0..seconds.len()).map(|n| format!("[test.t{n}]\ncheck = \"act\"\n"));
    let place = Place::with(&cases.collect::<String>());
    place.seatrial(&["test", "--report", "night"]);
    let events = place.path().join("night/events.jsonl");
    let text = std::fs::read_to_string(&events).unwrap();
    let mut durations = std::collections::BTreeMap::new();
    let recorded = text.lines().map(|line| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        if let Some(number) = event["number"].as_u64() {
            let seconds = seconds[number as usize - 1];
            event["seconds"] = seconds.into();
            durations.insert(event["id"].as_str().unwrap().to_owned(), seconds);
        }
        format!("{event}\n")
    });
    let recorded = recorded.collect::<String>();
    std::fs::write(&events, recorded).unwrap();
    let total: f64 = seconds.iter().sum();
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    for of in [2, 3, 4, 8] {
        // No shard can take less time than its longest case.
        let ideal = (total / f64::from(of)).max(longest);
        for index in 1..=of {
            let shard = format!("{index}/{of}");
            let ran = place.seatrial(&["list", "--shard", &shard, "--durations", "night"]);
            let took: f64 = ran.out.lines().map(|id| durations[id]).sum();
            assert!(
                took <= 1.1 * ideal,
                "shard {shard}: {took} s, ideal {ideal} s"
            );
        }
    }
}
