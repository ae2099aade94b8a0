//! Where the spec tree is.

use std::path::{Path, PathBuf};

use crate::Error;

/// What the folder of a spec tree is called unless one is named.
pub(crate) const FOLDER: &str = "specs";

/// The named tree, else the nearest folder `specs` in `from` or above it.
pub(crate) fn find(named: Option<PathBuf>, from: &Path) -> Result<PathBuf, Error> {
    if let Some(named) = named {
        return Ok(named);
    }
    nearest(from).ok_or_else(|| {
        Error::Usage(format!(
            "there is no spec tree: no folder `{FOLDER}` in {} or above it. Name one with \
             --specs DIR or SEATRIAL_SPECS, or make one with `seatrial new`",
            from.display()
        ))
    })
}

/// The nearest folder `specs` in `from` or above it.
pub(crate) fn nearest(from: &Path) -> Option<PathBuf> {
    let folders = from.ancestors().map(|folder| folder.join(FOLDER));
    folders.into_iter().find(|folder| folder.is_dir())
}

/// The folder that the user works in.
pub(crate) fn here() -> Result<PathBuf, Error> {
    std::env::current_dir()
        .map_err(|error| Error::Harness(format!("cannot tell the current folder: {error}")))
}

/// A path as short as it can be said from `from`.
pub(crate) fn shown(path: &Path, from: &Path) -> String {
    let short = path.strip_prefix(from).unwrap_or(path);
    let short = if short.as_os_str().is_empty() {
        Path::new(".")
    } else {
        short
    };
    short.display().to_string()
}
