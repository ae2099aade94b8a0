//! A run in Markdown, for a comment on a pull request.

use std::fmt::Write;
use std::io;

use seatrial_verdict::{Measurement, Number, Status};

use crate::{Case, Comparison, Run, plain};

/// Cases that are explained; more are only counted. A comment on GitHub takes
/// 65,536 characters.
const CASES_MAX: usize = 20;
/// Lines of a message that are shown.
const LINES_MAX: usize = 12;
/// Characters of a line that are shown.
const LINE_MAX: usize = 300;
/// Rows of the table of measurements.
const ROWS_MAX: usize = 8;

/// The run in Markdown: the decision, then what is against.
///
/// # Errors
/// Never; as other documents may.
pub fn markdown(run: &Run) -> io::Result<String> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(run, &mut text);
    Ok(text)
}

/// The run in Markdown, and then what is different from another.
///
/// # Errors
/// Never; as other documents may.
pub(crate) fn markdown_compared(run: &Run, comparison: &Comparison) -> io::Result<String> {
    let mut text = markdown(run)?;
    // Writing to a string cannot fail.
    let _ = compared(comparison, &mut text);
    Ok(text)
}

fn compared(comparison: &Comparison, to: &mut String) -> std::fmt::Result {
    writeln!(to, "\n### since {}", prose(&comparison.other))?;
    let lists = comparison.told();
    if lists.is_empty() {
        writeln!(to, "\nnothing came out differently")?;
    }
    for (title, lines) in lists {
        writeln!(to, "\n**{}**\n", prose(&title))?;
        for line in lines.iter().take(CASES_MAX) {
            writeln!(to, "- {}", prose(line))?;
        }
        if let more @ 1.. = lines.len().saturating_sub(CASES_MAX) {
            writeln!(to, "- and {more} more, in the full report")?;
        }
    }
    Ok(())
}

fn write(run: &Run, to: &mut String) -> std::fmt::Result {
    let (decision, counts) = (run.decision(), run.counts());
    let mark = if decision.passes { "✅" } else { "❌" };
    writeln!(to, "## {mark} {}\n\n{}\n", decision.word, decision.sentence)?;
    for reason in decision.reasons.iter().filter(|one| one.case.is_none()) {
        writeln!(to, "- {}", prose(&reason.text))?;
    }
    writeln!(
        to,
        "\n| passed | failed | inconclusive | errors | skipped | left out | time |\n\
         |---:|---:|---:|---:|---:|---:|---:|\n\
         | {} | {} | {} | {} | {} | {} | {:.1} s |",
        counts.passed,
        counts.failed,
        counts.inconclusive,
        counts.errors,
        counts.skipped,
        run.left_out(),
        counts.seconds
    )?;
    let against: Vec<_> = run.against().collect();
    for case in against.iter().take(CASES_MAX) {
        explain(run, case, to)?;
    }
    match against.len().saturating_sub(CASES_MAX) {
        0 => {}
        more => writeln!(to, "\nand {more} more, in the full report")?,
    }
    skipped(run, to)
}

fn explain(run: &Run, case: &Case, to: &mut String) -> std::fmt::Result {
    let (word, id) = (case.status.word(), code(&case.id));
    writeln!(to, "\n### {word}: {id}\n")?;
    if let Some(doc) = &case.doc {
        writeln!(to, "{}\n", prose(doc.trim()))?;
    }
    block(&message(&case.message), to)?;
    let bounded = case.measurements.iter().filter(|m| m.bound.is_some());
    let bounded: Vec<_> = bounded.take(ROWS_MAX).collect();
    if !bounded.is_empty() {
        writeln!(
            to,
            "\n| measured | seen | interval | expected |\n|---|---:|---:|---:|"
        )?;
    }
    for measurement in bounded {
        row(measurement, to)?;
    }
    let place = run.path_of(&case.place());
    writeln!(to, "\n{}, seed {}. Replay:\n", code(&place), case.seed)?;
    block(&case.replay, to)
}

fn row(measurement: &Measurement, to: &mut String) -> std::fmt::Result {
    let unit = match measurement.unit.as_str() {
        "1" => String::new(),
        unit => format!(" {}", prose(unit)),
    };
    let interval = match (measurement.low, measurement.high) {
        (Some(low), Some(high)) => format!("{} to {}", Number(low), Number(high)),
        _ => String::new(),
    };
    let bound = measurement.bound.map(|bound| bound.to_string());
    writeln!(
        to,
        "| {} | {}{unit} | {interval} | {} |",
        code(&measurement.name),
        Number(measurement.value),
        bound.unwrap_or_default()
    )
}

fn skipped(run: &Run, to: &mut String) -> std::fmt::Result {
    let skipped = run.cases.iter().filter(|c| c.status == Status::Skipped);
    let skipped: Vec<_> = skipped.collect();
    if skipped.is_empty() {
        return Ok(());
    }
    writeln!(to, "\n### skipped\n")?;
    for case in skipped.iter().take(CASES_MAX) {
        writeln!(to, "- {}: {}", code(&case.id), prose(case.first_line()))?;
    }
    match skipped.len().saturating_sub(CASES_MAX) {
        0 => Ok(()),
        more => writeln!(to, "- and {more} more"),
    }
}

/// The first lines of a message, none too long.
fn message(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let shown = lines.iter().take(LINES_MAX).map(|line| shortened(line));
    let mut shown: Vec<String> = shown.collect();
    match lines.len().saturating_sub(LINES_MAX) {
        0 => {}
        more => shown.push(format!("and {more} more lines")),
    }
    shown.join("\n")
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A block of code, fenced by more backticks than there are in it.
fn block(text: &str, to: &mut String) -> std::fmt::Result {
    let text = plain(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    writeln!(to, "{fence}text\n{}\n{fence}", text.trim_end())
}

/// Code within a line; in a table too.
fn code(text: &str) -> String {
    let text = plain(text).replace(['\n', '\t'], " ").replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.contains('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// Text that is shown as it stands: nothing in it is markup, a mention or a
/// reference to an issue.
fn prose(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(&shortened(text)).chars() {
        match c {
            '\n' | '\t' => safe.push(' '),
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '#' => safe.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '!' | '~' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}
