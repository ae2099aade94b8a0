//! How far a run is, on a terminal only.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Narrower terminals are written for as if they had this many columns.
const WIDTH_MIN: usize = 60;

/// Columns of the terminal that the output stream is; `None` if it is none.
pub fn terminal_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    let known = io::stdout().is_terminal() && columns > 0;
    known.then(|| usize::from(columns).max(WIDTH_MIN))
}

/// A bar on the error stream, if that is a terminal; else nothing.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows nothing.
    pub fn none() -> Self {
        Self {
            bar: ProgressBar::hidden(),
        }
    }

    /// A bar, if the error stream is a terminal.
    pub fn on_terminal() -> Self {
        if !io::stderr().is_terminal() {
            return Self::none();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:14} {pos} of {len} cases, {elapsed}, {eta} left")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    pub(crate) fn start(&self, cases: usize) {
        self.bar.set_length(cases as u64);
    }

    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// Writes without the bar in the way.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
