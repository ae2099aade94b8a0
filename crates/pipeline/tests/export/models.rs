//! Exported models have the structure of their family, run on every catalogued
//! server, and answer as the trainer does.

use std::collections::BTreeMap;

use candle_core::Tensor;
use seatrial_data::{Dataset, DatasetDeclaration, Part};
use seatrial_model::{Inputs, Learner, Mode, Overrides, Probe, Task, Trainer, families};
use seatrial_pipeline::PipelineError;
use seatrial_pipeline::export::{Export, FAMILIES, Rescaling};
use seatrial_rng::Streams;
use seatrial_serving::{Answer, OnnxModel, ask, shipped};
use serde_json::json;

use super::answers::answers_of;

/// A model of every family that can be exported, with all that it can declare.
const MODELS: [(&str, &str, &str); 9] = [
    ("logistic", "", "blobs"),
    ("linear", "", "line"),
    ("mlp", "hidden = [8, 6]", "blobs"),
    (
        "mlp",
        "hidden = [8]\nactivation = \"gelu\"\ndropout = 0.5",
        "line",
    ),
    (
        "cnn",
        "image = [4, 4]\nchannels = [3, 5]\nhidden = [7]\nactivation = \"tanh\"",
        "blobs",
    ),
    (
        "cnn",
        "image = [4, 4]\nchannels = [3]\nkernel = 5\npool = 3\nhidden = []",
        "blobs",
    ),
    ("lstm", "sequence = [4, 4]\nhidden = 5", "blobs"),
    ("lstm", "sequence = [2, 8]\nhidden = 3\nlayers = 2", "blobs"),
    ("gru", "sequence = [8, 2]\nhidden = 5\nlayers = 3", "blobs"),
];

/// A model, trained a little, and its data.
struct Trained {
    family: &'static str,
    own: toml::Table,
    dataset: Dataset,
    learner: Box<dyn Learner>,
}

