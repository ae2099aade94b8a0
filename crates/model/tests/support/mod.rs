//! What several test files need: tasks, declarations, batches.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part")]

use candle_core::{Device, Tensor};
use seatrial_model::{
    Batch, Inputs, Learner, ModelError, Overrides, Precision, Targets, Task, families,
};
use seatrial_rng::Streams;

/// Every family over twelve features, small, with what is special about it.
pub const DECLARATIONS: &[(&str, &str)] = &[
    ("logistic", ""),
    ("linear", ""),
    ("mlp", "hidden = [5, 4]\nactivation = 'gelu'"),
    ("mlp", "hidden = [5]\nactivation = 'tanh'"),
    (
        "cnn",
        "image = [3, 4]\nchannels = [2, 3]\npool = 1\nhidden = [4]\nactivation = 'tanh'",
    ),
    (
        "cnn",
        "image = [2, 2, 3]\nchannels = [3]\nkernel = 3\nhidden = []\nactivation = 'tanh'",
    ),
    ("lstm", "sequence = [4, 3]\nhidden = 5"),
    ("lstm", "sequence = [4, 3]\nhidden = 4\nlayers = 2"),
    ("gru", "sequence = [4, 3]\nhidden = 5"),
    ("gru", "sequence = [4, 3]\nhidden = 4\nlayers = 2"),
    (
        "transformer",
        "sequence = [4, 3]\nd_model = 4\nheads = 2\nactivation = 'gelu'",
    ),
    (
        "transformer",
        "sequence = [4, 3]\nd_model = 6\nheads = 2\nlayers = 1\ncausal = true\nactivation = 'tanh'",
    ),
];

/// `width` features, and classes unless it is a regression.
pub fn task(width: usize, classes: Option<usize>) -> Task {
    Task {
        features: (0..width).map(|i| format!("x_{i}")).collect(),
        range: (-1.0, 1.0),
        classes,
    }
}

/// A learner of this family, its own keys and the common ones as TOML.
pub fn try_learner(
    family: &str,
    own: &str,
    common: &str,
    task: &Task,
    seed: u64,
    overrides: &Overrides,
) -> Result<Box<dyn Learner>, ModelError> {
    let family = families().into_iter().find(|f| f.name == family).unwrap();
    let recipe = (family.build)(
        toml::from_str(common).unwrap(),
        toml::from_str(own).unwrap(),
    );
    recipe.unwrap().build(task, &Streams::new(seed), overrides)
}

/// The same, as declared.
pub fn learner(family: &str, own: &str, common: &str, task: &Task, seed: u64) -> Box<dyn Learner> {
    try_learner(family, own, common, task, seed, &Overrides::default()).unwrap()
}

/// The same in double precision.
pub fn double(family: &str, own: &str, common: &str, task: &Task, seed: u64) -> Box<dyn Learner> {
    let overrides = Overrides {
        precision: Precision::Double,
        ..Overrides::default()
    };
    try_learner(family, own, common, task, seed, &overrides).unwrap()
}

/// Uniform numbers in [-1, 1).
pub fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut stream = Streams::new(seed).stream("test");
    (0..count).map(|_| stream.uniform(-1.0, 1.0)).collect()
}

/// A tensor of such numbers, single precision.
pub fn uniform(seed: u64, shape: &[usize]) -> Tensor {
    let values: Vec<f32> = numbers(seed, shape.iter().product())
        .iter()
        .map(|&v| v as f32)
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// Class indices, each class in turn.
pub fn classes(count: usize, classes: usize) -> Targets {
    let indices: Vec<u32> = (0..count).map(|i| (i % classes) as u32).collect();
    Targets::Classes(Tensor::from_vec(indices, count, &Device::Cpu).unwrap())
}

/// A batch of random features with classes in turn.
pub fn batch(seed: u64, shape: &[usize], count: usize) -> Batch {
    Batch {
        inputs: Inputs::new(uniform(seed, shape)),
        targets: classes(shape[0], count),
    }
}

/// All numbers of a tensor, in double precision.
pub fn flat(tensor: &Tensor) -> Vec<f64> {
    let tensor = tensor.to_dtype(candle_core::DType::F64).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Every parameter's name and numbers.
pub fn parameters(learner: &dyn Learner) -> Vec<(String, Vec<f64>)> {
    let parameters = learner.parameters().unwrap();
    parameters
        .iter()
        .map(|p| (p.name.clone(), flat(&p.value)))
        .collect()
}
