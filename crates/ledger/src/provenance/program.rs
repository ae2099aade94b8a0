//! The program that ran: checks and models in Rust are compiled into it.

use serde::{Deserialize, Serialize};

use crate::hash::{ContentHash, FileHashes};

/// A program and how it was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Version of Sea Trial.
    pub seatrial: String,
    /// The compiler, as it names itself.
    pub compiler: String,
    /// What it was compiled for.
    pub target: String,
    /// Level of optimisation of this crate, and whether assertions are on.
    pub built: String,
    /// Content of the executable; `None` if it cannot be read any more.
    pub executable: Option<ContentHash>,
}

impl Program {
    /// This one.
    pub(crate) fn this(hashes: &mut FileHashes) -> Self {
        let executable = std::env::current_exe().ok();
        let assertions = if cfg!(debug_assertions) { "on" } else { "off" };
        Self {
            seatrial: env!("CARGO_PKG_VERSION").into(),
            compiler: env!("SEATRIAL_COMPILER").into(),
            target: env!("SEATRIAL_TARGET").into(),
            built: format!(
                "opt-level {}, assertions {assertions}",
                env!("SEATRIAL_OPT_LEVEL")
            ),
            executable: executable.and_then(|file| hashes.of(&file).ok()),
        }
    }
}
