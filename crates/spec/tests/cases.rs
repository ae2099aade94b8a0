//! What right specs mean: defaults, matrices, subjects, order, ids.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::Duration;

use seatrial_spec::{Tier, Trigger};
use support::{LossDecreases, Tree};

#[test]
fn a_case_of_one_line_takes_the_documented_defaults() {
    let suite = Tree::of("[test.a]\ncheck = \"loss-decreases\"\n").suite();
    let case = &suite.cases[0];
    assert_eq!(case.id, "a.toml::a");
    assert_eq!((case.file.as_str(), case.line), ("a.toml", 1));
    assert_eq!((case.tier, case.seed, case.runs), (Tier::Fast, 0, None));
    assert_eq!(case.timeout, Duration::from_secs(60));
    assert_eq!(
        case.on,
        [Trigger::Commit, Trigger::Release, Trigger::Schedule]
    );
    assert_eq!((&case.skip, &case.doc), (&None, &None));
    assert!(!case.inconclusive_passes && !case.first_release);
    assert!(case.parameters.is_empty());
}

#[test]
fn common_keys_are_read() {
    let text = r#"
        [test.a]
        check = "loss-decreases"
        tier = "slow"
        seed = 7
        runs = 3
        timeout = "1.5m"
        skip = "server is down"
        doc = "learns"
        on = ["schedule", "release"]
        inconclusive = "pass"
        first_release = true
    "#;
    let case = &Tree::of(text).suite().cases[0];
    assert_eq!((case.tier, case.seed, case.runs), (Tier::Slow, 7, Some(3)));
    assert_eq!(case.timeout, Duration::from_secs(90));
    assert_eq!(case.skip.as_deref(), Some("server is down"));
    assert_eq!(case.on, [Trigger::Release, Trigger::Schedule]);
    assert!(case.inconclusive_passes && case.first_release);
}

#[test]
fn a_slow_case_has_an_hour() {
    let case = &Tree::of("[test.a]\ncheck = \"loss-decreases\"\ntier = \"slow\"")
        .suite()
        .cases[0];
    assert_eq!(case.timeout, Duration::from_secs(3600));
}

#[test]
fn the_nearest_default_wins() {
    let tree = Tree::new(&[
        (
            "seatrial.toml",
            &format!("{}\nseed = 1\nruns = 1\ntier = \"slow\"", support::ROOT),
        ),
        ("digits.csv", ""),
        (
            "a.toml",
            "[defaults]\nseed = 2\nruns = 2\n[test.a]\ncheck = \"loss-decreases\"\nseed = 3",
        ),
    ]);
    let case = &tree.suite().cases[0];
    assert_eq!((case.seed, case.runs, case.tier), (3, Some(2), Tier::Slow));
}

#[test]
fn a_default_reaches_only_checks_that_take_it() {
    let text = r#"
        [defaults]
        steps = 9
        [test.a]
        check = "loss-decreases"
        [test.b]
        check = "quality"
    "#;
    let suite = Tree::of(text).suite();
    assert_eq!(suite.cases[0].parameters["steps"].as_integer(), Some(9));
    assert!(suite.cases[1].parameters.is_empty());
    assert_eq!(
        suite.cases[1].subjects.keys().collect::<Vec<_>>(),
        ["predictions"]
    );
}

#[test]
fn parameters_parse_as_the_type_they_were_checked_against() {
    let text = r#"
        [test.a]
        check = "loss-decreases"
        ratio_max = 1
        optimizer = { kind = "adamw", learning_rate = 0.01 }
    "#;
    let suite = Tree::of(text).suite();
    let parsed: LossDecreases = seatrial_spec::parse(suite.cases[0].parameters.clone()).unwrap();
    assert_eq!(parsed.steps.get(), 60);
    assert_eq!(parsed.ratio_max.unwrap().get(), 1.0);
}

