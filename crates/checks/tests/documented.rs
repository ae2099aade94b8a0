//! A check that is registered is documented, or the build fails.

use std::collections::BTreeSet;

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

/// Figures are read on terminals of 60 columns too, two of which indent them.
#[test]
fn every_check_has_a_figure_that_fits_a_narrow_terminal() {
    every_check(|entry| {
        let figure = entry.about.figure;
        if figure.lines().count() < 4 {
            return Err("has no figure".into());
        }
        match figure.lines().find(|line| line.chars().count() > 58) {
            Some(wide) => Err(format!("its figure is too wide: {wide}")),
            None => Ok(()),
        }
    });
}

#[test]
fn no_two_checks_share_a_figure() {
    let registry = Registry::new();
    let figures: BTreeSet<_> = registry
        .entries()
        .into_iter()
        .map(|entry| entry.about.figure)
        .collect();
    assert_eq!(figures.len(), registry.entries().len());
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
    // A parameter that names a subject of that kind means what the key means:
    // it is how a check takes a subject that it does not need.
    let same = |name: &str, schema: &Value| schema["format"] == format!("subject:{name}");
    every_check(|entry| {
        match properties(entry)
            .into_iter()
            .find(|(name, schema)| COMMON.contains(&name.as_str()) && !same(name, schema))
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
