//! Which files make up a spec tree.
//!
//! The root file `seatrial.toml` is optional. Every other `*.toml` below the
//! root is a spec file, except hidden files and folders and recorded values
//! (`*.recorded.toml`). Links to folders are not followed, so that no loop and
//! no other tree is walked by accident; data may live behind one.

use std::fs;
use std::path::{Path, PathBuf};

use super::source::Finding;

/// The root file's name.
pub(crate) const ROOT_FILE: &str = "seatrial.toml";

/// A spec tree larger than this was pointed at by mistake.
const FILES_MAX: usize = 20_000;
/// A larger spec file is data under the wrong name.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// A file of the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    /// Relative to the tree, with forward slashes: sorts the files.
    pub name: String,
    pub path: PathBuf,
}

/// All spec files below the root, by name, without the root file.
pub(crate) fn discover(root: &Path, findings: &mut Vec<Finding>) -> Vec<File> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                let name = if prefix.is_empty() {
                    "the tree"
                } else {
                    prefix.as_str()
                };
                findings.push(Finding::of_tree(format!("cannot list {name}: {error}")));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    findings.push(Finding::of_tree(format!("cannot list {prefix}: {error}")));
                    continue;
                }
            };
            let name = entry.file_name();
            let shown = name.to_string_lossy();
            if shown.starts_with('.') {
                continue;
            }
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push((path, format!("{prefix}{shown}/")));
            } else if is_spec(&shown) && !(prefix.is_empty() && shown == ROOT_FILE) {
                let name = format!("{prefix}{shown}");
                if fits_id(&name) {
                    files.push(File { name, path });
                } else {
                    let message = format!("the file name `{name}` cannot be part of a case's id");
                    findings.push(Finding::of_tree(message).help(
                        "rename it without `::`, control characters and bytes that are not UTF-8"
                            .to_owned(),
                    ));
                }
            }
        }
        if files.len() > FILES_MAX {
            findings.push(Finding::of_tree(format!(
                "more than {FILES_MAX} spec files: is this a spec tree?"
            )));
            break;
        }
    }
    files.sort();
    files
}

/// Whether a file's name, of which bytes that are not UTF-8 have been replaced,
/// can begin an id.
fn fits_id(name: &str) -> bool {
    let odd = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
    !name.contains("::") && !name.contains(odd)
}

/// The root file, if there is one.
pub(crate) fn root_file(root: &Path) -> Option<File> {
    let path = root.join(ROOT_FILE);
    // A dangling link or an unreadable file counts: reading it will say so.
    path.symlink_metadata().is_ok().then(|| File {
        name: ROOT_FILE.to_owned(),
        path,
    })
}

/// The spec file that the id of a case names, if there is one. Only names that
/// [`discover`] would give: `..` and other spellings are not ids.
pub(crate) fn named(root: &Path, id: &str) -> Option<File> {
    let end = id.find(".toml::")? + ".toml".len();
    let name = &id[..end];
    let plain = |part: &str| {
        fits_id(part) && !part.is_empty() && !part.starts_with('.') && !part.contains('\\')
    };
    if name == ROOT_FILE || !is_spec(name) || !name.split('/').all(plain) {
        return None;
    }
    let path = root.join(name);
    path.is_file().then(|| File {
        name: name.to_owned(),
        path,
    })
}

fn is_spec(name: &str) -> bool {
    name.ends_with(".toml") && !name.ends_with(".recorded.toml")
}

/// The text of a file; where it is not UTF-8, with the offset of the first bad
/// byte and replacement characters from there on.
pub(crate) fn read(file: &File) -> Result<(String, Option<usize>), String> {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", file.name);
    let length = fs::metadata(&file.path).map_err(cannot)?.len();
    if length > FILE_BYTES_MAX {
        return Err(format!(
            "{} is larger than {} MiB",
            file.name,
            FILE_BYTES_MAX >> 20
        ));
    }
    match String::from_utf8(fs::read(&file.path).map_err(cannot)?) {
        Ok(text) => Ok((text, None)),
        Err(error) => {
            let bad = error.utf8_error().valid_up_to();
            Ok((
                String::from_utf8_lossy(error.as_bytes()).into_owned(),
                Some(bad),
            ))
        }
    }
}
