//! The test target speaks libtest, and lets nothing pass unseen.

use crate::support::{Place, act, run};

/// What cargo-nextest asks of a test binary.
const LIST: &[&str] = &["--list", "--format", "terse"];
const LIST_IGNORED: &[&str] = &["--list", "--format", "terse", "--ignored"];

fn mixed() -> Place {
    let slow = "[test.slow]\ncheck = \"act\"\ntier = \"slow\"\n";
    let skipped = "[test.skipped]\ncheck = \"act\"\nskip = \"no data yet\"\n";
    Place::with(&format!("{}{slow}{skipped}", act("pass")))
}

#[test]
fn a_list_is_nothing_but_the_list() {
    let all = mixed().specs(LIST);
    let lines = "area/file.toml::pass: test\narea/file.toml::slow: test\n\
                 area/file.toml::skipped: test\n";
    assert_eq!(
        (all.code, all.out.as_str(), all.err.as_str()),
        (0, lines, "")
    );
    let ignored = mixed().specs(LIST_IGNORED);
    let lines = "area/file.toml::slow: test\narea/file.toml::skipped: test\n";
    assert_eq!(
        (ignored.code, ignored.out.as_str(), ignored.err.as_str()),
        (0, lines, "")
    );
}

#[test]
fn fast_cases_run_and_the_report_closes_with_what_was_skipped() {
    let ran = mixed().specs(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("1 passed; 0 failed; 2 ignored"),
        "{}",
        ran.out
    );
    assert_eq!(ran.err, "skipped: area/file.toml::skipped: no data yet\n");
}

#[test]
fn slow_cases_run_when_asked_and_skipped_ones_never_pass() {
    let ran = mixed().specs(&["--include-ignored"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("2 passed; 0 failed; 1 ignored"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("ignored (no data yet)"), "{}", ran.out);
}

#[test]
fn a_skipped_case_run_alone_as_nextest_does_fails() {
    let alone = [
        "--exact",
        "area/file.toml::skipped",
        "--nocapture",
        "--ignored",
    ];
    let ran = mixed().specs(&alone);
    assert_eq!(ran.code, 101, "{ran:?}");
    assert!(
        ran.err.contains("no data yet") && ran.err.contains("nothing ran"),
        "{}",
        ran.err
    );
}

#[test]
fn one_case_runs_alone_whatever_is_wrong_in_other_files() {
    let place = mixed();
    place.write("specs/broken.toml", "[test.x]\ncheck = ");
    let ran = place.specs(&["--exact", "area/file.toml::pass", "--nocapture"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("1 passed"), "{}", ran.out);
}

#[test]
fn an_exact_name_that_does_not_exist_fails_with_the_nearest() {
    let ran = mixed().specs(&["--exact", "area/file.toml::passs"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("did you mean `area/file.toml::pass`"),
        "{}",
        ran.err
    );
}

#[test]
fn no_threads_is_a_usage_error_and_not_a_hang() {
    let ran = mixed().specs(&["--test-threads", "0"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--test-threads 0"), "{}", ran.err);
}

#[test]
fn a_run_in_which_nothing_ran_fails_unless_a_filter_meant_another_target() {
    let place = Place::with("[test.slow]\ncheck = \"act\"\ntier = \"slow\"\n");
    let ran = place.specs(&[]);
    assert_eq!(ran.code, 101, "{ran:?}");
    assert!(ran.err.contains("nothing ran"), "{}", ran.err);
    assert_eq!(place.specs(&["some::unit_test"]).code, 0);
}

#[test]
fn failures_are_explained_down_to_the_replay() {
    let spec = act("fail") + "doc = \"the value is small\"\nseed = 7\n";
    let ran = Place::with(&spec).specs(&[]);
    assert_eq!(ran.code, 101);
    for told in [
        "value 1.5 s, expected ≤ 1: missed by 0.5",
        "look at the value",
        "specs/area/file.toml:1",
        "the value is small",
        "seed  7",
        "cargo test -p own -- --include-ignored --exact 'area/file.toml::fail'",
    ] {
        assert!(ran.out.contains(told), "{told} is not in {}", ran.out);
    }
}

#[test]
fn inconclusive_is_a_failure() {
    let ran = Place::of_acts(&["inconclusive"]).specs(&[]);
    assert_eq!(ran.code, 101);
    assert!(
        ran.out.contains("the interval reaches beyond the bound"),
        "{}",
        ran.out
    );
}

#[test]
fn spec_errors_are_all_listed_and_nothing_runs() {
    let place = mixed();
    place.write("specs/b.toml", "[test.b]\ncheck = \"akt\"\n");
    place.write("specs/c.toml", "[test.c]\n");
    for arguments in [&[], LIST] {
        let ran = place.specs(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(
            ran.err.contains("b.toml:2") && ran.err.contains("c.toml:1"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn the_environment_names_another_tree_and_a_trigger() {
    let place = mixed();
    place.write(
        "other/one.toml",
        "[test.x]\ncheck = \"act\"\non = [\"release\"]\n",
    );
    let list = |on: &str| {
        let mut command = place.target(LIST);
        run(command
            .env("SEATRIAL_SPECS", "other")
            .env("SEATRIAL_ON", on))
    };
    assert_eq!(list("release").out, "one.toml::x: test\n");
    assert_eq!(list("commit").out, "");
    let mut command = place.target(&[]);
    let ran = run(command
        .env("SEATRIAL_SPECS", "other")
        .env("SEATRIAL_ON", "commit"));
    assert_eq!(ran.code, 101, "nothing ran: {ran:?}");
    assert!(
        ran.err
            .contains("left out: 1 that SEATRIAL_ON does not set off"),
        "{}",
        ran.err
    );
}

const FIRST: &str = r#"
[predictions.candidate]
path = "new.csv"
key = "id"
label = "label"
score = "score"
[test.good-enough]
check = "quality"
predictions = "candidate"
min = { accuracy = 0.5 }
[test.no-worse]
check = "no-regression"
predictions = "candidate"
previous = "blessed"
metric = "accuracy"
margin = 0.2
first_release = true
"#;

#[test]
fn a_comparison_with_what_was_blessed_is_listed_as_ignored_until_something_is() {
    let place = Place::with(FIRST);
    let row = |id| format!("{id},{},0.{}\n", id % 2, 1 + 8 * (id % 2));
    let rows: String = (0..400).map(row).collect();
    place.write("specs/area/new.csv", &format!("id,label,score\n{rows}"));
    let listed = |arguments: &[&str]| place.specs(arguments).out;
    let compared = "area/file.toml::no-worse: test\n";
    assert_eq!(listed(LIST_IGNORED), compared);
    let ran = place.specs(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said = "skipped: area/file.toml::no-worse: first release: there is no blessed version yet";
    assert!(ran.err.contains(said), "{}", ran.err);
    // As the gate decides, so the list.
    let gate = place.seatrial(&["gate", "--name", "one"]);
    assert_eq!(gate.code, 0, "{gate:?}");
    assert_eq!(listed(LIST_IGNORED), "");
    let alone = place.specs(&["--exact", "area/file.toml::no-worse"]);
    assert_eq!(alone.code, 0, "{alone:?}");
    assert!(alone.out.contains("1 passed"), "{}", alone.out);
}
