//! What a spec measures of rankings, intervals and several labels is what
//! scikit-learn computes: the recorded values of `crates/validation`, asked through
//! a file and a case.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::Place;

fn recorded(kind: &str) -> Vec<Value> {
    let path = "../validation/tests/reference/metrics.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let all: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    all[kind].as_array().unwrap().clone()
}

/// Asks for all figures of a recorded case, of rows with these keys.
fn measured_as_recorded(case: &Value, keys: &str, rows: &str) {
    let figures = case["figures"].as_object().unwrap();
    let asked: Vec<&String> = figures
        .iter()
        .filter_map(|(name, figure)| figure.is_number().then_some(name))
        .collect();
    assert!(!asked.is_empty());
    let bounds: Vec<String> = asked.iter().map(|name| format!("\"{name}\" = 0")).collect();
    let place = Place::with(&format!(
        "[predictions.p]\npath = \"rows.csv\"\n{keys}\n[test.a]\ncheck = \"quality\"\n\
         predictions = \"p\"\nmin = {{ {} }}\n",
        bounds.join(", ")
    ));
    place.write("specs/area/rows.csv", rows);
    let ran = place.seatrial(&["test", "--format", "json"]);
    let events = ran.out.lines();
    let mut events = events.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let event = events.find(|event| event["event"] == "case").unwrap();
    let measurements = event["measurements"].as_array().unwrap();
    for name in asked {
        let expected = figures[name].as_f64().unwrap();
        let seen = measurements.iter().find(|seen| seen["name"] == **name);
        let seen = seen.unwrap_or_else(|| panic!("{name} was not measured: {event}"));
        let off = (seen["value"].as_f64().unwrap() - expected).abs();
        assert!(
            off <= 1e-11,
            "{name} of {}: {seen} for {expected}",
            case["name"]
        );
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn rankings_are_measured_as_scikit_learn_does() {
    for case in recorded("queries") {
        let mut lines = Vec::new();
        for (at, query) in list(&case["queries"]).iter().enumerate() {
            let documents = list(&query["scores"])
                .iter()
                .zip(list(&query["relevances"]));
            for (place, (score, grade)) in documents.enumerate() {
                // The first of every query, then the second of every query.
                let weight = &query["weight"];
                lines.push((place, format!("q{at},{grade},{score},{weight}\n")));
            }
        }
        lines.sort_by_key(|(place, _)| *place);
        let rows: String = lines.into_iter().map(|(_, line)| line).collect();
        let keys = "query = \"query\"\nlabel = \"grade\"\nscore = \"score\"\nweight = \"weight\"";
        measured_as_recorded(&case, keys, &format!("query,grade,score,weight\n{rows}"));
    }
}

#[test]
fn several_labels_are_measured_as_scikit_learn_does() {
    for case in recorded("labels") {
        let mut rows = "is_0,is_1,is_2,p_0,p_1,p_2,weight\n".to_owned();
        let each = list(&case["labels"]).iter().zip(list(&case["predictions"]));
        for (row, (labels, scores)) in each.enumerate() {
            for cell in list(labels).iter().chain(list(scores)) {
                write!(rows, "{cell},").unwrap();
            }
            let weight = case["weights"][row].as_f64().unwrap_or(1.0);
            writeln!(rows, "{weight}").unwrap();
        }
        let keys = "labels = [\"is_0\", \"is_1\", \"is_2\"]\nscores = [\"p_0\", \"p_1\", \"p_2\"]\n\
                    classes = [\"label 0\", \"label 1\", \"label 2\"]\nweight = \"weight\"";
        measured_as_recorded(&case, keys, &rows);
    }
}
