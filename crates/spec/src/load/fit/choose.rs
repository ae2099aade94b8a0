//! Which variant of an enum a table means.

use serde_json::Value as Schema;

use super::walk::Walk;
use super::{describe, keys};
use crate::load::node::Member;
use crate::load::source::{Finding, Span};
use crate::nearest;

/// The variant of a table.
pub(crate) enum Choice<'s> {
    Of(&'s Schema),
    /// None, which has been reported.
    None,
}

impl<'s> Walk<'s> {
    /// Chooses by the tag, if the variants have one (`kind = "adamw"`), else by
    /// the keys that are written.
    pub(super) fn choose(
        &mut self,
        choices: &[&'s Schema],
        members: &[Member<'_>],
        owner: &str,
        span: Span,
    ) -> Choice<'s> {
        let tables: Vec<_> = choices
            .iter()
            .copied()
            .filter(|choice| keys::admits_table(self.root, choice))
            .collect();
        if let [only] = tables[..] {
            return Choice::Of(only);
        }
        if let Some(tag) = tag(&tables) {
            return self.tagged(&tables, tag, members, owner, span);
        }
        let has_required = |choice: &&&'s Schema| {
            required(choice).all(|key| members.iter().any(|member| member.key == key))
        };
        let mut able = tables.iter().filter(has_required).copied().peekable();
        if able.peek().is_none() {
            let ways: Vec<_> = tables
                .iter()
                .map(|choice| nearest::listed(required(choice)))
                .collect();
            self.out.missing.push(Finding::at(
                span,
                format!("`{owner}` needs {}", ways.join(" or ")),
            ));
            return Choice::None;
        }
        let errors = |choice: &&'s Schema| {
            let mut trial = Walk::new(self.root);
            trial.table(choice, members, owner, span, "");
            trial.out.findings.len() + trial.out.missing.len()
        };
        able.min_by_key(errors).map_or(Choice::None, Choice::Of)
    }

    fn tagged(
        &mut self,
        tables: &[&'s Schema],
        tag: &str,
        members: &[Member<'_>],
        owner: &str,
        span: Span,
    ) -> Choice<'s> {
        let words = || tables.iter().filter_map(|choice| word(choice, tag));
        let Some(member) = members.iter().find(|member| member.key == tag) else {
            let message = format!(
                "`{owner}` needs `{tag}`: {}",
                describe::listed_words(words())
            );
            self.out.missing.push(Finding::at(span, message));
            return Choice::None;
        };
        if member.node.is_invalid() {
            return Choice::None;
        }
        let found = tables
            .iter()
            .find(|choice| word(choice, tag) == member.node.as_str());
        if let Some(choice) = found.filter(|_| member.node.as_str().is_some()) {
            return Choice::Of(choice);
        }
        let near = member
            .node
            .as_str()
            .and_then(|text| nearest::nearest(text, words()));
        self.out.rejected.insert(member.node.span);
        self.out.findings.push(
            Finding::at(
                member.node.span,
                format!(
                    "expected {}, found {}",
                    describe::listed_words(words()),
                    describe::value(member.node)
                ),
            )
            .help(near.map(|name| format!("did you mean `{name}`?"))),
        );
        Choice::None
    }
}

/// The key whose value tells the variants apart.
fn tag<'s>(tables: &[&'s Schema]) -> Option<&'s str> {
    let (first, rest) = tables.split_first()?;
    let first = first.as_object()?;
    keys::properties(first).map(|(key, _)| key).find(|key| {
        word(tables[0], key).is_some() && rest.iter().all(|choice| word(choice, key).is_some())
    })
}

/// The one word that a variant allows for a key.
fn word<'s>(choice: &'s Schema, key: &str) -> Option<&'s str> {
    let property = choice.get("properties")?.get(key)?.as_object()?;
    match keys::listed(property)?[..] {
        [only] => only.as_str(),
        _ => None,
    }
}

fn required(choice: &Schema) -> impl Iterator<Item = &str> {
    choice
        .as_object()
        .into_iter()
        .flat_map(|map| keys::parts(map, "required"))
        .filter_map(Schema::as_str)
}
