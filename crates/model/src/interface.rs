//! What goes into a learner and what comes out.

use candle_core::Tensor;

/// One extent of an input's shape, the batch axis left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Always this many.
    Fixed(usize),
    /// Any positive number: the elements of a sequence. Holds the usual number.
    Sequence(usize),
}

/// What a learner takes: a tensor of shape `[batch, extents…]`.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSchema {
    /// Shape of one example.
    pub extents: Vec<Extent>,
    /// Lowest and highest value that training data holds; random input is
    /// drawn from this range.
    pub range: (f64, f64),
    /// Whether sequences of different lengths can share a batch.
    pub accepts_lengths: bool,
    /// Names of the flat features, in order; empty when they have none.
    pub features: Vec<String>,
}

impl InputSchema {
    /// Numbers in one example of the usual shape.
    pub fn width(&self) -> usize {
        self.usual_shape().iter().product()
    }

    /// The usual shape of one example.
    pub fn usual_shape(&self) -> Vec<usize> {
        let usual = |extent: &Extent| match *extent {
            Extent::Fixed(n) | Extent::Sequence(n) => n,
        };
        self.extents.iter().map(usual).collect()
    }

    /// The axis of one example, from 0, that holds the elements of a sequence.
    pub fn sequence_axis(&self) -> Option<usize> {
        let is_sequence = |extent: &Extent| matches!(extent, Extent::Sequence(_));
        self.extents.iter().position(is_sequence)
    }
}

/// How the numbers that [`Learner::forward`](crate::Learner::forward) gives are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Unnormalised log-probabilities, one a class.
    Logits,
    /// Probabilities, one a class, that sum to one.
    Probabilities,
    /// Predicted values of a regression.
    Values,
}

/// What a learner gives: a tensor of shape `[batch, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputSchema {
    /// How to read it.
    pub kind: OutputKind,
    /// Classes, or values of a regression.
    pub width: usize,
}

/// The examples of a batch.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Shape `[batch, extents…]`; also accepted flat, as `[batch, width]`.
    pub features: Tensor,
    /// For sequences: how many elements of each are real; the rest is padding.
    pub lengths: Option<Vec<usize>>,
}

impl Inputs {
    /// Sequences without padding, or no sequences at all.
    pub fn new(features: Tensor) -> Self {
        Self {
            features,
            lengths: None,
        }
    }
}

/// What the outputs of a batch should have been.
#[derive(Clone, Debug)]
pub enum Targets {
    /// Class indices: `u32`, shape `[batch]`.
    Classes(Tensor),
    /// Values: the learner's precision, shape `[batch, width]`.
    Values(Tensor),
}

/// Examples with their targets.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The examples.
    pub inputs: Inputs,
    /// Their targets.
    pub targets: Targets,
}
