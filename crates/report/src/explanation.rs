//! Why a case did not pass, and how to see it again.

use std::fmt;

use crate::plot::short;
use crate::spark::spark;
use crate::style::{self, BOLD, DIM};
use crate::{Case, plain};

/// More measurements than this are left to the JSON lines.
const SHOWN_MAX: usize = 20;
/// Curves that are drawn.
const CURVES_MAX: usize = 4;
/// Characters of a curve, and of its name: all of it fits 60 columns.
const CURVE: usize = 16;
const NAME: usize = 12;
/// Width of the column of labels.
const LABEL: usize = 10;

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
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { id, status, .. } = self.case;
        let style = style::of(*status);
        let id = plain(id);
        writeln!(f, "{style}{}{style:#}  {BOLD}{id}{BOLD:#}", status.word())?;
        for line in plain(&self.case.message).lines() {
            writeln!(f, "    {line}")?;
        }
        self.measured(f)?;
        self.curves(f)?;
        let specs = plain(self.specs.trim_end_matches('/'));
        let place = self.case.place();
        labelled(f, "at", format_args!("{specs}/{}", plain(&place)))?;
        if let Some(doc) = &self.case.doc {
            labelled(f, "for", format_args!("{}", plain(doc.trim())))?;
        }
        labelled(f, "seed", format_args!("{}", self.case.seed))?;
        labelled(f, "replay", format_args!("{}", plain(&self.case.replay)))
    }
}

impl Explanation<'_> {
    fn curves(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let curves = self.case.series.iter().filter(|one| one.values.len() > 1);
        for (place, series) in curves.take(CURVES_MAX).enumerate() {
            let label = if place == 0 { "curve" } else { "" };
            let drawn = spark(&series.values, CURVE);
            let ends = [series.values.first(), series.values.last()];
            let [first, last] = ends.map(|end| short(end.copied().unwrap_or(f64::NAN)));
            let name = plain(&series.name).chars().take(NAME).collect::<String>();
            labelled(f, label, format_args!("{drawn}  {name}: {first} to {last}"))?;
        }
        Ok(())
    }

    fn measured(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = &self.case.measurements;
        for (place, measurement) in all.iter().take(SHOWN_MAX).enumerate() {
            let label = if place == 0 { "measured" } else { "" };
            labelled(
                f,
                label,
                format_args!("{}", plain(&measurement.to_string())),
            )?;
        }
        match all.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => labelled(f, "", format_args!("and {more} more: see --format json")),
        }
    }
}

fn labelled(f: &mut fmt::Formatter<'_>, label: &str, what: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(f, "  {DIM}{label:>LABEL$}{DIM:#}  {what}")
}
