//! Artifacts: what stages made, kept under the content that they were made from.
//!
//! ```text
//! artifacts/
//!   3f/3f9a…/             one entry: what one stage made
//!     manifest.json       what it was made from, and a fingerprint of each file
//!     features.parquet    …
//!   unfinished-…/         being written; its owner holds a lock on `lock`
//!   lock                  held by all who begin or finish an entry, for that moment,
//!                         and by one who sweeps, alone
//!   known/                fingerprints of large files, by size, age and place
//! ```
//!
//! An entry appears in one rename, so it is there whole or not at all. What was
//! left unfinished by a process that died is swept away by the next. An entry is
//! taken up again only if its manifest vouches for every byte of it.

mod known;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use seatrial_rng::{Fingerprint, Fingerprinter};
use serde::{Deserialize, Serialize};

use crate::declaration::Kind;
use crate::error::at;
use crate::{PipelineError, Result};

/// The layout of entries. Others are not taken up.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const UNFINISHED: &str = "unfinished-";
const LOCK: &str = "lock";

/// The folder of artifacts.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    machine: String,
}

/// Something that a stage made.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Where it is: a file, or a folder for a model or a package.
    pub path: PathBuf,
    /// Of its content.
    pub fingerprint: Fingerprint,
}

/// What an entry says of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    /// The stage that made it.
    stage: String,
    /// What it was made from: the key is its fingerprint.
    from: String,
    made: Vec<Made>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    name: String,
    kind: Kind,
    file: String,
    fingerprint: Fingerprint,
    /// Every file, relative to the entry, with its length in bytes.
    lengths: BTreeMap<String, u64>,
}

/// A new entry, being written.
#[derive(Debug)]
pub(crate) struct Unfinished {
    folder: PathBuf,
    /// Held as long as this process writes.
    _lock: File,
}

impl Store {
    /// The store in this folder, which is made if it is not there. What dead
    /// processes left unfinished is swept away.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let store = Self {
            folder: folder.to_owned(),
            machine: String::new(),
        };
        store.sweep()?;
        Ok(store)
    }

    /// Removes what dead processes left unfinished.
    fn sweep(&self) -> Result<()> {
        let entries = fs::read_dir(&self.folder).map_err(at(&self.folder))?;
        let unfinished: Vec<PathBuf> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED))
            .map(|entry| entry.path())
            .collect();
        if unfinished.is_empty() {
            return Ok(());
        }
        // Without it a folder whose owner lives could be on the way to its lock, or
        // from it to its place. Where no lock can be had, nothing can be swept.
        let Ok(lock) = self.lock_file() else {
            return Ok(());
        };
        if lock.lock().is_err() {
            return Ok(());
        }
        for folder in unfinished.into_iter().filter(|folder| is_abandoned(folder)) {
            // A program of a run that was killed may write for one more moment.
            for _ in 0..3 {
                if fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Held while an entry is on the way between nobody's, somebody's and finished.
    fn passing(&self) -> Result<File> {
        let lock = self.lock_file()?;
        lock.lock_shared().map_err(at(&self.folder.join(LOCK)))?;
        Ok(lock)
    }

    fn lock_file(&self) -> Result<File> {
        let file = self.folder.join(LOCK);
        let opened = File::options().create(true).append(true).open(&file);
        opened.map_err(at(&file))
    }

    /// The same store, used on a machine of this processor: what is trained on
    /// another differs in its last digits, and is not taken up.
    pub fn on_machine(self, machine: impl Into<String>) -> Self {
        Self {
            machine: machine.into(),
            ..self
        }
    }

    pub(crate) fn machine(&self) -> &str {
        &self.machine
    }

    /// The entry that was made from this, if it is there and whole.
    pub(crate) fn find(&self, from: &str) -> Option<Vec<Artifact>> {
        let folder = self.entry(from);
        let text = fs::read_to_string(folder.join(MANIFEST)).ok()?;
        let manifest: Manifest = serde_json::from_str(&text).ok()?;
        if manifest.format != FORMAT || manifest.from != from {
            return None;
        }
        let made = manifest.made.into_iter();
        made.map(|made| {
            let is_whole = made.lengths.iter().all(|(file, length)| {
                let found = fs::metadata(folder.join(file));
                found.is_ok_and(|found| found.len() == *length)
            });
            is_whole.then(|| Artifact {
                path: folder.join(&made.file),
                name: made.name,
                kind: made.kind,
                fingerprint: made.fingerprint,
            })
        })
        .collect()
    }

    /// Begins a new entry.
    pub(crate) fn begin(&self) -> Result<Unfinished> {
        let _passing = self.passing()?;
        let folder = self.scratch()?;
        let file = folder.path().join(LOCK);
        let lock = File::create(&file).map_err(at(&file))?;
        lock.lock().map_err(at(&file))?;
        Ok(Unfinished {
            folder: folder.keep(),
            _lock: lock,
        })
    }

    fn scratch(&self) -> Result<tempfile::TempDir> {
        tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&self.folder)
            .map_err(at(&self.folder))
    }

    /// Finishes an entry: from now on it is found.
    pub(crate) fn finish(
        &self,
        stage: &str,
        from: &str,
        unfinished: Unfinished,
        made: &[(String, Kind, String)],
    ) -> Result<Vec<Artifact>> {
        let folder = &unfinished.folder;
        let made = made.iter().map(|(name, kind, file)| {
            let mut lengths = BTreeMap::new();
            let path = folder.join(file);
            let fingerprint = fingerprint(&path)?;
            note_lengths(&path, file, &mut lengths)?;
            Ok(Made {
                name: name.clone(),
                kind: *kind,
                file: file.clone(),
                fingerprint,
                lengths,
            })
        });
        let manifest = Manifest {
            format: FORMAT,
            stage: stage.to_owned(),
            from: from.to_owned(),
            made: made.collect::<Result<_>>()?,
        };
        let file = folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(&manifest)
            .map_err(|error| PipelineError::content(&file, error.to_string()))?;
        fs::write(&file, text).map_err(at(&file))?;
        sync(folder)?;

        let _passing = self.passing()?;
        let _ = fs::remove_file(folder.join(LOCK));
        let entry = self.entry(from);
        let above = entry.parent().unwrap_or(&self.folder);
        fs::create_dir_all(above).map_err(at(above))?;
        // Where an entry is already, it is damaged, or another process was as
        // quick; the same inputs make the same, so either may stay.
        if let Err(error) = fs::rename(folder, &entry) {
            if self.find(from).is_none() {
                let damaged = self.scratch()?;
                let _ = fs::rename(&entry, damaged.path().join("damaged"));
                fs::rename(folder, &entry).map_err(at(&entry))?;
            } else if !entry.exists() {
                return Err(at(&entry)(error));
            }
        }
        drop(unfinished);
        let lost = || PipelineError::content(&entry, "the artifact was lost as it was written");
        self.find(from).ok_or_else(lost)
    }

    /// Forgets an entry, so that it is made again.
    pub(crate) fn forget(&self, from: &str) {
        let _ = fs::remove_dir_all(self.entry(from));
    }

    fn entry(&self, from: &str) -> PathBuf {
        let key = Fingerprint::of_bytes(from.as_bytes()).to_string();
        self.folder.join(&key[..2]).join(key)
    }
}

