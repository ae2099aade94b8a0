//! The bodies that the ONNX standard gives to operations made of others.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::proto::{FunctionProto, ModelProto};
use super::types::ValueType;
use super::walk::{Call, Slot};
use prost::Message;
use prost::bytes::Bytes;

/// Bodies by name and overload: `13`, or `13 float` where they depend on types, or
/// `13 float 2` where they are others still if that few inputs are given.
type Bodies = BTreeMap<(&'static str, &'static str), &'static FunctionProto>;

/// Of the domain `ai.onnx`; written by `standard/make.py`.
fn bodies() -> &'static Bodies {
    static MODEL: OnceLock<ModelProto> = OnceLock::new();
    static BODIES: OnceLock<Bodies> = OnceLock::new();
    BODIES.get_or_init(|| {
        let model = MODEL.get_or_init(|| {
            let bytes = Bytes::from_static(include_bytes!("standard/functions.onnx"));
            ModelProto::decode(bytes)
                .unwrap_or_else(|error| unreachable!("the shipped bodies are sound: {error}"))
        });
        let functions = model.functions.iter();
        functions
            .map(|body| ((body.name.as_str(), body.overload.as_str()), body))
            .collect()
    })
}

/// What this operation is made of, if the standard says so.
///
/// Where that depends on the type of its first input, and the type is untold,
/// the body for `float` stands for it.
pub(crate) fn body(call: &Call<'_>) -> Option<&'static FunctionProto> {
    if call.domain != super::STANDARD_DOMAIN {
        return None;
    }
    let since = call.signature?.since.to_string();
    let of = |overload: &str| {
        bodies()
            .get(&(call.node.op_type.as_str(), overload))
            .copied()
    };
    let first = call.inputs.first().and_then(|slot| slot.known());
    let element = first.map_or("float".to_owned(), ValueType::to_string);
    let given = call.inputs.iter().rposition(|slot| *slot != Slot::Absent);
    let count = given.map_or(0, |last| last + 1);
    of(&since)
        .or_else(|| of(&format!("{since} {element} {count}")))
        .or_else(|| of(&format!("{since} {element}")))
}
