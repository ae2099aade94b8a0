//! `seatrial new` writes specs that work.

use std::fmt::Write;

use crate::support::Place;

/// Rows of two classes that a line parts.
fn csv() -> String {
    let mut text = String::from("a,b,c,d,spam\n");
    for n in 0..200 {
        let (x, y) = (f64::from(n % 17) / 8.0, f64::from(n % 13) / 6.0);
        let class = if x > y { "yes" } else { "no" };
        writeln!(text, "{x},{y},{},{},{class}", x * y, x + y).unwrap();
    }
    text
}

#[test]
fn a_new_spec_lints_and_its_cases_run() {
    let place = Place::empty();
    place.write("spam.csv", &csv());
    let ran = place.seatrial(&[
        "new",
        "spam/training.toml",
        "--csv",
        "spam.csv",
        "--label",
        "spam",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("copied the data to specs/spam/spam.csv"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .contains("seatrial test --filter spam/training.toml"),
        "{}",
        ran.out
    );
    assert!(place.path().join("specs/schema.json").exists());
    assert_eq!(place.seatrial(&["lint"]).code, 0);
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn data_in_the_tree_is_named_where_it_is() {
    let place = Place::empty();
    place.write("specs/data/spam.csv", &csv());
    let csv = "specs/data/spam.csv";
    let new = [
        "new",
        "mail/lstm.toml",
        "--csv",
        csv,
        "--label",
        "spam",
        "--model",
        "lstm",
        "--sequence",
        "2,2",
    ];
    let ran = place.seatrial(&new);
    assert_eq!(ran.code, 0, "{ran:?}");
    let spec = std::fs::read_to_string(place.path().join("specs/mail/lstm.toml")).unwrap();
    assert!(spec.starts_with("#:schema ../schema.json\n"), "{spec}");
    assert!(spec.contains("path = \"../data/spam.csv\""), "{spec}");
    assert!(spec.contains("sequence = [2, 2]"), "{spec}");
}

#[test]
fn nothing_is_ever_overwritten() {
    let place = Place::with("# mine\n");
    place.write("spam.csv", &csv());
    let ran = place.seatrial(&[
        "new",
        "area/file.toml",
        "--csv",
        "spam.csv",
        "--label",
        "spam",
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("exists already"), "{}", ran.err);
    place.write("specs/area/spam.csv", "other\n");
    let ran = place.seatrial(&["new", "area/b.toml", "--csv", "spam.csv", "--label", "spam"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not the same"), "{}", ran.err);
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_written() {
    let place = Place::empty();
    place.write("spam.csv", &csv());
    let cases: [(&[&str], &str); 7] = [
        (&["a.toml"], "missing: --csv"),
        (&["a.toml", "--csv", "spam.csv"], "missing: --label"),
        (&["a.toml", "--csv", "no.csv", "--label", "spam"], "no.csv"),
        (&["a.toml", "--csv", "spam.csv", "--label", "ham"], "ham"),
        (
            &["../a.toml", "--csv", "spam.csv", "--label", "spam"],
            "inside the spec tree",
        ),
        (
            &[
                "a.toml", "--csv", "spam.csv", "--label", "spam", "--model", "lstmm",
            ],
            "did you mean `lstm`",
        ),
        (
            &[
                "a.toml", "--csv", "spam.csv", "--label", "spam", "--model", "lstm",
            ],
            "--sequence",
        ),
    ];
    for (arguments, told) in cases {
        let mut all = vec!["new"];
        all.extend(arguments);
        let ran = place.seatrial(&all);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
        assert!(!place.path().join("specs").exists(), "{arguments:?}");
    }
}