#[test]
fn a_matrix_expands_in_alphabetical_axes_and_written_values() {
    let text = r#"
        [test.a]
        check = "loss-decreases"
        matrix.seed = [2, 1]
        matrix.model = ["mlp", "lstm"]
    "#;
    let tree = Tree::of(text);
    assert_eq!(
        tree.ids(),
        [
            "a.toml::a[model=mlp,seed=2]",
            "a.toml::a[model=mlp,seed=1]",
            "a.toml::a[model=lstm,seed=2]",
            "a.toml::a[model=lstm,seed=1]",
        ]
    );
    let case = &tree.suite().cases[2];
    assert_eq!(case.seed, 2);
    assert_eq!(case.subjects["model"].name, "lstm");
    assert_eq!(case.subjects["model"].variant.as_ref().unwrap().0, "lstm");
}

#[test]
fn a_matrix_may_range_over_parameters() {
    let text =
        "[test.a]\ncheck = \"loss-decreases\"\nmatrix.ratio_max = [0.5, 1]\nmatrix.steps = [3]";
    let suite = Tree::of(text).suite();
    assert_eq!(suite.cases[0].id, "a.toml::a[ratio_max=0.5,steps=3]");
    assert_eq!(suite.cases[0].parameters["ratio_max"].as_float(), Some(0.5));
    assert_eq!(suite.cases[1].parameters["ratio_max"].as_integer(), Some(1));
}

#[test]
fn a_default_matrix_gives_way_to_a_key_set_directly() {
    let text = r#"
        [defaults]
        matrix.model = ["mlp", "lstm"]
        matrix.seed = [1, 2]
        [test.a]
        check = "loss-decreases"
        model = "lstm"
        [test.b]
        check = "loss-decreases"
        matrix.seed = [5]
        [test.c]
        check = "quality"
        seed = 4
    "#;
    assert_eq!(
        Tree::of(text).ids(),
        [
            "a.toml::a[seed=1]",
            "a.toml::a[seed=2]",
            "a.toml::b[model=mlp,seed=5]",
            "a.toml::b[model=lstm,seed=5]",
            "a.toml::c",
        ]
    );
}

#[test]
fn a_nearer_direct_default_beats_a_farther_matrix() {
    let tree = Tree::new(&[
        (
            "seatrial.toml",
            &format!("{}\nmatrix.seed = [1, 2]", support::ROOT),
        ),
        ("digits.csv", ""),
        (
            "a.toml",
            "[defaults]\nseed = 9\n[test.a]\ncheck = \"loss-decreases\"",
        ),
    ]);
    assert_eq!(tree.ids(), ["a.toml::a"]);
}

#[test]
fn cases_come_by_file_then_in_the_order_of_writing() {
    let test = |name: &str| format!("[test.{name}]\ncheck = \"quality\"\n");
    let tree = Tree::new(&[
        ("seatrial.toml", support::ROOT),
        ("digits.csv", ""),
        ("b/x.toml", &test("only")),
        ("a.toml", &(test("z") + &test("a") + &test("m"))),
    ]);
    assert_eq!(
        tree.ids(),
        ["a.toml::z", "a.toml::a", "a.toml::m", "b/x.toml::only"]
    );
}

#[test]
fn hidden_files_recorded_values_and_other_files_are_no_specs() {
    let tree = Tree::of("[test.a]\ncheck = \"quality\"");
    tree.write(".hidden.toml", b"?");
    tree.write(".git/x.toml", b"?");
    tree.write("a.recorded.toml", b"?");
    tree.write("notes.md", b"?");
    assert_eq!(tree.ids(), ["a.toml::a"]);
}

#[test]
fn a_subject_of_the_file_shadows_the_roots() {
    let text = "[predictions.candidate]\npath = \"digits.csv\"\nlabel = \"own\"\n[test.a]\ncheck = \"quality\"";
    let suite = Tree::of(text).suite();
    assert_eq!(
        suite.cases[0].subjects["predictions"].common["label"].as_str(),
        Some("own")
    );
}

#[test]
fn declarations_are_shared() {
    let suite = Tree::of("[test.a]\ncheck = \"quality\"\nmatrix.seed = [1, 2]").suite();
    let [a, b] = &suite.cases[..] else {
        panic!("two cases")
    };
    assert!(std::sync::Arc::ptr_eq(
        &a.subjects["predictions"],
        &b.subjects["predictions"]
    ));
}

