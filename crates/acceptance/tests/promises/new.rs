//! `seatrial new` writes specs that work.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::support::{Place, Ran, run};

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

/// Runs `seatrial new` on a terminal at which a person types these lines.
fn typed(place: &Place, arguments: &[&str], lines: &str) -> Ran {
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut keyboard = std::fs::File::from(terminal.master);
    // The terminal keeps what is typed until it is asked for.
    keyboard.write_all(lines.as_bytes()).unwrap();
    run(place.command(arguments).stdin(terminal.slave))
}

#[test]
fn on_a_terminal_what_is_missing_is_asked_for() {
    let place = Place::empty();
    place.write("spam.csv", &csv());
    let ran = typed(&place, &["new", "spam/training.toml"], "spam.csv\nspam\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.err, "CSV file with the data: column to predict: ");
    assert_eq!(place.seatrial(&["lint"]).code, 0);

    let given = ["new", "spam/again.toml", "--csv", "spam.csv"];
    let ran = typed(&place, &given, " spam \n");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.err, "column to predict: ");
}

#[test]
fn an_empty_answer_is_no_answer() {
    let place = Place::empty();
    place.write("spam.csv", &csv());
    // Return alone, and the end of the input.
    for lines in ["\n", "\u{4}"] {
        let ran = typed(&place, &["new", "spam/training.toml"], lines);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("missing: --csv"), "{}", ran.err);
        assert!(!place.path().join("specs").exists());
    }
}
