//! One event stream, rendered for people and for machines.
//!
//! A run is told as [`Event`]s: one [`Start`], a [`Case`] for each case as it
//! finishes, and one [`End`]. A [`Renderer`] shows them and computes nothing:
//! [`Human`] for a terminal, [`JsonLines`] for programs. How a case that did
//! not pass is explained is [`Explanation`], which test harnesses share.
//!
//! What does not live here: running cases, and deciding what counts as green.

mod event;
mod explanation;
mod human;
mod json_lines;
mod plain;
mod progress;
mod style;

pub use event::{Case, End, Event, Start, VERSION};
pub use explanation::Explanation;
pub use human::Human;
pub use json_lines::JsonLines;
pub use plain::plain;
pub use progress::Progress;

/// Shows a run while it goes on.
pub trait Renderer {
    /// Shows the next event.
    ///
    /// # Errors
    /// When it cannot be written.
    fn show(&mut self, event: &Event) -> std::io::Result<()>;
}
