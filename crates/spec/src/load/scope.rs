//! Which declaration a subject's name means in a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declaration::declare;
use super::fit::describe::cut;
use super::fit::walk::Reference;
use super::ground::Ground;
use super::node::Entry;
use super::source::Finding;
use crate::{Declaration, SubjectKind, Vocabulary, nearest};

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
        let mut scope = Self {
            own: Declared::new(),
            outer,
            lenient: ground.lenient,
        };
        let mut naming = Vec::new();
        for (kind, entry) in entries {
            if let Some(words) = vocabulary.subjects.get(kind) {
                let (declaration, named) = declare(*kind, entry, words, ground, findings);
                if !named.is_empty() {
                    naming.push((declaration.clone(), named));
                }
                let key = (*kind, entry.key.clone());
                scope.own.insert(key, Arc::new(declaration));
            }
        }
        // A declaration holds those that it names. Kinds name kinds before them,
        // so that these hold what they name already.
        naming.sort_by_key(|(declaration, _)| declaration.kind);
        for (mut declaration, named) in naming {
            for reference in named {
                let found = scope.resolve(&reference, findings);
                declaration
                    .subjects
                    .extend(found.map(|found| (reference.key, found)));
            }
            let key = (declaration.kind, declaration.name.clone());
            scope.own.insert(key, Arc::new(declaration));
        }
        scope
    }

    /// The declaration that a name means; reports a name that means none.
    pub fn resolve(
        &self,
        reference: &Reference,
        findings: &mut Vec<Finding>,
    ) -> Option<Arc<Declaration>> {
        let kinds = reference.kinds.iter();
        let mut found = kinds.filter_map(|kind| self.find(*kind, &reference.name));
        let first = found.next();
        let name = cut(&reference.name);
        if let (Some(first), Some(other)) = (&first, found.next()) {
            let (first, other) = (first.kind.word(), other.kind.word());
            let message = format!("`{name}` is the name of a {first} and of a {other}");
            let help = "give them names of their own".to_owned();
            findings.push(Finding::at(reference.span, message).help(help));
            return None;
        }
        if first.is_none() && !self.lenient {
            let words: Vec<&str> = reference.kinds.iter().map(|kind| kind.word()).collect();
            let names = reference.kinds.iter().flat_map(|kind| self.names(*kind));
            let help = nearest::help(&reference.name, names).unwrap_or_else(|| {
                let word = words[0];
                format!("declare it as `[{word}.NAME]`, here or in the root file")
            });
            let message = format!("there is no {} `{name}`", words.join(" or "));
            findings.push(Finding::at(reference.span, message).help(help));
        }
        first
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
