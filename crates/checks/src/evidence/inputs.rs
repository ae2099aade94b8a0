//! Inputs and targets to try a learner with.

use candle_core::{DType, Device, Tensor};
use seatrial_data::Dataset;
use seatrial_model::{
    Batch, Extent, InputSchema, Inputs, Learner, OutputKind, OutputSchema, Precision, Targets,
};
use seatrial_rng::Stream;

use crate::check::Outcome;

/// Shape of a batch: `[examples, extents…]`, sequences of `length` elements,
/// or of the usual number.
fn shape_of(schema: &InputSchema, examples: usize, length: Option<usize>) -> Vec<usize> {
    let extent = |extent: &Extent| match *extent {
        Extent::Fixed(n) => n,
        Extent::Sequence(usual) => length.unwrap_or(usual),
    };
    let extents = schema.extents.iter().map(extent);
    [examples].into_iter().chain(extents).collect()
}

/// Features uniform over the range that training data spans.
///
/// # Errors
/// When a tensor cannot be made.
pub(crate) fn random_features(
    schema: &InputSchema,
    examples: usize,
    length: Option<usize>,
    precision: Precision,
    stream: &mut Stream,
) -> Outcome<Tensor> {
    let shape = shape_of(schema, examples, length);
    let (low, high) = schema.range;
    let count = shape.iter().product();
    let values = (0..count).map(|_| stream.uniform(low, high)).collect();
    from_numbers(values, &shape, precision.dtype())
}

/// Targets uniform over the classes, or standard normal.
///
/// # Errors
/// When a tensor cannot be made.
pub(crate) fn random_targets(
    schema: OutputSchema,
    examples: usize,
    precision: Precision,
    stream: &mut Stream,
) -> Outcome<Targets> {
    Ok(match schema.kind {
        OutputKind::Values => {
            let values = (0..examples * schema.width)
                .map(|_| stream.normal())
                .collect();
            let shape = [examples, schema.width];
            Targets::Values(from_numbers(values, &shape, precision.dtype())?)
        }
        OutputKind::Logits | OutputKind::Probabilities => {
            let classes = (0..examples).map(|_| stream.below(schema.width) as u32);
            let classes = Tensor::from_vec(classes.collect(), examples, &Device::Cpu)?;
            Targets::Classes(classes)
        }
    })
}

/// Random features of the usual shape with random targets.
///
/// # Errors
/// When a tensor cannot be made.
pub(crate) fn random_batch(
    learner: &dyn Learner,
    examples: usize,
    precision: Precision,
    stream: &mut Stream,
) -> Outcome<Batch> {
    let features = random_features(learner.input(), examples, None, precision, stream)?;
    Ok(Batch {
        inputs: Inputs::new(features),
        targets: random_targets(learner.output(), examples, precision, stream)?,
    })
}

/// A tensor of these numbers, rounded to the dtype.
///
/// # Errors
/// When they do not fill the shape.
pub(crate) fn from_numbers(values: Vec<f64>, shape: &[usize], dtype: DType) -> Outcome<Tensor> {
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(dtype)?)
}

/// Up to `count` of these rows of a dataset, drawn without replacement.
///
/// Drawn and not evenly spread: where classes take turns in a file, evenly
/// spread rows can all be of one class.
///
/// # Errors
/// When a tensor cannot be made.
pub(crate) fn draw_rows(
    dataset: &Dataset,
    rows: &[usize],
    count: usize,
    precision: Precision,
    stream: &mut Stream,
) -> Outcome<Batch> {
    let mut rows = rows.to_vec();
    stream.shuffle(&mut rows);
    rows.truncate(count);
    Ok(Batch::of_rows(dataset, &rows, precision)?)
}
