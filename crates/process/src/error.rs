//! What can go wrong with a program of others.

use std::path::PathBuf;

/// A `Result` with a [`ProcessError`].
pub type Result<T, E = ProcessError> = std::result::Result<T, E>;

/// Why a program did not do what it was started for. Each names the program.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// There is no such program.
    #[error("there is no program `{program}` in {looked_in}")]
    NotFound {
        /// As it was written.
        program: String,
        /// The folders that were searched.
        looked_in: String,
    },

    /// The file is there, and cannot be run.
    #[error("`{program}` cannot be run: {reason}")]
    NotExecutable {
        /// As it was written.
        program: String,
        /// Why.
        reason: String,
    },

    /// The folder to run in is not one.
    #[error("`{program}` cannot run in {}: {source}", folder.display())]
    Folder {
        /// The program.
        program: String,
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// A file for its input or output cannot be opened.
    #[error("`{program}`: {}: {source}", file.display())]
    File {
        /// The program.
        program: String,
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// The system could not start or follow it.
    #[error("`{program}`: {source}")]
    System {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },

    /// It ended with a status that says so.
    #[error("`{program}` ended with exit code {code}{}", quote(said))]
    Exit {
        /// The program.
        program: String,
        /// Its exit code.
        code: i32,
        /// What it wrote to standard error.
        said: String,
    },

    /// A signal ended it.
    #[error("`{program}` was ended by {signal}{}", quote(said))]
    Signal {
        /// The program.
        program: String,
        /// Name of the signal, such as `SIGSEGV`.
        signal: String,
        /// What it wrote to standard error.
        said: String,
    },

    /// It ran past its deadline and was ended.
    #[error("`{program}` was ended: it ran longer than {limit_s} s{}", quote(said))]
    Timeout {
        /// The program.
        program: String,
        /// The deadline.
        limit_s: f64,
        /// What it wrote to standard error.
        said: String,
    },

    /// It printed more than it may and was ended.
    #[error(
        "`{program}` was ended: it printed more than {limit_bytes} bytes to {stream}{}",
        quote(said)
    )]
    OutputLimit {
        /// The program.
        program: String,
        /// `standard output` or `standard error`.
        stream: &'static str,
        /// How much it may print.
        limit_bytes: u64,
        /// What it wrote to standard error.
        said: String,
    },

    /// It was told to end before it was done.
    #[error("`{program}` was stopped")]
    Stopped {
        /// The program.
        program: String,
    },
}

/// What a program said, ready to follow a message.
fn quote(said: &str) -> String {
    match said.trim_end() {
        "" => ", and said nothing on standard error".to_owned(),
        said => format!("; on standard error:\n{said}"),
    }
}
