//! Patterns in the place of paths, such as `logs/*.parquet`.
//!
//! What a pattern matches is what a table reads of it: `*` stops at a slash, `**`
//! does not, and files and folders whose name begins with `.` or `_`, which
//! writers leave beside their data, are passed over.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::ground::Found;

/// Folders within folders; a link to a folder above it would never end.
const DEPTH_MAX: usize = 32;

/// Whether a path is written as a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// The files below a folder that a pattern matches, sorted; perhaps none.
pub(crate) fn expand(folder: &Path, text: &str) -> Result<Found, String> {
    let parts: Vec<&str> = text.split('/').filter(|part| *part != ".").collect();
    let fixed = parts.iter().take_while(|part| !is_pattern(part)).count();
    let (fixed, rest) = parts.split_at(fixed);
    if rest.contains(&"..") {
        return Err("a pattern does not climb: `..` stands after a `*`".to_owned());
    }
    let base = folder.join(fixed.join("/"));
    let base = base
        .canonicalize()
        .map_err(|_| format!("there is no folder `{}`", fixed.join("/")))?;
    let rest = rest.join("/");
    let glob = GlobBuilder::new(&rest).literal_separator(true).build();
    let glob = glob.map_err(|error| format!("the pattern `{rest}`: {}", error.kind()))?;
    let glob = glob.compile_matcher();
    let mut files = Vec::new();
    walk(&base, 0, &mut files)?;
    files.retain(|file| {
        let below = file.strip_prefix(&base);
        below.is_ok_and(|below| glob.is_match(below))
    });
    let path = base.join(&rest);
    let path = path
        .to_str()
        .ok_or_else(|| format!("the path of `{text}` is not UTF-8"))?;
    Ok(Found {
        path: path.to_owned(),
        files,
    })
}

fn walk(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if depth > DEPTH_MAX {
        return Err(format!("{}: too many folders deep", folder.display()));
    }
    let mut entries = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() {
            walk(&path, depth + 1, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}
