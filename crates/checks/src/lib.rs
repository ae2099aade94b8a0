//! What is asked of a model: one file a check, one folder a chapter.
//!
//! A check's file holds its documentation, its TOML parameters, its algorithm,
//! and the planted faults that prove it can fail. The reference, the editor
//! schema and `seatrial explain` are generated from there.
//!
//! A check is given a [`Context`] and gives back a `Verdict`. It never prints,
//! never reads the environment, and takes all its randomness from the case's
//! seed. Whatever it needs from outside comes through [`Host`].

mod cache;
mod check;
mod context;
mod damage;
mod evidence;
mod host;
pub mod pipeline;
pub mod planted;
pub mod quality;
mod recorded;
mod registry;
pub mod replay;
pub mod reproducibility;
mod sameness;
pub mod serving;
mod session;
pub mod specimen;
pub mod statistics;
pub mod training;

pub use check::{About, Chapter, Check, Failure, Outcome};
pub use context::{Context, Subject};
pub use host::{Host, Recording};
pub use planted::{Fault, Planted, Sound};
pub use registry::{CheckEntry, Registry};
pub use sameness::Difference;
pub use session::Session;
