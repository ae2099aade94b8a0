//! Files and declarations for tests.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};

use seatrial_data::{DataError, Dataset, DatasetDeclaration};

/// A file with this content, in a folder that lasts as long as the value.
pub struct File {
    folder: tempfile::TempDir,
}

impl File {
    pub fn new(content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rows.csv"), content).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("rows.csv")
    }

    /// Reads it with further keys of a declaration.
    pub fn load(&self, keys: &str) -> Result<Dataset, DataError> {
        load(&format!("path = '{}'\n{keys}", self.path().display()))
    }

    /// What is wrong with it: line and message.
    pub fn refusal(&self, keys: &str) -> (u64, String) {
        refusal(self.load(keys).unwrap_err(), &self.path())
    }
}

/// The line and message of an error in this file.
pub fn refusal(error: DataError, file: &Path) -> (u64, String) {
    let shown = error.to_string();
    match error {
        DataError::Content {
            path,
            line,
            message,
        } => {
            assert_eq!(path, file);
            assert_eq!(shown, format!("{}:{line}: {message}", file.display()));
            (line, message)
        }
        other => panic!("{other}"),
    }
}

/// Loads what a declaration in TOML says.
pub fn load(declaration: &str) -> Result<Dataset, DataError> {
    let declaration: DatasetDeclaration = toml::from_str(declaration).unwrap();
    Dataset::load("rows", &declaration)
}
