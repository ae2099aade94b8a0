//! Texts of spec files, places in them, and what is found wrong.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::Place;
use crate::{Diagnostic, Diagnostics};

/// A range of bytes in one of the files that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(file: usize, range: Range<usize>) -> Self {
        Self {
            file,
            start: range.start,
            end: range.end,
        }
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the tree, with forward slashes.
    pub name: String,
    /// The folder that paths in the file are relative to.
    pub folder: PathBuf,
    pub text: Arc<str>,
    /// Offsets at which lines start.
    line_starts: Vec<usize>,
}

impl Source {
    pub fn new(name: String, folder: PathBuf, text: String) -> Self {
        let later = text.match_indices('\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(later).collect();
        Self {
            name,
            folder,
            text: text.into(),
            line_starts,
        }
    }

    /// The line that holds an offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }
}

/// Something wrong, before it is turned into a [`Diagnostic`].
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// `None` where the tree as a whole is wrong.
    pub span: Option<Span>,
    pub message: String,
    pub help: Option<String>,
}

impl Finding {
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            message: message.into(),
            help: None,
        }
    }

    pub fn of_tree(message: impl Into<String>) -> Self {
        Self {
            span: None,
            message: message.into(),
            help: None,
        }
    }

    pub fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

/// Turns findings into what the caller of `load` sees; `Ok` if there are none.
pub(crate) fn conclude(findings: Vec<Finding>, sources: &[Source]) -> Result<(), Diagnostics> {
    let mut findings = findings;
    // A default that is wrong is met by every case it reaches; placing each
    // meeting would count lines from the top again and again.
    findings.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    findings.dedup_by(|a, b| a.span == b.span && a.message == b.message);
    let found = findings
        .into_iter()
        .map(|finding| Diagnostic {
            message: finding.message,
            help: finding.help,
            place: finding.span.and_then(|span| {
                let source = sources.get(span.file)?;
                let range = span.start..span.end;
                Some(Place::new(
                    &source.name,
                    &source.text,
                    &source.line_starts,
                    range,
                ))
            }),
        })
        .collect();
    match Diagnostics::from_found(found) {
        Some(diagnostics) => Err(diagnostics),
        None => Ok(()),
    }
}
