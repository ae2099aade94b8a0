//! Which file a program's name means.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::{ProcessError, Result};

/// The file that `name` means: a path if it holds a slash, taken from `folder`;
/// else the first runnable file of that name in the folders of `path`.
pub(crate) fn find(name: &OsStr, folder: &Path, path: Option<&OsStr>) -> Result<PathBuf> {
    let program = name.to_string_lossy().into_owned();
    if name.is_empty() {
        return Err(ProcessError::NotExecutable {
            program,
            reason: "it has no name".into(),
        });
    }
    if program.contains('/') {
        let file = folder.join(name);
        return match runnable(&file) {
            Ok(true) => Ok(file),
            Ok(false) => Err(ProcessError::NotFound {
                program,
                looked_in: folder.display().to_string(),
            }),
            Err(reason) => Err(ProcessError::NotExecutable { program, reason }),
        };
    }
    let path = path.unwrap_or_default();
    let mut refused = None;
    for place in std::env::split_paths(path) {
        let file = folder.join(place).join(name);
        match runnable(&file) {
            Ok(true) => return Ok(file),
            Ok(false) => {}
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    Err(match refused {
        Some(reason) => ProcessError::NotExecutable { program, reason },
        None => ProcessError::NotFound {
            program,
            looked_in: format!("PATH ({})", path.to_string_lossy()),
        },
    })
}

/// Whether the file is there; an error says why it cannot be run.
fn runnable(file: &Path) -> Result<bool, String> {
    let Ok(about) = file.metadata() else {
        return Ok(false);
    };
    if about.is_dir() {
        return Err(format!("{} is a folder", file.display()));
    }
    if about.permissions().mode() & 0o111 == 0 {
        return Err(format!("{} is not executable", file.display()));
    }
    Ok(true)
}
