//! Content hashes of files and folders.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::Ledger;

/// A folder with more files than this was named by mistake.
const FILES_MAX: usize = 100_000;
/// From this size on, a hash is worth remembering.
const LARGE_BYTES: u64 = 1 << 20;
/// A file that changed within this time could change again without its stamp
/// telling: clocks of file systems are coarse.
const SETTLED: Duration = Duration::from_secs(2);

/// BLAKE3 of content, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    /// Of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::done(blake3::Hasher::new().update(bytes))
    }

    /// As many of its digits as a person needs to tell it from others.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }

    fn done(hasher: &blake3::Hasher) -> Self {
        Self(hasher.finalize().to_hex().to_string())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hashes files and folders, each once a run, and large files only when they
/// changed since the last run.
#[derive(Debug, Default)]
pub struct FileHashes {
    known: BTreeMap<PathBuf, ContentHash>,
    memory: Option<Ledger>,
}

impl FileHashes {
    /// Without a memory of earlier runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers in a ledger, through a connection of its own.
    pub fn remembering(ledger: Ledger) -> Self {
        Self {
            memory: Some(ledger),
            ..Self::default()
        }
    }

    /// The hash of a file's bytes; of a folder, that of the names and hashes of
    /// all files below it. Links below a folder are named, not followed.
    ///
    /// # Errors
    /// When it cannot be read, is neither file nor folder, or is a folder of
    /// too many files.
    pub fn of(&mut self, path: &Path) -> io::Result<ContentHash> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let found = fs::metadata(path)?;
        let hash = if found.is_dir() {
            self.of_folder(path)?
        } else {
            self.of_file(path, &found)?
        };
        self.known.insert(path.to_owned(), hash.clone());
        Ok(hash)
    }

    fn of_file(&mut self, path: &Path, found: &Metadata) -> io::Result<ContentHash> {
        if !found.is_file() {
            return Err(io::Error::other("it is neither a file nor a folder"));
        }
        let stamp = (found.len() >= LARGE_BYTES).then(|| stamp(found)).flatten();
        let key = path.to_str().zip(stamp);
        if let (Some((path, stamp)), Some(memory)) = (&key, &self.memory)
            && let Some(hash) = recall(memory, path, stamp)
        {
            return Ok(hash);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path)?)?;
        let hash = ContentHash::done(&hasher);
        if let (Some((path, stamp)), Some(memory)) = (&key, &self.memory) {
            remember(memory, path, stamp, &hash);
        }
        Ok(hash)
    }

    fn of_folder(&mut self, folder: &Path) -> io::Result<ContentHash> {
        let mut files = Vec::new();
        list(folder, &mut files)?;
        files.sort();
        let mut hasher = blake3::Hasher::new();
        for file in files {
            let found = fs::symlink_metadata(&file)?;
            let content = if found.is_symlink() {
                let target = fs::read_link(&file)?;
                ContentHash::of_bytes(target.as_os_str().as_encoded_bytes())
            } else {
                self.of_file(&file, &found)?
            };
            let name = file.strip_prefix(folder).unwrap_or(&file);
            let name = name.as_os_str().as_encoded_bytes();
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name);
            hasher.update(content.0.as_bytes());
        }
        Ok(ContentHash::done(&hasher))
    }
}

/// What is not remembered is hashed again: no failure here matters.
fn recall(ledger: &Ledger, path: &str, stamp: &str) -> Option<ContentHash> {
    let select = "SELECT hash FROM file_hashes WHERE path = ?1 AND stamp = ?2";
    let found = ledger
        .connection
        .query_row(select, params![path, stamp], |row| row.get(0));
    found.ok().map(ContentHash)
}

fn remember(ledger: &Ledger, path: &str, stamp: &str, hash: &ContentHash) {
    let insert = "INSERT OR REPLACE INTO file_hashes (path, stamp, hash) VALUES (?1, ?2, ?3)";
    let _ = ledger
        .connection
        .execute(insert, params![path, stamp, hash.0]);
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
        if files.len() > FILES_MAX {
            return Err(io::Error::other(format!("it holds over {FILES_MAX} files")));
        }
    }
    Ok(())
}

/// A path from a folder, with forward slashes, so that files are called the same
/// in every checkout. Both are canonical.
pub fn name_from(folder: &Path, file: &Path) -> String {
    let common = folder.components().zip(file.components());
    let common = common.take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common).map(|_| "..".into());
    let down = file.components().skip(common);
    let down = down.map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// What changes whenever the content does: size, both times, and which file it
/// is. `None` where that cannot be told, or the file changed a moment ago.
#[cfg(unix)]
fn stamp(found: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(
        found.ctime().max(found.mtime()).try_into().ok()?,
    ))?;
    if SystemTime::now().duration_since(changed).ok()? < SETTLED {
        return None;
    }
    let (mtime, ctime) = (
        (found.mtime(), found.mtime_nsec()),
        (found.ctime(), found.ctime_nsec()),
    );
    let file = (found.dev(), found.ino());
    Some(format!("{} {mtime:?} {ctime:?} {file:?}", found.len()))
}

#[cfg(not(unix))]
fn stamp(_: &Metadata) -> Option<String> {
    None
}
