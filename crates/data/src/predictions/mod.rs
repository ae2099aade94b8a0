//! Predictions that any system wrote: a table with a key, a label and scores.
//!
//! [`Predictions`] knows which columns mean what, reads them strictly, and hands
//! them on a chunk at a time; [`Pairs`] brings two versions together by key. What
//! does not live here: metrics.

mod classes;
mod declaration;
mod kind;
mod open;
mod pair;
mod read;
mod task;
mod unique;

pub use declaration::{PredictionsDeclaration, ScoreScale};
pub use open::Predictions;
pub use pair::{Pairs, Part, Previous};
pub use read::{Chunk, Reader};
pub use task::{Task, Widths};
