//! Pipelines under the real program: what is wrong is named with its stage and file,
//! and what a verdict rests on is kept.

use crate::support::{Place, run};

const ROWS: &str = "id,x,label\n1,0.5,a\n2,1.5,b\n3,2.5,a\n4,3.5,b\n5,4.5,a\n6,5.5,b\n";

/// A pipeline whose stage `features` runs a script, and a case that runs it.
const SPEC: &str = r#"
[pipeline.p.stage.raw]
kind = "load"
path = "rows.csv"

[pipeline.p.stage.features]
kind = "command"
command = ["sh", "features.sh", "{in.raw}", "{out.features}", "{out.metrics}"]
in = { raw = "raw.csv" }
out = { features = "features.csv", metrics = "metrics.json" }
timeout_s = 5

[test.runs]
check = "end-to-end"
pipeline = "p"
min = { score = 0.1 }
"#;

const SCRIPT: &str = ". ./helper.sh\nwork $1 $2\necho '{ \"score\": 0.5 }' > $3\n";

fn place() -> Place {
    place_of(SPEC)
}

fn place_of(spec: &str) -> Place {
    let place = Place::with(spec);
    place.write("specs/area/rows.csv", ROWS);
    place.write("specs/area/features.sh", SCRIPT);
    place.write("specs/area/helper.sh", "work() { cp $1 $2; }\n");
    place
}

#[test]
fn what_does_not_fit_together_is_underlined_in_its_file_and_nothing_runs() {
    let wrong = [
        (
            SPEC.replace("in = { raw =", "in = { rwa ="),
            "no stage makes `rwa`",
        ),
        (
            SPEC.replace(
                "kind = \"load\"\npath = \"rows.csv\"",
                "kind = \"select\"\nin = \"features\"",
            ),
            "stages wait for each other: `features` → `raw` → `features`",
        ),
        (
            format!(
                "{SPEC}[pipeline.p.stage.other]\nkind = \"select\"\nin = \"raw\"\nout = \"raw\"\n"
            ),
            "the stages `other` and `raw` both make `raw`",
        ),
        (
            format!("{SPEC}[pipeline.p.contract.raw]\ncolumns.lable = {{}}\n"),
            "no stage makes a column `lable` of `raw`",
        ),
        (
            format!("{SPEC}[pipeline.p.contract.rows]\nonly = true\n"),
            "no stage makes `rows`",
        ),
        (
            SPEC.replace("{in.raw}", "{in.row}"),
            "`row` is not in the stage's `in`",
        ),
        (SPEC.replace("rows.csv", "no.csv"), "no.csv"),
    ];
    for (spec, says) in wrong {
        let place = place_of(&spec);
        let ran = place.seatrial(&["test"]);
        assert_eq!(ran.code, 2, "{says}: {ran:?}");
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
        assert!(ran.err.contains("area/file.toml:"), "{says}: {}", ran.err);
        assert!(!place.path().join(".seatrial").exists(), "{says}");
    }
}

#[test]
fn a_command_in_trouble_is_a_failure_that_names_its_stage() {
    let trouble = [
        (
            "echo no such country >&2; exit 4",
            "exit code 4; on standard error:",
        ),
        ("echo no such country >&2; exit 4", "no such country"),
        ("kill -9 $$", "was ended by SIGKILL"),
        ("sleep 1000", "ran longer than 5 s"),
        ("yes", "printed more than 67108864 bytes"),
        (
            "cp $1 $2; echo '{}' > $3; (setsid sleep 1000 &)",
            "left 1 processes running",
        ),
        ("true", "made no `features` (features.csv)"),
        (
            "cp $1 $2; echo '{' > $3",
            "`metrics` (metrics.json) is no JSON",
        ),
        (
            "head -1 $1 > $2; echo '{}' > $3",
            "0 rows, expected at least 1",
        ),
        ("printf 'a,b\\n1\\n' > $2; echo '{}' > $3", "`features`"),
    ];
    for (script, says) in trouble {
        let place = place();
        place.write("specs/area/features.sh", script);
        let ran = place.seatrial(&["test"]);
        assert_eq!(ran.code, 1, "{script}: {ran:?}");
        assert!(
            ran.out.contains("stage `features`: "),
            "{script}: {}",
            ran.out
        );
        assert!(ran.out.contains(says), "{script}: {}", ran.out);
    }
    let place = place_of(&SPEC.replace("\"sh\"", "\"no-such-program\""));
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let says = "stage `features`: there is no program `no-such-program`";
    assert!(ran.out.contains(says), "{}", ran.out);
}

