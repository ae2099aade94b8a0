//! A good batch, spoiled in one way at a time.

use candle_core::{DType, Device, Tensor};
use seatrial_model::{Batch, Extent, InputSchema, Inputs, Learner, OutputSchema, Targets};

use super::{EXAMPLES, Kind};
use crate::check::Outcome;
use crate::context::numbers;
use crate::evidence::from_numbers;

/// A batch with one thing wrong.
pub(super) struct Bad {
    pub kind: Kind,
    /// What is wrong, for messages.
    pub what: &'static str,
    pub batch: Batch,
}

/// The batch, spoiled in every way that this model's schemas know of.
pub(super) fn spoiled(learner: &dyn Learner, good: &Batch) -> Outcome<Vec<Bad>> {
    let mut bad = Vec::new();
    for (kind, what, features) in features(learner.input(), &good.inputs.features)? {
        let inputs = Inputs::new(features);
        let targets = good.targets.clone();
        bad.push((kind, what, Batch { inputs, targets }));
    }
    for (kind, what, targets) in targets(learner.output(), &good.targets)? {
        let inputs = good.inputs.clone();
        bad.push((kind, what, Batch { inputs, targets }));
    }
    for (what, lengths) in lengths(learner.input()) {
        let mut batch = good.clone();
        batch.inputs.lengths = Some(lengths);
        bad.push((Kind::Lengths, what, batch));
    }
    bad.push((Kind::Empty, "an empty batch", without_examples(good)?));
    let named = |(kind, what, batch)| Bad { kind, what, batch };
    Ok(bad.into_iter().map(named).collect())
}

type Spoiled<T> = Vec<(Kind, &'static str, T)>;

fn features(schema: &InputSchema, good: &Tensor) -> Outcome<Spoiled<Tensor>> {
    let with = |number: f64| -> Outcome<Tensor> {
        let mut values = numbers(good)?;
        let middle = values.len() / 2;
        values[middle] = number;
        from_numbers(values, good.dims(), good.dtype())
    };
    let deeper = good.unsqueeze(good.rank())?.unsqueeze(1)?;
    let mut bad = vec![
        (Kind::Nan, "a NaN among the features", with(f64::NAN)?),
        (Kind::Infinity, "an infinite feature", with(f64::INFINITY)?),
        (Kind::Infinity, "a feature of −∞", with(f64::NEG_INFINITY)?),
        (Kind::Rank, "two axes too many", deeper),
        (Kind::Rank, "no batch axis", good.get(0)?.flatten_all()?),
        (Kind::Dtype, "double precision", good.to_dtype(DType::F64)?),
        (Kind::Dtype, "integers", good.to_dtype(DType::U32)?),
    ];
    // One more element is a sequence like any other; one more feature is not.
    if let Some(Extent::Fixed(width)) = schema.extents.last().copied() {
        let last = good.rank() - 1;
        let one = good.narrow(last, 0, 1)?;
        let wider = Tensor::cat(&[good, &one], last)?;
        bad.push((Kind::Width, "one feature too many", wider));
        if width > 1 {
            let narrower = good.narrow(last, 0, width - 1)?;
            bad.push((Kind::Width, "one feature too few", narrower));
            let flat = good.flatten_from(1)?;
            let wider = Tensor::cat(&[&flat, &flat.narrow(1, 0, 1)?], 1)?;
            bad.push((Kind::Width, "one number too many", wider));
        }
    }
    Ok(bad)
}

fn targets(schema: OutputSchema, good: &Targets) -> Outcome<Spoiled<Targets>> {
    let width = schema.width;
    let classes = |classes: &[u32]| -> Outcome<Targets> {
        Ok(Targets::Classes(Tensor::new(classes, &Device::Cpu)?))
    };
    let values = |rows: usize, number: f64| -> Outcome<Targets> {
        let values = from_numbers(vec![number; rows * width], &[rows, width], DType::F32)?;
        Ok(Targets::Values(values))
    };
    let (fewer, more) = (
        "targets for one example fewer",
        "targets for one example more",
    );
    Ok(match good {
        Targets::Classes(good) => {
            let none_such = classes(&[0, 0, 0, width as u32])?;
            let signed = Targets::Classes(good.to_dtype(DType::I64)?);
            vec![
                (Kind::TargetLength, fewer, classes(&[0; EXAMPLES - 1])?),
                (Kind::TargetLength, more, classes(&[0; EXAMPLES + 1])?),
                (Kind::TargetRange, "a class that does not exist", none_such),
                (Kind::TargetType, "classes of another number type", signed),
                (
                    Kind::TargetType,
                    "values instead of classes",
                    values(EXAMPLES, 0.5)?,
                ),
            ]
        }
        Targets::Values(_) => vec![
            (Kind::TargetLength, fewer, values(EXAMPLES - 1, 0.5)?),
            (Kind::TargetLength, more, values(EXAMPLES + 1, 0.5)?),
            (
                Kind::TargetRange,
                "a NaN among the targets",
                values(EXAMPLES, f64::NAN)?,
            ),
            (
                Kind::TargetType,
                "classes instead of values",
                classes(&[0; EXAMPLES])?,
            ),
        ],
    })
}

fn lengths(schema: &InputSchema) -> Vec<(&'static str, Vec<usize>)> {
    let Some(axis) = schema.sequence_axis().filter(|_| schema.accepts_lengths) else {
        return vec![("lengths, though the model takes none", vec![1; EXAMPLES])];
    };
    let longest = schema.usual_shape()[axis];
    let last = |length: usize| {
        let mut lengths = vec![longest; EXAMPLES];
        lengths[EXAMPLES - 1] = length;
        lengths
    };
    vec![
        ("a sequence of no element", last(0)),
        ("a sequence longer than its elements", last(longest + 1)),
        ("a length too few", vec![longest; EXAMPLES - 1]),
        ("a length too many", vec![longest; EXAMPLES + 1]),
    ]
}

fn without_examples(good: &Batch) -> Outcome<Batch> {
    let none = |tensor: &Tensor| tensor.narrow(0, 0, 0);
    Ok(Batch {
        inputs: Inputs::new(none(&good.inputs.features)?),
        targets: match &good.targets {
            Targets::Classes(classes) => Targets::Classes(none(classes)?),
            Targets::Values(values) => Targets::Values(none(values)?),
        },
    })
}
