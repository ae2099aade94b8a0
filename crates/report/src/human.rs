//! A run for people: a line a case, then everything that needs attention.

use std::fmt;
use std::io::{self, Write};

use seatrial_verdict::{Measurement, Number, Status};

use crate::style::{self, BOLD, DIM};
use crate::{Case, End, Event, Explanation, Progress, Renderer, Start, plain};

/// How many measurements fit on the line of a case.
const ON_A_LINE_MAX: usize = 2;

/// Writes lines as cases finish; explains, in the order of the plan, what did
/// not pass; and closes with what was skipped, and the counts.
///
/// Writes in colour; give it a stream that strips colours where they have no
/// place.
pub struct Human<W> {
    out: W,
    progress: Progress,
    start: Option<Start>,
    /// What the end comes back to.
    kept: Vec<Case>,
    troubles: Vec<String>,
}

impl<W: Write> Human<W> {
    /// Writes there.
    pub fn new(out: W, progress: Progress) -> Self {
        Self {
            out,
            progress,
            start: None,
            kept: Vec::new(),
            troubles: Vec::new(),
        }
    }

    fn start(&mut self, start: &Start) {
        self.progress.start(start.cases);
        self.start = Some(start.clone());
    }

    fn case(&mut self, case: &Case) -> io::Result<()> {
        let out = &mut self.out;
        self.progress.aside(|| {
            line(out, case)?;
            out.flush()
        })?;
        self.progress.step();
        if case.status != Status::Pass {
            self.kept.push(case.clone());
        }
        Ok(())
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        self.progress.end();
        self.kept.sort_by_key(|case| case.number);
        let start = self.start.take();
        let specs = start.as_ref().map_or("", |start| &start.specs);
        for case in self.kept.iter().filter(|case| case.status.is_against()) {
            write!(self.out, "\n{}", Explanation { case, specs })?;
        }
        let skipped = self.kept.iter().filter(|c| c.status == Status::Skipped);
        for (place, case) in skipped.enumerate() {
            if place == 0 {
                writeln!(self.out, "\n{BOLD}skipped{BOLD:#}")?;
            }
            writeln!(
                self.out,
                "    {}: {}",
                plain(&case.id),
                one_line(&case.message)
            )?;
        }
        let left_out = start.as_ref().map_or(0, |start| start.left_out);
        summary(&mut self.out, end, left_out)?;
        let style = style::of(Status::Error);
        for trouble in &self.troubles {
            writeln!(self.out, "{style}not passed{style:#}: {}", plain(trouble))?;
        }
        if let Some(run) = start.and_then(|start| start.run) {
            writeln!(self.out, "{DIM}run {}{DIM:#}", plain(&run))?;
        }
        self.out.flush()
    }
}

impl<W: Write> Renderer for Human<W> {
    fn show(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Start(start) => {
                self.start(start);
                Ok(())
            }
            Event::Case(case) => self.case(case),
            Event::Trouble(trouble) => {
                self.troubles.push(trouble.message.clone());
                Ok(())
            }
            Event::End(end) => self.end(end),
        }
    }
}

/// `pass  digits/training.toml::memorises  0.12 s  loss 0.004 ≤ 0.01`.
fn line(out: &mut impl Write, case: &Case) -> io::Result<()> {
    let style = style::of(case.status);
    let (word, id) = (case.status.word(), plain(&case.id));
    write!(out, "{style}{word:<5}{style:#} {id}")?;
    if case.status == Status::Skipped {
        return writeln!(out, "  {DIM}{}{DIM:#}", one_line(&case.message));
    }
    write!(out, "  {DIM}{}{DIM:#}", Seconds(case.seconds))?;
    if case.status.is_against() {
        return writeln!(out, "  {}", one_line(&case.message));
    }
    let bounded: Vec<_> = case
        .measurements
        .iter()
        .filter(|m| m.bound.is_some())
        .collect();
    for measurement in bounded.iter().take(ON_A_LINE_MAX) {
        write!(out, "  {}", Brief(measurement))?;
    }
    match bounded.len().saturating_sub(ON_A_LINE_MAX) {
        0 => writeln!(out),
        more => writeln!(out, "  {DIM}and {more} more{DIM:#}"),
    }
}

fn summary(out: &mut impl Write, end: &End, left_out: usize) -> io::Result<()> {
    let style = style::of(if end.passes() {
        Status::Pass
    } else {
        Status::Fail
    });
    let End {
        passed,
        failed,
        inconclusive,
        skipped,
        errors,
        ..
    } = end;
    let s = if *errors == 1 { "" } else { "s" };
    write!(
        out,
        "\n{style}{passed} passed, {failed} failed, {inconclusive} inconclusive, \
         {skipped} skipped, {errors} error{s}{style:#} in {}",
        Seconds(end.seconds)
    )?;
    if left_out > 0 {
        write!(out, " {DIM}({left_out} left out by the selection){DIM:#}")?;
    }
    writeln!(out)?;
    if end.ran() == 0 {
        writeln!(
            out,
            "{style}nothing ran, and a run in which nothing ran does not pass{style:#}"
        )?;
    }
    Ok(())
}

/// The first line of a message.
fn one_line(message: &str) -> String {
    plain(message.lines().next().unwrap_or_default()).into_owned()
}

/// A time in seconds, with as many digits as matter.
struct Seconds(f64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.0 < 10.0 { 2 } else { 1 };
        write!(f, "{:.decimals$} s", self.0)
    }
}

/// A measurement in a few words: `loss_ratio 0.31 ≤ 0.7`.
struct Brief<'a>(&'a Measurement);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measurement = self.0;
        let name = plain(&measurement.name);
        write!(f, "{name} {}", Number(measurement.value))?;
        if measurement.unit != "1" {
            write!(f, " {}", plain(&measurement.unit))?;
        }
        if let (Some(low), Some(high)) = (measurement.low, measurement.high) {
            write!(f, " [{}, {}]", Number(low), Number(high))?;
        }
        match measurement.bound {
            Some(bound) => write!(f, " {bound}"),
            None => Ok(()),
        }
    }
}
