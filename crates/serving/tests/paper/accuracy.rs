//! What is told on paper against what onnxruntime did with every model of the
//! ONNX project's backend suite.
//!
//! The rules were made while looking at what onnxruntime 1.23.2 and 1.32.0 say;
//! the other versions have only ever been compared.

use crate::suite::Suite;
use seatrial_serving::{Answer, OnnxModel, ask, shipped};

/// `[told, happened]`: told that it will load, will not, or that this is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Confusion {
    failed_and_told: usize,
    failed_and_untold: usize,
    loaded_and_told: usize,
    loaded_and_untold: usize,
    /// Of all, those with the answer `unknown`.
    unknown: usize,
}

impl Confusion {
    fn precision(&self) -> f64 {
        let told = self.failed_and_told + self.loaded_and_told;
        self.failed_and_told as f64 / told as f64
    }

    fn recall(&self) -> f64 {
        let failed = self.failed_and_told + self.failed_and_untold;
        self.failed_and_told as f64 / failed as f64
    }
}

fn confusion(suite: &Suite, version: &str) -> (Confusion, Vec<String>) {
    let catalogue = shipped()
        .find(|catalogue| catalogue.server == "onnxruntime" && catalogue.version == version)
        .expect("every recorded version has a catalogue");
    let mut confusion = Confusion::default();
    let mut wrong = Vec::new();
    for model in &suite.models {
        let decoded = OnnxModel::decode(model.bytes.clone()).expect("the suite is sound");
        let answer = ask(&decoded, catalogue).answer;
        let told = answer == Answer::Unsupported;
        let failed = !model.loaded_by[version];
        confusion.unknown += usize::from(answer == Answer::Unknown);
        *match (failed, told) {
            (true, true) => &mut confusion.failed_and_told,
            (true, false) => &mut confusion.failed_and_untold,
            (false, true) => &mut confusion.loaded_and_told,
            (false, false) => &mut confusion.loaded_and_untold,
        } += 1;
        if failed != told {
            wrong.push(format!("{}: {}", model.path, answer.word()));
        }
    }
    (confusion, wrong)
}

#[test]
fn failures_to_load_are_told_on_paper_for_every_version() {
    let suite = Suite::read();
    assert_eq!(suite.models.len(), 1802);
    assert!(suite.versions.len() >= 5, "{:?}", suite.versions);
    for version in &suite.versions {
        let (confusion, wrong) = confusion(&suite, version);
        let (precision, recall) = (confusion.precision(), confusion.recall());
        let said = format!("{version}: {confusion:?}, wrong: {wrong:#?}");
        assert!(precision >= 0.99, "precision {precision}, {said}");
        assert!(recall >= 0.95, "recall {recall}, {said}");
        assert_eq!(confusion.unknown, 0, "{said}");
    }
}

#[test]
fn the_confusion_matrix_is_as_recorded() {
    let suite = Suite::read();
    let matrix: Vec<(&str, usize, usize, usize, usize)> = suite
        .versions
        .iter()
        .map(|version| {
            let (c, _) = confusion(&suite, version);
            (
                version.as_str(),
                c.failed_and_told,
                c.failed_and_untold,
                c.loaded_and_told,
                c.loaded_and_untold,
            )
        })
        .collect();
    assert_eq!(
        matrix,
        [
            ("1.16.3", 872, 0, 0, 930),
            ("1.17.3", 825, 0, 0, 977),
            ("1.20.1", 804, 0, 0, 998),
            ("1.23.2", 370, 0, 0, 1432),
            ("1.26.0", 96, 0, 0, 1706),
            ("1.32.0", 93, 0, 0, 1709),
        ]
    );
}

#[test]
fn names_alone_would_not_do() {
    let suite = Suite::read();
    let catalogue = shipped()
        .find(|catalogue| catalogue.version == "1.23.2")
        .expect("it is shipped");
    let known = |name: &str, domain: &str| catalogue.lists(domain, name) || name == "Constant";
    let (mut failed, mut told) = (0, 0);
    for model in suite
        .models
        .iter()
        .filter(|model| !model.loaded_by["1.23.2"])
    {
        let decoded = OnnxModel::decode(model.bytes.clone()).expect("the suite is sound");
        let inventory = decoded.inventory().expect("the suite is sound");
        let mut operations = inventory.operations.iter();
        failed += 1;
        told += usize::from(operations.any(|o| !o.local && !known(&o.operation, &o.domain)));
    }
    assert!(told * 3 < failed, "{told} of {failed}");
}
