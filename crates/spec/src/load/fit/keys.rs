//! What JSON Schema says about the keys of a table. Looks at schemas only.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Links that lead to links; more than a few are a loop.
const LINKS_MAX: usize = 32;

/// The keys that a table may have, whichever variant it chooses.
#[derive(Debug, Default)]
pub(crate) struct Keys<'s> {
    pub named: BTreeMap<&'s str, &'s Value>,
    /// Whether any other key goes too.
    pub open: bool,
}

impl Keys<'_> {
    pub fn take(&self, key: &str) -> bool {
        self.open || self.named.contains_key(key)
    }
}

/// The keys of the table that a whole schema describes.
pub(crate) fn of(schema: &Value) -> Keys<'_> {
    let mut keys = Keys::default();
    collect(schema, schema, &mut keys, 0);
    keys
}

fn collect<'s>(root: &'s Value, schema: &'s Value, keys: &mut Keys<'s>, depth: usize) {
    let Some(map) = follow(root, schema)
        .as_object()
        .filter(|_| depth < LINKS_MAX)
    else {
        return;
    };
    for (key, value) in properties(map) {
        keys.named.entry(key).or_insert(value);
    }
    keys.open |= additional(map).is_some();
    for part in parts(map, "allOf")
        .iter()
        .chain(parts(map, "oneOf"))
        .chain(parts(map, "anyOf"))
    {
        collect(root, part, keys, depth + 1);
    }
}

/// The schema that a `$ref` leads to, or the schema itself.
pub(crate) fn follow<'s>(root: &'s Value, mut schema: &'s Value) -> &'s Value {
    for _ in 0..LINKS_MAX {
        let link = schema.get("$ref").and_then(Value::as_str);
        let target = link
            .and_then(|link| link.strip_prefix('#'))
            .and_then(|at| root.pointer(at));
        match target {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

pub(crate) fn properties(map: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let properties = map.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

/// What keys without a name of their own hold, if they are allowed. A table
/// with no named key and no word on others is any table.
pub(crate) fn additional(map: &Map<String, Value>) -> Option<&Value> {
    const ANYTHING: &Value = &Value::Bool(true);
    match map.get("additionalProperties") {
        Some(Value::Bool(false)) => None,
        Some(schema) => Some(schema),
        None if map.contains_key("patternProperties") => Some(ANYTHING),
        None => None,
    }
}

/// The members of `allOf`, `anyOf` or `oneOf`.
pub(crate) fn parts<'s>(map: &'s Map<String, Value>, word: &str) -> &'s [Value] {
    map.get(word)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The ways of a choice: `oneOf` or `anyOf`, but for `null`, which TOML cannot
/// write and which stands for a key left out.
pub(crate) fn choices<'s>(root: &'s Value, map: &'s Map<String, Value>) -> Vec<&'s Value> {
    parts(map, "oneOf")
        .iter()
        .chain(parts(map, "anyOf"))
        .map(|choice| follow(root, choice))
        .filter(|choice| choice.get("type").and_then(Value::as_str) != Some("null"))
        .collect()
}

/// The JSON types that a schema names itself; empty if it names none.
pub(crate) fn types(map: &Map<String, Value>) -> Vec<&str> {
    match map.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The values that a schema lists: `const` or `enum`.
pub(crate) fn listed(map: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (map.get("const"), map.get("enum")) {
        (Some(only), _) => Some(vec![only]),
        (None, Some(Value::Array(many))) => Some(many.iter().collect()),
        _ => None,
    }
}

/// Whether a table may fit.
pub(crate) fn admits_table(root: &Value, schema: &Value) -> bool {
    follow(root, schema).as_object().is_none_or(|map| {
        let types = types(map);
        let choices = choices(root, map);
        listed(map).is_none()
            && (types.is_empty() || types.contains(&"object"))
            && (choices.is_empty() || choices.into_iter().any(|choice| admits_table(root, choice)))
    })
}
