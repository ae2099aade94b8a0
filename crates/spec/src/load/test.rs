//! One test, from its layers to its cases.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::common::Common;
use super::fit::describe::{cut, value as describe};
use super::fit::walk::Reference;
use super::fit::{self, Owner};
use super::ground::Ground;
use super::layer::{Layer, Said};
use super::matrix::{self, Axis};
use super::node::{Entry, Member, Value};
use super::scope::Scope;
use super::source::{Finding, Source};
use super::words::{Check, Role, Words};
use crate::{Case, Declaration, SubjectKind, nearest};

/// More cases of one test than this are a slip.
const TEST_CASES_MAX: usize = 10_000;
/// And so are more cases of a tree.
const TREE_CASES_MAX: usize = 100_000;

/// What the tests of a file have in common.
pub(crate) struct Surroundings<'a> {
    pub source: &'a Source,
    pub words: &'a Words<'a>,
    pub file_defaults: &'a Layer<'a>,
    pub root_defaults: &'a Layer<'a>,
    pub scope: &'a Scope<'a>,
    pub ground: &'a Ground<'a>,
}

/// Adds the cases of a test to those of the tree.
pub(crate) fn expand(
    test: &Entry,
    around: &Surroundings<'_>,
    cases: &mut Vec<Case>,
    findings: &mut Vec<Finding>,
) {
    let Value::Table(table) = &test.node.value else {
        return;
    };
    let own = Layer::new(table, findings);
    let Some(check) = check(test, &own, around.words, findings) else {
        // Its common keys can still be judged.
        let mut scratch = Common::default();
        own.direct
            .iter()
            .for_each(|entry| scratch.set(&entry.key, &entry.node, findings));
        return;
    };
    unknown_keys(&own, check, findings);

    let said = Said::new(&[&own, around.file_defaults, around.root_defaults], check);
    let builder = Builder::new(test, check, &said, around, findings);
    if fits_limits(test, &said.axes, cases.len(), findings) {
        cases.reserve(matrix::product(&said.axes).unwrap_or(0));
        builder.build(cases, findings);
    }
}

/// The check that a test names.
fn check<'w>(
    test: &Entry,
    own: &Layer<'_>,
    words: &'w Words<'_>,
    findings: &mut Vec<Finding>,
) -> Option<&'w Check<'w>> {
    let Some(entry) = own.direct.iter().find(|entry| entry.key == "check") else {
        let near = own
            .direct
            .iter()
            .find(|entry| nearest::nearest(&entry.key, ["check"]).is_some());
        findings.push(
            Finding::at(
                test.key_span,
                format!("the test `{}` names no check", test.key),
            )
            .help(near.map_or_else(
                || "add `check = \"…\"`".to_owned(),
                |entry| format!("is `{}` meant to be `check`?", cut(&entry.key)),
            )),
        );
        return None;
    };
    if entry.node.is_invalid() {
        return None;
    }
    let Some(name) = entry.node.as_str() else {
        let message = format!(
            "expected the name of a check, found {}",
            describe(&entry.node)
        );
        findings.push(Finding::at(entry.node.span, message));
        return None;
    };
    let check = words.checks.get(name);
    if check.is_none() {
        findings.push(
            Finding::at(
                entry.node.span,
                format!("there is no check `{}`", cut(name)),
            )
            .help(nearest::help(name, words.checks.keys().copied())),
        );
    }
    check
}

/// Keys of the test itself that its check does not take. In defaults they are
/// for other checks.
fn unknown_keys(own: &Layer<'_>, check: &Check<'_>, findings: &mut Vec<Finding>) {
    let direct = own
        .direct
        .iter()
        .map(|entry| (entry.key.as_str(), entry.key_span));
    for (key, span) in direct.chain(own.axes.iter().map(|axis| (axis.key, axis.key_span))) {
        if check.role(key).is_none() {
            findings.push(
                Finding::at(span, format!("`{}` takes no `{}`", check.name, cut(key))).help(
                    nearest::nearest(key, check.known())
                        .map(|name| format!("did you mean `{name}`?")),
                ),
            );
        }
    }
}

/// Counts before anything is built.
fn fits_limits(
    test: &Entry,
    axes: &[Axis<'_>],
    before: usize,
    findings: &mut Vec<Finding>,
) -> bool {
    let product = matrix::product(axes);
    let shown = product.map_or_else(
        || "more than can be counted".to_owned(),
        |product| product.to_string(),
    );
    let message = match product {
        Some(product) if product <= TEST_CASES_MAX => {
            let all = before.saturating_add(product);
            if all <= TREE_CASES_MAX {
                return true;
            }
            format!(
                "the tree has more than {TREE_CASES_MAX} cases: `{}` brings it to {all}",
                test.key
            )
        }
        _ => format!(
            "the matrix of `{}` has {shown} cases ({}); at most {TEST_CASES_MAX} are allowed",
            test.key,
            matrix::shape(axes)
        ),
    };
    findings.push(Finding::at(test.key_span, message));
    false
}

/// Makes the cases of one test.
struct Builder<'a, 's> {
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

/// Checked parameters with the subjects that they name.
type Parameters = (toml::Table, Vec<(String, Arc<Declaration>)>);

impl<'a, 's> Builder<'a, 's> {
    fn new(
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
                    nearest::help("", names.iter().copied()).unwrap_or_else(|| {
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
            kind,
            name: name.to_owned(),
            span: member.node.span,
        };
        self.around.scope.resolve(&reference, findings)
    }

    fn build(self, cases: &mut Vec<Case>, findings: &mut Vec<Finding>) {
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
            let (parameters, named) = checked
                .entry(key)
                .or_insert_with(|| self.parameters(&varied, findings));
            subjects.extend(named.iter().cloned());
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
                parameters: parameters.clone(),
                subjects,
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
        let named = fitted
            .references
            .iter()
            .filter_map(|reference| {
                Some((
                    reference.key.clone(),
                    self.around.scope.resolve(reference, findings)?,
                ))
            })
            .collect();
        (fitted.table, named)
    }
}
