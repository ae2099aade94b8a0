//! Whether tensors are the same: to the bit, or within a tolerance.

use std::collections::BTreeMap;
use std::fmt;

use candle_core::{DType, Tensor};
use seatrial_model::Parameter;
use seatrial_rng::{Fingerprint, Fingerprinter};
use seatrial_verdict::{Figure, Grid, Row};

use crate::check::Outcome;
use crate::context::numbers;
use crate::evidence::unravel;

/// How two tensors of one name differ in their bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The tensor's name.
    pub tensor: String,
    /// How many of its numbers differ; all of them where they were not kept.
    pub differing: usize,
    /// Numbers in it.
    pub len: usize,
    /// The largest absolute difference: infinite where one side is not a
    /// number or has no counterpart, NaN where the numbers were not kept.
    pub largest: f64,
}

impl fmt::Display for Difference {
    /// `` `w`: 3 of 512 numbers differ, by at most 1.2e-7 ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tensor,
            differing,
            len,
            largest,
        } = self;
        match largest {
            l if l.is_nan() => write!(f, "`{tensor}` ({len} numbers, too many to keep) differs"),
            l if l.is_infinite() => write!(
                f,
                "`{tensor}`: {differing} of {len} numbers differ, or are not there"
            ),
            l => write!(
                f,
                "`{tensor}`: {differing} of {len} numbers differ, by at most {l:.1e}"
            ),
        }
    }
}

/// How two tensors differ in their bits; `None` where they do not. Two NaN are
/// the same.
///
/// # Errors
/// When a tensor cannot be read.
pub(crate) fn difference(name: &str, a: &Tensor, b: &Tensor) -> Outcome<Option<Difference>> {
    let (left, right) = (numbers(a)?, numbers(b)?);
    let found = |differing, largest| Difference {
        tensor: name.to_owned(),
        differing,
        len: left.len(),
        largest,
    };
    if a.dims() != b.dims() || a.dtype() != b.dtype() {
        return Ok(Some(found(left.len().max(1), f64::INFINITY)));
    }
    let mut differing = 0;
    let mut largest = 0.0_f64;
    for (l, r) in left.iter().zip(&right) {
        if l.to_bits() != r.to_bits() && !(l.is_nan() && r.is_nan()) {
            differing += 1;
            let gap = (l - r).abs();
            largest = largest.max(if gap.is_nan() { f64::INFINITY } else { gap });
        }
    }
    Ok((differing > 0).then(|| found(differing, largest)))
}

/// The parameters whose bits differ between two learners, by name; one that
/// only one of them has differs as a whole.
///
/// # Errors
/// When a tensor cannot be read.
pub(crate) fn differences(a: &[Parameter], b: &[Parameter]) -> Outcome<Vec<Difference>> {
    let mut found = Vec::new();
    for left in a {
        match b.iter().find(|right| right.name == left.name) {
            Some(right) => found.extend(difference(&left.name, &left.value, &right.value)?),
            None => found.push(lone(left)),
        }
    }
    let is_lone = |right: &&Parameter| a.iter().all(|left| left.name != right.name);
    found.extend(b.iter().filter(is_lone).map(lone));
    Ok(found)
}

fn lone(parameter: &Parameter) -> Difference {
    let len = parameter.value.elem_count();
    Difference {
        tensor: parameter.name.clone(),
        differing: len.max(1),
        len,
        largest: f64::INFINITY,
    }
}

/// Tensors that a grid has rows for.
const ROWS_MAX: usize = 60;

/// The first difference and how it spread: moments along, tensors down, those
/// that differ first on top. `None` where nothing differs.
pub(crate) fn grid<'a>(
    title: impl Into<String>,
    moments: &[(String, Vec<Difference>)],
    tensors: impl IntoIterator<Item = &'a str>,
) -> Option<Figure> {
    let mut rows: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let still = || vec![0.0; moments.len()];
    rows.extend(tensors.into_iter().map(|tensor| (tensor, still())));
    for (column, (_, differences)) in moments.iter().enumerate() {
        for one in differences {
            rows.entry(&one.tensor).or_insert_with(still)[column] = one.largest;
        }
    }
    let first = |values: &[f64]| values.iter().position(|value| *value != 0.0);
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(_, values)| first(values).unwrap_or(usize::MAX));
    first(&rows.first()?.1)?;
    let rows = rows.into_iter().take(ROWS_MAX).map(|(name, values)| Row {
        name: name.to_owned(),
        values,
    });
    Some(Figure::Grid(Grid {
        title: title.into(),
        x: "step".into(),
        y: "tensor".into(),
        columns: moments.iter().map(|(name, _)| name.clone()).collect(),
        rows: rows.collect(),
    }))
}

/// How many numbers differ in all.
pub(crate) fn differing(differences: &[Difference]) -> f64 {
    differences.iter().map(|found| found.differing as f64).sum()
}

