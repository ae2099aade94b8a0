//! Parts of a table that must hold together, and declarations that name others.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_spec::{
    CheckWords, Misfit, Shape, SubjectKind, SubjectName, SubjectWords, Vocabulary, did_you_mean,
    load,
};
use serde::Deserialize;
use support::Tree;

/// Legs by name, each starting where another ends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Route {
    leg: BTreeMap<String, Leg>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Leg {
    after: Vec<String>,
    #[serde(rename = "dataset")]
    _dataset: Option<SubjectName<0>>,
}

/// Runs one.
#[derive(Deserialize, JsonSchema)]
struct Travel {}

fn unknown_legs(route: &Route) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    for (name, leg) in &route.leg {
        for (at, after) in leg.after.iter().enumerate() {
            if !route.leg.contains_key(after) {
                let known = route.leg.keys().map(String::as_str);
                let misfit = Misfit::at(
                    format!("leg.{name}.after[{at}]"),
                    format!("there is no leg `{after}`"),
                );
                misfits.push(misfit.help(did_you_mean(after, known)));
            }
        }
    }
    misfits
}

fn vocabulary() -> Vocabulary {
    let subject = |common| SubjectWords {
        common,
        variants: None,
    };
    let travel = CheckWords {
        shape: Shape::of::<Travel>(),
        needs: vec![SubjectKind::Pipeline],
    };
    let route = Shape::of::<Route>().holding(unknown_legs);
    let dataset = Shape::of::<support::Dataset>();
    Vocabulary {
        checks: [("travel".to_owned(), travel)].into(),
        subjects: [
            (SubjectKind::Pipeline, subject(route)),
            (SubjectKind::Dataset, subject(dataset)),
        ]
        .into(),
    }
}

fn tree(legs: &str) -> Tree {
    let text = format!("{legs}\n[test.a]\ncheck = \"travel\"\npipeline = \"p\"\n");
    Tree::new(&[("sub/a.toml", &text), ("sub/rows.csv", "a\n1\n")])
}

#[test]
fn every_part_that_does_not_hold_is_underlined_where_it_stands() {
    let tree = tree(
        "[pipeline.p.leg.north]\nafter = []\n[pipeline.p.leg.south]\nafter = [\"nort\", \"east\"]",
    );
    let errors = load(tree.root(), &vocabulary()).unwrap_err().to_string();
    assert!(errors.contains("sub/a.toml:4:10"), "{errors}");
    assert!(errors.contains("did you mean `north`?"), "{errors}");
    assert!(errors.contains("there is no leg `east`"), "{errors}");
}

#[test]
fn what_lacks_a_part_is_not_asked_whether_it_holds_together() {
    let tree =
        tree("[pipeline.p.leg.north]\naftr = []\n[pipeline.p.leg.south]\nafter = [\"north\"]");
    let errors = load(tree.root(), &vocabulary()).unwrap_err().to_string();
    assert!(errors.contains("did you mean `after`?"), "{errors}");
    assert!(!errors.contains("there is no leg"), "{errors}");
}

#[test]
fn a_declaration_holds_the_subjects_that_it_names_and_its_folder() {
    let tree = tree(
        "[dataset.d]\npath = \"rows.csv\"\n[pipeline.p.leg.north]\nafter = []\ndataset = \"d\"",
    );
    let suite = load(tree.root(), &vocabulary()).unwrap();
    let pipeline = &suite.cases[0].subjects["pipeline"];
    assert_eq!(pipeline.subjects["leg.north.dataset"].name, "d");
    let folder = tree.root().join("sub").canonicalize().unwrap();
    assert_eq!(pipeline.folder, folder);
}
