//! What can be wrong with data.

use std::path::PathBuf;

/// A `Result` with a [`DataError`].
pub type Result<T, E = DataError> = std::result::Result<T, E>;

/// Why a dataset could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// The file's content is wrong at a place.
    #[error("{}:{line}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong there.
        message: String,
    },

    /// A table is wrong, or a place in it.
    #[error("{}{}: {message}", path.display(), at(column.as_deref(), *row))]
    Table {
        /// The file, or the folder or glob that was opened.
        path: PathBuf,
        /// The column, if it is about one.
        column: Option<String>,
        /// Row in the file, from 1, a header not counted.
        row: Option<u64>,
        /// What is wrong there.
        message: String,
    },

    /// A declaration of predictions does not hold together.
    #[error("predictions `{name}`: {message}")]
    Predictions {
        /// Their name.
        name: String,
        /// What is wrong.
        message: String,
    },

    /// Nobody waits for the result any more.
    #[error("stopped before the end")]
    Stopped,

    /// The declaration does not fit the data.
    #[error("dataset `{name}`: {message}")]
    Declaration {
        /// The dataset's name.
        name: String,
        /// What is wrong.
        message: String,
    },
}

/// Such as `: column `score`, row 17`.
fn at(column: Option<&str>, row: Option<u64>) -> String {
    let column = column.map(|column| format!("column `{column}`"));
    let row = row.map(|row| format!("row {row}"));
    let said: Vec<String> = column.into_iter().chain(row).collect();
    if said.is_empty() {
        String::new()
    } else {
        format!(": {}", said.join(", "))
    }
}
