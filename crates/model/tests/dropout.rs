//! Dropout: seeded, inverted, and off outside training.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use candle_core::{DType, Device, Tensor};
use seatrial_model::dropout::dropout;
use seatrial_model::{Inputs, Mode, Overrides, Probe};
use seatrial_rng::Streams;
use support::{batch, flat, learner, parameters, task, try_learner, uniform};

fn ones(count: usize, dtype: DType) -> Tensor {
    Tensor::ones(count, dtype, &Device::Cpu).unwrap()
}

#[test]
fn the_part_that_is_dropped_and_the_mean_are_as_declared() {
    for dtype in [DType::F32, DType::F64] {
        for p in [0.1, 0.5, 0.9] {
            let mut stream = Streams::new(1).stream("dropout");
            let values = flat(&dropout(&ones(40_000, dtype), p, &mut stream).unwrap());
            let dropped = values.iter().filter(|&&v| v == 0.0).count() as f64 / 40_000.0;
            // Five standard deviations of a binomial share.
            assert!((dropped - p).abs() < 5.0 * (p * (1.0 - p) / 40_000.0).sqrt());
            let kept = 1.0 / (1.0 - p);
            assert!(
                values
                    .iter()
                    .all(|&v| v == 0.0 || (v - kept).abs() < 1e-6 * kept)
            );
        }
    }
}

#[test]
fn nothing_is_drawn_for_a_probability_of_zero_and_one_is_refused() {
    let mut stream = Streams::new(1).stream("dropout");
    let x = uniform(1, &[7]);
    assert_eq!(flat(&dropout(&x, 0.0, &mut stream).unwrap()), flat(&x));
    assert_eq!(stream.position(), 0);
    for p in [1.0, -0.1, f64::NAN] {
        assert!(dropout(&x, p, &mut stream).is_err());
    }
}

#[test]
fn a_learner_drops_in_training_only_anew_each_step_and_alike_for_one_seed() {
    let own = "hidden = [32]\ndropout = 0.5";
    let mut learner = learner("mlp", own, "", &task(6, Some(3)), 1);
    let inputs = Inputs::new(uniform(1, &[4, 6]));
    let mut outputs = |mode| {
        flat(
            &learner
                .forward(&inputs, mode, &mut Probe::counting())
                .unwrap(),
        )
    };
    let evaluation = outputs(Mode::Evaluation);
    assert_eq!(evaluation, outputs(Mode::Evaluation));
    let training = outputs(Mode::Training);
    assert_ne!(evaluation, training);
    assert_eq!(training, outputs(Mode::Training), "no step lies between");
    let frozen = "optimizer = { kind = 'sgd', learning_rate = 1e-30 }";
    let mut learner = support::learner("mlp", own, frozen, &task(6, Some(3)), 1);
    let losses: Vec<f64> = (0..3)
        .map(|_| learner.step(&[batch(1, &[4, 6], 3)]).unwrap().loss)
        .collect();
    assert!(
        losses[0] != losses[1] && losses[1] != losses[2],
        "another mask each step"
    );
}

#[test]
fn without_regularisation_training_is_evaluation_and_weights_do_not_decay() {
    let overrides = Overrides {
        no_regularisation: true,
        ..Overrides::default()
    };
    let build = |own: &str, common: &str| {
        try_learner("mlp", own, common, &task(6, Some(3)), 1, &overrides).unwrap()
    };
    let mut regularised = build(
        "dropout = 0.5",
        "optimizer = { kind = 'adamw', weight_decay = 0.5 }",
    );
    let mut plain = build("", "optimizer = { kind = 'adamw', weight_decay = 0 }");
    for seed in 0..3 {
        regularised.step(&[batch(seed, &[4, 6], 3)]).unwrap();
        plain.step(&[batch(seed, &[4, 6], 3)]).unwrap();
    }
    assert_eq!(parameters(&*regularised), parameters(&*plain));
}
