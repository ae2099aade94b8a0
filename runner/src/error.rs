//! Every way a run can go wrong, with its exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use seatrial_ledger::LedgerError;
use seatrial_spec::Diagnostics;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The spec tree is wrong.
    #[error(transparent)]
    Specs(#[from] Diagnostics),

    /// The program was asked for something that it cannot do.
    #[error("{0}")]
    Usage(String),

    /// A generated file is not what would be generated now.
    #[error("{0}")]
    Stale(String),

    /// History cannot be asked, or another run is in the way.
    #[error(transparent)]
    Ledger(#[from] LedgerError),

    /// The run, or part of it, is not in the ledger.
    #[error("this run is not recorded: {0}\nSEATRIAL_LEDGER=off runs without a record")]
    NotRecorded(#[source] LedgerError),

    /// Nobody reads what is written.
    #[error("the output was closed before the end")]
    Closed,

    /// The harness itself failed.
    #[error("{0}")]
    Harness(String),
}

impl Error {
    /// 1: a verdict against; 2: a usage or spec error; 3: the harness failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Stale(_) => 1,
            Error::Specs(_) | Error::Usage(_) => 2,
            // Nothing was ever recorded, or not that.
            Error::Ledger(LedgerError::Missing { .. } | LedgerError::NoSuchRun(_)) => 2,
            Error::Ledger(_) | Error::NotRecorded(_) => 3,
            Error::Closed | Error::Harness(_) => 3,
        }
    }

    /// Tells the user, on the error stream, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let mut to = anstream::stderr().lock();
        // Nowhere is left to say that the error stream is closed.
        let _ = match self {
            Error::Specs(diagnostics) => write!(to, "{}", diagnostics.render(true)),
            other => writeln!(to, "error: {}", seatrial_report::plain(&other.to_string())),
        };
        ExitCode::from(self.exit_code())
    }
}

/// For what is written to the output stream.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Error::Closed
        } else {
            Error::Harness(format!("cannot write the output: {error}"))
        }
    }
}
