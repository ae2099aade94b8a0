//! One test: its check, its layers, how many cases it makes.

use super::build::Builder;
use super::common::Common;
use super::fit::describe::{cut, value as describe};
use super::ground::Ground;
use super::layer::{Layer, Said};
use super::matrix::{self, Axis};
use super::node::{Entry, Value};
use super::scope::Scope;
use super::source::{Finding, Source};
use super::words::{Check, Words};
use crate::{Case, nearest};

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

/// The cases of the tree so far.
#[derive(Default)]
pub(crate) struct Cases {
    pub list: Vec<Case>,
    /// Whether they have become too many, which is said once.
    is_full: bool,
}

/// Adds the cases of a test to those of the tree.
pub(crate) fn expand(
    test: &Entry,
    around: &Surroundings<'_>,
    cases: &mut Cases,
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
    match count(test, &said.axes, cases, findings) {
        Some(0) | None => builder.probe(findings),
        Some(count) => {
            cases.list.reserve(count);
            builder.build(&mut cases.list, findings);
        }
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

/// How many cases a test makes, before any is made; `None` if too many.
fn count(
    test: &Entry,
    axes: &[Axis<'_>],
    cases: &mut Cases,
    findings: &mut Vec<Finding>,
) -> Option<usize> {
    let Some(count) = matrix::product(axes).filter(|count| *count <= TEST_CASES_MAX) else {
        let message = format!(
            "the matrix of `{}` has {} cases; at most {TEST_CASES_MAX} are allowed",
            test.key,
            matrix::size(axes),
        );
        findings.push(Finding::at(test.key_span, message));
        return None;
    };
    let all = cases.list.len() + count;
    if all > TREE_CASES_MAX {
        if !cases.is_full {
            let message = format!(
                "the tree has more than {TREE_CASES_MAX} cases: `{}` with its {} brings it to {all}",
                test.key,
                matrix::size(axes),
            );
            findings.push(Finding::at(test.key_span, message));
        }
        cases.is_full = true;
        return None;
    }
    Some(count)
}
