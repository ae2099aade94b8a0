//! Every family's gradients are the slopes of its loss.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use candle_core::{DType, Device, Tensor};
use seatrial_model::{Batch, Inputs, Learner, Mode, Probe, Targets};
use support::{DECLARATIONS, classes, double, flat, numbers, task};

fn tensor(values: &[f64], shape: &[usize]) -> Tensor {
    Tensor::from_vec(values.to_vec(), shape, &Device::Cpu).unwrap()
}

/// The central difference of `f` at `x` along coordinate `i`.
fn slope(x: &[f64], i: usize, mut f: impl FnMut(&[f64]) -> f64) -> f64 {
    let h = 1e-5;
    let mut moved = x.to_vec();
    moved[i] = x[i] + h;
    let above = f(&moved);
    moved[i] = x[i] - h;
    (above - f(&moved)) / (2.0 * h)
}

fn close(a: f64, b: f64, what: &str) {
    assert!(
        (a - b).abs() <= 1e-7 + 1e-5 * b.abs(),
        "{what}: {a} is not {b}"
    );
}

fn check_parameters(learner: &mut dyn Learner, batch: &Batch, family: &str) {
    let gradients = learner.gradients(batch, Mode::Evaluation).unwrap();
    for parameter in learner.parameters().unwrap() {
        let (name, shape) = (&parameter.name, parameter.value.dims().to_vec());
        let values = flat(&parameter.value);
        let gradient = flat(&gradients.parameters[name]);
        for i in (0..values.len()).step_by(values.len().div_ceil(7)) {
            let numeric = slope(&values, i, |moved| {
                learner.set_parameter(name, &tensor(moved, &shape)).unwrap();
                learner.loss(batch, Mode::Evaluation).unwrap()
            });
            close(gradient[i], numeric, &format!("{family} {name}[{i}]"));
        }
        learner.set_parameter(name, &parameter.value).unwrap();
    }
}

fn check_inputs(learner: &mut dyn Learner, inputs: &Inputs, family: &str) {
    let width = learner.output().width;
    let rows = inputs.features.dims()[0];
    let weights = numbers(5, rows * width);
    let gradient = flat(
        &learner
            .input_gradient(inputs, &tensor(&weights, &[rows, width]))
            .unwrap(),
    );
    let (values, shape) = (flat(&inputs.features), inputs.features.dims().to_vec());
    for i in (0..values.len()).step_by(5) {
        let numeric = slope(&values, i, |moved| {
            let moved = Inputs {
                features: tensor(moved, &shape),
                lengths: inputs.lengths.clone(),
            };
            let outputs = learner
                .forward(&moved, Mode::Evaluation, &mut Probe::counting())
                .unwrap();
            flat(&outputs)
                .iter()
                .zip(&weights)
                .map(|(y, w)| y * w)
                .sum()
        });
        close(gradient[i], numeric, &format!("{family} input {i}"));
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    for (family, own) in DECLARATIONS {
        let regression = *family == "linear";
        let task = task(12, (!regression).then_some(3));
        let mut learner = double(family, own, "", &task, 3);
        let features = tensor(&numbers(1, 4 * 12), &[4, 12]);
        let targets = if regression {
            Targets::Values(tensor(&numbers(2, 4), &[4, 1]))
        } else {
            classes(4, 3)
        };
        let batch = Batch {
            inputs: Inputs::new(features),
            targets,
        };
        check_parameters(&mut *learner, &batch, family);
        check_inputs(&mut *learner, &batch.inputs, family);
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss_with_padding_too() {
    for (family, own) in DECLARATIONS
        .iter()
        .filter(|(_, own)| own.contains("sequence"))
    {
        let mut learner = double(family, own, "", &task(12, Some(3)), 3);
        let batch = Batch {
            inputs: Inputs {
                features: tensor(&numbers(1, 3 * 5 * 3), &[3, 5, 3]),
                lengths: Some(vec![2, 5, 1]),
            },
            targets: classes(3, 3),
        };
        check_parameters(&mut *learner, &batch, family);
        check_inputs(&mut *learner, &batch.inputs, family);
    }
}

#[test]
fn a_regression_of_every_family_has_one_value_and_the_slopes_of_its_loss() {
    for (family, own) in DECLARATIONS
        .iter()
        .filter(|(family, _)| *family != "logistic")
    {
        let mut learner = double(family, own, "", &task(12, None), 3);
        let batch = Batch {
            inputs: Inputs::new(tensor(&numbers(1, 24), &[2, 12])),
            targets: Targets::Values(tensor(&numbers(2, 2), &[2, 1])),
        };
        let outputs = learner.forward(&batch.inputs, Mode::Evaluation, &mut Probe::counting());
        let outputs = outputs.unwrap();
        assert_eq!((outputs.dims(), outputs.dtype()), (&[2, 1][..], DType::F64));
        check_parameters(&mut *learner, &batch, family);
    }
}
