//! Fingerprints of large files, remembered by what the system says of a file, so
//! that a run in which nothing has changed need not read its data to know so.
//!
//! What is remembered may be lost, cut short or mixed up at any time: it is then
//! not believed, and the file is read.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use seatrial_rng::{Fingerprint, Fingerprinter};
use serde::{Deserialize, Serialize};

use super::{Store, add, fingerprint, names_in};
use crate::Result;
use crate::error::at;

/// The folder of what is remembered.
const FOLDER: &str = "known";
/// To read a smaller file costs less than to remember it.
const LARGE_BYTES: u64 = 8 << 20;
/// A file that changed within this time could change again without its stamp
/// telling: clocks of file systems are coarse.
const SETTLED: Duration = Duration::from_secs(2);

/// What changes whenever a file's content does. A program can set back the time of
/// modification, but not that of the last change of whatever kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stamp {
    path: String,
    file: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// What is remembered of a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    stamp: Stamp,
    fingerprint: Fingerprint,
    /// Of both.
    check: Fingerprint,
}

impl Store {
    /// Of the content of a file, or of the names and contents of all files in a
    /// folder; the same as ever as long as none of them changes.
    ///
    /// # Errors
    /// When something cannot be read.
    pub(crate) fn known_fingerprint(&self, path: &Path) -> Result<Fingerprint> {
        if !path.is_dir() {
            return self.known_file(path);
        }
        let mut hasher = Fingerprinter::new();
        for name in names_in(path)? {
            hasher.bytes(name.as_bytes());
            let inner = path.join(&name);
            if inner.is_dir() {
                // What was a folder in a folder is no file of the same bytes.
                hasher.bytes(b"/");
            }
            hasher.bytes(self.known_fingerprint(&inner)?.as_bytes());
        }
        Ok(hasher.finish())
    }

    fn known_file(&self, path: &Path) -> Result<Fingerprint> {
        let file = File::open(path).map_err(at(path))?;
        let before = file.metadata().map_err(at(path))?;
        if before.len() < LARGE_BYTES {
            return fingerprint(path);
        }
        let Some(stamp) = Stamp::of(path, &before) else {
            return fingerprint(path);
        };
        let place = Fingerprint::of_bytes(stamp.path.as_bytes()).to_string();
        let memory = self.folder.join(FOLDER).join(place);
        if let Some(known) = recall(&memory, &stamp) {
            return Ok(known);
        }
        let mut hasher = Fingerprinter::new();
        add(path, "", &mut hasher)?;
        let found = hasher.finish();
        // It may have changed while it was read.
        let after = fs::metadata(path).map_err(at(path))?;
        if Stamp::of(path, &after).as_ref() == Some(&stamp) {
            remember(&memory, stamp, found);
        }
        Ok(found)
    }
}

impl Stamp {
    /// None where it would not tell a later change, or the path is no text.
    fn of(path: &Path, about: &Metadata) -> Option<Self> {
        let last = about.ctime().max(about.mtime()).try_into().ok()?;
        let last = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(last))?;
        let age = SystemTime::now().duration_since(last).ok()?;
        let is_settled = about.is_file() && age > SETTLED;
        let path = path.canonicalize().ok()?.to_str()?.to_owned();
        is_settled.then(|| Self {
            path,
            file: (about.dev(), about.ino()),
            bytes: about.len(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        })
    }
}

/// Not to remember costs time, and nothing else.
fn recall(memory: &Path, stamp: &Stamp) -> Option<Fingerprint> {
    let text = fs::read_to_string(memory).ok()?;
    let known: Memory = serde_json::from_str(&text).ok()?;
    let is_sound = check(&known.stamp, known.fingerprint)? == known.check;
    (is_sound && known.stamp == *stamp).then_some(known.fingerprint)
}

/// Written in place: what is cut short fails its check, and no other file is left
/// where a process dies.
fn remember(memory: &Path, stamp: Stamp, fingerprint: Fingerprint) {
    let Some(check) = check(&stamp, fingerprint) else {
        return;
    };
    let known = Memory {
        stamp,
        fingerprint,
        check,
    };
    if let Ok(text) = serde_json::to_string(&known)
        && memory
            .parent()
            .is_some_and(|folder| fs::create_dir_all(folder).is_ok())
    {
        let _ = fs::write(memory, text);
    }
}

