//! What the check `trend` promises over runs that really were recorded.

use crate::support::{Place, Ran};

const SPEC: &str = r#"
[predictions.candidate]
path = "new.csv"
label = "label"
score = "score"

[test.no-slide]
check = "trend"
predictions = "candidate"
metric = "accuracy"
decline_max = 0.02
first_release = true
"#;

const VERSIONS: usize = 30;

/// Two thousand rows of which so many are decided wrongly.
fn predictions(wrong: usize) -> String {
    let mut text = "id,label,score\n".to_owned();
    for id in 0..2_000 {
        let label = id % 2;
        let right = id * 7_919 % 2_000 >= wrong;
        let score = if (label == 1) == right { 0.9 } else { 0.1 };
        text.push_str(&format!("{id},{label},{score}\n"));
    }
    text
}

/// Every version is tested, and leaves its value in the ledger.
fn versions(place: &Place, wrong: impl Fn(usize) -> usize) -> Vec<Ran> {
    let run = |version: usize| {
        place.write("specs/area/new.csv", &predictions(wrong(version)));
        place.seatrial(&["test"])
    };
    (0..VERSIONS).map(run).collect()
}

#[test]
fn a_slide_of_a_fifth_of_a_percent_a_version_is_caught() {
    let place = Place::with(SPEC);
    let ran = versions(&place, |version| 100 + 4 * version + 3 * (version % 3));
    let last = ran.last().unwrap();
    assert_eq!(last.code, 1, "{last:?}");
    assert!(last.out.contains("accuracy decline 0.05"), "{}", last.out);
    assert!(last.out.contains("over 30 versions"), "{}", last.out);
    // Which no two versions beside each other would show.
    let first = ran.iter().position(|ran| ran.out.contains("decline 0."));
    assert!(first.is_some_and(|first| first >= 7), "{first:?}");
}

#[test]
fn versions_that_only_scatter_pass() {
    let place = Place::with(SPEC);
    let ran = versions(&place, |version| 100 + version * 37 % 13);
    let against: Vec<&Ran> = ran
        .iter()
        .filter(|ran| ran.out.contains("expected ≤ 0.02"))
        .collect();
    assert!(against.is_empty(), "{against:?}");
    let last = ran.last().unwrap();
    assert_eq!(last.code, 0, "{last:?}");
    assert!(last.out.contains("accuracy decline"), "{}", last.out);
}

#[test]
fn a_version_that_runs_twice_is_one_version() {
    let place = Place::with(SPEC);
    place.write("specs/area/new.csv", &predictions(100));
    for _ in 0..10 {
        let ran = place.seatrial(&["test"]);
        assert!(ran.out.contains("there are 1"), "{}", ran.out);
    }
}

#[test]
fn a_candidate_that_the_gate_refused_is_no_version() {
    let place = Place::with(&format!(
        "{SPEC}\n[test.good]\ncheck = \"quality\"\npredictions = \"candidate\"\nmin = {{ accuracy = 0.8 }}\n"
    ));
    let asked = |version: usize| {
        let wrong = if version == 10 {
            900
        } else {
            100 + version * 37 % 13
        };
        place.write("specs/area/new.csv", &predictions(wrong));
        place.seatrial(&["gate"])
    };
    let ran: Vec<Ran> = (0..15).map(asked).collect();
    let refused: Vec<usize> = (0..15).filter(|&version| ran[version].code != 0).collect();
    assert_eq!(refused, [10], "{:?}", ran.last());
}
