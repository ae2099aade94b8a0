//! The JSON lines are as `docs/events.md` says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Place, act};

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn case<'a>(events: &'a [Value], name: &str) -> &'a Value {
    let id = format!("area/file.toml::{name}");
    events.iter().find(|event| event["id"] == id).unwrap()
}

#[test]
fn a_stream_begins_with_its_version_and_ends_with_counts() {
    let place = Place::of_acts(&["pass", "fail", "inconclusive", "panic"]);
    place.write(
        "specs/b.toml",
        "[test.s]\ncheck = \"act\"\nskip = \"later\"\n",
    );
    place.write(
        "specs/c.toml",
        "[test.slow]\ncheck = \"act\"\ntier = \"slow\"\n",
    );
    let events = place.events(&[]);
    let (start, end) = (&events[0], &events[events.len() - 1]);
    assert_eq!(
        keys(start),
        [
            "cases",
            "event",
            "left_out",
            "provenance",
            "run",
            "seatrial",
            "specs",
            "version"
        ]
        .into()
    );
    assert_eq!(
        (&start["event"], &start["version"]),
        (&json!("start"), &json!(1))
    );
    assert_eq!(
        (&start["cases"], &start["left_out"]),
        (&json!(5), &json!(1))
    );
    let counts = [
        "errors",
        "event",
        "failed",
        "inconclusive",
        "passed",
        "seconds",
        "skipped",
    ];
    assert_eq!(keys(end), counts.into());
    for (name, count) in [
        ("passed", 1),
        ("failed", 1),
        ("inconclusive", 1),
        ("skipped", 1),
        ("errors", 1),
    ] {
        assert_eq!(end[name], count, "{name}");
    }
    assert_eq!(events.len(), 5 + 2);
}

#[test]
fn a_case_has_the_documented_fields() {
    let spec = act("pass") + "doc = \"small\"\nseed = 9\n" + &act("inconclusive");
    let events = Place::with(&spec).events(&[]);
    let passed = case(&events, "pass");
    let fields = [
        "chapter",
        "check",
        "doc",
        "error_rates",
        "event",
        "file",
        "id",
        "line",
        "measurements",
        "message",
        "number",
        "replay",
        "seconds",
        "seed",
        "series",
        "status",
        "tier",
    ];
    assert_eq!(keys(passed), fields.into());
    assert_eq!(
        (
            &passed["check"],
            &passed["tier"],
            &passed["status"],
            &passed["message"]
        ),
        (&json!("act"), &json!("fast"), &json!("pass"), &json!(""))
    );
    assert_eq!(
        (&passed["file"], &passed["line"]),
        (&json!("area/file.toml"), &json!(1))
    );
    assert_eq!((&passed["seed"], &passed["number"]), (&json!(9), &json!(1)));
    let measurement =
        json!({"name": "value", "value": 0.5, "unit": "s", "bound": {"at-most": 1.0}});
    assert_eq!(passed["measurements"], json!([measurement]));
    assert_eq!(
        passed["series"],
        json!([{"name": "loss", "x": "step", "values": [1.0]}])
    );
    let unsure = case(&events, "inconclusive");
    assert_eq!(unsure["measurements"][0]["low"], 0.0);
    assert_eq!(unsure["measurements"][0]["high"], 2.0);
}

#[test]
fn what_json_cannot_hold_is_null_and_the_status_tells() {
    let events = Place::of_acts(&["not-a-number"]).events(&[]);
    let case = case(&events, "not-a-number");
    assert_eq!(case["measurements"][0]["value"], Value::Null);
    assert_eq!(case["status"], "fail");
}

#[test]
fn the_replay_command_is_a_command_that_replays() {
    let place = Place::with(&(act("fail") + "tier = \"slow\"\n"));
    let events = place.events(&["--tier", "all"]);
    let replay = case(&events, "fail")["replay"].as_str().unwrap();
    assert_eq!(replay, "seatrial test --exact 'area/file.toml::fail'");
    let ran = place.seatrial(&["test", "--exact", "area/file.toml::fail"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("0 passed, 1 failed"), "{}", ran.out);
}
