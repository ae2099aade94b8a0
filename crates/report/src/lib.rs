//! One event stream, rendered for people and for machines.
//!
//! A run is told as [`Event`]s: one [`Start`], a [`Case`] for each case as it
//! finishes, and one [`End`]. A [`Renderer`] shows them while they happen:
//! [`Human`] on a terminal, [`JsonLines`] for programs, [`Github`] on the lines
//! of the specs. Collected, they are a [`Run`], from which documents are made:
//! [`html`], [`junit`], [`markdown`], or all of them in a [`Folder`]. A run is
//! read back from its events with [`Run::read`], whole or cut short.
//!
//! Renderers compute nothing: whether a run passes and why is its
//! [`Decision`], and what is different from another run a [`Comparison`]. How
//! a case that did not pass is explained is [`Explanation`], which test
//! harnesses share.
//!
//! What does not live here: running cases, and the history of runs.

mod comparison;
mod decision;
mod event;
mod explanation;
mod flaky;
mod folder;
mod github;
mod html;
mod human;
mod json_lines;
mod junit;
mod markdown;
mod merge;
mod plain;
mod plot;
mod progress;
mod read;
mod run;
mod small;
mod spark;
mod style;
mod text;

pub use comparison::{Comparison, Moved};
pub use decision::{Decision, Reason};
pub use event::{Case, End, Event, Shard, Start, Trouble, VERSION};
pub use explanation::Explanation;
pub use flaky::{flaky, outcome};
pub use folder::{EVENTS, Folder};
pub use github::Github;
pub use html::{html, html_compared};
pub use human::Human;
pub use json_lines::JsonLines;
pub use junit::junit;
pub use markdown::markdown;
pub use plain::plain;
pub use progress::{Progress, terminal_width};
pub use read::ReadError;
pub use run::{AtEnd, Run};

/// Shows a run while it goes on.
pub trait Renderer {
    /// Shows the next event.
    ///
    /// # Errors
    /// When it cannot be written.
    fn show(&mut self, event: &Event) -> std::io::Result<()>;
}

/// Shows a run in several ways at once.
impl Renderer for Vec<Box<dyn Renderer>> {
    fn show(&mut self, event: &Event) -> std::io::Result<()> {
        self.iter_mut().try_for_each(|one| one.show(event))
    }
}