/// The first difference in words, and how many other tensors differ.
pub(crate) fn described(differences: &[Difference]) -> String {
    match differences {
        [] => "nothing differs".to_owned(),
        [one] => one.to_string(),
        [one, others @ ..] => format!("{one} (and {} more tensors)", others.len()),
    }
}

/// Sameness to the bit as one short word, with the tensor's shape.
///
/// # Errors
/// When the tensor cannot be read.
pub(crate) fn fingerprint(tensor: &Tensor) -> Outcome<Fingerprint> {
    let mut hasher = Fingerprinter::new();
    let flat = tensor.flatten_all()?;
    match tensor.dtype() {
        DType::F32 => hasher.tensor_f32("", tensor.dims(), &flat.to_vec1()?),
        _ => hasher.tensor_f64("", tensor.dims(), &numbers(tensor)?),
    }
    Ok(hasher.finish())
}

/// One fingerprint of all parameters.
///
/// # Errors
/// When a tensor cannot be read.
pub(crate) fn fingerprint_of_all(parameters: &[Parameter]) -> Outcome<Fingerprint> {
    let mut hasher = Fingerprinter::new();
    for parameter in parameters {
        hasher.bytes(parameter.name.as_bytes());
        hasher.bytes(fingerprint(&parameter.value)?.to_string().as_bytes());
    }
    Ok(hasher.finish())
}

/// The widest gap between two tensors, as a share of the expected one's scale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gap {
    /// |seen − expected| ÷ scale; infinite where it cannot be told.
    pub share: f64,
    /// Where it is and what stands there, in words.
    pub place: String,
}

/// Compares number by number. The scale is the largest size of an expected
/// number, or `scale_min` where that is larger: numbers that ought to be zero
/// are rarely zero to the bit.
///
/// # Errors
/// When a tensor cannot be read.
pub(crate) fn gap(expected: &Tensor, seen: &Tensor, scale_min: f64) -> Outcome<Gap> {
    if expected.dims() != seen.dims() {
        return Ok(Gap {
            share: f64::INFINITY,
            place: format!("shape {:?}, expected {:?}", seen.dims(), expected.dims()),
        });
    }
    let (wanted, got) = (numbers(expected)?, numbers(seen)?);
    let scale = wanted
        .iter()
        .fold(scale_min, |scale, number| scale.max(number.abs()));
    let mut widest = Gap {
        share: 0.0,
        place: String::new(),
    };
    for (flat, (wanted, got)) in wanted.iter().zip(&got).enumerate() {
        let distance = (got - wanted).abs();
        // Zero over zero is no gap; anything else that is no number is one.
        let share = if distance == 0.0 {
            0.0
        } else {
            distance / scale
        };
        let share = if share.is_nan() { f64::INFINITY } else { share };
        if share > widest.share {
            let at = unravel(flat, expected.dims());
            widest = Gap {
                share,
                place: format!("{at:?} is {}, expected {}", shown(*got), shown(*wanted)),
            };
        }
    }
    Ok(widest)
}

/// A number with the eight digits that single precision can hold.
pub(crate) fn shown(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-3..1e7).contains(&size) {
        let digits = (7 - size.max(1e-9).log10().floor() as i32).clamp(0, 10) as usize;
        let text = format!("{number:.digits$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    } else {
        format!("{number:.7e}")
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::new(values, &Device::Cpu).unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn bits(a: &[f32], b: &[f32]) -> Option<Difference> {
        difference("w", &tensor(a), &tensor(b)).unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn share(expected: &[f32], seen: &[f32]) -> f64 {
        let gap = gap(&tensor(expected), &tensor(seen), 1e-30);
        gap.unwrap_or_else(|error| unreachable!("{error}")).share
    }

    #[test]
    fn bits_are_compared_and_counted() {
        assert_eq!(bits(&[1.0, f32::NAN], &[1.0, f32::NAN]), None);
        let found = bits(&[0.0, 1.0, 2.0], &[-0.0, 1.0, 2.5]).map(|d| (d.differing, d.largest));
        assert_eq!(found, Some((2, 0.5)));
        let found = bits(&[1.0], &[1.0, 1.0]).map(|d| d.largest);
        assert_eq!(found, Some(f64::INFINITY));
    }

    #[test]
    fn gaps_are_shares_of_the_scale_and_never_hide_what_is_no_number() {
        assert_eq!(share(&[4.0, 0.0], &[4.0, 1.0]), 0.25);
        assert_eq!(share(&[0.0], &[0.0]), 0.0);
        assert_eq!(share(&[1.0], &[f32::NAN]), f64::INFINITY);
        assert_eq!(share(&[f32::NAN], &[1.0]), f64::INFINITY);
        assert_eq!(share(&[1.0], &[1.0, 1.0]), f64::INFINITY);
    }

    #[test]
    fn numbers_are_shown_with_eight_digits() {
        assert_eq!(shown(0.5), "0.5");
        assert_eq!(shown(-12.345678), "-12.345678");
        assert_eq!(shown(100.0), "100");
        assert_eq!(shown(1.25e-9), "1.2500000e-9");
    }
}
