//! Which files make a table.

use std::fs;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::{ENDINGS, Format, io, partition, wrong};
use crate::error::Result;

/// Folders within folders; a link to a folder above it would never end.
const DEPTH_MAX: usize = 32;

/// A file of a table.
pub(super) struct Found {
    pub path: PathBuf,
    pub format: Format,
    /// Columns that the folders' names give.
    pub partition: Vec<(String, Option<String>)>,
}

/// The files that a path means: itself, those below a folder, or those that a
/// glob matches. At least one, sorted, all of one format.
pub(super) fn find(path: &Path) -> Result<Vec<Found>> {
    let paths = match fs::metadata(path) {
        Ok(at) if at.is_dir() => {
            let mut found = Vec::new();
            walk(path, 0, &mut found)?;
            found
        }
        Ok(_) => return Ok(vec![found(path, path)?]),
        Err(_) if is_glob(path) => matching(path)?,
        Err(source) => return Err(io(path, source)),
    };
    if paths.is_empty() {
        return Err(wrong(path, "there is no file of a table here"));
    }
    let base = if path.is_dir() { path } else { base(path) };
    let files = paths.iter().map(|file| found(file, base));
    let files = files.collect::<Result<Vec<Found>>>()?;
    for file in &files[1..] {
        if file.format != files[0].format {
            let message = format!("is of another format than {}", files[0].path.display());
            return Err(wrong(&file.path, message));
        }
        partition::agrees(&files[0].partition, file)?;
    }
    Ok(files)
}

fn found(path: &Path, base: &Path) -> Result<Found> {
    let Some(format) = Format::of(path) else {
        let message = format!("its ending names no format: {ENDINGS} is expected");
        return Err(wrong(path, message));
    };
    Ok(Found {
        path: path.to_owned(),
        format,
        partition: partition::of(path.strip_prefix(base).unwrap_or(path)),
    })
}

/// Every file below a folder, sorted by path.
fn walk(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) -> Result<()> {
    if depth > DEPTH_MAX {
        let message = format!("its folders are more than {DEPTH_MAX} deep");
        return Err(wrong(folder, message));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| io(folder, error))? {
        entries.push(entry.map_err(|error| io(folder, error))?.path());
    }
    entries.sort();
    for path in entries {
        // What writers leave beside the data: `_SUCCESS`, checksums.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if fs::metadata(&path)
            .map_err(|error| io(&path, error))?
            .is_dir()
        {
            walk(&path, depth + 1, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}

/// Whether a path is a pattern.
pub(crate) fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

/// The folder above the first part of a pattern that is one.
fn base(pattern: &Path) -> &Path {
    let mut folder = pattern;
    while is_glob(folder) {
        folder = folder.parent().unwrap_or(Path::new(""));
    }
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

fn matching(pattern: &Path) -> Result<Vec<PathBuf>> {
    let text = pattern.to_string_lossy();
    let glob = GlobBuilder::new(&text).literal_separator(true).build();
    let glob: GlobMatcher = glob
        .map_err(|error| wrong(pattern, error.kind().to_string()))?
        .compile_matcher();
    let base = base(pattern);
    let mut all = Vec::new();
    walk(base, 0, &mut all)?;
    // A pattern in the current folder is written without it.
    let written = |path: &Path| path.strip_prefix("./").unwrap_or(path).to_owned();
    all.retain(|path| glob.is_match(written(path)));
    Ok(all)
}
