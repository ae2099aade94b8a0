//! Whether one value fits one schema, without its parts: type, range, length and
//! the values that are listed.

use serde_json::{Map, Value as Schema};

use super::keys;
use crate::load::node::{Node, Value};

/// Whether a value is what the schema's own words ask for.
pub(super) fn fits(map: &Map<String, Schema>, node: &Node) -> bool {
    let is_listed =
        keys::listed(map).is_none_or(|listed| listed.iter().any(|value| equals(value, node)));
    is_listed && fits_type(map, node) && fits_range(map, node) && fits_length(map, node)
}

fn fits_type(map: &Map<String, Schema>, node: &Node) -> bool {
    let types = keys::types(map);
    types.is_empty()
        || types.iter().any(|kind| match (&node.value, *kind) {
            (Value::String(_), "string") | (Value::Boolean(_), "boolean") => true,
            (Value::Integer(_), "integer" | "number") | (Value::Float(_), "number") => true,
            // Whether `3.0` passes for a whole number is for the type to say.
            (Value::Float(number), "integer") => number.fract() == 0.0,
            (Value::Array(_), "array") | (Value::Table(_), "object") => true,
            _ => false,
        })
}

fn fits_range(map: &Map<String, Schema>, node: &Node) -> bool {
    let number = match node.value {
        Value::Integer(number) => number as f64,
        Value::Float(number) => number,
        _ => return true,
    };
    let holds = |word: &str, holds: fn(f64, f64) -> bool| {
        map.get(word)
            .and_then(Schema::as_f64)
            .is_none_or(|bound| holds(number, bound))
    };
    holds("minimum", |n, bound| n >= bound)
        && holds("exclusiveMinimum", |n, bound| n > bound)
        && holds("maximum", |n, bound| n <= bound)
        && holds("exclusiveMaximum", |n, bound| n < bound)
}

fn fits_length(map: &Map<String, Schema>, node: &Node) -> bool {
    let (length, least, most) = match &node.value {
        Value::String(text) => (text.chars().count(), "minLength", "maxLength"),
        Value::Array(items) => (items.len(), "minItems", "maxItems"),
        _ => return true,
    };
    let bound = |word: &str| {
        map.get(word)
            .and_then(Schema::as_u64)
            .and_then(|n| usize::try_from(n).ok())
    };
    bound(least).is_none_or(|least| length >= least)
        && bound(most).is_none_or(|most| length <= most)
}

fn equals(schema: &Schema, node: &Node) -> bool {
    match &node.value {
        Value::String(text) => schema.as_str() == Some(text),
        Value::Integer(number) => schema.as_i64() == Some(*number),
        Value::Float(number) => schema.as_f64() == Some(*number),
        Value::Boolean(flag) => schema.as_bool() == Some(*flag),
        _ => false,
    }
}
