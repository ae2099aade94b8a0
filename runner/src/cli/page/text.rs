//! A page on a terminal.

use std::fmt;

use super::Page;

const WIDTH: usize = 78;

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.entry.about;
        writeln!(
            f,
            "{} ({})\n\n{}",
            about.name,
            about.chapter.word(),
            self.doc
        )?;
        if !about.figure.is_empty() {
            writeln!(f)?;
        }
        for line in about.figure.lines() {
            writeln!(f, "{}", format!("  {line}").trim_end())?;
        }
        writeln!(f, "\nneeds: {}", self.needs(""))?;
        if !self.parameters.is_empty() {
            writeln!(f, "\nparameters")?;
        }
        for parameter in &self.parameters {
            match &parameter.default {
                Some(default) => writeln!(f, "  {} = {default}", parameter.name)?,
                None if parameter.required => writeln!(f, "  {} (required)", parameter.name)?,
                None => writeln!(f, "  {}", parameter.name)?,
            }
            wrapped(f, &parameter.takes, "      ")?;
            wrapped(f, &parameter.doc, "      ")?;
        }
        writeln!(f, "\nmethod")?;
        wrapped(f, about.method, "  ")?;
        writeln!(f, "\nerror rates")?;
        wrapped(f, about.error_rates, "  ")?;
        writeln!(f, "\ncatches")?;
        for fault in self.catches() {
            wrapped(f, fault, "  - ")?;
        }
        writeln!(f, "\nexample")?;
        for line in self.example().lines() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// Paragraphs, filled to the width.
fn wrapped(f: &mut fmt::Formatter<'_>, text: &str, first: &str) -> fmt::Result {
    let rest = " ".repeat(first.chars().count());
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(f, "{line}")?;
            line.clone_from(&rest);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    if empty { Ok(()) } else { writeln!(f, "{line}") }
}
