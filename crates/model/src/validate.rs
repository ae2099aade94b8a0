//! What a learner refuses, and why.
//!
//! Everything that comes from outside passes here once; networks may then
//! trust it. Each refusal names what was expected and what came.

use candle_core::{DType, Tensor};

use crate::numeric::{self, Real};
use crate::{Extent, InputSchema, Inputs, ModelError, OutputKind, OutputSchema, Result, Targets};

/// The inputs in the schema's shape, contiguous, with zeros for padding.
pub(crate) fn inputs(schema: &InputSchema, dtype: DType, inputs: &Inputs) -> Result<Inputs> {
    let features = shaped(schema, dtype, &inputs.features)?;
    let Some(lengths) = &inputs.lengths else {
        require_finite(&features, None, &ModelError::Input)?;
        return Ok(Inputs::new(features));
    };
    let Some(axis) = schema.sequence_axis().filter(|_| schema.accepts_lengths) else {
        return Err(input(
            "lengths are given, but this model takes no sequences of different lengths",
        ));
    };
    let (batch, longest) = (features.dims()[0], features.dims()[axis + 1]);
    if lengths.len() != batch {
        return Err(input(format!(
            "{batch} lengths expected, one an example; got {}",
            lengths.len()
        )));
    }
    if let Some((example, length)) = lengths
        .iter()
        .enumerate()
        .find(|(_, l)| !(1..=longest).contains(*l))
    {
        return Err(input(format!(
            "the length of example {example} is {length}; it must lie between 1 and {longest}"
        )));
    }
    let features = match dtype {
        DType::F64 => without_padding::<f64>(&features, axis + 1, lengths)?,
        _ => without_padding::<f32>(&features, axis + 1, lengths)?,
    };
    require_finite(&features, None, &ModelError::Input)?;
    Ok(Inputs {
        features,
        lengths: Some(lengths.clone()),
    })
}

fn input(reason: impl Into<String>) -> ModelError {
    ModelError::Input(reason.into())
}

/// Checks dtype and shape; gives `[batch, extents…]`.
fn shaped(schema: &InputSchema, dtype: DType, features: &Tensor) -> Result<Tensor> {
    if features.dtype() != dtype {
        return Err(input(format!(
            "numbers are {:?}; {dtype:?} expected",
            features.dtype()
        )));
    }
    let dims = features.dims();
    if dims.first() == Some(&0) {
        return Err(input("the batch is empty"));
    }
    let fits = dims.len() == schema.extents.len() + 1
        && dims[1..]
            .iter()
            .zip(&schema.extents)
            .all(|(&got, extent)| match *extent {
                Extent::Fixed(expected) => got == expected,
                Extent::Sequence(_) => got >= 1,
            });
    let flat = dims.len() == 2 && dims[1] == schema.width();
    if fits {
        Ok(features.contiguous()?)
    } else if flat {
        let mut shape = vec![dims[0]];
        shape.extend(schema.usual_shape());
        Ok(features.contiguous()?.reshape(shape)?)
    } else {
        let expected = expected_shape(schema);
        Err(input(format!("shape {dims:?}; expected {expected}")))
    }
}

/// Such as `[batch, length, 8] or [batch, 64]`.
fn expected_shape(schema: &InputSchema) -> String {
    let mut text = "[batch".to_owned();
    for extent in &schema.extents {
        match extent {
            Extent::Fixed(n) => text += &format!(", {n}"),
            Extent::Sequence(_) => text += ", length",
        }
    }
    text += "]";
    if schema.extents.len() > 1 {
        text += &format!(" or [batch, {}]", schema.width());
    }
    text
}