impl Unfinished {
    /// Where its files go.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After `finish` it is no longer there.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Artifact {
    /// Reads every byte of it, and compares.
    ///
    /// # Errors
    /// When it is not what was written.
    pub fn verify(&self) -> Result<()> {
        if fingerprint(&self.path)? == self.fingerprint {
            return Ok(());
        }
        let message = "the artifact is not what was written";
        Err(PipelineError::content(&self.path, message))
    }
}

/// Whether nobody writes there any more: asked while nobody begins or finishes.
fn is_abandoned(folder: &Path) -> bool {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        // Its owner died before its lock was there, or after it was gone.
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Of a file's bytes; of a folder, of the names and bytes of all files in it.
///
/// # Errors
/// When something cannot be read.
pub fn fingerprint(path: &Path) -> Result<Fingerprint> {
    let mut hasher = Fingerprinter::new();
    add(path, "", &mut hasher)?;
    Ok(hasher.finish())
}

fn add(path: &Path, name: &str, hasher: &mut Fingerprinter) -> Result<()> {
    hasher.bytes(name.as_bytes());
    if path.is_dir() {
        for name in names_in(path)? {
            add(&path.join(&name), &name, hasher)?;
        }
        return Ok(());
    }
    let mut file = File::open(path).map_err(at(path))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(at(path))? {
            0 => return Ok(()),
            length => hasher.bytes(&buffer[..length]),
        }
    }
}

/// Names in a folder, sorted. Links and sockets are read as what they lead to.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What interpreters leave beside code is no part of it.
        if name != "__pycache__" && name != ".git" {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn note_lengths(path: &Path, name: &str, lengths: &mut BTreeMap<String, u64>) -> Result<()> {
    if path.is_dir() {
        for inner in names_in(path)? {
            note_lengths(&path.join(&inner), &format!("{name}/{inner}"), lengths)?;
        }
        return Ok(());
    }
    let length = fs::metadata(path).map_err(at(path))?.len();
    lengths.insert(name.to_owned(), length);
    Ok(())
}

/// Puts every file on the disk before the rename that makes them count: else a
/// crash of the machine could leave an entry with a manifest and without bytes.
fn sync(folder: &Path) -> Result<()> {
    for name in names_in(folder)? {
        let path = folder.join(name);
        if path.is_dir() {
            sync(&path)?;
        } else {
            let file = File::open(&path).map_err(at(&path))?;
            file.sync_all().map_err(at(&path))?;
        }
    }
    Ok(())
}
