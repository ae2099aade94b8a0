//! What does not fit is refused, with what was expected and what came.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use candle_core::{DType, Device, Tensor};
use seatrial_model::{Batch, Inputs, Learner, Mode, Overrides, Probe, Targets, families};
use support::{classes, learner, parameters, task, try_learner, uniform};

fn lstm() -> Box<dyn Learner> {
    learner(
        "lstm",
        "sequence = [4, 3]\nhidden = 5",
        "",
        &task(12, Some(3)),
        1,
    )
}

fn refusal(learner: &mut dyn Learner, inputs: Inputs) -> String {
    learner
        .forward(&inputs, Mode::Evaluation, &mut Probe::counting())
        .unwrap_err()
        .to_string()
}

fn with_value(value: f32) -> Tensor {
    let mut values = vec![0.0_f32; 24];
    values[17] = value;
    Tensor::from_vec(values, (2, 12), &Device::Cpu).unwrap()
}

#[test]
fn inputs_that_do_not_fit_are_refused_in_words() {
    let mut learner = lstm();
    let cases = [
        (
            uniform(1, &[2, 11]),
            "expected [batch, length, 3] or [batch, 12]",
        ),
        (uniform(1, &[2, 4, 4]), "shape [2, 4, 4]"),
        (uniform(1, &[12]), "shape [12]"),
        (uniform(1, &[2, 2, 2, 3]), "shape [2, 2, 2, 3]"),
        (uniform(1, &[0, 12]), "the batch is empty"),
        (uniform(1, &[2, 0, 3]), "shape [2, 0, 3]"),
        (
            uniform(1, &[2, 12]).to_dtype(DType::F64).unwrap(),
            "numbers are F64; F32 expected",
        ),
        (
            uniform(1, &[2, 12]).to_dtype(DType::I64).unwrap(),
            "numbers are I64; F32 expected",
        ),
        (with_value(f32::NAN), "holds NaN at [1, 1, 2]"),
        (with_value(f32::INFINITY), "holds inf at [1, 1, 2]"),
    ];
    for (features, expected) in cases {
        let error = refusal(&mut *learner, Inputs::new(features));
        assert!(
            error.starts_with("input refused: ") && error.contains(expected),
            "{error}"
        );
    }
}

#[test]
fn lengths_that_do_not_fit_are_refused_in_words() {
    let lengths = |lengths: &[usize]| Inputs {
        features: uniform(1, &[2, 4, 3]),
        lengths: Some(lengths.to_vec()),
    };
    let mut learner = lstm();
    for (given, expected) in [
        (&[4][..], "2 lengths expected, one an example; got 1"),
        (
            &[4, 0],
            "the length of example 1 is 0; it must lie between 1 and 4",
        ),
        (&[5, 4], "the length of example 0 is 5"),
    ] {
        let error = refusal(&mut *learner, lengths(given));
        assert!(error.contains(expected), "{error}");
    }
    let mut mlp = support::learner("mlp", "", "", &task(12, Some(3)), 1);
    let inputs = Inputs {
        features: uniform(1, &[2, 12]),
        lengths: Some(vec![1, 1]),
    };
    assert!(refusal(&mut *mlp, inputs).contains("takes no sequences"));
}

