//! Walks a table beside its JSON Schema: every unknown key, wrong value and
//! missing key at once, each at its place; paths and names of subjects on the
//! way. Pure: it resolves neither.
//!
//! What a schema cannot say is left to [`Shape::fits`](crate::Shape::fits).

use std::collections::HashSet;

use serde_json::{Map, Value as Schema};

use super::choose::Choice;
use super::{describe, keys, scalar};
use crate::load::node::{Member, Node, Value};
use crate::load::source::{Finding, Span};
use crate::nearest;
use crate::value::{PREDECESSOR, Which};
use crate::{SpecPath, SubjectKind};

/// What a walk comes home with.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub findings: Vec<Finding>,
    /// Keys that must be written and are not.
    pub missing: Vec<Finding>,
    /// Values that are wrong.
    pub rejected: HashSet<Span>,
    /// Paths in the table.
    pub paths: Vec<(Span, String)>,
    /// Where a path stands and a name could: the known name that is near.
    pub near: Vec<(Span, String)>,
    /// Names of subjects in the table.
    pub references: Vec<Reference>,
}

/// A subject named by a value of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The key that names it, such as `reference` or `stages[0].model`.
    pub key: String,
    /// The kinds that it may be of.
    pub kinds: Vec<SubjectKind>,
    pub name: String,
    pub span: Span,
}

pub(crate) struct Walk<'s> {
    /// The whole schema, which links refer to.
    pub root: &'s Schema,
    pub out: Outcome,
}

impl<'s> Walk<'s> {
    pub fn new(root: &'s Schema) -> Self {
        Self {
            root,
            out: Outcome::default(),
        }
    }

