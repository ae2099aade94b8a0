//! One kernel: for which versions of an operation, and for which types.

use std::collections::BTreeMap;
use std::fmt;

use crate::onnx::walk::{Call, Slot};
use crate::onnx::{Element, Signature, ValueType};

/// A kernel, written `6-12 T=float|double`.
///
/// `6-12` takes the operation as it stands since any version from 6 to 12; `13`
/// alone as it stands since version 13, until the standard changes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kernel {
    first: i64,
    last: Option<i64>,
    /// Type variables, or names of parameters, and what they may be.
    types: BTreeMap<String, Vec<ValueType>>,
}

/// Whether a kernel takes an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fit {
    Takes,
    /// A type that decides it cannot be told: this variable's.
    Untold(String),
    /// A variable is of a type that it does not take.
    Refuses(String, ValueType),
}

impl Kernel {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let range = words.next()?;
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (first.parse().ok()?, Some(last.parse().ok()?)),
            None => (range.parse().ok()?, None),
        };
        let types = words.map(|word| {
            let (name, types) = word.split_once('=')?;
            let types = types
                .split('|')
                .map(ValueType::parse)
                .collect::<Option<_>>()?;
            Some((name.to_owned(), types))
        });
        Some(Self {
            first,
            last,
            types: types.collect::<Option<_>>()?,
        })
    }

    /// Whether it is for the operation as it stands since this version.
    pub(crate) fn is_for(&self, since: i64) -> bool {
        self.first == since || (self.first < since && self.last.is_some_and(|last| last >= since))
    }

    /// Whether it takes these types, half precision read as `half`.
    pub(crate) fn fits(
        &self,
        call: &Call<'_>,
        signature: Option<&Signature>,
        half: Element,
    ) -> Fit {
        let mut untold = None;
        for (name, allowed) in &self.types {
            match actual(call, signature, name) {
                Slot::Absent => {}
                Slot::Untold => untold = Some(name.clone()),
                Slot::Of(known) => {
                    let known = known.replaced(Element::FLOAT16, half);
                    if !allowed.contains(&known) {
                        return Fit::Refuses(name.clone(), known);
                    }
                }
            }
        }
        untold.map_or(Fit::Takes, Fit::Untold)
    }
}

/// The type of the first value that the variable or parameter is given; the
/// server asks no other.
fn actual(call: &Call<'_>, signature: Option<&Signature>, name: &str) -> Slot {
    let Some(signature) = signature else {
        return Slot::Untold;
    };
    let inputs = signature.actual_inputs(&call.inputs);
    let mut all = inputs.chain(signature.actual_outputs(&call.outputs));
    let found =
        all.find(|(parameter, _)| parameter.variable() == Some(name) || parameter.name == name);
    match found {
        None => Slot::Absent,
        Some((_, Slot::Untold)) => {
            let fixed = signature.fixed(name).cloned();
            fixed.map_or(Slot::Untold, Slot::Of)
        }
        Some((_, slot)) => slot.clone(),
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        write!(to, "{}", self.first)?;
        if let Some(last) = self.last {
            write!(to, "-{last}")?;
        }
        for (name, types) in &self.types {
            let types: Vec<String> = types.iter().map(ValueType::to_string).collect();
            write!(to, " {name}={}", types.join("|"))?;
        }
        Ok(())
    }
}