#[test]
fn a_parameter_may_name_a_subject() {
    let suite = Tree::of("[test.a]\ncheck = \"quality\"\nreference = \"letters\"").suite();
    assert_eq!(suite.cases[0].subjects["reference"].name, "letters");
}

#[test]
fn paths_become_absolute_from_the_file_that_wrote_them() {
    let tree = Tree::of("[test.a]\ncheck = \"loss-decreases\"");
    tree.write("sub/t.csv", b"");
    tree.write(
        "sub/b.toml",
        b"[test.b]\ncheck = \"quality\"\ntable = \"t.csv\"",
    );
    let suite = tree.suite();
    let root = tree.root().canonicalize().unwrap();
    let path =
        |table: &toml::Table, key: &str| std::path::PathBuf::from(table[key].as_str().unwrap());
    assert_eq!(
        path(&suite.cases[0].subjects["dataset"].common, "path"),
        root.join("digits.csv")
    );
    assert_eq!(
        path(&suite.cases[1].parameters, "table"),
        root.join("sub/t.csv")
    );
}

#[test]
fn a_folder_named_in_the_root_file_may_be_pointed_into() {
    let outer = Tree::new(&[
        ("data/x.csv", ""),
        (
            "specs/seatrial.toml",
            "directories = [\"../data\"]\n[predictions.p]\npath = \"../data/x.csv\"\n",
        ),
        (
            "specs/a.toml",
            "[test.a]\ncheck = \"quality\"\npredictions = \"p\"",
        ),
    ]);
    let suite = seatrial_spec::load(&outer.root().join("specs"), &support::vocabulary()).unwrap();
    assert_eq!(suite.cases.len(), 1);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_text() {
    let suite = Tree::of("\u{feff}# x\r\n[test.a]\r\ncheck = \"quality\"\r\n").suite();
    assert_eq!(suite.cases[0].line, 2);
}

#[test]
fn a_tree_needs_no_root_file() {
    let tree = Tree::new(&[
        (
            "a.toml",
            "[predictions.p]\npath = \"x.csv\"\n[test.a]\ncheck = \"quality\"\npredictions = \"p\"",
        ),
        ("x.csv", ""),
    ]);
    assert_eq!(tree.ids(), ["a.toml::a"]);
}

#[test]
fn a_suite_knows_its_files_and_a_case_and_a_subject_the_files_that_they_name() {
    let tree = Tree::new(&[
        ("seatrial.toml", "[predictions.p]\npath = \"x.csv\"\n"),
        (
            "area/a.toml",
            "[test.a]\ncheck = \"quality\"\npredictions = \"p\"\n",
        ),
        ("x.csv", ""),
    ]);
    let suite = tree.suite();
    assert_eq!(suite.files, ["area/a.toml", "seatrial.toml"]);
    let root = tree.root().canonicalize().unwrap();
    let case = &suite.cases[0];
    assert_eq!(case.subjects["predictions"].files, [root.join("x.csv")]);
    assert!(case.files.is_empty());
}

#[test]
fn one_case_can_be_loaded_alone() {
    let tree = Tree::of("[test.a]\ncheck = \"quality\"\nmatrix.seed = [1, 2]");
    tree.write("broken.toml", b"???");
    let suite = tree.exact("a.toml::a[seed=2]").unwrap();
    assert_eq!(suite.cases.len(), 1);
    assert_eq!(suite.cases[0].seed, 2);
}

#[test]
fn ten_thousand_cases_load() {
    let seeds: Vec<_> = (0..100).map(|seed| seed.to_string()).collect();
    let text: String = (0..100)
        .map(|test| {
            format!(
                "[test.t{test}]\ncheck = \"loss-decreases\"\nmatrix.seed = [{}]\n",
                seeds.join(",")
            )
        })
        .collect();
    assert_eq!(Tree::of(&text).suite().cases.len(), 10_000);
}
