//! The packages in `specs/serving` hold the operations and tensors that their
//! models export. The numbers in the tensors are trained, and differ between
//! processors in their last digits: what they compute is for the staged cases.
//!
//! `SEATRIAL_RECORD=1` writes them anew.

use std::path::{Path, PathBuf};

use seatrial_data::{Dataset, DatasetDeclaration, Part};
use seatrial_model::{Overrides, Task, Trainer, families};
use seatrial_pipeline::export::{Export, Rescaling};
use seatrial_rng::Streams;
use seatrial_serving::OnnxModel;

/// Name, family, its own keys, and the dataset's declaration.
const PACKAGES: [(&str, &str, &str, &str); 3] = [
    (
        "digits-mlp",
        "mlp",
        "hidden = [32]",
        "path = \"digits/digits.csv\"\nlabel = \"label\"\ndivide_by = 16",
    ),
    (
        "digits-lstm",
        "lstm",
        "sequence = [8, 8]\nhidden = 16",
        "path = \"digits/digits.csv\"\nlabel = \"label\"\ndivide_by = 16",
    ),
    (
        "wdbc-logistic",
        "logistic",
        "",
        "path = \"wdbc/wdbc.csv\"\nlabel = \"diagnosis\"\nscale = \"standard\"",
    ),
];

const STEPS: usize = 150;

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

fn exported((name, family, own, dataset): (&str, &str, &str, &str)) -> Vec<u8> {
    let mut declared: toml::Table = toml::from_str(dataset).expect("it is TOML");
    let file = specs().join(declared["path"].as_str().expect("a path"));
    declared.insert("path".into(), file.to_string_lossy().into_owned().into());
    let declared: DatasetDeclaration = declared.try_into().expect("it is sound");
    let dataset = Dataset::load(name, &declared).expect("it is there");
    let own: toml::Table = toml::from_str(own).expect("it is TOML");
    let known = families().into_iter().find(|known| known.name == family);
    let build = known.expect("it is a family").build;
    let recipe = build(toml::Table::new(), own.clone()).expect("it is sound");
    let streams = Streams::new(0).child(name);
    let overrides = Overrides::default();
    let learner = recipe.build(&Task::of(&dataset), &streams, &overrides);
    let rows = dataset.part(Part::Train);
    let learner = learner.expect("it fits its data");
    let mut trainer = Trainer::new(learner, &dataset, rows, 64, &streams, overrides.precision);
    for _ in 0..STEPS {
        trainer.step().expect("it learns");
    }
    let export = Export {
        family,
        own: &own,
        learner: trainer.learner.as_ref(),
        rescaling: &Rescaling::of(&dataset),
        classes: None,
    };
    export.onnx().expect("it is exported")
}

#[test]
fn the_packages_in_the_specs_hold_what_their_models_export() {
    for package in PACKAGES {
        let file = specs().join(format!("serving/{}.onnx", package.0));
        let bytes = exported(package);
        if std::env::var_os("SEATRIAL_RECORD").is_some() {
            std::fs::write(&file, &bytes).expect("it is written");
        }
        let kept = std::fs::read(&file).expect("it is there");
        let holds = |bytes| OnnxModel::decode(bytes).and_then(|model| model.inventory());
        assert_eq!(
            holds(kept).expect("it is sound"),
            holds(bytes).expect("it is sound"),
            "{} is another: SEATRIAL_RECORD=1 writes it anew",
            file.display()
        );
    }
}
