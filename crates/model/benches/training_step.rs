//! One training step of each family, loss reported and norms included.
//!
//! What is measured is the processor time of the fastest step, so that other
//! work on the machine is left out. `peer_training_step.py` beside it measures
//! the same in PyTorch; `ci/bench-training-step.sh` runs both in turn and
//! prints ratios.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::time::Duration;

use candle_core::{Device, Tensor};
use criterion::{Criterion, criterion_group, criterion_main};
use nix::time::{ClockId, clock_gettime};
use seatrial_model::{Batch, Inputs, Overrides, Targets, Task, families, keep_freed_memory};
use seatrial_rng::Streams;

/// Name, family, its declaration, features, examples in a batch.
const STEPS: &[(&str, &str, &str, usize, usize)] = &[
    ("logistic-64-10", "logistic", "", 64, 64),
    ("mlp-64-128-10", "mlp", "hidden = [128]", 64, 64),
    ("mlp-784-512-512-10", "mlp", "hidden = [512, 512]", 784, 128),
    (
        "cnn-8x8",
        "cnn",
        "image = [8, 8]\nchannels = [16, 32]\nhidden = [64]",
        64,
        64,
    ),
    (
        "cnn-28x28",
        "cnn",
        "image = [28, 28]\nchannels = [16, 32]\nhidden = [64]",
        784,
        64,
    ),
    (
        "lstm-8x8-64",
        "lstm",
        "sequence = [8, 8]\nhidden = 64",
        64,
        64,
    ),
    (
        "lstm-28x28-128",
        "lstm",
        "sequence = [28, 28]\nhidden = 128",
        784,
        64,
    ),
    (
        "gru-8x8-64",
        "gru",
        "sequence = [8, 8]\nhidden = 64",
        64,
        64,
    ),
    (
        "gru-28x28-128",
        "gru",
        "sequence = [28, 28]\nhidden = 128",
        784,
        64,
    ),
    (
        "transformer-8x8-64",
        "transformer",
        "sequence = [8, 8]\nd_model = 64\nheads = 4\nlayers = 2",
        64,
        64,
    ),
    (
        "transformer-28x28-64",
        "transformer",
        "sequence = [28, 28]\nd_model = 64\nheads = 4\nlayers = 2",
        784,
        64,
    ),
];

/// What all threads of this process have computed for so far.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)
        .unwrap()
        .into()
}

fn steps(criterion: &mut Criterion) {
    keep_freed_memory();
    for &(name, family, own, width, rows) in STEPS {
        let family = families().into_iter().find(|f| f.name == family).unwrap();
        let common = "optimizer = { kind = 'adamw', learning_rate = 0.001 }";
        let recipe = (family.build)(
            toml::from_str(common).unwrap(),
            toml::from_str(own).unwrap(),
        );
        let task = Task {
            features: (0..width).map(|i| format!("x_{i}")).collect(),
            range: (0.0, 1.0),
            classes: Some(10),
        };
        let streams = Streams::new(0);
        let mut learner = recipe
            .unwrap()
            .build(&task, &streams, &Overrides::default())
            .unwrap();
        let mut stream = streams.stream("bench");
        let features: Vec<f32> = (0..rows * width).map(|_| stream.unit() as f32).collect();
        let classes: Vec<u32> = (0..rows).map(|row| (row % 10) as u32).collect();
        let batches = [Batch {
            inputs: Inputs::new(Tensor::from_vec(features, (rows, width), &Device::Cpu).unwrap()),
            targets: Targets::Classes(Tensor::from_vec(classes, rows, &Device::Cpu).unwrap()),
        }];
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|steps| {
                let times = (0..steps).map(|_| {
                    let start = processor_time();
                    black_box(learner.step(black_box(&batches)).unwrap().loss);
                    processor_time() - start
                });
                times.min().unwrap_or_default() * steps as u32
            });
        });
    }
}

criterion_group! {
    name = training_step;
    config = Criterion::default().sample_size(20);
    targets = steps
}
criterion_main!(training_step);
