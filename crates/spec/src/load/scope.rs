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
