//! From a spec tree to an exit code: discover, plan, run, report.
//!
//! There are two ways in, and both run the same cases:
//! - [`main`] is the `main` of a test target with `harness = false`, and speaks
//!   libtest's flags, so that `cargo test` and cargo-nextest work;
//! - [`cli::main`] is the `main` of the `seatrial` command.
//!
//! A team with its own checks and models gives either of them its own
//! [`Registry`], from its own workspace:
//!
//! ```ignore
//! // tests/specs.rs
//! fn main() -> std::process::ExitCode {
//!     runner::main(runner::Registry::new().model("fraud", Fraud::new))
//! }
//! ```
//!
//! A case runs on a worker thread of its own. A panic there fails that case
//! alone, and a case that outlives its timeout is ended. What ends the whole
//! process cannot be contained: a stack overflow, an abort in foreign code, the
//! system's out-of-memory killer. Under cargo-nextest, which gives each case a
//! process, even these fail one case alone.

mod balance;
pub mod cli;
pub mod crew;
mod error;
mod execute;
mod harness;
mod plan;
mod record;
mod result;
mod settings;
mod since;
mod start;
mod state;
mod tree;

pub use balance::Durations;
pub use error::Error;
pub use harness::main;
pub use plan::{Plan, Selection, Shard, Tiers};
pub use result::Replay;
pub use seatrial_checks::Registry;
pub use settings::Settings;
pub use since::Since;
