//! A run for people: a line a case, then everything that needs attention.

use std::fmt;
use std::io::{self, Write};

use seatrial_verdict::{Measurement, Number, Status};

use crate::style::{self, BOLD, DIM};
use crate::text::{columns, fitted, fitted_middle, wrapped};
use crate::{Case, End, Event, Explanation, Progress, Renderer, Start, plain};

/// How many measurements fit on the line of a case.
const ON_A_LINE_MAX: usize = 2;
/// Columns in which a message is worth beginning.
const READABLE: usize = 24;

/// Writes lines as cases finish; explains, in the order of the plan, what did
/// not pass; and closes with what was skipped, and the counts.
///
/// Writes in colour; give it a stream that strips colours where they have no
/// place.
pub struct Human<W> {
    out: W,
    progress: Progress,
    /// Columns of the terminal; `None` where lines are not to be fitted.
    width: Option<usize>,
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
            width: None,
            start: None,
            kept: Vec::new(),
            troubles: Vec::new(),
        }
    }

    /// Fits lines to a terminal of so many columns.
    pub fn fitting(mut self, width: Option<usize>) -> Self {
        self.width = width;
        self
    }

    fn start(&mut self, start: &Start) {
        self.progress.start(start.cases);
        self.start = Some(start.clone());
    }

    fn case(&mut self, case: &Case) -> io::Result<()> {
        let out = &mut self.out;
        self.progress.aside(|| {
            line(out, case, self.width)?;
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
            let width = self.width;
            write!(self.out, "\n{}", Explanation { case, specs, width })?;
        }
        let skipped = self.kept.iter().filter(|c| c.status == Status::Skipped);
        for (place, case) in skipped.enumerate() {
            if place == 0 {
                writeln!(self.out, "\n{BOLD}skipped{BOLD:#}")?;
            }
            let told = format!("    {}: {}", plain(&case.id), one_line(&case.message));
            for line in wrapped(&told, self.width, 6) {
                writeln!(self.out, "{line}")?;
            }
        }
        let left_out = start.as_ref().map_or(0, |start| start.left_out);
        summary(&mut self.out, end, left_out, self.width)?;
        let style = style::of(Status::Error);
        for trouble in &self.troubles {
            let told = format!("not passed: {}", plain(trouble));
            for line in wrapped(&told, self.width, 4) {
                writeln!(self.out, "{style}{line}{style:#}")?;
            }
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

/// `pass  digits/training.toml::memorises  0.12 s  loss 0.004 ≤ 0.01`. Where
/// that is too wide, the last of it is left out, and then the middle of the id.
fn line(out: &mut impl Write, case: &Case, width: Option<usize>) -> io::Result<()> {
    let style = style::of(case.status);
    let (word, mut id) = (case.status.word(), plain(&case.id).into_owned());
    let seconds = match case.status {
        Status::Skipped => String::new(),
        _ => format!("  {}", Seconds(case.seconds)),
    };
    let mut room = usize::MAX;
    if let Some(width) = width {
        let taken = columns(word).max(5) + 1 + columns(&seconds);
        id = fitted_middle(&id, width.saturating_sub(taken).max(16));
        room = width.saturating_sub(taken + columns(&id));
    }
    write!(out, "{style}{word:<5}{style:#} {id}{DIM}{seconds}{DIM:#}")?;
    if case.status != Status::Pass {
        let message = fitted(&one_line(&case.message), room.saturating_sub(2));
        // Of a few characters nothing is understood; below, all is said.
        let (dim, end) = match case.status {
            Status::Skipped => (format!("{DIM}"), format!("{DIM:#}")),
            _ => (String::new(), String::new()),
        };
        return match room < READABLE {
            true => writeln!(out),
            false => writeln!(out, "  {dim}{message}{end}"),
        };
    }
    let bounded = case.measurements.iter().filter(|m| m.bound.is_some());
    let bounded: Vec<_> = bounded.collect();
    let mut shown = 0;
    for measurement in bounded.iter().take(ON_A_LINE_MAX) {
        let brief = Brief(measurement).to_string();
        let Some(left) = room.checked_sub(columns(&brief) + 2) else {
            break;
        };
        write!(out, "  {brief}")?;
        (room, shown) = (left, shown + 1);
    }
    match bounded.len() - shown {
        0 => writeln!(out),
        more => {
            let more = format!("  and {more} more");
            match shown == 0 || columns(&more) > room {
                true => writeln!(out),
                false => writeln!(out, "{DIM}{more}{DIM:#}"),
            }
        }
    }
}

fn summary(
    out: &mut impl Write,
    end: &End,
    left_out: usize,
    width: Option<usize>,
) -> io::Result<()> {
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
    let counts = format!(
        "{passed} passed, {failed} failed, {inconclusive} inconclusive, {skipped} skipped, \
         {errors} error{s}"
    );
    let took = format!("in {}", Seconds(end.seconds));
    let left_out = match left_out {
        0 => String::new(),
        left_out => format!("({left_out} left out by the selection)"),
    };
    writeln!(out)?;
    let mut lines = wrapped(&counts, width, 2);
    let last = lines.pop().unwrap_or_default();
    for line in lines {
        writeln!(out, "{style}{line}{style:#}")?;
    }
    write!(out, "{style}{last}{style:#}")?;
    let mut taken = columns(&last);
    for part in [took, left_out].iter().filter(|part| !part.is_empty()) {
        let wide = width.is_some_and(|width| taken + 1 + columns(part) > width);
        let gap = if wide { "\n  " } else { " " };
        taken = columns(part) + if wide { 2 } else { taken + 1 };
        write!(out, "{gap}{DIM}{part}{DIM:#}")?;
    }
    writeln!(out)?;
    if end.ran() == 0 {
        let told = "nothing ran, and a run in which nothing ran does not pass";
        for line in wrapped(told, width, 2) {
            writeln!(out, "{style}{line}{style:#}")?;
        }
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
