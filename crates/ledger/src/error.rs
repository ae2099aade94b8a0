//! Every way in which history cannot be kept or read.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the ledger does not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Nothing was ever recorded there.
    #[error("there is no ledger {}: `seatrial test` and `cargo test` record one", file.display())]
    Missing {
        /// The file that is not there.
        file: PathBuf,
    },

    /// A later version wrote it.
    #[error(
        "the ledger {} has format {found}, and this program knows formats up to {known}: use the \
         version of Sea Trial that wrote it, or name another state folder. It was left as it is",
        file.display()
    )]
    Newer {
        /// The ledger.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that is known here.
        known: i64,
    },

    /// Not a ledger, or a broken one.
    #[error(
        "{} is damaged or no ledger ({reason}). It was left as it is: move it away to begin a new \
         one",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        reason: String,
    },

    /// It cannot be written: a read-only folder, a full disk, another writer
    /// that does not end.
    #[error("the ledger {} cannot be written: {reason}", file.display())]
    Unwritable {
        /// The ledger.
        file: PathBuf,
        /// Why.
        reason: String,
    },

    /// It cannot be read.
    #[error("the ledger {} cannot be read: {reason}", file.display())]
    Unreadable {
        /// The ledger.
        file: PathBuf,
        /// Why.
        reason: String,
    },

    /// No run, or more than one, is meant.
    #[error("{0}")]
    NoSuchRun(String),

    /// Another scheduled run of the same ledger goes on.
    #[error("{0}")]
    AtWork(String),
}

impl LedgerError {
    /// Of a failure of SQLite while writing or opening.
    pub(crate) fn writing(file: &Path, error: rusqlite::Error) -> Self {
        let reason = reason(&error);
        let file = file.to_owned();
        if is_damage(&error) {
            Self::Damaged { file, reason }
        } else {
            Self::Unwritable { file, reason }
        }
    }

    /// Of a failure of SQLite while reading.
    pub(crate) fn reading(file: &Path, error: rusqlite::Error) -> Self {
        let reason = reason(&error);
        let file = file.to_owned();
        if is_damage(&error) {
            Self::Damaged { file, reason }
        } else {
            Self::Unreadable { file, reason }
        }
    }
}

/// Whether the file itself is wrong: what it holds does not parse, or is not of
/// the types that are written there.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    match error {
        Error::FromSqlConversionFailure(..)
        | Error::InvalidColumnType(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..) => true,
        // A table or column that its format has, and it has not.
        Error::SqlInputError { .. } => true,
        Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown
        ),
        _ => false,
    }
}

fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".into(),
        Some(ErrorCode::DatabaseBusy) => "another process writes to it and does not end".into(),
        Some(ErrorCode::ReadOnly) => "it is read-only".into(),
        _ => error.to_string(),
    }
}
