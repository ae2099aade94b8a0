//! Matrices: lists of values by key, and their combinations.

use std::collections::HashSet;
use std::fmt::Write;

use super::fit::describe::{cut, value as describe};
use super::node::{Entry, Node, Table, Value};
use super::source::{Finding, Span};

/// A key with the values that it takes in turn.
#[derive(Clone, Debug)]
pub(crate) struct Axis<'a> {
    pub key: &'a str,
    pub key_span: Span,
    pub values: Vec<AxisValue<'a>>,
}

#[derive(Clone, Debug)]
pub(crate) struct AxisValue<'a> {
    pub node: &'a Node,
    /// As it stands in an id.
    pub text: String,
}

/// Common keys that may be axes; all others of them are for people or for the
/// schedule, and one test has one of each.
const COMMON_AXES: [&str; 2] = ["seed", "runs"];

/// The axes of a `matrix` table. An axis with anything wrong keeps what is right.
pub(crate) fn axes<'a>(entry: &'a Entry, findings: &mut Vec<Finding>) -> Vec<Axis<'a>> {
    let Value::Table(Table { entries }) = &entry.node.value else {
        if !entry.node.is_invalid() {
            let message = format!("expected a table of lists, found {}", describe(&entry.node));
            findings.push(
                Finding::at(entry.node.span, message)
                    .help("such as `matrix.seed = [1, 2, 3]`".to_owned()),
            );
        }
        return Vec::new();
    };
    entries.iter().map(|entry| axis(entry, findings)).collect()
}

fn axis<'a>(entry: &'a Entry, findings: &mut Vec<Finding>) -> Axis<'a> {
    let mut axis = Axis {
        key: &entry.key,
        key_span: entry.key_span,
        values: Vec::new(),
    };
    if super::common::is_key(&entry.key) && !COMMON_AXES.contains(&entry.key.as_str()) {
        findings.push(Finding::at(
            entry.key_span,
            format!("`{}` cannot be an axis of a matrix", entry.key),
        ));
        return axis;
    }
    let items = match &entry.node.value {
        Value::Array(items) => items,
        Value::Invalid => return axis,
        _ => {
            let message = format!(
                "expected a list of values for the axis `{}`, found {}",
                cut(&entry.key),
                describe(&entry.node)
            );
            findings.push(Finding::at(entry.node.span, message));
            return axis;
        }
    };
    if items.is_empty() {
        let message = format!(
            "the axis `{}` is empty: the matrix would have no case",
            cut(&entry.key)
        );
        findings.push(Finding::at(entry.node.span, message));
    }
    let mut seen = HashSet::new();
    for node in items.iter().filter(|node| !node.is_invalid()) {
        match text(node) {
            Ok(text) if seen.insert(text.clone()) => axis.values.push(AxisValue { node, text }),
            Ok(_) => findings.push(Finding::at(
                node.span,
                format!("{} is listed twice", describe(node)),
            )),
            Err(message) => findings.push(Finding::at(node.span, message)),
        }
    }
    axis
}

/// A value as it stands in an id.
fn text(node: &Node) -> Result<String, String> {
    match &node.value {
        Value::String(text) => match text
            .chars()
            .find(|c| c.is_control() || matches!(c, ',' | ']' | '='))
        {
            None => Ok(text.clone()),
            Some(bad) => Err(format!(
                "a matrix value becomes part of an id and may not contain `{}`",
                bad.escape_default()
            )),
        },
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(format!("{number:?}")),
        Value::Boolean(flag) => Ok(flag.to_string()),
        _ => Err(format!(
            "a matrix value is a string, a number or a boolean, not {}",
            describe(node)
        )),
    }
}

/// How many combinations there are; `None` if more than can be counted.
pub(crate) fn product(axes: &[Axis<'_>]) -> Option<usize> {
    axes.iter().try_fold(1_usize, |product, axis| {
        product.checked_mul(axis.values.len())
    })
}

/// How many combinations there are and why: "6 (2 of `model` × 3 of `seed`)".
pub(crate) fn size(axes: &[Axis<'_>]) -> String {
    let factors: Vec<_> = axes
        .iter()
        .map(|axis| format!("{} of `{}`", axis.values.len(), cut(axis.key)))
        .collect();
    let product = product(axes).map_or_else(
        || "more than can be counted".to_owned(),
        |product| product.to_string(),
    );
    format!("{product} ({})", factors.join(" × "))
}

/// All combinations, as one index for each axis, the last axis fastest.
pub(crate) fn combinations<'a>(axes: &'a [Axis<'_>]) -> impl Iterator<Item = Vec<usize>> + 'a {
    let count = product(axes).unwrap_or(0);
    (0..count).map(move |mut number| {
        let mut indices = vec![0; axes.len()];
        for (index, axis) in indices.iter_mut().zip(axes).rev() {
            *index = number % axis.values.len();
            number /= axis.values.len();
        }
        indices
    })
}

/// The `[model=mlp,seed=1]` of an id; nothing without axes.
pub(crate) fn suffix(axes: &[Axis<'_>], indices: &[usize]) -> String {
    let mut suffix = String::new();
    for (axis, index) in axes.iter().zip(indices) {
        suffix.push(if suffix.is_empty() { '[' } else { ',' });
        // Writing to a string cannot fail.
        let _ = write!(suffix, "{}={}", axis.key, axis.values[*index].text);
    }
    if !suffix.is_empty() {
        suffix.push(']');
    }
    suffix
}
