//! Whether a table fits a [`Shape`], with every misfit at its place.
//!
//! First a walk beside the JSON Schema ([`walk`]), which finds all it can see at
//! once; then the type itself, which has the last word. What does not fit is
//! left out and the rest tried again, so that one error hides no other.

mod choose;
pub(crate) mod describe;
pub(crate) mod keys;
mod scalar;
pub(crate) mod walk;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::ground::Ground;
use super::node::{Member, Node, Value};
use super::source::{Finding, Span};
use crate::{Misfit, Shape};
use walk::{Reference, Walk};

/// A table that was looked at. If anything was found, it holds what is right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fitted {
    /// Paths are absolute.
    pub table: toml::Table,
    pub references: Vec<Reference>,
    /// Every file and folder that it names, in the order of writing.
    pub files: Vec<PathBuf>,
}

/// What a table is, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a> {
    /// The check's or the variant's name.
    pub name: &'a str,
    /// Where to say that a key is missing.
    pub span: Span,
}

/// Fits the members of a table to a shape and resolves its paths.
pub(crate) fn fit(
    shape: &Shape,
    owner: Owner<'_>,
    members: &[Member<'_>],
    ground: &Ground<'_>,
    findings: &mut Vec<Finding>,
) -> Fitted {
    let schema = shape.schema();
    let mut walk = Walk::new(schema);
    walk.table(schema, members, owner.name, owner.span, "");
    let out = walk.out;
    let mut incomplete = !out.missing.is_empty() || !out.rejected.is_empty();
    findings.extend(out.findings);
    if !ground.lenient {
        findings.extend(out.missing);
    }

    let mut build = Build {
        rejected: out.rejected,
        paths: HashMap::new(),
    };
    let mut files = Vec::new();
    let near: HashMap<Span, String> = out.near.into_iter().collect();
    for (span, path) in out.paths {
        match ground.resolve(span, &path) {
            Ok(found) => {
                files.extend(found.files);
                build.paths.insert(span, found.path);
            }
            Err(finding) => {
                findings.extend(finding.map(|finding| match near.get(&span) {
                    Some(name) => finding.help(format!("did you mean `{name}`?")),
                    None => finding,
                }));
                build.rejected.insert(span);
                incomplete = true;
            }
        }
    }
    incomplete |= members.iter().any(|member| build.lacks(member.node));

    let mut table = build.table(members);
    // Every round leaves out one value more, so this ends.
    while let Err(misfit) = shape.fits(table.clone()) {
        let culprit = build.locate(&misfit, members);
        if misfit.message.starts_with("missing field") && incomplete {
            break;
        }
        // What lacks a part that was left out is no news.
        if !culprit.is_some_and(|node| build.lacks(node)) {
            findings.push(report(&misfit, culprit, owner));
        }
        let Some(node) = culprit else { break };
        build.rejected.insert(node.span);
        incomplete = true;
        table = build.table(members);
    }
    // What lacks a part cannot be asked whether its parts hold together.
    if !incomplete {
        let misfits = shape.holds(&table).into_iter();
        findings
            .extend(misfits.map(|misfit| report(&misfit, build.locate(&misfit, members), owner)));
    }
    Fitted {
        table,
        references: out.references,
        files,
    }
}

fn report(misfit: &Misfit, culprit: Option<&Node>, owner: Owner<'_>) -> Finding {
    let Some(node) = culprit else {
        let message = format!("`{}`: {}", owner.name, misfit.message);
        return Finding::at(owner.span, message).help(misfit.help.clone());
    };
    let expected = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .any(|start| misfit.message.starts_with(start))
        .then(|| misfit.message.rsplit_once(", expected "))
        .flatten();
    let message = match expected {
        Some((_, expected)) => format!(
            "expected {}, found {}",
            plain(expected),
            describe::value(node)
        ),
        None => misfit.message.clone(),
    };
    Finding::at(node.span, message).help(misfit.help.clone())
}

/// A Rust type in words.
fn plain(expected: &str) -> &str {
    match expected {
        "usize" | "u64" | "u32" | "u16" | "u8" => "a whole number of at least 0",
        "isize" | "i64" | "i32" | "i16" | "i8" => "a whole number",
        "f64" | "f32" => "a number",
        "a boolean" => "`true` or `false`",
        "a map" => "a table",
        "a sequence" => "an array",
        other => other,
    }
}

/// Makes plain TOML of what has not been rejected.
struct Build {
    rejected: HashSet<Span>,
    /// Absolute paths, by the place of the written one.
    paths: HashMap<Span, String>,
}

impl Build {
    fn table(&self, members: &[Member<'_>]) -> toml::Table {
        members
            .iter()
            .filter_map(|member| Some((member.key.to_owned(), self.value(member.node)?)))
            .collect()
    }

    fn value(&self, node: &Node) -> Option<toml::Value> {
        if self.rejected.contains(&node.span) {
            return None;
        }
        Some(match &node.value {
            Value::String(text) => {
                toml::Value::String(self.paths.get(&node.span).unwrap_or(text).clone())
            }
            Value::Integer(number) => toml::Value::Integer(*number),
            Value::Float(number) => toml::Value::Float(*number),
            Value::Boolean(flag) => toml::Value::Boolean(*flag),
            Value::Datetime(date) => toml::Value::Datetime(*date),
            Value::Array(items) => {
                toml::Value::Array(items.iter().filter_map(|item| self.value(item)).collect())
            }
            Value::Table(table) => toml::Value::Table(self.table(&table.members())),
            Value::Invalid => return None,
        })
    }

    /// The value that a misfit's path leads to, or the nearest one above it. Keys
    /// may hold dots themselves, so the longest key that fits is taken.
    fn locate<'a>(&self, misfit: &Misfit, members: &[Member<'a>]) -> Option<&'a Node> {
        let mut rest = misfit.path.as_str();
        let mut members = members.to_vec();
        let mut found: Option<&'a Node> = None;
        loop {
            let next = match found.map(|node| &node.value) {
                Some(Value::Array(items)) => {
                    let (index, after) = rest
                        .strip_prefix('[')
                        .and_then(|rest| rest.split_once(']'))?;
                    let index: usize = index.parse().ok()?;
                    let mut kept = items.iter().filter(|item| !self.is_left_out(item));
                    rest = after;
                    kept.nth(index)
                }
                Some(Value::Table(_)) | None => {
                    let step = members
                        .iter()
                        .filter(|member| !self.is_left_out(member.node))
                        .filter_map(|member| Some((member, after_key(rest, member.key)?)))
                        .min_by_key(|(_, after)| after.len());
                    step.map(|(member, after)| {
                        rest = after;
                        member.node
                    })
                }
                Some(_) => None,
            };
            match next {
                Some(node) => {
                    found = Some(node);
                    if rest.is_empty() {
                        return found;
                    }
                    rest = rest.strip_prefix('.').unwrap_or(rest);
                    if let Value::Table(table) = &node.value {
                        members = table.entries.iter().map(|entry| entry.member()).collect();
                    }
                }
                None => return found,
            }
        }
    }

    /// Whether the value or a part of it is left out.
    fn lacks(&self, node: &Node) -> bool {
        self.is_left_out(node)
            || match &node.value {
                Value::Array(items) => items.iter().any(|item| self.lacks(item)),
                Value::Table(table) => table.entries.iter().any(|entry| self.lacks(&entry.node)),
                _ => false,
            }
    }

    fn is_left_out(&self, node: &Node) -> bool {
        node.is_invalid() || self.rejected.contains(&node.span)
    }
}

/// What follows a key at the start of a path.
fn after_key<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    path.strip_prefix(key)
        .filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
