//! Colours. Whether they reach a terminal is for the stream to decide.

use anstyle::{AnsiColor, Style};
use seatrial_verdict::Status;

/// For what is there to be found, not read.
pub(crate) const DIM: Style = Style::new().dimmed();
/// For headings.
pub(crate) const BOLD: Style = Style::new().bold();

/// The colour of an outcome.
pub(crate) fn of(status: Status) -> Style {
    let color = match status {
        Status::Pass => AnsiColor::Green,
        Status::Fail | Status::Error => AnsiColor::Red,
        Status::Inconclusive | Status::Skipped => AnsiColor::Yellow,
    };
    color.on_default().bold()
}
