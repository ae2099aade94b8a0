//! The JSON Schema of spec files, for editors (draft-07, which Taplo reads).
//!
//! An editor sees one file at a time: it does not know defaults of the root file
//! nor subjects of others. So the schema asks for nothing that may come from
//! elsewhere, and [`load`](crate::load) stays the judge. How a shape's schema is
//! turned into draft-07 lives in [`draft07`].

mod draft07;

use serde_json::{Map, Value, json};

use crate::load::{COMMON_KEYS, keys};
use crate::{CheckWords, Shape, SubjectKind, SubjectWords, Vocabulary};
use draft07::Definitions;

/// Names of tests and subjects.
const NAME: &str = "^[A-Za-z0-9_.-]+$";

/// The JSON Schema (draft-07) of the spec files and the root file.
///
/// The same vocabulary gives the same bytes.
pub fn json_schema(vocabulary: &Vocabulary) -> Value {
    let mut definitions = Definitions::default();
    let mut properties = Map::new();
    properties.insert(
        "directories".into(),
        json!({
            "description": "Root file only: folders outside the tree that paths may lead into, relative to the root file.",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
        }),
    );
    properties.insert("defaults".into(), defaults(vocabulary, &mut definitions));
    properties.insert("test".into(), named("Test cases by name.", "test"));
    let test = test(vocabulary, &mut definitions);
    definitions.insert("test", test);
    for (kind, words) in &vocabulary.subjects {
        let word = kind.word();
        let subject = subject(word, words, &mut definitions);
        definitions.insert(word, subject);
        properties.insert(
            word.into(),
            named(&format!("Subjects of the kind {word}, by name."), word),
        );
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Sea Trial spec",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "definitions": definitions.into_value(),
    })
}

/// A table of named tables.
fn named(description: &str, definition: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "propertyNames": {"pattern": NAME},
        "additionalProperties": {"$ref": format!("#/definitions/{definition}")},
    })
}

fn test(vocabulary: &Vocabulary, definitions: &mut Definitions) -> Value {
    let names: Vec<&String> = vocabulary.checks.keys().collect();
    let docs: Vec<Value> = vocabulary
        .checks
        .values()
        .map(|check| description(&check.shape))
        .collect();
    let mut properties = common();
    properties.insert(
        "check".into(),
        json!({
            "description": "What the case does.",
            "enum": names,
            "x-taplo": {"docs": {"enumValues": docs}},
        }),
    );
    properties.insert("matrix".into(), matrix(vocabulary));
    let shared: Vec<String> = properties.keys().cloned().collect();
    let branches: Vec<Value> = vocabulary
        .checks
        .iter()
        .map(|(name, check)| {
            let mut own = Map::new();
            for kind in &check.needs {
                own.insert(kind.word().into(), subject_key(*kind));
            }
            own.extend(parameters(name, check, definitions));
            branch(
                "check",
                name,
                own,
                &shared,
                keys::of(check.shape.schema()).open,
                &[],
            )
        })
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": ["check"],
        "allOf": branches,
    })
}

/// What holds once a key has chosen a variant: its own keys, and no other.
fn branch(
    tag: &str,
    word: &str,
    mut own: Map<String, Value>,
    shared: &[String],
    open: bool,
    required: &[String],
) -> Value {
    for key in shared {
        own.entry(key.clone()).or_insert(Value::Bool(true));
    }
    let mut then = json!({"properties": own, "additionalProperties": open});
    if !required.is_empty() {
        then["required"] = json!(required);
    }
    json!({
        "if": {"properties": {tag: {"const": word}}, "required": [tag]},
        "then": then,
    })
}