#[test]
fn what_was_made_from_other_code_is_never_taken_up_again() {
    let place = place();
    let reused = |place: &Place| {
        let ran = place.seatrial(&["test"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let full = place.object(&["runs", "last", "--format", "json"]);
        let case = &full["cases"][0];
        let named = |m: &&serde_json::Value| m["name"] == "stages_reused";
        let all = case["measurements"].as_array().unwrap();
        all.iter().find(named).unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!(reused(&place), 0.0);
    assert_eq!(reused(&place), 2.0);
    place.write("specs/area/helper.sh", "work() { head -5 $1 > $2; }\n");
    assert_eq!(reused(&place), 1.0, "what was loaded is the same");
    // The test target is another program of the same code.
    let loaded = place_of(&format!(
        "{SPEC}[pipeline.p.stage.chosen]\nkind = \"select\"\nin = \"raw\"\n"
    ));
    assert_eq!(reused(&loaded), 0.0);
    assert_eq!(loaded.specs(&[]).code, 0);
    let full = loaded.object(&["runs", "last", "--format", "json"]);
    assert!(
        full["cases"][0]["measurements"]
            .to_string()
            .contains("\"stages_reused\",\"unit\":\"reused\",\"value\":3.0"),
        "{full}"
    );
}

#[test]
fn a_difference_names_the_script_and_the_case_rests_on_it() {
    let place = place_of(&format!("{SPEC}[test.other]\ncheck = \"act\"\n"));
    place.write("specs/shared/more.sh", "score=0.5\n");
    place.write(
        "specs/area/features.sh",
        "cp $1 $2; . ../shared/more.sh; echo \"{ \\\"score\\\": $score }\" > $3\n",
    );
    let spec = SPEC.replace(
        "\"{in.raw}\"",
        "\"{in.raw}\", \"{out.features}\", \"{out.metrics}\", \"../shared/more.sh\"",
    );
    let spec = spec.replacen(", \"{out.features}\", \"{out.metrics}\"]", "]", 1);
    place.write(
        "specs/area/file.toml",
        &format!("{spec}[test.other]\ncheck = \"act\"\n"),
    );
    place.write(".gitignore", ".seatrial\n");
    let place = place.committed();
    assert_eq!(place.seatrial(&["test"]).code, 0);
    place.write("specs/shared/more.sh", "score=0.7\n");
    place.commit("more");
    assert_eq!(place.seatrial(&["test"]).code, 0);
    let told = place.object(&["diff", "HEAD~1", "HEAD", "--format", "json"]);
    let first = &told["causes"][0];
    assert_eq!(
        (first["kind"].as_str(), first["what"].as_str()),
        (Some("code"), Some("shared/more.sh")),
        "{told}"
    );
    // Run once more, it is another run with the same results.
    assert_eq!(place.seatrial(&["test"]).code, 0);
    let ran = place.seatrial(&["diff", "last~1", "last", "--exit-code"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    place.write("specs/shared/more.sh", "score=0.9\n");
    let events = place.events(&["--since", "HEAD"]);
    let ran: Vec<_> = events
        .iter()
        .filter_map(|event| event["id"].as_str())
        .collect();
    assert_eq!(ran, ["area/file.toml::runs"]);
}

#[test]
fn the_gate_decides_anew_when_the_code_of_a_pipeline_changes() {
    let place = place();
    let gate = || place.seatrial(&["gate"]);
    let first = gate();
    assert_eq!(first.code, 0, "{first:?}");
    assert!(gate().out.contains("as decided on"));
    place.write("specs/area/helper.sh", "work() { exit 3; }\n");
    let ran = gate();
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("stage `features`"), "{}", ran.out);
}

#[test]
fn a_gate_is_a_run_of_the_ledger() {
    let place = place();
    assert_eq!(place.seatrial(&["gate", "--name", "one"]).code, 0);
    let run = place.object(&["runs", "last", "--format", "json"]);
    assert_eq!(
        (
            run["command"].as_str(),
            run["caused_by"].as_str(),
            run["state"].as_str()
        ),
        (Some("seatrial gate"), Some("release"), Some("finished"))
    );
    let made = run["cases"][0]["artifacts"].to_string();
    assert!(
        made.contains("p/features") && made.contains("p/metrics"),
        "{made}"
    );
    let trend = place.object(&["trend", "score", "--format", "json"]);
    assert_eq!(trend["past"][0]["run"], run["run"]);
    assert_eq!(trend["past"][0]["value"], 0.5);
    // The same question again has an answer, and runs nothing.
    assert_eq!(place.seatrial(&["gate"]).code, 0);
    assert_eq!(
        place
            .seatrial(&["runs", "--format", "json"])
            .out
            .lines()
            .count(),
        1
    );
    // Nothing is kept of what was told to be forgotten, but the decision.
    place.write("specs/area/helper.sh", "work() { cat $1 > $2; }\n");
    assert_eq!(run_off(&place, &["gate"]), 0);
    assert_eq!(
        place
            .seatrial(&["runs", "--format", "json"])
            .out
            .lines()
            .count(),
        1
    );
}

fn run_off(place: &Place, arguments: &[&str]) -> i32 {
    run(place.command(arguments).env("SEATRIAL_LEDGER", "off")).code
}
