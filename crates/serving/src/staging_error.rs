//! Why a server cannot be staged at all.

use std::path::PathBuf;

use crate::sandbox::SandboxError;

/// What is wrong before a server runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StagingError {
    /// No sandbox, or no program in it.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),

    /// The server has nothing to start.
    #[error("server `{0}` has no `command`: it can be compared with on paper, and not be staged")]
    NoCommand(String),

    /// Something to be laid out is not there.
    #[error("server `{server}` cannot be laid out: {reason}")]
    Stage {
        /// Its name.
        server: String,
        /// What is wrong.
        reason: String,
    },

    /// A place in the layout that is none.
    #[error(
        "server `{server}`: `{at}` is no place in its stage: write a relative path without `..`"
    )]
    Layout {
        /// Its name.
        server: String,
        /// The place as written.
        at: String,
    },

    /// The examples cannot be used.
    #[error("the examples `{}` cannot be used: {reason}", file.display())]
    Examples {
        /// Their file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
}
