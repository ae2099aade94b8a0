//! Subjects: their declarations, and which one a name means in a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fit::describe::cut;
use super::fit::walk::Reference;
use super::fit::{self, Owner};
use super::ground::Ground;
use super::node::{Entry, Member, Value};
use super::source::Finding;
use crate::load::fit::keys;
use crate::{Declaration, SubjectKind, SubjectWords, Vocabulary, nearest};

type Declared = BTreeMap<(SubjectKind, String), Arc<Declaration>>;

/// The subjects that a file can name: its own, then the root's.
pub(crate) struct Scope<'r> {
    own: Declared,
    outer: Option<&'r Scope<'r>>,
    /// Whether the root file could not be read: then any name may be right.
    lenient: bool,
}

impl<'r> Scope<'r> {
    /// Reads the declarations of one file.
    pub fn new(
        entries: &[(SubjectKind, Entry)],
        outer: Option<&'r Scope<'r>>,
        vocabulary: &Vocabulary,
        ground: &Ground<'_>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut own = Declared::new();
        let mut references = Vec::new();
        for (kind, entry) in entries {
            if let Some(words) = vocabulary.subjects.get(kind) {
                let (declaration, named) = declare(*kind, entry, words, ground, findings);
                own.insert((*kind, entry.key.clone()), Arc::new(declaration));
                references.extend(named);
            }
        }
        let scope = Self {
            own,
            outer,
            lenient: ground.lenient,
        };
        for reference in &references {
            scope.resolve(reference, findings);
        }
        scope
    }

    /// The declaration that a name means; reports a name that means none.
    pub fn resolve(
        &self,
        reference: &Reference,
        findings: &mut Vec<Finding>,
    ) -> Option<Arc<Declaration>> {
        let found = self.find(reference.kind, &reference.name);
        if found.is_none() && !self.lenient {
            let word = reference.kind.word();
            let names = self.names(reference.kind);
            let help = nearest::help(&reference.name, names.iter().copied()).unwrap_or_else(|| {
                format!("declare it as `[{word}.NAME]`, here or in the root file")
            });
            findings.push(
                Finding::at(
                    reference.span,
                    format!("there is no {word} `{}`", cut(&reference.name)),
                )
                .help(help),
            );
        }
        found
    }

    /// The names of a kind, nearest first.
    pub fn names(&self, kind: SubjectKind) -> Vec<&str> {
        let own = self
            .own
            .keys()
            .filter(|(of, _)| *of == kind)
            .map(|(_, name)| name.as_str());
        own.chain(self.outer.into_iter().flat_map(|outer| outer.names(kind)))
            .collect()
    }

    fn find(&self, kind: SubjectKind, name: &str) -> Option<Arc<Declaration>> {
        let own = self.own.get(&(kind, name.to_owned()));
        own.cloned()
            .or_else(|| self.outer.and_then(|outer| outer.find(kind, name)))
    }
}

/// Reads one declaration. What is wrong in it is reported, and the rest kept, so
/// that cases that name it are not blamed.
fn declare(
    kind: SubjectKind,
    entry: &Entry,
    words: &SubjectWords,
    ground: &Ground<'_>,
    findings: &mut Vec<Finding>,
) -> (Declaration, Vec<Reference>) {
    let members = match &entry.node.value {
        Value::Table(table) => table.members(),
        _ => Vec::new(),
    };
    let chosen = words.variants.as_ref().map(|(key, variants)| {
        (
            *key,
            variant(kind, entry, key, variants, &members, findings),
        )
    });
    let variant_key = chosen.as_ref().map(|(key, _)| *key);
    let variant_shape = chosen.as_ref().and_then(|(_, found)| *found);

    let common_keys = keys::of(words.common.schema());
    let variant_keys = variant_shape.map(|(_, shape)| keys::of(shape.schema()));
    let (mut common, mut own): (Vec<Member<'_>>, Vec<Member<'_>>) = (Vec::new(), Vec::new());
    for member in members
        .into_iter()
        .filter(|member| Some(member.key) != variant_key)
    {
        let in_common = common_keys.named.contains_key(member.key);
        let in_own = variant_keys
            .as_ref()
            .is_some_and(|keys| keys.named.contains_key(member.key));
        if in_common {
            common.push(member);
        }
        if in_own || (!in_common && variant_keys.as_ref().is_some_and(|keys| keys.open)) {
            own.push(member);
        } else if !in_common && common_keys.open {
            common.push(member);
        } else if !in_common && (variant_shape.is_some() || variant_key.is_none()) {
            // Without a known variant, its keys are unknown too: not a word.
            let owner = variant_shape.map_or(kind.word(), |(name, _)| name);
            let known = common_keys
                .named
                .keys()
                .chain(variant_keys.iter().flat_map(|keys| keys.named.keys()));
            findings.push(
                Finding::at(
                    member.key_span,
                    format!("`{owner}` takes no `{}`", cut(member.key)),
                )
                .help(nearest::help(member.key, known.copied().chain(variant_key))),
            );
        }
    }
    let mut references = Vec::new();
    let mut fit = |shape, name, members: &[Member<'_>]| {
        // A missing key of a declaration cannot come from the root file.
        let fitted = fit::fit(
            shape,
            Owner {
                name,
                span: entry.key_span,
            },
            members,
            ground,
            findings,
        );
        references.extend(fitted.references);
        fitted.table
    };
    let declaration = Declaration {
        kind,
        name: entry.key.clone(),
        common: fit(&words.common, kind.word(), &common),
        variant: variant_shape.map(|(name, shape)| (name.to_owned(), fit(shape, name, &own))),
    };
    (declaration, references)
}

/// The variant that a declaration chooses.
fn variant<'v>(
    kind: SubjectKind,
    entry: &Entry,
    key: &str,
    variants: &'v BTreeMap<String, crate::Shape>,
    members: &[Member<'_>],
    findings: &mut Vec<Finding>,
) -> Option<(&'v str, &'v crate::Shape)> {
    let names = || variants.keys().map(String::as_str);
    let Some(member) = members.iter().find(|member| member.key == key) else {
        let near = members
            .iter()
            .filter(|member| nearest::nearest(member.key, [key]).is_some());
        let help = near
            .map(|member| format!("is `{}` meant to be `{key}`?", cut(member.key)))
            .next();
        findings.push(
            Finding::at(
                entry.key_span,
                format!("the {} `{}` needs `{key}`", kind.word(), entry.key),
            )
            .help(help.or_else(|| nearest::known_here(names()))),
        );
        return None;
    };
    if member.node.is_invalid() {
        return None;
    }
    let found = member
        .node
        .as_str()
        .and_then(|name| variants.get_key_value(name));
    if found.is_none() {
        let (message, help) = match member.node.as_str() {
            Some(name) => (
                format!("there is no {key} `{}`", cut(name)),
                nearest::help(name, names()),
            ),
            None => (
                format!(
                    "expected the name of a {key}, found {}",
                    fit::describe::value(member.node)
                ),
                nearest::known_here(names()),
            ),
        };
        findings.push(Finding::at(member.node.span, message).help(help));
    }
    found.map(|(name, shape)| (name.as_str(), shape))
}