impl Trained {
    fn new((family, own, generator): (&'static str, &str, &str)) -> Self {
        let declared =
            format!("generator = \"{generator}\"\nrows = 80\ndivide_by = 3\nscale = \"standard\"");
        let declared: DatasetDeclaration = toml::from_str(&declared).expect("it is sound");
        let dataset = Dataset::load(generator, &declared).expect("it is generated");
        let own: toml::Table = toml::from_str(own).expect("it is TOML");
        let known = families().into_iter().find(|known| known.name == family);
        let build = known.expect("it is a family").build;
        let recipe = build(toml::Table::new(), own.clone()).expect("it is sound");
        let streams = Streams::new(7).child(family);
        let overrides = Overrides::default();
        let learner = recipe.build(&Task::of(&dataset), &streams, &overrides);
        let learner = learner.expect("it fits its data");
        let rows = dataset.part(Part::Train);
        let mut trainer = Trainer::new(learner, &dataset, rows, 16, &streams, overrides.precision);
        for _ in 0..20 {
            trainer.step().expect("it learns");
        }
        let learner = trainer.learner;
        Self {
            family,
            own,
            dataset,
            learner,
        }
    }

    fn onnx(&self) -> Result<Vec<u8>, PipelineError> {
        let rescaling = Rescaling::of(&self.dataset);
        let export = Export {
            family: self.family,
            own: &self.own,
            learner: self.learner.as_ref(),
            rescaling: &rescaling,
            classes: None,
        };
        export.onnx()
    }

    /// Rows as they would stand in a file.
    fn raw(&self, rows: &[usize]) -> Vec<Vec<f32>> {
        let unscaled = |row: &usize| {
            let values = self.dataset.row(*row).iter().enumerate();
            values
                .map(|(feature, value)| {
                    let raw = self.dataset.unscaled(feature, *value);
                    raw.expect("no column is constant") as f32
                })
                .collect()
        };
        rows.iter().map(unscaled).collect()
    }

    /// The trainer's own outputs: probabilities, or values.
    fn answers(&mut self, rows: &[usize]) -> Vec<Vec<f32>> {
        let values: Vec<f32> = rows
            .iter()
            .flat_map(|row| self.dataset.row(*row).to_vec())
            .collect();
        let shape = (rows.len(), self.dataset.features.len());
        let features = Tensor::from_vec(values, shape, &candle_core::Device::Cpu);
        let inputs = Inputs::new(features.expect("it is whole"));
        let outputs = self
            .learner
            .forward(&inputs, Mode::Evaluation, &mut Probe::counting());
        let outputs: Vec<Vec<f32>> = outputs.expect("it answers").to_vec2().expect("it is whole");
        let softmax = |row: Vec<f32>| {
            let top = row
                .iter()
                .fold(f32::NEG_INFINITY, |top, value| top.max(*value));
            let sum: f32 = row.iter().map(|value| (value - top).exp()).sum();
            row.iter().map(|value| (value - top).exp() / sum).collect()
        };
        match self.family == "linear" || outputs[0].len() == 1 {
            true => outputs,
            false => outputs.into_iter().map(softmax).collect(),
        }
    }
}

#[test]
fn every_export_runs_on_every_catalogued_onnxruntime() {
    for model in MODELS {
        let bytes = Trained::new(model).onnx().expect("it is exported");
        let read = OnnxModel::decode(bytes).expect("it is sound");
        for catalogue in shipped().filter(|catalogue| catalogue.server == "onnxruntime") {
            let opinion = ask(&read, catalogue);
            let said = (model, catalogue.title(), &opinion);
            assert_eq!(opinion.answer, Answer::Supported, "{said:?}");
        }
    }
}

#[test]
fn an_export_has_the_operations_of_its_family_and_all_its_parameters() {
    let expected: [&[(&str, usize)]; 9] = [
        &[("Gemm", 1), ("Softmax", 1)],
        &[("Gemm", 1), ("Identity", 1)],
        &[("Gemm", 3), ("Relu", 2), ("Softmax", 1)],
        &[("Gemm", 2), ("Erf", 1), ("Identity", 1)],
        &[("Conv", 2), ("MaxPool", 2), ("Tanh", 3), ("Gemm", 2)],
        &[("Conv", 1), ("MaxPool", 1), ("Relu", 1), ("Gemm", 1)],
        &[("LSTM", 1), ("Gemm", 1)],
        &[("LSTM", 2), ("Gemm", 1)],
        &[("GRU", 3), ("Gemm", 1)],
    ];
    for (model, expected) in MODELS.into_iter().zip(expected) {
        let trained = Trained::new(model);
        let read = OnnxModel::decode(trained.onnx().expect("it is exported"));
        let inventory = read.expect("it is sound").inventory().expect("it is sound");
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for operation in &inventory.operations {
            *counts.entry(&operation.operation).or_default() += operation.count;
        }
        for (operation, count) in expected.iter().chain(&[("Sub", 1)]) {
            assert_eq!(
                counts.get(operation),
                Some(count),
                "{operation} of {model:?}"
            );
        }
        let parameters = trained.learner.parameters().expect("it has some");
        let numbers: usize = parameters.iter().map(|p| p.value.elem_count()).sum();
        let constants = if model.1.contains("gelu") { 3 } else { 0 };
        let stored = inventory.tensors["float"].elements as usize;
        assert_eq!(stored, numbers + constants, "{model:?}");
    }
}

#[test]
fn a_family_that_cannot_be_exported_is_refused_by_name() {
    let declared = "sequence = [4, 4]\nd_model = 4\nheads = 2\nlayers = 1";
    let error = Trained::new(("transformer", declared, "blobs")).onnx();
    let error = error.expect_err("it cannot").to_string();
    assert!(
        error.contains("`transformer`") && error.contains(FAMILIES[0]),
        "{error}"
    );
}

#[test]
fn a_declaration_of_another_model_is_refused() {
    let mut trained = Trained::new(("mlp", "hidden = [8]", "blobs"));
    trained.own = toml::from_str("hidden = [8, 8]").expect("it is TOML");
    let error = trained.onnx().expect_err("it has one layer").to_string();
    assert!(error.contains("`mlp.1.weight`"), "{error}");
}

/// Further than any rounding of single precision, nearer than any mistake.
const TOLERANCE: f32 = 2e-5;

#[test]
#[ignore = "needs SEATRIAL_PYTHON, an interpreter that imports onnxruntime"]
fn onnxruntime_answers_as_the_trainer_does() {
    for model in MODELS {
        let mut trained = Trained::new(model);
        let rows: Vec<usize> = (0..20).collect();
        let given = json!({"features": {"float32": trained.raw(&rows)}});
        let answers = answers_of(&trained.onnx().expect("it is exported"), &given);
        let expected = trained.answers(&rows);
        assert_eq!(answers.len(), rows.len());
        for (seen, expected) in answers.iter().zip(&expected) {
            assert_eq!(seen.len(), expected.len());
            for (seen, expected) in seen.iter().zip(expected) {
                let gap = (seen - expected).abs() / expected.abs().max(1.0);
                assert!(gap < TOLERANCE, "{model:?}: {seen} for {expected}");
            }
        }
    }
}
