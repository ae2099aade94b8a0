//! `seatrial score` counts what is covered and green, and nothing else.

use serde_json::Value;

use crate::support::Place;

fn item(score: &Value, what: &str) -> (String, usize) {
    let items = score["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["item"] == what).unwrap();
    let state = item["state"].as_str().unwrap().to_owned();
    (state, item["cases"].as_array().unwrap().len())
}

fn score(place: &Place) -> Value {
    let ran = place.seatrial(&["score", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

const MODEL: &str = "
[dataset.d]
generator = \"unicorn\"
rows = 200
[model.m]
family = \"mlp\"
hidden = [4]
[test.repeats]
check = \"reproducible\"
dataset = \"d\"
model = \"m\"
threads = []
";
const REPRODUCIBLE: &str = "training is reproducible";

#[test]
fn an_item_is_green_only_after_its_cases_passed() {
    let place = Place::with(MODEL);
    let before = score(&place);
    assert_eq!(before["items"].as_array().unwrap().len(), 28);
    assert_eq!(item(&before, REPRODUCIBLE), ("not-run".into(), 1));
    assert_eq!(before["sections"]["infrastructure"], 0);
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let after = score(&place);
    assert_eq!(item(&after, REPRODUCIBLE), ("green".into(), 1));
    assert_eq!(
        (&after["sections"]["infrastructure"], &after["score"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn what_no_case_covers_is_open_and_what_no_check_covers_is_by_hand() {
    let all = score(&Place::with(MODEL));
    assert_eq!(item(&all, "a simpler model is not better").0, "open");
    assert_eq!(item(&all, "hyperparameters are tuned").0, "by-hand");
    let told = Place::with(MODEL).seatrial(&["score"]);
    assert!(
        told.out.contains("next, in the least section:"),
        "{}",
        told.out
    );
}
