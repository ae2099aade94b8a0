//! Initial numbers: their distributions, and what they depend on.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use candle_core::{DType, Device, Shape};
use candle_nn::init::{FanInOut, NonLinearity, NormalOrUniform};
use candle_nn::{Init, VarBuilder};
use seatrial_model::init::{Request, Requests, Variables};
use seatrial_model::{Construction, Overrides};
use seatrial_rng::{Draws, Sequential, Streams};
use support::{DECLARATIONS, flat, parameters, task, try_learner};

fn request(name: &str, shape: impl Into<Shape>, init: Init) -> Request {
    Request {
        name: name.to_owned(),
        shape: shape.into(),
        init,
        dtype: DType::F64,
    }
}

/// Sorted numbers of a 100 × 200 tensor.
fn sample(init: Init) -> Vec<f64> {
    let mut draws = Draws::Named(Streams::new(11));
    let requests = [request("w", (100, 200), init)];
    let variables = Variables::draw(&requests, &mut draws, Construction::Declared).unwrap();
    let mut values = flat(variables.get("w").unwrap());
    values.sort_by(f64::total_cmp);
    values
}

/// The largest distance between the sample's distribution and this one.
fn kolmogorov(sorted: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let n = sorted.len() as f64;
    let gap = |(i, &x): (usize, &f64)| {
        (cdf(x) - i as f64 / n)
            .abs()
            .max((cdf(x) - (i + 1) as f64 / n).abs())
    };
    sorted.iter().enumerate().map(gap).fold(0.0, f64::max)
}

fn uniform_cdf(bound: f64) -> impl Fn(f64) -> f64 {
    move |x| ((x + bound) / (2.0 * bound)).clamp(0.0, 1.0)
}

fn normal_cdf(mean: f64, stdev: f64) -> impl Fn(f64) -> f64 {
    move |x| 0.5 * libm::erfc((mean - x) / (stdev * std::f64::consts::SQRT_2))
}

/// Beyond this, a sound sample of 20,000 lies once in a million.
const GAP_MAX: f64 = 0.019;

#[test]
fn every_initialisation_has_its_distribution() {
    assert!(sample(Init::Const(0.25)).iter().all(|&v| v == 0.25));
    let uniform = sample(Init::Uniform { lo: -0.3, up: 0.3 });
    assert!(kolmogorov(&uniform, uniform_cdf(0.3)) < GAP_MAX);
    let normal = sample(Init::Randn {
        mean: 1.0,
        stdev: 2.0,
    });
    assert!(kolmogorov(&normal, normal_cdf(1.0, 2.0)) < GAP_MAX);
    for (fan, count) in [(FanInOut::FanIn, 200.0_f64), (FanInOut::FanOut, 100.0)] {
        for non_linearity in [
            NonLinearity::ReLU,
            NonLinearity::Linear,
            NonLinearity::Tanh,
            NonLinearity::ExplicitGain(0.7),
        ] {
            let stdev = non_linearity.gain() / count.sqrt();
            let kaiming = |dist| {
                sample(Init::Kaiming {
                    dist,
                    fan,
                    non_linearity,
                })
            };
            let normal = kaiming(NormalOrUniform::Normal);
            assert!(kolmogorov(&normal, normal_cdf(0.0, stdev)) < GAP_MAX);
            let uniform = kaiming(NormalOrUniform::Uniform);
            assert!(kolmogorov(&uniform, uniform_cdf(3f64.sqrt() * stdev)) < GAP_MAX);
        }
    }
}

