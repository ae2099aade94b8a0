//! All pages as one Markdown document: `docs/checks.md`.

use std::fmt::{self, Write};

use seatrial_checks::Registry;

use super::{Page, chapters};

const HEAD: &str = "\
<!-- Written by `seatrial reference`: do not edit. -->

# The checks

What can be asked of a model. `seatrial explain CHECK` says the same on a \
terminal. The examples use the datasets and models that \
`crates/checks/src/planted.toml` declares.
";

/// The reference of all checks.
pub(in crate::cli) fn reference(registry: &Registry) -> String {
    let mut text = HEAD.to_owned();
    // Writing to a string cannot fail.
    let _ = write(registry, &mut text);
    text
}

fn write(registry: &Registry, to: &mut String) -> fmt::Result {
    let chapters = chapters(registry);
    for (chapter, pages) in &chapters {
        writeln!(to, "\n**{chapter}**:")?;
        for page in pages {
            let name = page.entry.about.name;
            writeln!(to, "- [`{name}`](#{name}): {}", page.summary())?;
        }
    }
    for (chapter, pages) in &chapters {
        writeln!(to, "\n## Chapter {chapter}")?;
        for page in pages {
            page.write(to)?;
        }
    }
    Ok(())
}

impl Page<'_> {
    fn write(&self, to: &mut String) -> fmt::Result {
        let about = &self.entry.about;
        writeln!(to, "\n### {}\n\n{}\n", about.name, self.doc)?;
        if !about.figure.is_empty() {
            writeln!(to, "```text\n{}\n```\n", about.figure.trim_end())?;
        }
        writeln!(to, "Needs: {}.", self.needs("`"))?;
        if !self.parameters.is_empty() {
            writeln!(to, "\n| parameter | takes | default | |\n|---|---|---|---|")?;
        }
        for parameter in &self.parameters {
            let default = match &parameter.default {
                Some(default) => format!("`{default}`"),
                None if parameter.required => "required".into(),
                None => String::new(),
            };
            let cells = [
                format!("`{}`", parameter.name),
                parameter.takes.clone(),
                default,
                parameter.doc.clone(),
            ];
            writeln!(to, "| {} |", cells.map(|text| cell(&text)).join(" | "))?;
        }
        writeln!(to, "\n**Method.** {}", about.method)?;
        writeln!(to, "\n**Error rates.** {}", about.error_rates)?;
        writeln!(to, "\n**Catches**, among others:")?;
        for fault in self.catches() {
            writeln!(to, "- {fault}")?;
        }
        writeln!(to, "\n```toml\n{}\n```", self.example())
    }
}

/// Text that stays within a cell of a table.
fn cell(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}
