//! The vocabulary, prepared for looking up keys.

use std::collections::{BTreeMap, BTreeSet};

use super::common;
use crate::load::fit::keys::{self, Keys};
use crate::{CheckWords, SubjectKind, Vocabulary};

/// The vocabulary with the keys of every check laid out.
pub(crate) struct Words<'v> {
    pub vocabulary: &'v Vocabulary,
    pub checks: BTreeMap<&'v str, Check<'v>>,
    /// Parameters of any check: what defaults may set.
    parameters: BTreeSet<&'v str>,
}

/// A check that a case may name.
pub(crate) struct Check<'v> {
    pub name: &'v str,
    pub words: &'v CheckWords,
    keys: Keys<'v>,
}

/// What a key of a case says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Something every case takes.
    Common,
    /// A subject that the check needs.
    Subject(SubjectKind),
    /// A parameter of the check.
    Parameter,
}

impl<'v> Words<'v> {
    pub fn new(vocabulary: &'v Vocabulary) -> Self {
        let checks: BTreeMap<_, _> = vocabulary
            .checks
            .iter()
            .map(|(name, words)| {
                let keys = keys::of(words.shape.schema());
                (name.as_str(), Check { name, words, keys })
            })
            .collect();
        let parameters = checks
            .values()
            .flat_map(|check| check.keys.named.keys().copied())
            .collect();
        Self {
            vocabulary,
            checks,
            parameters,
        }
    }

    /// Whether any case could take a key by default.
    pub fn is_default(&self, key: &str) -> bool {
        let kind = subject_kind(key);
        common::is_key(key)
            || kind.is_some_and(|kind| self.vocabulary.subjects.contains_key(&kind))
            || self.parameters.contains(key)
    }

    /// The keys that defaults may set.
    pub fn defaults(&self) -> Vec<&'v str> {
        let mut names: Vec<&'v str> = common::names().filter(|name| *name != "check").collect();
        names.extend(self.vocabulary.subjects.keys().map(|kind| kind.word()));
        names.extend(self.parameters.iter());
        names
    }
}

impl<'v> Check<'v> {
    /// What a key of a case of this check says; `None` if the check does not
    /// take it.
    pub fn role(&self, key: &str) -> Option<Role> {
        if common::is_key(key) {
            return Some(Role::Common);
        }
        let kind = subject_kind(key).filter(|kind| self.words.needs.contains(kind));
        match kind {
            Some(kind) => Some(Role::Subject(kind)),
            None => self.keys.take(key).then_some(Role::Parameter),
        }
    }

    /// Every key that a case of this check takes.
    pub fn known(&self) -> Vec<&'v str> {
        let mut names: Vec<&'v str> = common::names().collect();
        names.extend(self.words.needs.iter().map(|kind| kind.word()));
        names.extend(self.keys.named.keys());
        names
    }
}

/// The kind of subject that a word names.
pub(crate) fn subject_kind(word: &str) -> Option<SubjectKind> {
    SubjectKind::ALL
        .into_iter()
        .find(|kind| kind.word() == word)
}
