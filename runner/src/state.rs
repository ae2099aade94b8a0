//! Where the state folder is: what runs leave for later ones, out of version
//! control.

use std::path::{Path, PathBuf};

use crate::Error;

/// What the folder is called unless one is named.
const FOLDER: &str = ".seatrial";

/// The named folder, else `.seatrial` in the root of the git work tree that
/// holds `from`, else in `from` itself. Nothing is made yet.
///
/// # Errors
/// When the current folder is gone, so that nothing can be relative to it.
pub(crate) fn find(named: Option<PathBuf>, from: &Path) -> Result<PathBuf, Error> {
    let folder = named.unwrap_or_else(|| work_tree(from).unwrap_or(from).join(FOLDER));
    std::path::absolute(&folder).map_err(|error| {
        let shown = folder.display();
        Error::Harness(format!(
            "cannot tell where the state folder {shown} is: {error}"
        ))
    })
}

/// The root of the git work tree that a folder lies in. A linked work tree, as
/// `git worktree` makes it, has a file there instead of a folder.
fn work_tree(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .find(|folder| folder.join(".git").exists())
}
