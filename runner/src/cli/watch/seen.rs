//! What the files are that cases may rest on, and which of them changed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use seatrial_ledger::provenance;

use super::pause;

/// Between two looks at the least. Looking takes a tenth of the time at most.
const LOOK: Duration = Duration::from_millis(250);
/// What looking may cost: a look is followed by a pause of this many times it.
const PAUSE: u32 = 10;
/// Folders below the spec tree that are followed.
const DEPTH_MAX: usize = 32;

/// When and how a file was last written; `None` if it is gone.
type Stamp = Option<(i64, i64, u64, u64)>;

/// All files, as they were at one moment.
pub(super) struct Seen {
    /// The root of the work tree; outside version control, the folder above the
    /// spec tree. Canonical.
    pub(super) top: PathBuf,
    /// By path from there.
    files: BTreeMap<PathBuf, Stamp>,
    /// How long that took.
    took: Duration,
}

impl Seen {
    /// Looks at every file of the work tree that version control does not
    /// ignore, and at every file of the spec tree.
    pub(super) fn look(root: &Path, state: &Path) -> Self {
        let begun = Instant::now();
        let (top, known) = provenance::files(root).unwrap_or_else(|_| {
            let above = root.parent().unwrap_or(root);
            (above.to_owned(), Vec::new())
        });
        let top = top.canonicalize().unwrap_or(top);
        let mut files = BTreeMap::new();
        let known = known.into_iter().filter(|file| !is_aside(file));
        files.extend(known.map(|file| {
            let stamp = stamp(&top.join(&file));
            (file, stamp)
        }));
        walk(root, &top, DEPTH_MAX, &mut files);
        let state = state.strip_prefix(&top).map(Path::to_owned);
        if let Ok(state) = state {
            files.retain(|file, _| !file.starts_with(&state));
        }
        Self {
            top,
            files,
            took: begun.elapsed(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Waits until something has changed and then nothing for a while, takes that
    /// in, and gives the files, from the root of the work tree.
    pub(super) fn wait(&mut self, root: &Path, state: &Path, settled: Duration) -> Vec<PathBuf> {
        loop {
            pause(LOOK.max(self.took * PAUSE));
            let mut now = Self::look(root, state);
            if now.files == self.files {
                continue;
            }
            loop {
                pause(settled.max(now.took));
                let later = Self::look(root, state);
                if later.files == now.files {
                    break;
                }
                now = later;
            }
            let changed = self.differences(&now);
            *self = now;
            if !changed.is_empty() {
                return changed;
            }
        }
    }

    fn differences(&self, now: &Self) -> Vec<PathBuf> {
        let differs = |file: &&PathBuf| self.files.get(*file) != now.files.get(*file);
        let gone = self
            .files
            .keys()
            .filter(|file| !now.files.contains_key(*file));
        let mut all: Vec<_> = now
            .files
            .keys()
            .filter(differs)
            .chain(gone)
            .cloned()
            .collect();
        all.sort();
        all
    }
}

fn walk(folder: &Path, top: &Path, depth: usize, files: &mut BTreeMap<PathBuf, Stamp>) {
    // What cannot be read now will be told by the cases that need it.
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_aside(Path::new(&entry.file_name())) {
            continue;
        }
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            if depth > 0 {
                walk(&path, top, depth - 1, files);
            }
        } else if let Ok(file) = path.strip_prefix(top) {
            files.insert(file.to_owned(), stamp(&path));
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.mtime(), about.mtime_nsec(), about.len(), about.ino()))
}

/// Whether a path from the root is of no interest: hidden, or what programs and
/// editors leave beside what they work on.
fn is_aside(file: &Path) -> bool {
    file.iter().any(|part| {
        let text = part.to_string_lossy();
        text.starts_with('.')
            || text.ends_with('~')
            || text.ends_with(".pyc")
            || text.ends_with(".swp")
            || part == OsStr::new("__pycache__")
    })
}
