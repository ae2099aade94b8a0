//! Families learn, and are functions of their seed and their batches.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use seatrial_model::{Batch, Inputs, Targets};
use support::{batch, learner, numbers, parameters, task, uniform};

/// Classes that can be told from the features: the largest of the first four.
fn learnable(seed: u64, rows: usize, width: usize) -> Batch {
    let values = numbers(seed, rows * width);
    let largest = |row: &[f64]| {
        let best = row[..4]
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1));
        best.unwrap().0 as u32
    };
    let classes: Vec<u32> = values.chunks(width).map(largest).collect();
    Batch {
        inputs: Inputs::new(uniform(seed, &[rows, width])),
        targets: Targets::Classes(
            candle_core::Tensor::from_vec(classes, rows, &candle_core::Device::Cpu).unwrap(),
        ),
    }
}

#[test]
fn a_model_learns_what_can_be_learnt() {
    for (family, own) in [("logistic", ""), ("mlp", "hidden = [32]")] {
        for common in [
            "",
            "optimizer = { kind = 'sgd', learning_rate = 0.5, momentum = 0.9 }",
        ] {
            let mut learner = learner(family, own, common, &task(16, Some(4)), 1);
            let first = learner.step(&[learnable(0, 64, 16)]).unwrap().loss;
            let mut last = first;
            for seed in 1..60 {
                last = learner.step(&[learnable(seed, 64, 16)]).unwrap().loss;
            }
            assert!(last < 0.75 * first, "{family} went from {first} to {last}");
        }
    }
}

#[test]
fn learners_built_and_fed_alike_are_equal_to_the_bit() {
    let run = || {
        let mut learner = learner(
            "mlp",
            "hidden = [8]\ndropout = 0.5",
            "",
            &task(6, Some(3)),
            7,
        );
        for seed in 0..5 {
            learner.step(&[batch(seed, &[4, 6], 3)]).unwrap();
        }
        parameters(&*learner)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_step_reports_what_it_did() {
    let mut learner = learner("mlp", "hidden = [8]", "", &task(6, Some(3)), 7);
    let before = parameters(&*learner);
    let report = learner.step(&[batch(0, &[4, 6], 3)]).unwrap();
    let names: Vec<_> = report.gradient_norms.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "mlp.0.bias",
            "mlp.0.weight",
            "mlp.head.bias",
            "mlp.head.weight"
        ]
    );
    assert_eq!(report.calls["mlp.0"], 1);
    for ((name, old), (_, new)) in before.iter().zip(parameters(&*learner)) {
        let squares: f64 = old.iter().zip(&new).map(|(o, n)| (n - o) * (n - o)).sum();
        assert!((report.update_norms[name] - squares.sqrt()).abs() < 1e-9);
        assert!(squares > 0.0);
    }
}

#[test]
fn a_frozen_parameter_stays_and_the_others_move() {
    let common = "frozen = ['mlp.0.*']";
    let mut learner = learner("mlp", "", common, &task(6, Some(3)), 7);
    let before = parameters(&*learner);
    let report = learner.step(&[batch(0, &[4, 6], 3)]).unwrap();
    assert!(!report.gradient_norms.contains_key("mlp.0.weight"));
    for ((name, old), (_, new)) in before.iter().zip(parameters(&*learner)) {
        assert_eq!(old == &new, name.starts_with("mlp.0."), "{name}");
    }
    let trainable = learner.parameters().unwrap();
    assert!(
        trainable
            .iter()
            .all(|p| p.trainable != p.name.starts_with("mlp.0."))
    );
}

#[test]
fn accumulating_batches_is_the_step_on_all_their_examples() {
    for own in ["hidden = [8]", "hidden = [8]\ndropout = 0.5"] {
        let whole = batch(3, &[6, 5], 3);
        let part = |from, count| Batch {
            inputs: Inputs::new(whole.inputs.features.narrow(0, from, count).unwrap()),
            targets: match &whole.targets {
                Targets::Classes(c) => Targets::Classes(c.narrow(0, from, count).unwrap()),
                Targets::Values(_) => unreachable!(),
            },
        };
        let mut a = learner("mlp", own, "", &task(5, Some(3)), 1);
        let mut b = learner("mlp", own, "", &task(5, Some(3)), 1);
        let one = a.step(std::slice::from_ref(&whole)).unwrap();
        let two = b.step(&[part(0, 2), part(2, 4)]).unwrap();
        assert!((one.loss - two.loss).abs() < 1e-6);
        for (name, norm) in &one.gradient_norms {
            assert!((norm - two.gradient_norms[name]).abs() < 1e-6, "{name}");
        }
    }
}

#[test]
fn a_loss_that_is_not_finite_moves_nothing() {
    let common = "optimizer = { kind = 'sgd', learning_rate = 1e30 }";
    let mut learner = learner("mlp", "hidden = [8]", common, &task(6, Some(3)), 7);
    let mut error = None;
    for seed in 0..20 {
        let before = parameters(&*learner);
        if let Err(e) = learner.step(&[batch(seed, &[4, 6], 3)]) {
            assert_eq!(before, parameters(&*learner));
            error = Some(e.to_string());
            break;
        }
    }
    assert!(error.is_some_and(|e| e.starts_with("not finite:")));
}
