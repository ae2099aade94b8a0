//! The small tables that rows are reduced to.
//!
//! Each has the four laws of an accumulator: `new`, `update` with slices of
//! rows, `merge` with another of its kind, and reading it at the end. Merging
//! is associative and commutative up to the rounding of sums, and `new` is its
//! neutral element. A row of weight zero is checked and then leaves no trace.
//! What does not live here: what the tables say.

mod cell;
mod comoments;
mod confusion;
mod counted;
mod joint_scores;
mod key;
mod mass;
mod moments;
pub(crate) mod rows;
mod scores;
mod tiles;

pub use cell::Cell;
pub(crate) use comoments::CoMoments;
pub use confusion::Confusion;
pub(crate) use joint_scores::{JointCell, JointScores};
pub use mass::Mass;
pub use moments::Moments;
pub use scores::{Scale, ScoreCell, ScoreTable};
