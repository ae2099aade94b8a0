//! Recorded values, and how near to them is near enough.
#![allow(dead_code, reason = "no one test uses all of it")]

use serde_json::Value;

pub fn reference(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// All numbers of a list, or of a list of lists.
pub fn numbers(value: &Value) -> Vec<f64> {
    let flat = value.as_array().unwrap().iter();
    flat.flat_map(|item| match item {
        Value::Array(_) => numbers(item),
        item => vec![item.as_f64().unwrap()],
    })
    .collect()
}

pub fn near(seen: f64, expected: f64, tolerance: f64) -> bool {
    (seen - expected).abs() <= tolerance * expected.abs().max(1.0)
}
