//! 0 all passed; 1 a verdict against; 2 a usage or spec error; 3 the harness
//! itself failed.

use std::io::Read;
use std::process::Stdio;

use crate::support::{Place, run};

#[test]
fn zero_when_all_passed() {
    let ran = Place::of_acts(&["pass"]).seatrial(&["test"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("pass  area/file.toml::pass"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("value 0.5 s ≤ 1"), "{}", ran.out);
    assert!(ran.out.contains("1 passed, 0 failed"), "{}", ran.out);
}

#[test]
fn one_for_every_kind_of_verdict_against() {
    for how in [
        "fail",
        "not-a-number",
        "inconclusive",
        "cannot-measure",
        "panic",
    ] {
        let ran = Place::of_acts(&["pass", how]).seatrial(&["test"]);
        assert_eq!(ran.code, 1, "{how}: {ran:?}");
    }
}

#[test]
fn one_when_everything_was_skipped() {
    let place = Place::with("[test.a]\ncheck = \"act\"\nskip = \"no data yet\"\n");
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("area/file.toml::a: no data yet"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("nothing ran"), "{}", ran.out);
}

#[test]
fn two_for_spec_errors_all_of_them_and_nothing_runs() {
    let place = Place::of_acts(&["pass"]);
    place.write("specs/b.toml", "[test.b]\ncheck = \"akt\"\n");
    place.write(
        "specs/c.toml",
        "[test.c]\ncheck = \"act\"\nhwo = \"pass\"\n",
    );
    for command in ["test", "list", "lint"] {
        let ran = place.seatrial(&[command]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{command}");
        for told in [
            "b.toml:2",
            "did you mean `act`",
            "c.toml:3",
            "did you mean `how`",
        ] {
            assert!(ran.err.contains(told), "{told} is not in {}", ran.err);
        }
    }
}

#[test]
fn two_for_usage_errors_with_what_to_do() {
    let place = Place::of_acts(&["pass"]);
    let cases: [(&[&str], &str); 6] = [
        (&["test", "--filter", "nothing-like-it"], "no case is left"),
        (
            &["test", "--exact", "area/file.toml::pas"],
            "did you mean `area/file.toml::pass`",
        ),
        (&["test", "--shard", "2/1"], "i/n"),
        (&["test", "--shard", "2/2"], "shard 2/2"),
        (&["test", "--jobs", "0"], "--jobs"),
        (&["test", "--format", "xml"], "human, json"),
    ];
    for (arguments, told) in cases {
        let ran = place.seatrial(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
    }
    let ran = Place::empty().seatrial(&["test"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no spec tree"), "{}", ran.err);
    let ran = run(place.command(&["test"]).env("SEATRIAL_ON", "full-moon"));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("SEATRIAL_ON: `full-moon`"), "{}", ran.err);
}

#[test]
fn two_for_a_tree_without_a_case() {
    let place = Place::with("");
    assert_eq!(place.seatrial(&["test"]).code, 2);
    assert_eq!(place.specs(&[]).code, 2);
}

#[test]
fn three_when_nobody_reads_the_verdict() {
    let acts: String = (0..2_000)
        .map(|n| format!("[test.t{n}]\ncheck = \"act\"\n"))
        .collect();
    let place = Place::with(&acts);
    let mut child = place
        .command(&["test"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(status.code(), Some(3), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn zero_when_a_listing_is_closed_early() {
    let acts: String = (0..20_000)
        .map(|n| format!("[test.t{n}]\ncheck = \"act\"\n"))
        .collect();
    let place = Place::with(&acts);
    let mut child = place
        .command(&["list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}

#[test]
fn recording_is_refused_under_ci() {
    let place = Place::of_acts(&["record"]);
    for mut command in [place.command(&["test"]), place.target(&[])] {
        let ran = run(command.env("SEATRIAL_RECORD", "1").env("CI", "true"));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("refused while CI is set"), "{}", ran.err);
    }
    let ran = run(place.command(&["test"]).env("SEATRIAL_RECORD", "1"));
    assert!(ran.out.contains("value 1 s ≤ 1"), "{}", ran.out);
    let ran = run(place.command(&["test"]).env("CI", "true"));
    assert!(ran.out.contains("value 0 s ≤ 1"), "{}", ran.out);
}
