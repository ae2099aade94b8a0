//! From the JSON Schema of a shape (2020-12) to draft-07.
//!
//! `$defs` become `definitions`, shared by all shapes; `prefixItems` become
//! `items`; what TOML cannot write (`null`) and what only the loader reads
//! (`format`) goes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Shape;
use crate::load::keys;

/// Definitions by name.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    map: BTreeMap<String, Value>,
}

impl Definitions {
    pub fn insert(&mut self, name: &str, schema: Value) {
        self.map.insert(name.to_owned(), schema);
    }

    /// All definitions, with that of a matrix's axis.
    pub fn into_value(mut self) -> Value {
        let axis = json!({
            "type": "array",
            "minItems": 1,
            "uniqueItems": true,
            "items": {"type": ["string", "number", "boolean"]},
        });
        self.map.insert("axis".into(), axis);
        json!(self.map)
    }

    /// The keys of a shape in draft-07. Its definitions join the others: under
    /// their own names, or with the owner's in front where another shape has a
    /// different definition of the name.
    pub fn convert_keys(&mut self, owner: &str, shape: &Shape) -> Map<String, Value> {
        let schema = shape.schema();
        let defs = schema.get("$defs").and_then(Value::as_object);
        let convert_defs = |prefix: &str| -> BTreeMap<String, Value> {
            let defs = defs.into_iter().flatten();
            defs.map(|(name, schema)| (format!("{prefix}{name}"), convert(schema, prefix, true)))
                .collect()
        };
        // The dot keeps them apart from the definitions of tests and subjects.
        let mut prefix = "type.".to_owned();
        let mut own = convert_defs(&prefix);
        let clashes = own
            .iter()
            .any(|(name, schema)| self.map.get(name).is_some_and(|known| known != schema));
        if clashes {
            prefix = format!("type.{owner}.");
            own = convert_defs(&prefix);
        }
        self.map.extend(own);
        let named = keys::of(schema).named.into_iter();
        named
            .map(|(key, schema)| (key.to_owned(), convert(schema, &prefix, true)))
            .collect()
    }
}

/// The keys that a shape's table must have.
pub(super) fn required(shape: &Shape) -> Vec<String> {
    let required = shape.schema().get("required").and_then(Value::as_array);
    required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// One schema, with links to definitions under a prefix. A `closed` table gets no
/// keys but its named ones, as the loader has it.
fn convert(schema: &Value, prefix: &str, closed: bool) -> Value {
    let Some(map) = schema.as_object() else {
        return schema.clone();
    };
    let composed = ["allOf", "anyOf", "oneOf"]
        .iter()
        .any(|word| map.contains_key(*word));
    // A flattened enum adds keys to the table around it.
    let inner_closed = closed && !map.contains_key("properties");
    let mut out = Map::new();
    for (key, value) in map {
        match key.as_str() {
            "$schema" | "$defs" | "title" | "format" | "unevaluatedProperties" => {}
            "default" if value.is_null() => {}
            "default" => {
                out.insert(key.clone(), as_whole(map, value));
            }
            "type" => {
                out.insert(key.clone(), without_null(value));
            }
            "$ref" => {
                let name = value
                    .as_str()
                    .and_then(|link| link.strip_prefix("#/$defs/"))
                    .unwrap_or_default();
                out.insert(key.clone(), format!("#/definitions/{prefix}{name}").into());
            }
            "properties" | "patternProperties" => {
                let properties = value.as_object().into_iter().flatten();
                let properties: Map<_, _> = properties
                    .map(|(key, schema)| (key.clone(), convert(schema, prefix, true)))
                    .collect();
                out.insert(key.clone(), properties.into());
            }
            "allOf" | "anyOf" | "oneOf" => {
                let ways = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|way| !is_null(way));
                let ways: Vec<_> = ways.map(|way| convert(way, prefix, inner_closed)).collect();
                out.insert(key.clone(), ways.into());
            }
            "prefixItems" => {
                let items = value.as_array().into_iter().flatten();
                let items: Vec<_> = items.map(|item| convert(item, prefix, true)).collect();
                out.insert("items".into(), items.into());
            }
            "items" if map.contains_key("prefixItems") => {
                out.insert("additionalItems".into(), convert(value, prefix, true));
            }
            "items" | "additionalProperties" | "propertyNames" | "contains" | "not" => {
                out.insert(key.clone(), convert(value, prefix, true));
            }
            _ => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    if closed
        && !composed
        && out.contains_key("properties")
        && !out.contains_key("additionalProperties")
    {
        out.insert("additionalProperties".into(), Value::Bool(false));
    }
    // Draft-07 ignores whatever stands beside a link.
    if out.len() > 1
        && let Some(link) = out.remove("$ref")
    {
        let parts = out.entry("allOf").or_insert_with(|| json!([]));
        if let Some(parts) = parts.as_array_mut() {
            parts.push(json!({"$ref": link}));
        }
    }
    Value::Object(out)
}

/// A whole number's default without the `.0` of a type that reads it as a float.
fn as_whole(schema: &Map<String, Value>, default: &Value) -> Value {
    let is_integer = schema.get("type").and_then(Value::as_str) == Some("integer");
    match default.as_f64() {
        Some(number) if is_integer && number.fract() == 0.0 && number.abs() < 1e15 => {
            json!(number as i64)
        }
        _ => default.clone(),
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn without_null(types: &Value) -> Value {
    let Some(list) = types.as_array() else {
        return types.clone();
    };
    let rest: Vec<&Value> = list
        .iter()
        .filter(|kind| kind.as_str() != Some("null"))
        .collect();
    match rest[..] {
        [only] => only.clone(),
        _ => json!(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;
    use serde::Deserialize;

    mod one {
        use super::*;

        /// Up or down.
        #[derive(Deserialize, JsonSchema)]
        pub enum Way {
            Up,
            Down,
        }

        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is read")]
        pub struct Table {
            pub way: Way,
        }
    }

    mod other {
        use super::*;

        /// Left or right.
        #[derive(Deserialize, JsonSchema)]
        pub enum Way {
            Left,
            Right,
        }

        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is read")]
        pub struct Table {
            pub way: Way,
            pub title: Option<String>,
        }
    }

    #[test]
    fn types_of_one_name_are_told_apart_by_their_owner() {
        let mut definitions = Definitions::default();
        let link = |keys: &Map<String, Value>| keys["way"]["$ref"].clone();
        let first = definitions.convert_keys("a", &Shape::of::<one::Table>());
        let same = definitions.convert_keys("b", &Shape::of::<one::Table>());
        let second = definitions.convert_keys("c", &Shape::of::<other::Table>());
        assert_eq!(link(&first), "#/definitions/type.Way");
        assert_eq!(link(&same), "#/definitions/type.Way");
        assert_eq!(link(&second), "#/definitions/type.c.Way");
    }

    #[test]
    fn a_key_named_like_a_word_of_the_schema_stays() {
        let keys = Definitions::default().convert_keys("a", &Shape::of::<other::Table>());
        assert_eq!(keys["title"], json!({"type": "string"}));
    }
}
