//! How errors look on a terminal: blocks like those of a compiler.

use std::collections::BTreeSet;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Diagnostic, Place};

/// More errors than this tell nobody more; the rest are counted.
const SHOWN_MAX: usize = 100;

/// A longer source line is shown only around what is wrong in it.
const LINE_BYTES_MAX: usize = 400;

/// Every error as a block, then the count.
pub(super) fn render(list: &[Diagnostic], color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for diagnostic in list.iter().take(SHOWN_MAX) {
        text.push_str(&block(&renderer, diagnostic));
        text.push_str("\n\n");
    }
    if let Some(more) = list.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        text.push_str(&format!("… and {more} more\n\n"));
    }
    text.push_str(&closing(list));
    text
}

fn block(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let mut group = Level::ERROR
        .primary_title(clean(&diagnostic.message))
        .elements(diagnostic.place.as_ref().map(snippet));
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    renderer.render(&[group])
}

/// The first line of what is wrong, underlined. A longer span, such as an array
/// over many lines, is recognised by its beginning.
fn snippet(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let source = place.source();
    let before = place.text[..place.span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let start = place.span.start - before;
    let line = source.split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    let start = start.min(line.len());
    let end = (start + place.span.len()).min(line.len());
    let (line, start, end) = window(line, start, end);
    Snippet::source(line)
        .line_start(place.line)
        .path(clean(&place.file))
        .annotation(AnnotationKind::Primary.span(start..end))
}

/// The part of a very long line around a range.
fn window(line: &str, start: usize, end: usize) -> (&str, usize, usize) {
    if line.len() <= LINE_BYTES_MAX {
        return (line, start, end);
    }
    let from = super::floor_boundary(line, start.saturating_sub(LINE_BYTES_MAX / 4));
    let to = super::floor_boundary(line, from + LINE_BYTES_MAX);
    (&line[from..to], start - from, end.min(to) - from)
}

/// Messages quote what files say; control characters must not reach a terminal.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn closing(list: &[Diagnostic]) -> String {
    let plural = |n: usize, word: &str| match n {
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    };
    let errors = plural(list.len(), "error");
    let places = list
        .iter()
        .filter_map(|diagnostic| diagnostic.place.as_ref());
    let files: BTreeSet<&str> = places.map(|place| place.file.as_str()).collect();
    match files.len() {
        0 => format!("{errors}; nothing was run\n"),
        files => format!("{errors} in {}; nothing was run\n", plural(files, "file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_very_long_line_is_shown_around_what_is_wrong() {
        let line = format!("{}!{}", "é".repeat(5000), "ü".repeat(5000));
        let at = 10_000;
        let (part, start, end) = window(&line, at, at + 1);
        assert!(part.len() <= LINE_BYTES_MAX);
        assert_eq!(&part[start..end], "!");
    }

    #[test]
    fn a_span_longer_than_the_window_ends_with_it() {
        let line = "x".repeat(5000);
        let (part, start, end) = window(&line, 4000, 5000);
        assert!(start < end && end <= part.len());
    }
}
