//! Why a case did not pass, and how to see it again.

use std::borrow::Cow;
use std::fmt;

use seatrial_verdict::{Figure, Measurement, Number, Placement};

use crate::style::{self, BOLD, DIM};
use crate::text::{columns, fitted, wrapped};
use crate::{Case, plain, plot, small};

/// More measurements than this are left to the JSON lines.
const SHOWN_MAX: usize = 8;
/// Characters of a message: some forty lines.
const MESSAGE_MAX: usize = 2_400;
/// Figures that are drawn.
const FIGURES_MAX: usize = 4;
/// Width of the column of labels.
const LABEL: usize = 10;
/// What stands before what a label names.
const MARGIN: usize = LABEL + 4;
/// The width for which drawings are made where nothing wraps.
const UNBOUNDED: usize = 100;

/// All that a person needs to know of a case that did not pass: what was
/// expected, what was seen, by how much it missed, where it is written, what it
/// is for, and the command that runs it alone with its seed.
///
/// Displays in colour; strip the text where colour has no place.
pub struct Explanation<'a> {
    /// The case.
    pub case: &'a Case,
    /// The spec tree, as the reader knows it.
    pub specs: &'a str,
    /// Columns of the terminal; `None` where lines are not to be wrapped. What
    /// is to be copied, such as the command, never is.
    pub width: Option<usize>,
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { id, status, .. } = self.case;
        let style = style::of(*status);
        let id = plain(id);
        writeln!(f, "{style}{}{style:#}  {BOLD}{id}{BOLD:#}", status.word())?;
        let (message, more) = self.message();
        for line in plain(message).lines() {
            for line in wrapped(&format!("    {line}"), self.width, 6) {
                writeln!(f, "{line}")?;
            }
        }
        if more > 0 {
            writeln!(
                f,
                "    {DIM}… and {more} more characters: see --format json{DIM:#}"
            )?;
        }
        self.measured(f)?;
        self.figures(f)?;
        let specs = plain(self.specs.trim_end_matches('/'));
        let place = self.case.place();
        labelled(f, "at", &format!("{specs}/{}", plain(&place)))?;
        if let Some(doc) = &self.case.doc {
            self.filled(f, "for", &plain(doc.trim()))?;
        }
        labelled(f, "seed", &self.case.seed.to_string())?;
        labelled(f, "replay", &plain(&self.case.replay))
    }
}

impl Explanation<'_> {
    /// As much of the message as anyone reads, and how many characters more
    /// there are.
    fn message(&self) -> (&str, usize) {
        let message = self.case.message.as_str();
        match message.char_indices().nth(MESSAGE_MAX) {
            None => (message, 0),
            Some((end, _)) => (&message[..end], message[end..].chars().count()),
        }
    }

    /// Columns beside the labels.
    fn room(&self) -> usize {
        self.width.unwrap_or(UNBOUNDED).max(MARGIN + 24) - MARGIN
    }

    /// Text beside a label, wrapped.
    fn filled(&self, f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
        let room = self.width.map(|_| self.room());
        let lines = text.lines().flat_map(|line| wrapped(line, room, 0));
        for (place, line) in lines.enumerate() {
            labelled(f, if place == 0 { label } else { "" }, &line)?;
        }
        Ok(())
    }

    /// Up to a few figures, each with its title.
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let curves = plot::of_series(&self.case.series).into_iter();
        let curves = curves.map(|curve| Cow::Owned(Figure::Lines(curve)));
        let figures = self.case.figures.iter().map(Cow::Borrowed).chain(curves);
        let drawn = figures
            .map(|figure| {
                let title = plain(plot::title(&figure)).into_owned();
                (title, small::figure(&figure, self.room()))
            })
            .filter(|(_, lines)| !lines.is_empty());
        let drawn: Vec<_> = drawn.collect();
        for (place, (title, lines)) in drawn.iter().take(FIGURES_MAX).enumerate() {
            labelled(
                f,
                if place == 0 { "shown" } else { "" },
                &fitted(title, self.room()),
            )?;
            for line in lines {
                labelled(f, "", line.trim_end())?;
            }
        }
        match drawn.len().saturating_sub(FIGURES_MAX) {
            0 => Ok(()),
            more => labelled(f, "", &format!("and {more} more figures: see --report")),
        }
    }

    /// What is against its bound, to scale; then the rest.
    fn measured(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all: Vec<&Measurement> = self.case.measurements.iter().collect();
        all.sort_by_key(|one| match one.placement() {
            Placement::Outside => 0,
            Placement::Spanning => 1,
            Placement::Inside => 2,
        });
        let shown = &all[..all.len().min(SHOWN_MAX)];
        for (place, measurement) in shown.iter().enumerate() {
            let label = if place == 0 { "measured" } else { "" };
            match small::interval(measurement) {
                Some(drawing) if measurement.placement() != Placement::Inside => {
                    self.to_scale(f, label, measurement, &drawing)?;
                }
                _ => self.filled(f, label, &plain(&measurement.to_string()))?,
            }
        }
        match all.len() - shown.len() {
            0 => Ok(()),
            more => labelled(f, "", &format!("and {more} more: see --format json")),
        }
    }

    /// On one line, if there is room: name, drawing, value and bound.
    fn to_scale(
        &self,
        f: &mut fmt::Formatter<'_>,
        label: &str,
        measurement: &Measurement,
        drawing: &str,
    ) -> fmt::Result {
        let name = plain(&measurement.name);
        let unit = match measurement.unit.as_str() {
            "1" => String::new(),
            unit => format!(" {}", plain(unit)),
        };
        let bound = measurement
            .bound
            .map_or_else(String::new, |bound| format!(" {bound}"));
        let told = format!("{}{unit}{bound}", Number(measurement.value));
        if columns(&name) + columns(drawing) + columns(&told) + 4 <= self.room() {
            return labelled(f, label, &format!("{name}  {drawing}  {told}"));
        }
        labelled(f, label, &fitted(&name, self.room()))?;
        labelled(f, "", &fitted(&format!("  {drawing}  {told}"), self.room()))
    }
}

fn labelled(f: &mut fmt::Formatter<'_>, label: &str, what: &str) -> fmt::Result {
    writeln!(f, "  {DIM}{label:>LABEL$}{DIM:#}  {what}")
}
