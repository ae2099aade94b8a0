//! What those who write their first spec get wrong, and what they are told.

use crate::support::Place;

const PREDICTIONS: &str = r#"
[predictions.mine]
path = "mine.csv"
label = "label"
score = "score"
"#;

/// What is said of one `quality` case with these lines, on this file.
fn said(lines: &str, file: &str) -> String {
    let case = "[test.a]\ncheck = \"quality\"\npredictions = \"mine\"\n";
    let place = Place::with(&format!("{PREDICTIONS}{case}{lines}"));
    place.write("specs/area/mine.csv", file);
    let ran = place.seatrial(&["test"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    ran.out + &ran.err
}

const SOUND: &str = "label,score\n1,0.9\n0,0.2\n";

#[test]
fn a_metric_by_half_its_name_is_told_the_whole() {
    let said = said("min = { auc = 0.9 }", SOUND);
    assert!(said.contains("did you mean `roc_auc`?"), "{said}");
}

#[test]
fn a_bound_in_percent_is_refused_before_anything_runs() {
    for (lines, told) in [
        (
            "min = { accuracy = 90 }",
            "`accuracy` lies from 0 to 1: a bound of 90 tells nothing",
        ),
        (
            "max = { ece = 5 }",
            "`ece` lies from 0 to 1: a bound of 5 tells nothing",
        ),
        (
            "min = { accuracy = 0.1 }\nslice_max = { log_loss = -1 }",
            "`log_loss` is never below 0",
        ),
    ] {
        let said = said(lines, SOUND);
        assert!(
            said.contains(told) && said.contains("nothing was run"),
            "{said}"
        );
    }
}

#[test]
fn keys_of_predictions_that_do_not_go_together_are_underlined_before_anything_runs() {
    for (keys, told, underlined) in [
        (
            "query = \"session\"\nscores = [\"a\", \"b\"]",
            "`scores` does not go with `query`",
            "^^^^^^^^^^",
        ),
        ("lower = \"low\"", "names `lower` without `upper`", "^^^^^"),
    ] {
        let place = Place::with(&format!(
            "[predictions.mine]\npath = \"mine.csv\"\nlabel = \"label\"\n{keys}\n\
             [test.a]\ncheck = \"quality\"\npredictions = \"mine\"\nmin = {{ mrr = 0.5 }}\n"
        ));
        place.write("specs/area/mine.csv", SOUND);
        let ran = place.seatrial(&["test"]);
        let said = format!("{}{}", ran.out, ran.err);
        assert_ne!(ran.code, 0, "{ran:?}");
        for part in [told, underlined, "nothing was run"] {
            assert!(said.contains(part), "{said}");
        }
    }
}

#[test]
fn a_file_with_another_separator_is_told_so() {
    let said = said("min = { accuracy = 0.1 }", &SOUND.replace(',', ";"));
    assert!(said.contains("parted by commas, and here by `;`"), "{said}");
}

#[test]
fn a_file_with_an_index_is_told_how_to_leave_it_out() {
    let said = said(
        "min = { accuracy = 0.1 }",
        ",label,score\n0,1,0.9\n1,0,0.2\n",
    );
    assert!(
        said.contains("column 1 has no name") && said.contains("index=False"),
        "{said}"
    );
}

#[test]
fn a_catalogue_by_half_its_name_is_told_the_whole() {
    let place = Place::with(
        "[package.p]\npath = \"p.onnx\"\n[server.s]\ncatalogue = \"onnxruntime-1.17\"\n\
         [test.a]\ncheck = \"ops-supported\"\npackage = \"p\"\nserver = \"s\"\n",
    );
    place.write("specs/area/p.onnx", "");
    let ran = place.seatrial(&["lint"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let told = "did you mean `onnxruntime-1.17.3`?";
    assert!(ran.err.contains(told) || ran.out.contains(told), "{ran:?}");
}