/// Zeros beyond each sequence's end, whatever stood there.
fn without_padding<T: Real>(features: &Tensor, axis: usize, lengths: &[usize]) -> Result<Tensor> {
    let dims = features.dims();
    let element: usize = dims[axis + 1..].iter().product();
    let (longest, before): (usize, usize) = (dims[axis], dims[1..axis].iter().product());
    let mut values = features.flatten_all()?.to_vec1::<T>()?;
    for (rows, &length) in values.chunks_mut(before * longest * element).zip(lengths) {
        for sequence in rows.chunks_mut(longest * element) {
            sequence[length * element..].fill(T::zero());
        }
    }
    Ok(Tensor::from_vec(values, dims, features.device())?)
}

/// Refuses NaN and infinity, with the place of the first.
fn require_finite(
    tensor: &Tensor,
    name: Option<&str>,
    refusal: &dyn Fn(String) -> ModelError,
) -> Result<()> {
    let at = match tensor.dtype() {
        DType::F64 => first_non_finite::<f64>(tensor)?,
        _ => first_non_finite::<f32>(tensor)?,
    };
    let Some((mut flat, value)) = at else {
        return Ok(());
    };
    let mut index = vec![0; tensor.rank()];
    for (place, &extent) in index.iter_mut().zip(tensor.dims()).rev() {
        *place = flat % extent;
        flat /= extent;
    }
    let what = name.map_or(String::new(), |name| format!("`{name}` "));
    Err(refusal(format!(
        "{what}holds {value} at {index:?}; every number must be finite"
    )))
}

fn first_non_finite<T: Real>(tensor: &Tensor) -> Result<Option<(usize, f64)>> {
    let (storage, layout) = tensor.storage_and_layout();
    let values: &[T] = numeric::cpu_slice(&storage, layout)?;
    // A whole block at once, so that the usual case is vectorised.
    for (block, numbers) in values.chunks(64).enumerate() {
        if !numbers.iter().fold(true, |all, v| all & v.is_finite()) {
            let at = numbers.iter().position(|v| !v.is_finite()).unwrap_or(0);
            return Ok(Some((block * 64 + at, numbers[at].to_f64())));
        }
    }
    Ok(None)
}

/// Refuses targets that do not fit the outputs or the number of examples.
pub(crate) fn targets(
    output: OutputSchema,
    dtype: DType,
    examples: usize,
    targets: &Targets,
) -> Result<()> {
    match (targets, output.kind) {
        (Targets::Classes(classes), OutputKind::Logits | OutputKind::Probabilities) => {
            if classes.dtype() != DType::U32 {
                return Err(target(format!(
                    "class indices are {:?}; U32 expected",
                    classes.dtype()
                )));
            }
            if classes.dims() != [examples] {
                return Err(target(format!(
                    "shape {:?}; [{examples}] expected, one class an example",
                    classes.dims()
                )));
            }
            let classes = classes.to_vec1::<u32>()?;
            let wrong = classes
                .iter()
                .position(|&class| class as usize >= output.width);
            wrong.map_or(Ok(()), |at| {
                Err(target(format!(
                    "class {} of example {at} is out of range; there are {} classes, from 0",
                    classes[at], output.width
                )))
            })
        }
        (Targets::Values(values), OutputKind::Values) => {
            if values.dtype() != dtype {
                return Err(target(format!(
                    "values are {:?}; {dtype:?} expected",
                    values.dtype()
                )));
            }
            if values.dims() != [examples, output.width] {
                return Err(target(format!(
                    "shape {:?}; [{examples}, {}] expected",
                    values.dims(),
                    output.width
                )));
            }
            require_finite(&values.contiguous()?, None, &ModelError::Target)
        }
        (Targets::Classes(_), OutputKind::Values) => {
            Err(target("classes are given to a regression; values expected"))
        }
        (Targets::Values(_), _) => Err(target(
            "values are given to a classification; classes expected",
        )),
    }
}

fn target(reason: impl Into<String>) -> ModelError {
    ModelError::Target(reason.into())
}

/// Refuses a parameter's new value that is not finite.
pub(crate) fn parameter(name: &str, value: &Tensor) -> Result<()> {
    require_finite(&value.contiguous()?, Some(name), &ModelError::Input)
}
