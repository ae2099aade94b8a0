//! The schema for editors: valid draft-07, and in step with the loader.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use seatrial_spec::json_schema;
use serde_json::Value;
use support::vocabulary;

fn schema() -> Value {
    json_schema(&vocabulary())
}

/// The `then` of a check or a variant.
fn branch<'s>(schema: &'s Value, definition: &str, tag: &str, word: &str) -> &'s Value {
    let branches = schema["definitions"][definition]["allOf"]
        .as_array()
        .unwrap();
    let chosen = branches
        .iter()
        .find(|branch| branch["if"]["properties"][tag]["const"] == word);
    &chosen.unwrap()["then"]
}

/// Calls `see` on each object within a value.
fn visit(value: &Value, see: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            see(map);
            map.values().for_each(|value| visit(value, see));
        }
        Value::Array(items) => items.iter().for_each(|value| visit(value, see)),
        _ => {}
    }
}

#[test]
fn the_schema_is_as_recorded() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema()).unwrap());
}

#[test]
fn the_schema_is_the_same_every_time() {
    assert_eq!(schema().to_string(), schema().to_string());
}

#[test]
fn every_link_leads_to_a_definition_and_stands_alone() {
    let schema = schema();
    visit(&schema, &mut |map| {
        if let Some(link) = map.get("$ref").and_then(Value::as_str) {
            let name = link.strip_prefix("#/definitions/").unwrap();
            assert!(schema["definitions"].get(name).is_some(), "{link}");
            assert_eq!(map.len(), 1, "draft-07 ignores what stands beside {link}");
        }
    });
}

#[test]
fn no_word_of_a_later_draft_is_left() {
    visit(&schema(), &mut |map| {
        for word in [
            "$defs",
            "prefixItems",
            "unevaluatedProperties",
            "dependentRequired",
            "$dynamicRef",
        ] {
            assert!(!map.contains_key(word), "{word}");
        }
    });
}

#[test]
fn a_check_brings_its_documented_parameters_and_subjects() {
    let schema = schema();
    let then = branch(&schema, "test", "check", "loss-decreases");
    assert_eq!(then["properties"]["steps"]["description"], "Steps to take.");
    assert_eq!(then["properties"]["steps"]["minimum"], 1);
    assert_eq!(then["properties"]["model"]["type"], "string");
    assert_eq!(then["properties"]["tier"], true);
    assert_eq!(then["additionalProperties"], false);
    assert!(then["properties"].get("predictions").is_none());
    assert!(then.get("required").is_none(), "a default may bring it");
}

#[test]
fn a_variant_brings_its_own_keys() {
    let schema = schema();
    let then = branch(&schema, "model", "family", "mlp");
    assert_eq!(then["properties"]["dropout"]["maximum"], 1);
    assert_eq!(then["required"], serde_json::json!(["hidden"]));
    assert_eq!(
        schema["definitions"]["model"]["required"],
        serde_json::json!(["family"])
    );
}

#[test]
fn defaults_list_every_key_that_some_case_takes() {
    let schema = schema();
    let known = schema["properties"]["defaults"]["properties"]
        .as_object()
        .unwrap();
    for key in [
        "tier",
        "seed",
        "matrix",
        "dataset",
        "steps",
        "loss_max",
        "reference",
    ] {
        assert!(known.contains_key(key), "{key}");
    }
    assert!(!known.contains_key("check"));
}

#[test]
fn a_matrix_takes_lists_of_plain_values() {
    let schema = schema();
    let matrix = &schema["definitions"]["test"]["properties"]["matrix"]["properties"];
    for key in ["seed", "runs", "model", "ratio_max"] {
        assert_eq!(matrix[key]["$ref"], "#/definitions/axis");
    }
    assert!(matrix.get("tier").is_none());
    assert_eq!(schema["definitions"]["axis"]["minItems"], 1);
}
