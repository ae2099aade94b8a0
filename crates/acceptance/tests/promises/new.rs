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
    let ran = typed(
        &place,
        &["new", "spam/training.toml"],
        "dataset\nspam.csv\nspam\n",
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.err,
        "what is under test (dataset, predictions, pipeline, server): \
         CSV file with the data: column to predict: "
    );
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

/// Rows with a truth and how two versions score it.
fn predictions(shift: u32) -> String {
    let mut text = String::from("id,label,score,value\n");
    for n in 0..4_000 {
        let label = n % 2;
        let noise = f64::from((n * 7919 + shift) % 100) / 100.0;
        let score = 0.2 + 0.2 * f64::from(label) + 0.5 * noise;
        writeln!(
            text,
            "row-{n},{label},{score},{}",
            f64::from(label) + noise / 9.0
        )
        .unwrap();
    }
    text
}

/// That a new spec lints, and that all of its cases pass.
fn works(place: &Place, new: &[&str], cases: usize) -> String {
    let ran = place.seatrial(new);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains(&format!("with {cases} case")),
        "{}",
        ran.out
    );
    assert_eq!(place.seatrial(&["lint"]).code, 0);
    let ran = place.seatrial(&["test", "--tier", "all"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(&format!("{cases} passed")), "{}", ran.out);
    let spec = place.path().join("specs").join(new[1]);
    std::fs::read_to_string(spec).unwrap()
}

#[test]
fn a_new_spec_of_predictions_works() {
    let place = Place::empty();
    place.write("now.csv", &predictions(0));
    place.write("before.csv", &predictions(1));
    let new = [
        "new",
        "mail/release.toml",
        "--predictions",
        "now.csv",
        "--previous",
        "before.csv",
        "--key",
        "id",
        "--label",
        "label",
        "--score",
        "score",
    ];
    let spec = works(&place, &new, 2);
    assert!(spec.contains("min = { roc_auc = 0.5 }"), "{spec}");
    assert!(spec.contains("previous = \"before.csv\""), "{spec}");
    let place = Place::empty();
    place.write("specs/now.csv", &predictions(0));
    let new = [
        "new",
        "mail/release.toml",
        "--predictions",
        "specs/now.csv",
        "--key",
        "id",
        "--label",
        "label",
        "--prediction",
        "value",
    ];
    let spec = works(&place, &new, 1);
    assert!(spec.contains("path = \"../now.csv\""), "{spec}");
}

/// A stage that says what is wrong with its input.
const DOUBLE: &str = r#"
BEGIN { FS = OFS = "," }
NR == 1 && $0 !~ /^id,label,score/ || NF != 4 || $NF == "" {
  print "line " NR " is not as it should be" > "/dev/stderr"
  exit 1
}
{ print $1, $2, NR == 1 ? "twice" : 2 * $3 }
"#;

#[test]
fn a_new_spec_of_a_pipeline_works() {
    let place = Place::empty();
    place.write("raw.csv", &predictions(0));
    place.write("double.awk", DOUBLE);
    let printing = [
        "new",
        "p/printing.toml",
        "--pipeline",
        "raw.csv",
        "--",
        "awk",
        "-f",
        "double.awk",
        "{in}",
    ];
    let spec = works(&place, &printing, 4);
    assert!(
        spec.contains("stdout = \"made\"") && spec.contains("\"double.awk\""),
        "{spec}"
    );
    let place = Place::empty();
    place.write("raw.csv", &predictions(0));
    let script = place.write(
        "copy.sh",
        "#!/bin/sh\nset -e\ncp \"$1\" \"$2.part\"\nmv \"$2.part\" \"$2\"\n",
    );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(script, executable).unwrap();
    let writing = [
        "new",
        "p/writing.toml",
        "--pipeline",
        "raw.csv",
        "--",
        "./copy.sh",
        "{in}",
        "{out}",
    ];
    let ran = place.seatrial(&writing);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(place.seatrial(&["lint"]).code, 0);
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_new_spec_of_a_server_works() {
    let onnx = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../specs/serving/wdbc-logistic.onnx"
    );
    let place = Place::empty();
    let on_paper = [
        "new",
        "s/paper.toml",
        "--package",
        onnx,
        "--catalogue",
        "onnxruntime-1.23.2",
    ];
    works(&place, &on_paper, 1);

    let place = Place::empty();
    for (name, text) in seatrial_checks::planted::FILES {
        if name.starts_with("loan-model") {
            place.write(name, text);
        }
    }
    let script = "#!/bin/sh\nexec ./specimen-server \"--port=$1\" \"--model=$2\"\n";
    let script = place.write("serve.sh", script);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(script, executable).unwrap();
    std::fs::create_dir_all(place.path().join("specs/s")).unwrap();
    let server = place.path().join("specs/s/specimen-server");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_seatrial-under-test"), server).unwrap();
    let staged = [
        "new",
        "s/staged.toml",
        "--package",
        "loan-model.json",
        "--examples",
        "loan-model-examples.json",
        "--",
        "./serve.sh",
        "{port}",
        "{package}",
    ];
    works(&place, &staged, 1);
}

#[test]
fn what_cannot_work_of_other_kinds_is_refused_too() {
    let place = Place::empty();
    place.write("p.csv", &predictions(0));
    place.write("twice.csv", "id,label,score\na,1,0.5\na,0,0.5\n");
    place.write("m.onnx", "");
    let cases: [(&[&str], &str); 11] = [
        (
            &["--csv", "p.csv", "--predictions", "p.csv"],
            "cannot be used with",
        ),
        (
            &["--predictions", "p.csv", "--label", "label"],
            "missing: --key",
        ),
        (
            &[
                "--predictions",
                "p.csv",
                "--key",
                "id",
                "--label",
                "labl",
                "--score",
                "score",
            ],
            "labl",
        ),
        (
            &[
                "--predictions",
                "twice.csv",
                "--key",
                "id",
                "--label",
                "label",
                "--score",
                "score",
            ],
            "twice",
        ),
        (&["--pipeline", "p.csv"], "missing: -- COMMAND"),
        (&["--pipeline", "p.csv", "--", "cat"], "where it reads"),
        (
            &["--pipeline", "m.onnx", "--", "cat", "{in}"],
            "is no table",
        ),
        (&["--package", "m.onnx"], "missing: -- COMMAND"),
        (
            &["--package", "m.onnx", "--catalogue", "onnxruntime-1.23"],
            "onnxruntime-1.23.2",
        ),
        (
            &["--package", "m.onnx", "--examples", "p.csv", "--", "serve"],
            "{port}",
        ),
        (
            &["--package", "m.onnx", "--", "serve", "{port}"],
            "missing: --examples",
        ),
    ];
    for (arguments, told) in cases {
        let mut all = vec!["new", "a.toml"];
        all.extend(arguments);
        let ran = place.seatrial(&all);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
        assert!(!place.path().join("specs").exists(), "{arguments:?}");
    }
}

#[test]
fn columns_of_text_are_left_out_and_said() {
    let place = Place::empty();
    let text = csv()
        .lines()
        .enumerate()
        .fold(String::new(), |text, (n, line)| {
            text + if n == 0 { "town," } else { "Ulm," } + line + "\n"
        });
    place.write("spam.csv", &text);
    let ran = place.seatrial(&["new", "a.toml", "--csv", "spam.csv", "--label", "spam"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("left out") && ran.out.contains("town"),
        "{}",
        ran.out
    );
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}
