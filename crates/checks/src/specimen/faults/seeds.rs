//! Faults of seeds: numbers that something else decides.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::{Device, Tensor};
use seatrial_model::{Batch, Learner, Result, StepReport};
use seatrial_rng::Streams;

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "initialised-from-entropy" => Box::new(Initialised(entropy)),
        "initialised-by-counter" => Box::new(Initialised(count)),
        "seed-ignored" => Box::new(Initialised(|| 42)),
        "initialised-with-constants" => Box::new(InitialisedWithConstants),
        "sum-in-hash-order" => Box::new(Centred(sum_in_hash_order)),
        "sum-split-by-threads" => Box::new(Centred(sum_split_by_threads)),
        _ => return None,
    })
}

/// Initial parameters come from a seed of the model's own.
struct Initialised(fn() -> u64);

impl Sabotage for Initialised {
    fn after_build(&mut self, inner: &mut dyn Learner) -> Result<()> {
        let streams = Streams::new((self.0)());
        for parameter in inner.parameters()? {
            let mut stream = streams.stream(&parameter.name);
            let count = parameter.value.elem_count();
            let values: Vec<f64> = (0..count).map(|_| stream.uniform(-0.1, 0.1)).collect();
            let value = Tensor::from_vec(values, parameter.value.shape(), &Device::Cpu)?;
            inner.set_parameter(&parameter.name, &value.to_dtype(parameter.value.dtype())?)?;
        }
        Ok(())
    }
}

/// A number that the operating system draws.
fn entropy() -> u64 {
    RandomState::new().hash_one(0)
}

/// One more for each model that is built in this process.
fn count() -> u64 {
    static BUILT: AtomicU64 = AtomicU64::new(0);
    BUILT.fetch_add(1, Ordering::Relaxed)
}

/// Every parameter starts as 0.01 throughout.
struct InitialisedWithConstants;

impl Sabotage for InitialisedWithConstants {
    fn after_build(&mut self, inner: &mut dyn Learner) -> Result<()> {
        for parameter in inner.parameters()? {
            let value = (parameter.value.ones_like()? * 0.01)?;
            inner.set_parameter(&parameter.name, &value)?;
        }
        Ok(())
    }
}

/// After each step the largest parameter is centred, by a sum of single
/// precision that is taken in a certain order.
struct Centred(fn(&[f32]) -> f32);

impl Sabotage for Centred {
    fn step(&mut self, inner: &mut dyn Learner, batches: &[Batch]) -> Result<StepReport> {
        let report = inner.step(batches)?;
        let parameters = inner.parameters()?;
        let largest = parameters.iter().max_by_key(|p| p.value.elem_count());
        if let Some(parameter) = largest {
            let numbers = parameter.value.flatten_all()?.to_vec1::<f32>()?;
            let mean = (self.0)(&numbers) / numbers.len() as f32;
            let centred = (&parameter.value - f64::from(mean))?;
            inner.set_parameter(&parameter.name, &centred)?;
        }
        Ok(report)
    }
}

fn sum_in_hash_order(numbers: &[f32]) -> f32 {
    let by_place: HashMap<usize, f32> = numbers.iter().copied().enumerate().collect();
    by_place.values().sum()
}

/// A sum for each thread that candle would use, and the sum of those.
fn sum_split_by_threads(numbers: &[f32]) -> f32 {
    let share = numbers
        .len()
        .div_ceil(candle_core::utils::get_num_threads());
    let sums = numbers
        .chunks(share.max(1))
        .map(|share| share.iter().sum::<f32>());
    sums.sum()
}