#[test]
fn layers_of_candle_nn_are_built_unchanged_and_equal_names_share_a_variable() {
    let requests = Requests::default();
    let vb = VarBuilder::from_backend(Box::new(requests.clone()), DType::F32, Device::Cpu);
    candle_nn::linear(3, 2, vb.pp("a")).unwrap();
    candle_nn::linear(3, 2, vb.pp("a")).unwrap();
    candle_nn::layer_norm(3, 1e-5, vb.pp("n")).unwrap();
    let names: Vec<_> = requests.list().into_iter().map(|r| r.name).collect();
    assert_eq!(names, ["a.weight", "a.bias", "n.weight", "n.bias"]);
    assert!(
        vb.get((2, 4), "a.weight").is_err(),
        "another shape under one name"
    );

    let mut draws = Draws::Named(Streams::new(1));
    let variables = Variables::draw(&requests.list(), &mut draws, Construction::Declared).unwrap();
    let sorted: Vec<_> = variables.iter().map(|(name, _)| name).collect();
    assert_eq!(sorted, ["a.bias", "a.weight", "n.bias", "n.weight"]);
    let vb = VarBuilder::from_backend(Box::new(variables.clone()), DType::F32, Device::Cpu);
    let layer = candle_nn::linear(3, 2, vb.pp("a")).unwrap();
    let again = candle_nn::linear(3, 2, vb.pp("a")).unwrap();
    assert_eq!(layer.weight().id(), again.weight().id());
    assert!(layer.weight().is_variable());
    assert!(candle_nn::linear(4, 2, vb.pp("a")).is_err());
    assert!(
        candle_nn::linear(3, 2, vb.pp("b")).is_err(),
        "not asked for before"
    );
}

#[test]
fn named_numbers_follow_the_name_and_nothing_else() {
    let draw = |requests: &[Request], construction| {
        let mut draws = Draws::Named(Streams::new(5));
        let variables = Variables::draw(requests, &mut draws, construction).unwrap();
        flat(variables.get("a").unwrap())
    };
    let init = Init::Uniform { lo: 0.0, up: 1.0 };
    let (a, b) = (request("a", 7, init), request("b", 9, init));
    let alone = draw(std::slice::from_ref(&a), Construction::Declared);
    for construction in [
        Construction::Declared,
        Construction::Reversed,
        Construction::WithExtra,
    ] {
        assert_eq!(draw(&[b.clone(), a.clone()], construction), alone);
    }
}

#[test]
fn sequential_numbers_follow_the_order_which_is_recorded() {
    let init = Init::Uniform { lo: 0.0, up: 1.0 };
    let requests = [request("a", 2, init), request("b", 2, init)];
    let draw = |construction| {
        let mut draws = Draws::Sequential(Sequential::new(&Streams::new(5)));
        let variables = Variables::draw(&requests, &mut draws, construction).unwrap();
        let Draws::Sequential(queue) = draws else {
            unreachable!()
        };
        (flat(variables.get("a").unwrap()), queue.order().to_vec())
    };
    let (declared, order) = draw(Construction::Declared);
    assert_eq!(order, ["init/a", "init/b"]);
    let (reversed, order) = draw(Construction::Reversed);
    assert_eq!(order, ["init/b", "init/a"]);
    let (extra, order) = draw(Construction::WithExtra);
    assert_eq!(order.len(), 3);
    assert!(declared != reversed && declared != extra);
}

#[test]
fn construction_order_moves_no_named_family_and_every_sequential_one() {
    for (family, own) in DECLARATIONS {
        let task = task(12, (*family != "linear").then_some(3));
        for (common, moves) in [("", false), ("initialisation = 'sequential'", true)] {
            let build = |construction| {
                let overrides = Overrides {
                    construction,
                    ..Overrides::default()
                };
                parameters(&*try_learner(family, own, common, &task, 3, &overrides).unwrap())
            };
            let declared = build(Construction::Declared);
            assert_eq!(declared, build(Construction::Declared));
            for construction in [Construction::Reversed, Construction::WithExtra] {
                assert_eq!(
                    declared != build(construction),
                    moves,
                    "{family} {construction:?}"
                );
            }
        }
    }
}

#[test]
fn both_precisions_start_from_the_same_place() {
    let task = task(12, Some(3));
    let single = parameters(&*support::learner("mlp", "", "", &task, 3));
    let double = parameters(&*support::double("mlp", "", "", &task, 3));
    for ((_, single), (_, double)) in single.iter().zip(&double) {
        assert!(
            single
                .iter()
                .zip(double)
                .all(|(&s, &d)| s == f64::from(d as f32))
        );
    }
}
