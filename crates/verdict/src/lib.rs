//! What a check says, and nothing about how it is found or shown.
//!
//! A [`Verdict`] has a [`Status`], a message for people, [`Measurement`]s with
//! their bounds, and [`Series`] and [`Figure`]s for plots. The one way to a [`Status::Pass`] is
//! [`Verdict::judge`]: something was measured, every measurement is finite, and
//! each lies within its bound. Everything else fails closed, with a reason.
//!
//! What does not live here: rendering, files, and any knowledge of models.

mod bound;
mod figure;
mod judge;
mod measurement;

pub use bound::{Bound, Number, Placement};
pub use figure::{
    Bar, Bars, Figure, Grid, Group, Histogram, Line, Lines, Phase, Row, Stage, Stages, Timeline,
};
pub use judge::Spanning;
pub use measurement::{Measurement, Series};

use serde::{Deserialize, Serialize};

/// The outcome of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It ran, it measured, and every measurement is within its bound.
    Pass,
    /// A measurement is on the wrong side of its bound, or not a number.
    Fail,
    /// An interval spans its bound: the data cannot tell.
    Inconclusive,
    /// Not run, for a reason that the spec gives.
    Skipped,
    /// The check could not measure: bad input, a crash, a timeout.
    Error,
}

impl Status {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Inconclusive => "inconclusive",
            Status::Skipped => "skipped",
            Status::Error => "error",
        }
    }

    /// Whether a run with this outcome must not be called green.
    pub fn is_against(self) -> bool {
        !matches!(self, Status::Pass | Status::Skipped)
    }
}

/// What a check says about its subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The outcome.
    pub status: Status,
    /// For people: what was expected, what was seen, by how much it missed.
    pub message: String,
    /// What was measured, in the order of measuring.
    pub measurements: Vec<Measurement>,
    /// Curves, for plots.
    pub series: Vec<Series>,
    /// What else there is to look at.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub figures: Vec<Figure>,
}

impl Verdict {
    /// A failure that is not a number on the wrong side of a bound.
    pub fn fail(message: impl Into<String>) -> Self {
        Self::bare(Status::Fail, message)
    }

    /// The check could not measure, for this reason.
    pub fn error(message: impl Into<String>) -> Self {
        Self::bare(Status::Error, message)
    }

    /// Not run, for this reason.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::bare(Status::Skipped, reason)
    }

    /// Adds curves.
    pub fn with_series(mut self, series: impl IntoIterator<Item = Series>) -> Self {
        self.series.extend(series);
        self
    }

    /// Adds what else there is to look at.
    pub fn with_figures(mut self, figures: impl IntoIterator<Item = Figure>) -> Self {
        self.figures.extend(figures);
        self
    }

    /// Adds a hint to the message of a verdict against: the likely cause.
    pub fn with_hint(mut self, hint: impl AsRef<str>) -> Self {
        if self.status.is_against() && !hint.as_ref().is_empty() {
            self.message.push('\n');
            self.message.push_str(hint.as_ref());
        }
        self
    }

    /// Makes it a failure for this reason, said before any other.
    pub fn against(mut self, reason: impl Into<String>) -> Self {
        let mut message = reason.into();
        if self.status.is_against() && !self.message.is_empty() {
            message.push('\n');
            message.push_str(&self.message);
        }
        self.message = message;
        self.status = Status::Fail;
        self
    }

    fn bare(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            measurements: Vec::new(),
            series: Vec::new(),
            figures: Vec::new(),
        }
    }
}
