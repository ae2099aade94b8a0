//! A column or a tensor in few numbers.

use seatrial_rng::Streams;
use serde::{Deserialize, Serialize};

use crate::context::spread;
use crate::sameness::shown;

/// Few numbers that change when any of many does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summary {
    pub shape: Vec<usize>,
    mean: f64,
    /// Standard deviation, n in the denominator.
    deviation: f64,
    /// The largest size of a number.
    pub largest: f64,
    /// The mean of all numbers, each times a random weight of its place:
    /// changes when numbers change places, which leaves mean and deviation.
    sketch: f64,
    /// Numbers at evenly spread places, the first among them.
    values: Vec<f64>,
}

/// Where a summary differs from what was recorded.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// By how much, as a share of the largest recorded number.
    pub share: f64,
    /// What differs there, in words.
    pub words: String,
    /// The first of the recorded places at which the numbers differ.
    pub place: Option<usize>,
}

impl Summary {
    /// Of these numbers, with `values` of them.
    pub fn of(shape: &[usize], numbers: &[f64], values: usize) -> Self {
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let squares = numbers.iter().map(|number| (number - mean).powi(2));
        let weighted = numbers
            .iter()
            .zip(weights())
            .map(|(number, weight)| number * weight);
        Self {
            shape: shape.to_vec(),
            mean: rounded(mean),
            deviation: rounded((squares.sum::<f64>() / n).sqrt()),
            largest: rounded(largest(numbers)),
            sketch: rounded(weighted.sum::<f64>() / n),
            values: places(numbers.len(), values)
                .into_iter()
                .map(|place| rounded(numbers[place]))
                .collect(),
        }
    }

    /// Whether every number is one.
    pub fn is_finite(&self) -> bool {
        let numbers = [self.mean, self.deviation, self.largest, self.sketch];
        numbers
            .iter()
            .chain(&self.values)
            .all(|number| number.is_finite())
    }

    /// How many places were recorded.
    pub fn places(&self) -> usize {
        self.values.len()
    }

    /// The widest difference between these recorded numbers and what is seen.
    pub fn against(&self, seen: &Self, tolerance: f64) -> Mismatch {
        if self.shape != seen.shape || self.values.len() != seen.values.len() {
            return Mismatch {
                share: f64::INFINITY,
                words: format!(
                    "shape {:?} is recorded, {:?} is seen",
                    self.shape, seen.shape
                ),
                place: None,
            };
        }
        let scale = self.largest.max(f64::MIN_POSITIVE);
        let share = |recorded: f64, seen: f64| match (recorded - seen).abs() {
            0.0 => 0.0,
            gap if gap.is_nan() => f64::INFINITY,
            gap => gap / scale,
        };
        let mut mismatch = Mismatch {
            share: 0.0,
            words: String::new(),
            place: None,
        };
        let mut widen = |words: &str, recorded: f64, seen: f64| {
            let share = share(recorded, seen);
            if share > mismatch.share {
                let (recorded, seen) = (shown(recorded), shown(seen));
                mismatch.share = share;
                mismatch.words = format!("{words} {recorded} is recorded, {seen} is seen");
            }
        };
        widen("the mean", self.mean, seen.mean);
        widen("the deviation", self.deviation, seen.deviation);
        widen("the largest size", self.largest, seen.largest);
        widen("the weighted mean", self.sketch, seen.sketch);
        let count = self.shape.iter().product();
        let places = places(count, self.values.len());
        let pairs = self.values.iter().zip(&seen.values).zip(&places);
        let first = pairs
            .clone()
            .find(|((r, s), _)| share(**r, **s) > tolerance);
        for ((recorded, seen), _) in pairs {
            widen("somewhere,", *recorded, *seen);
        }
        if let Some(((recorded, seen), place)) = first {
            // A number at its place tells more than any mean.
            let (recorded, seen) = (shown(*recorded), shown(*seen));
            mismatch.words = format!("{recorded} is recorded, {seen} is seen");
            mismatch.place = Some(*place);
        }
        mismatch
    }
}

/// A weight for each place, the same in every run.
pub(super) fn weights() -> impl Iterator<Item = f64> {
    let mut stream = Streams::new(0).stream("recorded/sketch");
    std::iter::repeat_with(move || stream.uniform(-1.0, 1.0))
}

/// Nine digits: all that single precision holds, and no noise of double's.
pub(super) fn rounded(number: f64) -> f64 {
    format!("{number:.8e}").parse().unwrap_or(number)
}

/// The largest size of a number; NaN if any is.
pub(super) fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest: f64, number| {
        if number.is_nan() || largest.is_nan() {
            f64::NAN
        } else {
            largest.max(number.abs())
        }
    })
}

fn places(count: usize, limit: usize) -> Vec<usize> {
    let all: Vec<usize> = (0..count).collect();
    spread(&all, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(numbers: &[f64]) -> Summary {
        Summary::of(&[numbers.len()], numbers, 2)
    }

    fn share(recorded: &[f64], seen: &[f64]) -> f64 {
        summary(recorded).against(&summary(seen), 1e-6).share
    }

    #[test]
    fn any_change_shows_and_rounding_does_not() {
        let numbers: Vec<f64> = (0..100).map(|i| f64::from(i).sin()).collect();
        assert_eq!(share(&numbers, &numbers), 0.0);
        let mut swapped = numbers.clone();
        swapped.swap(11, 12);
        assert!(share(&numbers, &swapped) > 1e-6);
        let mut changed = numbers.clone();
        changed[37] += 1e-3;
        assert!(share(&numbers, &changed) > 1e-6);
        let noisy: Vec<f64> = numbers.iter().map(|number| number * (1.0 + 1e-8)).collect();
        assert!(share(&numbers, &noisy) < 1e-6);
        changed[37] = f64::NAN;
        assert_eq!(share(&numbers, &changed), f64::INFINITY);
    }

    #[test]
    fn the_first_recorded_place_that_differs_is_named() {
        let mismatch =
            summary(&[1.0, 2.0, 3.0, 4.0]).against(&summary(&[1.0, 2.0, 5.0, 4.0]), 1e-6);
        assert_eq!(mismatch.place, Some(2));
        assert_eq!(mismatch.words, "3 is recorded, 5 is seen");
    }
}
