//! Every way in which a file about serving can be wrong.

use std::io;
use std::path::PathBuf;

/// What is wrong, and with which file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServingError {
    /// It cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// It is not what its name says.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },

    /// It cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// An interpreter does not describe the server that it is asked for.
    #[error("{interpreter} does not describe its onnxruntime: {reason}")]
    Undescribed {
        /// As it was written.
        interpreter: String,
        /// What was wrong.
        reason: String,
    },
}