    /// A table, of which `owner` is the name and `span` the place.
    pub fn table(
        &mut self,
        schema: &'s Schema,
        members: &[Member<'_>],
        owner: &str,
        span: Span,
        path: &str,
    ) {
        let mut maps = Vec::new();
        if !self.gather(schema, members, owner, span, &mut maps) {
            return;
        }
        let named: Vec<(&str, &'s Schema)> =
            maps.iter().flat_map(|map| keys::properties(map)).collect();
        let mut additional: Vec<_> = maps
            .iter()
            .filter_map(|map| keys::additional(map))
            .collect();
        let silent = |map: &&Map<String, Schema>| {
            !map.contains_key("properties") && !map.contains_key("additionalProperties")
        };
        if maps.iter().all(silent) {
            additional.push(&Schema::Bool(true));
        }
        for member in members {
            let path = join(path, member.key);
            let mut schemas = named
                .iter()
                .filter(|(key, _)| *key == member.key)
                .map(|(_, schema)| *schema)
                .peekable();
            if schemas.peek().is_some() {
                schemas.for_each(|schema| self.value(schema, member.key, member.node, &path));
            } else if additional.is_empty() {
                let known = named.iter().map(|(key, _)| *key);
                self.out.rejected.insert(member.node.span);
                self.out.findings.push(
                    Finding::at(
                        member.key_span,
                        format!("`{owner}` takes no `{}`", describe::cut(member.key)),
                    )
                    .help(nearest::help(member.key, known)),
                );
            } else {
                additional
                    .iter()
                    .for_each(|schema| self.value(schema, member.key, member.node, &path));
            }
        }
        self.missing(&maps, &named, members, owner, span);
    }

    fn missing(
        &mut self,
        maps: &[&'s Map<String, Schema>],
        named: &[(&str, &'s Schema)],
        members: &[Member<'_>],
        owner: &str,
        span: Span,
    ) {
        for key in maps
            .iter()
            .flat_map(|map| keys::parts(map, "required"))
            .filter_map(Schema::as_str)
        {
            if members.iter().any(|member| member.key == key) {
                continue;
            }
            let schema = named
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, schema)| *schema);
            let what = schema.map_or_else(
                || "a value".into(),
                |schema| describe::schema(self.root, schema),
            );
            self.out.missing.push(Finding::at(
                span,
                format!("`{owner}` needs `{key}`: {what}"),
            ));
        }
    }

    /// The schemas of one table: the schema itself, its parts and the variants
    /// that the table chooses. `false` if that went wrong and is reported.
    fn gather(
        &mut self,
        schema: &'s Schema,
        members: &[Member<'_>],
        owner: &str,
        span: Span,
        into: &mut Vec<&'s Map<String, Schema>>,
    ) -> bool {
        let schema = keys::follow(self.root, schema);
        let Some(map) = schema.as_object() else {
            return false;
        };
        into.push(map);
        let mut whole = true;
        for part in keys::parts(map, "allOf") {
            whole &= self.gather(part, members, owner, span, into);
        }
        let choices = keys::choices(self.root, map);
        if !choices.is_empty() {
            whole &= match self.choose(&choices, members, owner, span) {
                Choice::Of(choice) => self.gather(choice, members, owner, span, into),
                Choice::None => false,
            };
        }
        whole
    }

    pub fn value(&mut self, schema: &'s Schema, key: &str, node: &Node, path: &str) {
        let schema = keys::follow(self.root, schema);
        let Some(map) = schema.as_object() else {
            return;
        };
        match &node.value {
            Value::Invalid => {}
            Value::Table(table) if keys::admits_table(self.root, schema) => {
                let before = self.out.findings.len() + self.out.missing.len();
                self.table(schema, &table.members(), key, node.span, path);
                // A table that lacks keys is no use to what reads it.
                if self.out.findings.len() + self.out.missing.len() > before {
                    self.out.rejected.insert(node.span);
                }
            }
            _ => {
                keys::parts(map, "allOf")
                    .iter()
                    .for_each(|part| self.value(part, key, node, path));
                let choices = keys::choices(self.root, map);
                if choices.is_empty() {
                    self.scalar(schema, map, key, node, path);
                } else {
                    self.either(schema, &choices, key, node, path);
                }
            }
        }
    }

    /// A value that is not a table, where the schema offers a choice.
    fn either(
        &mut self,
        schema: &'s Schema,
        choices: &[&'s Schema],
        key: &str,
        node: &Node,
        path: &str,
    ) {
        let mut trials = choices.iter().map(|choice| {
            let mut trial = Walk::new(self.root);
            trial.value(choice, key, node, path);
            trial.out
        });
        match trials.find(|out| out.findings.is_empty() && out.missing.is_empty()) {
            Some(mut out) => {
                if let Some(text) = node.as_str()
                    && !out.paths.is_empty()
                    && let Some(name) = nearest::nearest(text, listed_strings(self.root, schema))
                {
                    out.near.push((node.span, name.to_owned()));
                }
                self.out.merge(out);
            }
            None if choices.len() == 1 => self.value(choices[0], key, node, path),
            None => self.mismatch(schema, node),
        }
    }

    fn scalar(
        &mut self,
        schema: &'s Schema,
        map: &'s Map<String, Schema>,
        key: &str,
        node: &Node,
        path: &str,
    ) {
        if !scalar::fits(map, node) {
            return self.mismatch(schema, node);
        }
        match &node.value {
            Value::Array(items) => {
                let fixed = keys::parts(map, "prefixItems");
                let before = self.out.findings.len();
                for (index, item) in items.iter().enumerate() {
                    if let Some(schema) = fixed.get(index).or(map.get("items")) {
                        self.value(schema, key, item, &format!("{path}[{index}]"));
                    }
                }
                // Without one of its items, a tuple is another one.
                if !fixed.is_empty() && self.out.findings.len() > before {
                    self.out.rejected.insert(node.span);
                }
            }
            Value::String(text) => match map.get("format").and_then(Schema::as_str) {
                Some(SpecPath::FORMAT) => self.out.paths.push((node.span, text.clone())),
                Some(format) => self.reference(format, text, node.span, path),
                None => {}
            },
            _ => {}
        }
    }

    fn reference(&mut self, format: &str, name: &str, span: Span, path: &str) {
        let words = match format.strip_prefix(PREDECESSOR) {
            None => format.strip_prefix(describe::SUBJECT),
            Some(kinds) => match Which::of(name) {
                Which::Blessed => None,
                Which::Subject(_) => Some(kinds),
                Which::Path(_) => {
                    self.out.paths.push((span, name.to_owned()));
                    None
                }
            },
        };
        let words: Vec<&str> = words
            .into_iter()
            .flat_map(|words| words.split(','))
            .collect();
        let kinds: Vec<SubjectKind> = SubjectKind::ALL
            .into_iter()
            .filter(|kind| words.contains(&kind.word()))
            .collect();
        if !kinds.is_empty() {
            self.out.references.push(Reference {
                key: path.to_owned(),
                kinds,
                name: name.to_owned(),
                span,
            });
        }
    }

    pub fn mismatch(&mut self, schema: &Schema, node: &Node) {
        let expected = describe::schema(self.root, schema);
        let known = listed_strings(self.root, schema);
        let near = node.as_str().and_then(|text| nearest::nearest(text, known));
        self.out.rejected.insert(node.span);
        self.out.findings.push(
            Finding::at(
                node.span,
                format!("expected {expected}, found {}", describe::value(node)),
            )
            .help(near.map(|name| format!("did you mean `{name}`?"))),
        );
    }
}

impl Outcome {
    fn merge(&mut self, other: Outcome) {
        self.findings.extend(other.findings);
        self.missing.extend(other.missing);
        self.rejected.extend(other.rejected);
        self.paths.extend(other.paths);
        self.near.extend(other.near);
        self.references.extend(other.references);
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// The words that a schema lists, in it or in its choices.
fn listed_strings<'s>(root: &'s Schema, schema: &'s Schema) -> Vec<&'s str> {
    let Some(map) = keys::follow(root, schema).as_object() else {
        return Vec::new();
    };
    let own = keys::listed(map)
        .unwrap_or_default()
        .into_iter()
        .filter_map(Schema::as_str);
    own.chain(
        keys::choices(root, map)
            .into_iter()
            .flat_map(|choice| listed_strings(root, choice)),
    )
    .collect()
}
