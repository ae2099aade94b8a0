//! From the files of a spec tree to a [`Suite`], or to everything wrong in them.
//!
//! The way of a text: [`files`] finds it, [`document`] parses it into a tree of
//! [`node`]s with places, [`declaration`] and [`scope`] read what subjects it
//! declares, [`layer`] overlays a test with its defaults, [`expand`](mod@expand)
//! counts and [`build`] makes its cases, and [`fit`] holds each table against its
//! shape. All of them only add to one list of findings, and at the end either
//! that list is empty or nothing runs.

mod build;
mod common;
mod declaration;
mod document;
mod expand;
mod files;
mod fit;
mod ground;
mod layer;
mod matrix;
mod node;
mod pattern;
mod scope;
mod source;
mod words;

pub(crate) use common::KEYS as COMMON_KEYS;
pub(crate) use fit::{describe, keys};

use std::path::Path;

use document::Document;
use expand::{Cases, Surroundings, expand};
use files::File;
use ground::Ground;
use layer::Layer;
use scope::Scope;
use source::{Finding, Source, conclude};
use words::Words;

use crate::{Case, Diagnostics, Suite, Vocabulary, nearest};

/// Reads a spec tree.
///
/// # Errors
/// Everything that is wrong in any of its files.
pub fn load(root: &Path, vocabulary: &Vocabulary) -> Result<Suite, Diagnostics> {
    check_root(root)?;
    let mut findings = Vec::new();
    let files = files::discover(root, &mut findings);
    let suite = read(root, &files, vocabulary, findings)?;
    if suite.cases.is_empty() {
        let message = "the spec tree holds no case: there is no `[test.NAME]` in any of its files";
        return Err(Diagnostics::of_tree(message.to_owned(), None));
    }
    Ok(suite)
}

/// Reads what one case needs, the root file and the case's own, and gives a
/// suite of that case alone.
///
/// # Errors
/// Everything that is wrong in these files; an id that names no case.
pub fn load_exact(root: &Path, vocabulary: &Vocabulary, id: &str) -> Result<Suite, Diagnostics> {
    check_root(root)?;
    let Some(file) = files::named(root, id) else {
        return Err(no_such_case(id, &load(root, vocabulary)?.cases));
    };
    let mut suite = read(root, &[file], vocabulary, Vec::new())?;
    let Some(at) = suite.cases.iter().position(|case| case.id == id) else {
        return Err(no_such_case(id, &suite.cases));
    };
    suite.cases = vec![suite.cases.swap_remove(at)];
    Ok(suite)
}

fn no_such_case(id: &str, cases: &[Case]) -> Diagnostics {
    let help = nearest::help(id, cases.iter().map(|case| case.id.as_str()));
    Diagnostics::of_tree(format!("there is no case `{id}`"), help)
}

fn check_root(root: &Path) -> Result<(), Diagnostics> {
    let problem = match std::fs::metadata(root) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => "it is not a folder".to_owned(),
        Err(error) => error.to_string(),
    };
    let message = format!("cannot read the spec tree `{}`: {problem}", root.display());
    Err(Diagnostics::of_tree(message, None))
}

/// Reads the root file and the given files.
fn read(
    root: &Path,
    files: &[File],
    vocabulary: &Vocabulary,
    mut findings: Vec<Finding>,
) -> Result<Suite, Diagnostics> {
    let words = Words::new(vocabulary);
    let mut sources = Vec::new();
    let root_file = files::root_file(root);
    let root_document = root_file
        .as_ref()
        .map(|file| document::read(file, vocabulary, &mut sources, &mut findings));
    let documents: Vec<Document> = files
        .iter()
        .filter_map(|file| document::read(file, vocabulary, &mut sources, &mut findings))
        .collect();

    // What a broken root file would have said is unknown, not absent.
    let lenient = matches!(root_document, Some(None));
    let root_document = root_document.flatten().unwrap_or_default();
    let cases = cases(
        root,
        &root_document,
        &documents,
        &words,
        &sources,
        lenient,
        &mut findings,
    );
    conclude(findings, &sources)?;
    let mut files: Vec<_> = sources.into_iter().map(|source| source.name).collect();
    files.sort();
    Ok(Suite {
        root: root.to_path_buf(),
        files,
        cases,
    })
}

fn cases(
    root: &Path,
    root_document: &Document,
    documents: &[Document],
    words: &Words<'_>,
    sources: &[Source],
    lenient: bool,
    findings: &mut Vec<Finding>,
) -> Vec<Case> {
    let mut ground = match Ground::new(root, sources, lenient) {
        Ok(ground) => ground,
        Err(error) => {
            findings.push(Finding::of_tree(format!(
                "cannot resolve the spec tree: {error}"
            )));
            return Vec::new();
        }
    };
    if let Some(directories) = &root_document.directories {
        ground.allow(directories, findings);
    }
    let root_defaults = of_defaults(root_document, words, findings);
    let root_scope = Scope::new(
        &root_document.subjects,
        None,
        words.vocabulary,
        &ground,
        findings,
    );
    let mut cases = Cases::default();
    for document in documents {
        let scope = Scope::new(
            &document.subjects,
            Some(&root_scope),
            words.vocabulary,
            &ground,
            findings,
        );
        let around = Surroundings {
            source: &sources[document.file],
            words,
            file_defaults: &of_defaults(document, words, findings),
            root_defaults: &root_defaults,
            scope: &scope,
            ground: &ground,
        };
        for test in &document.tests {
            expand(test, &around, &mut cases, findings);
        }
    }
    cases.list
}

fn of_defaults<'a>(
    document: &'a Document,
    words: &Words<'_>,
    findings: &mut Vec<Finding>,
) -> Layer<'a> {
    let table = document.defaults.as_ref();
    table.map_or_else(Layer::default, |table| {
        Layer::of_defaults(table, words, findings)
    })
}
