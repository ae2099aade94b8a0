//! Words for what was expected and what was found.

use serde_json::{Map, Value as Schema};

use super::keys;
use crate::load::node::{Node, Value};
use crate::value::PREDECESSOR;

/// Longer strings are cut when quoted.
const QUOTED_CHARS_MAX: usize = 60;

/// What a value is: "the string `x`", "an array".
pub(crate) fn value(node: &Node) -> String {
    match &node.value {
        Value::String(text) if text.is_empty() => "an empty string".into(),
        Value::String(text) => format!("the string `{}`", cut(text)),
        Value::Integer(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number:?}"),
        Value::Boolean(flag) => format!("`{flag}`"),
        Value::Datetime(date) => format!("the date or time {date}"),
        Value::Array(_) => "an array".into(),
        Value::Table(_) => "a table".into(),
        Value::Invalid => "a value".into(),
    }
}

/// The beginning of a text.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// What a schema asks for: "a whole number of at least 1".
pub(crate) fn schema(root: &Schema, of: &Schema) -> String {
    nested(root, of, 0)
}

/// A type may hold itself; nobody reads on after a few levels.
const DEPTH_MAX: usize = 3;

fn nested(root: &Schema, of: &Schema, depth: usize) -> String {
    let map = keys::follow(root, of).as_object();
    let Some(map) = map.filter(|_| depth <= DEPTH_MAX) else {
        return "a value".into();
    };
    if let Some(values) = keys::listed(map) {
        return listed_words(
            values
                .iter()
                .map(|value| literal(value))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        );
    }
    let types = keys::types(map);
    let mut ways: Vec<String> = types
        .iter()
        .filter(|kind| **kind != "null")
        .map(|kind| typed(root, map, kind, depth))
        .collect();
    ways.extend(
        keys::choices(root, map)
            .into_iter()
            .map(|choice| nested(root, choice, depth + 1)),
    );
    ways.dedup();
    match ways.split_last() {
        None => "a value".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

fn typed(root: &Schema, map: &Map<String, Schema>, kind: &str, depth: usize) -> String {
    match kind {
        "integer" => format!("a whole number{}", range(map)),
        "number" => format!("a number{}", range(map)),
        "boolean" => "`true` or `false`".into(),
        "array" => match map.get("items").filter(|items| items.is_object()) {
            Some(items) => format!("an array, each item {}", nested(root, items, depth + 1)),
            None => "an array".into(),
        },
        "object" => "a table".into(),
        "string" => match map.get("format").and_then(Schema::as_str) {
            Some(crate::SpecPath::FORMAT) => "a path".into(),
            Some(format) if format.starts_with(PREDECESSOR) => {
                let kinds = format[PREDECESSOR.len()..].replace(',', ", ");
                format!("the name of a {kinds}, a path, or `blessed`")
            }
            Some(format) if format.starts_with(SUBJECT) => {
                format!("the name of a {}", &format[SUBJECT.len()..])
            }
            _ => "a string".into(),
        },
        other => other.into(),
    }
}

/// What the format of a subject's name begins with.
pub(crate) const SUBJECT: &str = "subject:";

fn range(map: &Map<String, Schema>) -> String {
    let bound = |word: &str| {
        map.get(word)
            .and_then(Schema::as_f64)
            .map(|bound| bound.to_string())
    };
    match (
        bound("minimum"),
        bound("exclusiveMinimum"),
        bound("maximum"),
        bound("exclusiveMaximum"),
    ) {
        (Some(low), _, Some(high), _) => format!(" from {low} to {high}"),
        (Some(low), _, _, Some(high)) => format!(" of at least {low} and below {high}"),
        (_, Some(low), Some(high), _) => format!(" above {low} and of at most {high}"),
        (_, Some(low), _, Some(high)) => format!(" above {low} and below {high}"),
        (Some(low), ..) => format!(" of at least {low}"),
        (_, Some(low), ..) if low == "0" => " above zero".into(),
        (_, Some(low), ..) => format!(" above {low}"),
        (_, _, Some(high), _) => format!(" of at most {high}"),
        (_, _, _, Some(high)) => format!(" below {high}"),
        _ => String::new(),
    }
}

fn literal(value: &Schema) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// "`a`", "`a` or `b`", "`a`, `b` or `c`".
pub(crate) fn listed_words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        None => "nothing".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