fn defaults(vocabulary: &Vocabulary, definitions: &mut Definitions) -> Value {
    let mut properties = common();
    properties.insert("matrix".into(), matrix(vocabulary));
    for kind in vocabulary.subjects.keys() {
        properties.insert(kind.word().into(), subject_key(*kind));
    }
    for (name, check) in &vocabulary.checks {
        for (key, schema) in parameters(name, check, definitions) {
            match properties.get_mut(&key) {
                None => {
                    properties.insert(key, schema);
                }
                // Checks that share a name for a parameter may differ on it.
                Some(known) if *known != schema => *known = either(known.take(), schema),
                Some(_) => {}
            }
        }
    }
    json!({
        "description": "What cases take unless they or a nearer place say otherwise. A key reaches the cases whose check takes it.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn either(known: Value, other: Value) -> Value {
    let mut ways = match known {
        Value::Object(mut map) if map.len() == 1 && map.contains_key("anyOf") => map
            .remove("anyOf")
            .and_then(|ways| ways.as_array().cloned())
            .unwrap_or_default(),
        known => vec![known],
    };
    if !ways.contains(&other) {
        ways.push(other);
    }
    json!({"anyOf": ways})
}

fn subject(word: &str, words: &SubjectWords, definitions: &mut Definitions) -> Value {
    let common = keys::of(words.common.schema());
    let mut properties = definitions.convert_keys(word, &words.common);
    let mut required = draft07::required(&words.common);
    let mut schema = json!({"type": "object", "description": description(&words.common)});
    match &words.variants {
        None => schema["additionalProperties"] = Value::Bool(common.open),
        Some((tag, variants)) => {
            let docs: Vec<Value> = variants.values().map(description).collect();
            properties.insert(
                (*tag).into(),
                json!({"enum": variants.keys().collect::<Vec<_>>(), "x-taplo": {"docs": {"enumValues": docs}}}),
            );
            required.insert(0, (*tag).into());
            let shared: Vec<String> = properties.keys().cloned().collect();
            let branches: Vec<Value> = variants
                .iter()
                .map(|(name, shape)| {
                    let own = definitions.convert_keys(&format!("{word}.{name}"), shape);
                    let open = common.open || keys::of(shape.schema()).open;
                    branch(tag, name, own, &shared, open, &draft07::required(shape))
                })
                .collect();
            schema["allOf"] = branches.into();
        }
    }
    schema["properties"] = properties.into();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn parameters(name: &str, check: &CheckWords, definitions: &mut Definitions) -> Map<String, Value> {
    definitions.convert_keys(name, &check.shape)
}

fn subject_key(kind: SubjectKind) -> Value {
    let word = kind.word();
    json!({"description": format!("The {word} under test, by name."), "type": "string"})
}

/// The common keys but for `check` and `matrix`, which the vocabulary fills.
fn common() -> Map<String, Value> {
    COMMON_KEYS
        .iter()
        .filter(|key| !matches!(key.name, "check" | "matrix"))
        .map(|key| {
            let mut schema: Value = serde_json::from_str(key.schema).unwrap_or_default();
            schema["description"] = key.doc.into();
            (key.name.to_owned(), schema)
        })
        .collect()
}

/// Lists of values by key, for every key that may be an axis.
fn matrix(vocabulary: &Vocabulary) -> Value {
    let checks = vocabulary.checks.values();
    let parameters = checks.flat_map(|check| {
        keys::of(check.shape.schema())
            .named
            .into_keys()
            .map(str::to_owned)
    });
    let subjects = vocabulary
        .subjects
        .keys()
        .map(|kind| kind.word().to_owned());
    let own = ["runs", "seed"].map(str::to_owned);
    let axes: Map<String, Value> = parameters
        .chain(subjects)
        .chain(own)
        .map(|key| (key, json!({"$ref": "#/definitions/axis"})))
        .collect();
    json!({
        "description": "Lists of values by key: the test becomes one case for each combination.",
        "type": "object",
        "properties": axes,
        "additionalProperties": false,
    })
}

fn description(shape: &Shape) -> Value {
    shape
        .schema()
        .get("description")
        .cloned()
        .unwrap_or_else(|| "".into())
}
