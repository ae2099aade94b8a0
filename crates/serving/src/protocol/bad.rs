//! Requests that a server must refuse, and survive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tensor::{Tensor, Values};

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bad {
    /// An input has a name that the model does not know.
    WrongName,
    /// Texts where numbers belong.
    WrongType,
    /// Rows that are one element too long.
    WrongShape,
    /// No inputs at all.
    Empty,
    /// One row of many million elements.
    Huge,
    /// Cut off in the middle.
    NotJson,
}

impl Bad {
    /// All of them.
    pub const ALL: [Bad; 6] = [
        Bad::WrongName,
        Bad::WrongType,
        Bad::WrongShape,
        Bad::Empty,
        Bad::Huge,
        Bad::NotJson,
    ];

    /// What spec authors write.
    pub fn word(self) -> &'static str {
        match self {
            Bad::WrongName => "wrong-name",
            Bad::WrongType => "wrong-type",
            Bad::WrongShape => "wrong-shape",
            Bad::Empty => "empty",
            Bad::Huge => "huge",
            Bad::NotJson => "not-json",
        }
    }
}

/// Elements of a huge request: some 16 MB of text.
const HUGE_ELEMENTS: usize = 4 << 20;

pub(super) fn renamed(inputs: &[Tensor]) -> Vec<Tensor> {
    changed(inputs, |input| input.name.push_str("_of_another_model"))
}

pub(super) fn retyped(inputs: &[Tensor]) -> Vec<Tensor> {
    changed(inputs, |input| {
        let count = input.values.len();
        (input.datatype, input.values) = match input.values {
            Values::Texts(_) => (Some("FP32".into()), Values::Numbers(vec![0.5; count])),
            _ => (
                Some("BYTES".into()),
                Values::Texts(vec!["not a number".into(); count]),
            ),
        };
    })
}

pub(super) fn widened(inputs: &[Tensor]) -> Vec<Tensor> {
    changed(inputs, |input| {
        let last = input.shape.last().copied().unwrap_or(0);
        resize(input, last + 1);
    })
}

pub(super) fn enormous(inputs: &[Tensor]) -> Vec<Tensor> {
    changed(inputs, |input| resize(input, HUGE_ELEMENTS))
}

/// One row whose last dimension is this.
fn resize(input: &mut Tensor, last: usize) {
    let mut shape = vec![1; input.shape.len().max(2)];
    if let Some(end) = shape.last_mut() {
        *end = last;
    }
    input.shape = shape;
    input.values = match input.values {
        Values::Numbers(_) => Values::Numbers(vec![0.5; last]),
        Values::Integers(_) => Values::Integers(vec![1; last]),
        Values::Booleans(_) => Values::Booleans(vec![true; last]),
        Values::Texts(_) => Values::Texts(vec!["x".into(); last]),
    };
}

/// The first half.
pub(super) fn cut(body: &[u8]) -> Vec<u8> {
    body[..body.len() / 2].to_vec()
}

/// The first of the inputs changed: one fault at a time.
fn changed(inputs: &[Tensor], change: impl FnOnce(&mut Tensor)) -> Vec<Tensor> {
    let mut inputs = inputs.to_vec();
    if let Some(first) = inputs.first_mut() {
        change(first);
    }
    inputs
}
