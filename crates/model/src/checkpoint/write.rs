//! Writing a checkpoint.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use candle_core::Tensor;
use seatrial_rng::Fingerprint;

use super::manifest::{DataFile, FILE_NAME, Manifest, TensorEntry};
use super::{Contents, damaged};
use crate::Result;

/// Writes the folder `to`, or replaces the checkpoint that it holds.
///
/// # Errors
/// When a file cannot be written, or `to` holds something else.
pub(crate) fn write(to: &Path, contents: &Contents) -> Result<()> {
    let failed = |error: io::Error| damaged(to, format!("cannot be written: {error}"));
    if to.join(FILE_NAME).is_file() {
        fill(to, contents)?;
        return remove_stale(to).map_err(failed);
    }
    if to.exists() && fs::read_dir(to).map_err(failed)?.next().is_some() {
        return Err(damaged(to, "is no checkpoint; it is left as it is"));
    }
    let parent = match to.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(failed)?;
    let beside = tempfile::Builder::new()
        .prefix(".checkpoint-")
        .tempdir_in(parent)
        .map_err(failed)?;
    fill(beside.path(), contents)?;
    // An empty folder in the place gives way.
    fs::rename(beside.keep(), to).map_err(failed)?;
    sync_folder(parent).map_err(failed)
}

/// Writes the data files, then the manifest that makes them a checkpoint.
fn fill(folder: &Path, contents: &Contents) -> Result<()> {
    let parameters = data_file(folder, "parameters", &contents.parameters)?;
    let optimizer = data_file(folder, "optimizer", &contents.optimizer)?;
    sync_folder(folder).map_err(|e| damaged(folder, e))?;
    let path = folder.join(FILE_NAME);
    let text = Manifest::new(contents, parameters, optimizer).render();
    let text = text.map_err(|e| damaged(&path, e))?;
    write_whole(folder, &path, text.as_bytes()).map_err(|e| damaged(&path, e))?;
    sync_folder(folder).map_err(|e| damaged(folder, e))
}

fn data_file(folder: &Path, kind: &str, tensors: &BTreeMap<String, Tensor>) -> Result<DataFile> {
    let mut entries = BTreeMap::new();
    for (name, tensor) in tensors {
        entries.insert(name.clone(), TensorEntry::of(name, tensor)?);
    }
    let bytes = safetensors::serialize(tensors, None).map_err(|e| damaged(folder, e))?;
    let fingerprint = Fingerprint::of_bytes(&bytes);
    let name = format!("{kind}-{fingerprint}.safetensors");
    let path = folder.join(&name);
    write_whole(folder, &path, &bytes).map_err(|e| damaged(&path, e))?;
    Ok(DataFile {
        name,
        bytes: bytes.len() as u64,
        fingerprint,
        tensors: entries,
    })
}

/// Writes beside the place, then renames: no reader sees a part of it.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".writing-")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Removes data files that the manifest does not name any more.
fn remove_stale(folder: &Path) -> io::Result<()> {
    let text = fs::read_to_string(folder.join(FILE_NAME))?;
    let manifest = Manifest::parse(&text).map_err(io::Error::other)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let named = [&manifest.parameters.name, &manifest.optimizer.name]
            .iter()
            .any(|n| *n == name);
        if name.ends_with(".safetensors") && !named {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Makes renames last; a file system that cannot do so has no say.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
