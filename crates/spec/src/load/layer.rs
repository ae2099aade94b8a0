//! Who says what of a case: itself, its file's defaults, the root's defaults.

use std::collections::BTreeMap;

use super::common::Common;
use super::matrix::{self, Axis};
use super::node::{Entry, Member, Table};
use super::source::Finding;
use super::words::{Check, Words};
use crate::nearest;

/// What one place says of cases.
#[derive(Debug, Default)]
pub(crate) struct Layer<'a> {
    pub direct: Vec<&'a Entry>,
    pub axes: Vec<Axis<'a>>,
}

impl<'a> Layer<'a> {
    /// Reads a table of keys, among them `matrix`.
    pub fn new(table: &'a Table, findings: &mut Vec<Finding>) -> Self {
        let mut layer = Self::default();
        for entry in &table.entries {
            match entry.key.as_str() {
                "matrix" => layer.axes = matrix::axes(entry, findings),
                _ => layer.direct.push(entry),
            }
        }
        for axis in &layer.axes {
            if layer.direct.iter().any(|entry| entry.key == axis.key) {
                let message = format!("`{}` is set both here and beside the matrix", axis.key);
                findings.push(
                    Finding::at(axis.key_span, message).help("keep one of the two".to_owned()),
                );
            }
        }
        layer
    }

    /// Reads a `[defaults]` table, every key of which some case could take.
    pub fn of_defaults(table: &'a Table, words: &Words<'_>, findings: &mut Vec<Finding>) -> Self {
        let layer = Self::new(table, findings);
        let mut scratch = Common::default();
        let keys = layer
            .direct
            .iter()
            .map(|entry| (entry.key.as_str(), entry.key_span));
        for (key, span) in keys.chain(layer.axes.iter().map(|axis| (axis.key, axis.key_span))) {
            if key == "check" {
                let message = "`check` has no default: each test names its own";
                findings.push(Finding::at(span, message));
            } else if !words.is_default(key) {
                findings.push(
                    Finding::at(span, format!("no check takes `{key}`"))
                        .help(nearest::help(key, words.defaults())),
                );
            }
        }
        // Common keys are checked even where every case overrides them.
        for entry in &layer.direct {
            scratch.set(&entry.key, &entry.node, findings);
        }
        layer
    }
}

/// What is said of one case, nearest first.
#[derive(Debug, Default)]
pub(crate) struct Said<'a> {
    pub fixed: BTreeMap<&'a str, Member<'a>>,
    /// By key: the order of an id.
    pub axes: Vec<Axis<'a>>,
}

impl<'a> Said<'a> {
    /// Overlays the layers, nearest first, keeping what the check takes.
    pub fn new(layers: &[&Layer<'a>], check: &Check<'_>) -> Self {
        let mut fixed = BTreeMap::new();
        let mut axes: BTreeMap<&str, Axis<'a>> = BTreeMap::new();
        for layer in layers {
            let takes = |key: &str| check.role(key).is_some();
            let direct = layer.direct.iter().filter(|entry| takes(&entry.key));
            for entry in direct {
                let key = entry.key.as_str();
                if !axes.contains_key(key) {
                    fixed.entry(key).or_insert_with(|| entry.member());
                }
            }
            for axis in layer.axes.iter().filter(|axis| takes(axis.key)) {
                if !fixed.contains_key(axis.key) {
                    axes.entry(axis.key).or_insert_with(|| axis.clone());
                }
            }
        }
        Self {
            fixed,
            axes: axes.into_values().collect(),
        }
    }
}
