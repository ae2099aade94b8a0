//! One spec file as it is written: its tables, their names, no meaning yet.

use std::ops::Range;

use toml::de::DeTable;

use super::files::{self, File, ROOT_FILE};
use super::fit::describe::cut;
use super::node::{self, Entry, Table, Value};
use super::source::{Finding, Source, Span};
use crate::{SubjectKind, Vocabulary, nearest};

/// Parts of one dotted key. No spec needs more, and the TOML parser's recursion
/// over a key of a million parts would exhaust the stack.
const KEY_PARTS_MAX: usize = 16;

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub file: usize,
    pub defaults: Option<Table>,
    /// The root file's extra folders.
    pub directories: Option<Entry>,
    pub tests: Vec<Entry>,
    pub subjects: Vec<(SubjectKind, Entry)>,
}

/// Reads a file and keeps its text among the sources. `None` if it could not be
/// parsed: of what is left of a broken file, nothing more is said.
pub(crate) fn read(
    file: &File,
    vocabulary: &Vocabulary,
    sources: &mut Vec<Source>,
    findings: &mut Vec<Finding>,
) -> Option<Document> {
    let (text, bad_byte) = match files::read(file) {
        Ok(read) => read,
        Err(message) => {
            findings.push(Finding::of_tree(message));
            return None;
        }
    };
    let index = sources.len();
    let folder = file.path.parent().unwrap_or(&file.path).to_path_buf();
    sources.push(Source::new(file.name.clone(), folder, text));
    let text = &sources[index].text;
    if let Some(at) = bad_byte {
        let span = Span::new(index, at..at + char::REPLACEMENT_CHARACTER.len_utf8());
        findings.push(Finding::at(span, "the file is not UTF-8 text from here on"));
        return None;
    }
    let errors = syntax(text);
    let table = match errors {
        Ok(table) => table,
        Err(errors) => {
            for (span, message) in errors {
                findings.push(Finding::at(Span::new(index, span), message));
            }
            return None;
        }
    };
    let table = node::table(index, table, findings);
    Some(sections(
        index,
        table,
        file.name == ROOT_FILE,
        vocabulary,
        findings,
    ))
}

/// Parses TOML, or gives every syntax error.
fn syntax(text: &str) -> Result<DeTable<'_>, Vec<(Range<usize>, String)>> {
    if let Some(span) = overlong_key(text) {
        return Err(vec![(
            span,
            format!("a key of more than {KEY_PARTS_MAX} parts"),
        )]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table.into_inner());
    }
    let end = text.len()..text.len();
    let place = |error: toml::de::Error| {
        let span = error.span().unwrap_or(end.clone());
        let message = match (error.message(), text.get(span.clone())) {
            ("duplicate key", Some(key)) => format!("`{}` is written twice", cut(key)),
            (message, _) => message.to_owned(),
        };
        (span, message)
    };
    Err(errors.into_iter().map(place).collect())
}

/// The first dotted key with too many parts. Only text with that many dots on
/// one line is worth lexing for it.
fn overlong_key(text: &str) -> Option<Range<usize>> {
    use toml_parser::lexer::TokenKind;
    let dots = |line: &str| line.bytes().filter(|byte| *byte == b'.').count();
    if text.lines().all(|line| dots(line) < KEY_PARTS_MAX) {
        return None;
    }
    let (mut parts, mut start) = (0, 0);
    for token in toml_parser::Source::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => {
                parts += 1;
                if parts >= KEY_PARTS_MAX {
                    return Some(start..token.span().end());
                }
            }
            TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString => {
                if parts == 0 {
                    start = token.span().start();
                }
            }
            TokenKind::Whitespace => {}
            _ => parts = 0,
        }
    }
    None
}

/// Sorts the top-level tables of a file.
fn sections(
    file: usize,
    table: Table,
    is_root: bool,
    vocabulary: &Vocabulary,
    findings: &mut Vec<Finding>,
) -> Document {
    let mut document = Document {
        file,
        ..Document::default()
    };
    for entry in table.entries {
        let kind = SubjectKind::ALL
            .into_iter()
            .find(|kind| kind.word() == entry.key);
        match (entry.key.as_str(), kind) {
            ("defaults", _) => match entry.node.value {
                Value::Table(table) => document.defaults = Some(table),
                Value::Invalid => {}
                _ => findings.push(not_a_table(&entry)),
            },
            ("directories", _) if is_root => document.directories = Some(entry),
            ("directories", _) => findings.push(
                Finding::at(entry.key_span, "`directories` belongs in the root file")
                    .help(format!("move it to `{ROOT_FILE}` at the root of the tree")),
            ),
            ("test", _) if is_root => findings.push(
                Finding::at(
                    entry.key_span,
                    "the root file holds no tests: a case's id names its spec file",
                )
                .help(format!(
                    "move it to a spec file beside `{ROOT_FILE}` or in a folder below"
                )),
            ),
            ("test", _) => document.tests = named(entry, "test", findings),
            (_, Some(kind)) if vocabulary.subjects.contains_key(&kind) => {
                let entries = named(entry, kind.word(), findings);
                document
                    .subjects
                    .extend(entries.into_iter().map(|entry| (kind, entry)));
            }
            (word, Some(_)) => {
                findings.push(Finding::at(
                    entry.key_span,
                    format!("`{word}` is not supported yet"),
                ));
            }
            (word, None) => {
                let known = ["defaults", "test"]
                    .into_iter()
                    .chain(is_root.then_some("directories"))
                    .chain(vocabulary.subjects.keys().map(|kind| kind.word()));
                findings.push(
                    Finding::at(entry.key_span, format!("unknown table or key `{word}`"))
                        .help(nearest::help(word, known)),
                );
            }
        }
    }
    document
}

/// The entries of a table of named tables such as `test`.
fn named(section: Entry, word: &str, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let Value::Table(table) = section.node.value else {
        if !section.node.is_invalid() {
            findings.push(
                Finding::at(
                    section.key_span,
                    format!("`{word}` is not a table of named tables"),
                )
                .help(format!("write `[{word}.NAME]`")),
            );
        }
        return Vec::new();
    };
    let mut entries = table.entries;
    entries.retain(|entry| {
        if let Err(message) = check_name(&entry.key) {
            findings.push(Finding::at(entry.key_span, message));
            return false;
        }
        if !matches!(entry.node.value, Value::Table(_)) {
            findings.push(not_a_table(entry).help(format!("write `[{word}.{}]`", entry.key)));
            return false;
        }
        true
    });
    entries
}

/// Names become parts of ids, of file names and of command lines.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() {
        return Err("a name is empty".into());
    }
    match name.chars().find(|c| !plain(*c)) {
        Some(bad) => Err(format!(
            "a name is made of letters A-Z a-z, digits, `_`, `.` and `-`: not of `{}`",
            bad.escape_default()
        )),
        None => Ok(()),
    }
}

fn not_a_table(entry: &Entry) -> Finding {
    Finding::at(entry.node.span, format!("`{}` is not a table", entry.key))
}
