//! Makes the cases of a test, once its layers are overlaid and its size is known.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use super::common::Common;
use super::expand::Surroundings;
use super::fit::describe::value as describe;
use super::fit::walk::Reference;
use super::fit::{self, Owner};
use super::layer::Said;
use super::matrix::{self, Axis};
use super::node::{Entry, Member, Node, Value};
use super::source::Finding;
use super::words::{Check, Role};
use crate::{Case, Declaration, SubjectKind, nearest};

/// Makes the cases of one test.
pub(crate) struct Builder<'a, 's> {
    test: &'a Entry,
    check: &'a Check<'a>,
    said: &'s Said<'s>,
    around: &'a Surroundings<'a>,
    common: Common,
    /// Parameters that no axis changes.
    parameters: Vec<Member<'s>>,
    /// Subjects that no axis changes.
    subjects: BTreeMap<String, Arc<Declaration>>,
    /// What each axis changes.
    roles: Vec<Role>,
}

/// Checked parameters with the subjects and files that they name.
struct Parameters {
    table: toml::Table,
    subjects: Vec<(String, Arc<Declaration>)>,
    files: Vec<PathBuf>,
}

impl<'a, 's> Builder<'a, 's> {
    /// Judges what no axis changes.
    pub fn new(
        test: &'a Entry,
        check: &'a Check<'a>,
        said: &'s Said<'s>,
        around: &'a Surroundings<'a>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let roles = said
            .axes
            .iter()
            .map(|axis| check.role(axis.key).unwrap_or(Role::Parameter))
            .collect();
        let mut builder = Self {
            test,
            check,
            said,
            around,
            common: Common::default(),
            parameters: Vec::new(),
            subjects: BTreeMap::new(),
            roles,
        };
        for (key, member) in &said.fixed {
            match check.role(key) {
                Some(Role::Common) => builder.common.set(key, member.node, findings),
                Some(Role::Subject(kind)) => {
                    let found = builder.subject(kind, *member, findings);
                    builder
                        .subjects
                        .extend(found.map(|found| ((*key).to_owned(), found)));
                }
                Some(Role::Parameter) => builder.parameters.push(*member),
                None => {}
            }
        }
        builder.needs(findings);
        builder
    }

    /// Subjects that the check needs and nobody names.
    fn needs(&self, findings: &mut Vec<Finding>) {
        for kind in &self.check.words.needs {
            let word = kind.word();
            let named = self.said.fixed.contains_key(word)
                || self.said.axes.iter().any(|axis| axis.key == word);
            if !named && !self.around.ground.lenient {
                let message = format!(
                    "`{}` needs a {word}: none is named here or by default",
                    self.check.name
                );
                let names = self.around.scope.names(*kind);
                findings.push(Finding::at(self.test.key_span, message).help(
                    nearest::known_here(names.iter().copied()).unwrap_or_else(|| {
                        format!("declare one as `[{word}.NAME]` and write `{word} = \"NAME\"`")
                    }),
                ));
            }
        }
    }

    fn subject(
        &self,
        kind: SubjectKind,
        member: Member<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<Arc<Declaration>> {
        if member.node.is_invalid() {
            return None;
        }
        let Some(name) = member.node.as_str() else {
            let message = format!(
                "expected the name of a {}, found {}",
                kind.word(),
                describe(member.node)
            );
            findings.push(Finding::at(member.node.span, message));
            return None;
        };
        let reference = Reference {
            key: member.key.to_owned(),
            kinds: vec![kind],
            name: name.to_owned(),
            span: member.node.span,
        };
        self.around.scope.resolve(&reference, findings)
    }

    /// Judges the parameters that no axis changes, for a test that has no cases
    /// because its matrix is wrong.
    pub fn probe(self, findings: &mut Vec<Finding>) {
        let unknown = |axis: &Axis<'_>| Node {
            span: axis.key_span,
            value: Value::Invalid,
        };
        let nodes: Vec<Node> = self.said.axes.iter().map(unknown).collect();
        let varied: Vec<Member<'_>> = self
            .said
            .axes
            .iter()
            .zip(&nodes)
            .zip(&self.roles)
            .filter(|(_, role)| **role == Role::Parameter)
            .map(|((axis, node), _)| Member {
                key: axis.key,
                key_span: axis.key_span,
                node,
            })
            .collect();
        self.parameters(&varied, findings);
    }

    /// Adds the cases, one for each combination of the matrix.
    pub fn build(self, cases: &mut Vec<Case>, findings: &mut Vec<Finding>) {
        let stem = format!("{}::{}", self.around.source.name, self.test.key);
        let line = self.around.source.line(self.test.key_span.start);
        // Axes such as `seed` leave the parameters alone: each distinct table of
        // parameters is checked once.
        let mut checked: HashMap<Vec<usize>, Parameters> = HashMap::new();
        for indices in matrix::combinations(&self.said.axes) {
            let mut common = self.common.clone();
            let mut subjects = self.subjects.clone();
            let mut key = Vec::new();
            let mut varied = Vec::new();
            for ((axis, role), index) in self.said.axes.iter().zip(&self.roles).zip(&indices) {
                let member = Member {
                    key: axis.key,
                    key_span: axis.key_span,
                    node: axis.values[*index].node,
                };
                match role {
                    Role::Common => common.set(axis.key, member.node, findings),
                    Role::Subject(kind) => {
                        let found = self.subject(*kind, member, findings);
                        subjects.extend(found.map(|found| (axis.key.to_owned(), found)));
                    }
                    Role::Parameter => {
                        key.push(*index);
                        varied.push(member);
                    }
                }
            }
            let parameters = checked
                .entry(key)
                .or_insert_with(|| self.parameters(&varied, findings));
            subjects.extend(parameters.subjects.iter().cloned());
            cases.push(Case {
                id: format!("{stem}{}", matrix::suffix(&self.said.axes, &indices)),
                file: self.around.source.name.clone(),
                line,
                check: self.check.name.to_owned(),
                tier: common.tier,
                seed: common.seed,
                runs: common.runs,
                timeout: common.timeout(),
                skip: common.skip,
                doc: common.doc,
                on: common.on,
                inconclusive_passes: common.inconclusive_passes,
                first_release: common.first_release,
                parameters: parameters.table.clone(),
                subjects,
                files: parameters.files.clone(),
            });
        }
    }

    fn parameters(&self, varied: &[Member<'_>], findings: &mut Vec<Finding>) -> Parameters {
        let members: Vec<Member<'_>> = self.parameters.iter().chain(varied).copied().collect();
        let owner = Owner {
            name: self.check.name,
            span: self.test.key_span,
        };
        let fitted = fit::fit(
            &self.check.words.shape,
            owner,
            &members,
            self.around.ground,
            findings,
        );
        let named = fitted.references.iter().filter_map(|reference| {
            let declaration = self.around.scope.resolve(reference, findings)?;
            Some((reference.key.clone(), declaration))
        });
        Parameters {
            table: fitted.table,
            subjects: named.collect(),
            files: fitted.files,
        }
    }
}
