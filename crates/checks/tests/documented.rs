//! A check that is registered is documented, or the build fails.

use seatrial_checks::{CheckEntry, Registry};
use serde_json::Value;

fn every_check(holds: impl Fn(&CheckEntry) -> Result<(), String>) {
    let registry = Registry::new();
    let broken: Vec<String> = registry
        .entries()
        .into_iter()
        .filter_map(|entry| Some(format!("{}: {}", entry.about.name, holds(entry).err()?)))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_check_says_what_it_does_how_and_how_often_it_errs() {
    every_check(|entry| {
        let doc = entry.shape.schema()["description"].as_str().unwrap_or("");
        let texts = [doc, entry.about.method, entry.about.error_rates];
        match texts.iter().position(|text| text.trim().len() < 30) {
            Some(missing) => Err(format!("says too little (text {missing})")),
            None => Ok(()),
        }
    });
}

#[test]
fn every_parameter_is_described() {
    every_check(|entry| {
        for (name, schema) in properties(entry) {
            if schema["description"].as_str().is_none_or(str::is_empty) {
                return Err(format!("`{name}` has no description"));
            }
        }
        Ok(())
    });
}

/// Keys that every case takes mean the same everywhere.
#[test]
fn no_parameter_hides_a_key_of_every_case() {
    const COMMON: [&str; 17] = [
        "check",
        "doc",
        "first_release",
        "inconclusive",
        "matrix",
        "on",
        "runs",
        "seed",
        "skip",
        "tier",
        "timeout",
        "dataset",
        "model",
        "pipeline",
        "predictions",
        "package",
        "server",
    ];
    every_check(|entry| {
        match properties(entry)
            .into_iter()
            .find(|(name, _)| COMMON.contains(&name.as_str()))
        {
            Some((name, _)) => Err(format!("`{name}` is a key of every case")),
            None => Ok(()),
        }
    });
}

#[test]
fn names_are_kebab_case() {
    every_check(|entry| {
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        if entry.about.name.chars().all(plain) {
            Ok(())
        } else {
            Err("is not".into())
        }
    });
}

fn properties(entry: &CheckEntry) -> Vec<(String, Value)> {
    let properties = entry.shape.schema()["properties"].as_object();
    properties
        .into_iter()
        .flatten()
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}