fn check(stamp: &Stamp, fingerprint: Fingerprint) -> Option<Fingerprint> {
    let text = serde_json::to_string(&(stamp, fingerprint)).ok()?;
    Some(Fingerprint::of_bytes(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs::FileTimes;

    use super::*;

    type Claim = std::result::Result<(), Box<dyn std::error::Error>>;

    /// A file of a size that is remembered, and a store; old enough to be settled.
    fn settled(
        content: u8,
    ) -> std::result::Result<(tempfile::TempDir, Store), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        fs::write(
            folder.path().join("rows"),
            vec![content; LARGE_BYTES as usize],
        )?;
        let store = Store::open(&folder.path().join("artifacts"))?;
        std::thread::sleep(SETTLED + Duration::from_millis(1_100));
        Ok((folder, store))
    }

    fn memories(store: &Store) -> Vec<std::path::PathBuf> {
        let entries = fs::read_dir(store.folder.join(FOLDER))
            .into_iter()
            .flatten();
        entries.flatten().map(|entry| entry.path()).collect()
    }

    #[test]
    fn a_large_file_is_read_once_and_again_when_it_changes_though_its_age_is_set_back() -> Claim {
        let (folder, store) = settled(1)?;
        let rows = folder.path().join("rows");
        let first = store.known_fingerprint(&rows)?;
        assert_eq!(first, fingerprint(&rows)?);
        let [memory] = &memories(&store)[..] else {
            return Err("it is not remembered".into());
        };
        // A memory that says another thing and is sound is believed: it was read.
        let text = fs::read_to_string(memory)?;
        let mut known: Memory = serde_json::from_str(&text)?;
        known.fingerprint = Fingerprint::of_bytes(b"marked");
        known.check = check(&known.stamp, known.fingerprint).ok_or("no check")?;
        fs::write(memory, serde_json::to_string(&known)?)?;
        assert_eq!(store.known_fingerprint(&rows)?, known.fingerprint);
        // Cut short or altered, it is not.
        let whole = fs::read_to_string(memory)?;
        for damaged in [
            whole[..whole.len() / 2].to_owned(),
            whole.replacen("\"bytes\":8", "\"bytes\":9", 1),
        ] {
            fs::write(memory, damaged)?;
            assert_eq!(store.known_fingerprint(&rows)?, first);
        }
        // Other content of the same size and the same age.
        let modified = fs::metadata(&rows)?.modified()?;
        fs::write(&rows, vec![2; LARGE_BYTES as usize])?;
        File::options()
            .write(true)
            .open(&rows)?
            .set_times(FileTimes::new().set_modified(modified))?;
        assert_eq!(store.known_fingerprint(&rows)?, fingerprint(&rows)?);
        assert_ne!(store.known_fingerprint(&rows)?, first);
        Ok(())
    }

    #[test]
    fn what_changed_a_moment_ago_is_not_remembered() -> Claim {
        let folder = tempfile::tempdir()?;
        let rows = folder.path().join("rows");
        fs::write(&rows, vec![1; LARGE_BYTES as usize])?;
        let store = Store::open(&folder.path().join("artifacts"))?;
        store.known_fingerprint(&rows)?;
        assert!(memories(&store).is_empty());
        Ok(())
    }

    #[test]
    fn a_folder_is_known_by_names_and_contents() -> Claim {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        fs::create_dir_all(data.join("inner"))?;
        fs::write(data.join("a"), "1")?;
        fs::write(data.join("inner/b"), "2")?;
        let store = Store::open(&folder.path().join("artifacts"))?;
        let first = store.known_fingerprint(&data)?;
        assert_eq!(first, store.known_fingerprint(&data)?);
        fs::rename(data.join("a"), data.join("c"))?;
        let renamed = store.known_fingerprint(&data)?;
        assert_ne!(first, renamed);
        fs::write(data.join("inner/b"), "3")?;
        assert_ne!(renamed, store.known_fingerprint(&data)?);
        Ok(())
    }
}
