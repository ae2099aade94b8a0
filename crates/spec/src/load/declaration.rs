//! One declaration of a subject: which variant it chooses, and which of its keys
//! are the kind's and which the variant's.

use std::collections::BTreeMap;

use super::fit::describe::cut;
use super::fit::keys::{self, Keys};
use super::fit::walk::Reference;
use super::fit::{self, Owner};
use super::ground::Ground;
use super::node::{Entry, Member, Value};
use super::source::Finding;
use crate::{Declaration, Shape, SubjectKind, SubjectWords, nearest};

/// Reads one declaration, with the subjects that it names itself. What is wrong
/// in it is reported, and the rest kept, so that cases that name it are not
/// blamed.
pub(crate) fn declare(
    kind: SubjectKind,
    entry: &Entry,
    words: &SubjectWords,
    ground: &Ground<'_>,
    findings: &mut Vec<Finding>,
) -> (Declaration, Vec<Reference>) {
    let mut members = match &entry.node.value {
        Value::Table(table) => table.members(),
        _ => Vec::new(),
    };
    let mut tag = None;
    let mut chosen = None;
    if let Some((key, variants)) = &words.variants {
        chosen = variant(kind, entry, key, variants, &members, findings);
        members.retain(|member| member.key != *key);
        tag = Some(*key);
    }

    let common_keys = keys::of(words.common.schema());
    let own_keys = chosen.map(|(_, shape)| keys::of(shape.schema()));
    let routed = Routed::new(members, &common_keys, own_keys.as_ref());
    // Without a known variant its keys are unknown too: not a word on them.
    if chosen.is_some() || tag.is_none() {
        let owner = chosen.map_or(kind.word(), |(name, _)| name);
        let own = own_keys.iter().flat_map(|keys| keys.named.keys());
        let known: Vec<&str> = common_keys
            .named
            .keys()
            .chain(own)
            .copied()
            .chain(tag)
            .collect();
        findings.extend(routed.unknown.iter().map(|member| {
            let message = format!("`{owner}` takes no `{}`", cut(member.key));
            Finding::at(member.key_span, message)
                .help(nearest::help(member.key, known.iter().copied()))
        }));
    }

    let (mut references, mut files) = (Vec::new(), Vec::new());
    let mut fit = |shape, name, members: &[Member<'_>]| {
        let span = entry.key_span;
        let fitted = fit::fit(shape, Owner { name, span }, members, ground, findings);
        references.extend(fitted.references);
        files.extend(fitted.files);
        fitted.table
    };
    let common = fit(&words.common, kind.word(), &routed.common);
    let variant = chosen.map(|(name, shape)| (name.to_owned(), fit(shape, name, &routed.own)));
    let declaration = Declaration {
        kind,
        name: entry.key.clone(),
        common,
        variant,
        files,
        folder: ground.folder(entry.key_span),
        subjects: BTreeMap::new(),
    };
    (declaration, references)
}

/// The keys of a declaration by whose they are.
#[derive(Default)]
struct Routed<'a> {
    common: Vec<Member<'a>>,
    own: Vec<Member<'a>>,
    unknown: Vec<Member<'a>>,
}

impl<'a> Routed<'a> {
    /// A named key goes to all that name it, any other to the variant if it takes
    /// any, else to the kind if that does.
    fn new(members: Vec<Member<'a>>, common: &Keys<'_>, own: Option<&Keys<'_>>) -> Self {
        let mut routed = Self::default();
        for member in members {
            let in_common = common.named.contains_key(member.key);
            let in_own = own.is_some_and(|own| own.named.contains_key(member.key));
            let is_named = in_common || in_own;
            if in_common {
                routed.common.push(member);
            }
            if in_own {
                routed.own.push(member);
            }
            if !is_named {
                let takes_any = own.is_some_and(|own| own.open);
                match (takes_any, common.open) {
                    (true, _) => routed.own.push(member),
                    (false, true) => routed.common.push(member),
                    (false, false) => routed.unknown.push(member),
                }
            }
        }
        routed
    }
}

/// The variant that a declaration chooses.
fn variant<'v>(
    kind: SubjectKind,
    entry: &Entry,
    key: &str,
    variants: &'v BTreeMap<String, Shape>,
    members: &[Member<'_>],
    findings: &mut Vec<Finding>,
) -> Option<(&'v str, &'v Shape)> {
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