#[test]
fn targets_that_do_not_fit_are_refused_in_words_and_nothing_moves() {
    let mut learner = lstm();
    let before = parameters(&*learner);
    let indices = |values: Vec<u32>| {
        let count = values.len();
        Targets::Classes(Tensor::from_vec(values, count, &Device::Cpu).unwrap())
    };
    let cases = [
        (
            indices(vec![0, 3]),
            "class 3 of example 1 is out of range; there are 3 classes",
        ),
        (indices(vec![0]), "[2] expected"),
        (
            Targets::Classes(Tensor::new(&[0_i64, 1], &Device::Cpu).unwrap()),
            "I64; U32 expected",
        ),
        (Targets::Values(uniform(1, &[2, 1])), "classes expected"),
    ];
    for (targets, expected) in cases {
        let batch = Batch {
            inputs: Inputs::new(uniform(1, &[2, 12])),
            targets,
        };
        let error = learner.step(&[batch]).unwrap_err().to_string();
        assert!(
            error.starts_with("target refused: ") && error.contains(expected),
            "{error}"
        );
    }
    assert!(learner.step(&[]).is_err());
    assert_eq!(parameters(&*learner), before);

    let mut linear = support::learner("linear", "", "", &task(12, None), 1);
    let nan = Tensor::new(&[[f32::NAN], [0.0]], &Device::Cpu).unwrap();
    for (targets, expected) in [
        (Targets::Values(nan), "holds NaN at [0, 0]"),
        (Targets::Values(uniform(1, &[2])), "[2, 1] expected"),
        (classes(2, 2), "values expected"),
    ] {
        let batch = Batch {
            inputs: Inputs::new(uniform(1, &[2, 12])),
            targets,
        };
        let error = linear
            .loss(&batch, Mode::Evaluation)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_declaration_that_does_not_fit_the_task_is_refused_in_words() {
    for (family, own, common, classes, expected) in [
        (
            "lstm",
            "sequence = [4, 4]",
            "",
            Some(3),
            "4 × 4 is 16 numbers, but the dataset has 12 features",
        ),
        (
            "cnn",
            "image = [12]",
            "",
            Some(3),
            "image: [height, width] or",
        ),
        ("cnn", "image = [3, 3]", "", Some(3), "3 × 3 is 9 numbers"),
        (
            "cnn",
            "image = [3, 4]\nkernel = 2",
            "",
            Some(3),
            "an odd number",
        ),
        ("cnn", "image = [3, 4]", "", Some(3), "pooled away"),
        (
            "transformer",
            "sequence = [4, 3]\nd_model = 6\nheads = 4",
            "",
            Some(3),
            "4 heads cannot share d_model = 6",
        ),
        ("logistic", "", "", None, "use `linear`"),
        ("linear", "", "", Some(3), "use `logistic`"),
        (
            "mlp",
            "",
            "frozen = ['encoder.*']",
            Some(3),
            "`encoder.*` matches no parameter",
        ),
    ] {
        let error = try_learner(
            family,
            own,
            common,
            &task(12, classes),
            1,
            &Overrides::default(),
        );
        let error = error.err().unwrap().to_string();
        assert!(
            error.starts_with("model declaration: ") && error.contains(expected),
            "{error}"
        );
    }
}

#[test]
fn a_table_that_says_something_unknown_or_impossible_is_refused_with_its_path() {
    for (family, own, common, path) in [
        ("mlp", "hiden = [3]", "", "hiden"),
        ("mlp", "hidden = [0]", "", "hidden"),
        ("mlp", "dropout = 1.0", "", "dropout"),
        ("mlp", "", "batch = 0", "batch"),
        ("mlp", "", "optimizer = { kind = 'adam' }", "optimizer"),
        (
            "mlp",
            "",
            "optimizer = { kind = 'adamw', momentum = 0.9 }",
            "optimizer",
        ),
        (
            "mlp",
            "",
            "optimizer = { kind = 'sgd', learning_rate = -1 }",
            "optimizer",
        ),
        ("lstm", "hidden = 3", "", ""),
    ] {
        let family = families().into_iter().find(|f| f.name == family).unwrap();
        let built = (family.build)(
            toml::from_str(common).unwrap(),
            toml::from_str(own).unwrap(),
        );
        let misfit = built.err().unwrap();
        assert!(misfit.path.starts_with(path), "{misfit:?} is not at {path}");
        assert!(own.is_empty() || family.shape.fits(toml::from_str(own).unwrap()).is_err());
    }
}

#[test]
fn components_are_known_by_name() {
    let mut learner = lstm();
    assert_eq!(learner.components(), ["lstm.cell", "lstm.head"]);
    let error = learner
        .run_component("lstm.gate", &[])
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "no component is named `lstm.gate`; there are: lstm.cell, lstm.head"
    );
    let wrong = [
        uniform(1, &[2, 4]),
        uniform(1, &[2, 5]),
        uniform(1, &[2, 5]),
    ];
    let error = learner
        .run_component("lstm.cell", &wrong)
        .unwrap_err()
        .to_string();
    assert!(error.contains("x is [batch, 3], got [2, 4]"), "{error}");
    assert!(learner.run_component("lstm.cell", &wrong[..2]).is_err());
}

#[test]
fn a_parameter_takes_only_what_fits_it() {
    let mut learner = lstm();
    assert!(
        learner
            .set_parameter("lstm.gate", &uniform(1, &[3]))
            .is_err()
    );
    assert!(
        learner
            .set_parameter("lstm.head.bias", &uniform(1, &[4]))
            .is_err()
    );
    let double = uniform(1, &[3]).to_dtype(DType::F64).unwrap();
    assert!(learner.set_parameter("lstm.head.bias", &double).is_err());
    learner
        .set_parameter("lstm.head.bias", &uniform(1, &[3]))
        .unwrap();
}
