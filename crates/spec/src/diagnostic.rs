//! Errors for the person who wrote the spec.
//!
//! A [`Diagnostic`] says what is wrong, where, and what was meant instead. How
//! it looks on a terminal lives in [`render`]; how it is found, in `load`.

mod render;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

/// One thing that is wrong in a spec tree.
///
/// Serializes as `{message, help, file, line, column}`; the last three are
/// absent where the tree as a whole is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// What was probably meant, or what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where, if it is in a file.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A place in a spec file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, relative to the tree, with forward slashes.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    #[serde(skip)]
    span: Range<usize>,
    /// The whole text, shared between the errors of a file.
    #[serde(skip)]
    text: Arc<str>,
}

impl Place {
    /// The place of a byte range, moved to character boundaries. The caller
    /// knows where the lines of the text start.
    pub(crate) fn new(
        file: &str,
        text: &Arc<str>,
        line_starts: &[usize],
        span: Range<usize>,
    ) -> Self {
        let start = floor_boundary(text, span.start);
        let end = floor_boundary(text, span.end).max(start);
        let line = line_starts.partition_point(|at| *at <= start).max(1);
        let line_start = line_starts.get(line - 1).copied().unwrap_or(0);
        Self {
            file: file.to_owned(),
            line,
            column: text[line_start..start].chars().count() + 1,
            span: start..end,
            text: Arc::clone(text),
        }
    }

    /// The offending bytes of the file.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The lines that the place touches, as written, without the last line end.
    pub fn source(&self) -> &str {
        let start = self.text[..self.span.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let end = self.text[self.span.end..]
            .find('\n')
            .map_or(self.text.len(), |at| self.span.end + at);
        &self.text[start..end]
    }
}

/// The last character boundary at or before a byte offset.
fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Everything that is wrong in a spec tree: never empty, by file and position,
/// each thing once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Sorts and deduplicates; `None` if nothing is wrong.
    pub(crate) fn from_found(mut list: Vec<Diagnostic>) -> Option<Self> {
        list.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        list.dedup_by(|a, b| a.place == b.place && a.message == b.message);
        (!list.is_empty()).then_some(Self { list })
    }

    /// One error that concerns the tree as a whole.
    pub(crate) fn of_tree(message: String, help: Option<String>) -> Self {
        Self {
            list: vec![Diagnostic {
                message,
                help,
                place: None,
            }],
        }
    }

    /// The errors, by file and position.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many errors there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The errors as text for a person: each with its place and the underlined
    /// source, and a closing count. With `color`, in ANSI colours.
    pub fn render(&self, color: bool) -> String {
        render::render(&self.list, color)
    }
}

/// Errors of the tree come first, then file by file, top to bottom.
fn sort_key(diagnostic: &Diagnostic) -> (Option<(&str, usize, usize)>, &str) {
    let place = diagnostic.place.as_ref();
    (
        place.map(|p| (p.file.as_str(), p.span.start, p.span.end)),
        &diagnostic.message,
    )
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text: Arc<str> = "a = 1\né = \"ü\" # x".into();
        let at = text.find('#').unwrap_or_default();
        let place = Place::new("f.toml", &text, &[0, 6], at..at + 1);
        assert_eq!((place.line, place.column), (2, 9));
        assert_eq!(place.source(), "é = \"ü\" # x");
    }

    #[test]
    fn a_span_beyond_the_text_or_inside_a_character_is_moved() {
        let text: Arc<str> = "é".into();
        assert_eq!(Place::new("f", &text, &[0], 1..99).span(), 0..2);
        assert_eq!(Place::new("f", &text, &[0], 50..99).span(), 2..2);
    }
}
