//! Where a new spec goes, and the files that it names.

use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::refuse;
use crate::Error;

/// A spec to be written, and files to be copied beside it.
pub(super) struct Place {
    /// The spec file.
    pub(super) spec: PathBuf,
    /// The same, from the tree.
    file: PathBuf,
    /// The tree, if it is there.
    root: Option<PathBuf>,
    /// What is copied, and where to.
    copied: Vec<(PathBuf, PathBuf)>,
}

impl Place {
    /// Looks at everything, and writes nothing.
    pub(super) fn new(root: &Path, file: &Path) -> Result<Self, Error> {
        check_name(file)?;
        let spec = root.join(file);
        if spec.exists() {
            return Err(refuse(format!(
                "{} exists already: nothing was written",
                spec.display()
            )));
        }
        Ok(Self {
            spec,
            file: file.to_owned(),
            root: root.canonicalize().ok(),
            copied: Vec::new(),
        })
    }

    /// A file as the spec names it: where it is, if that is inside the tree, else
    /// a copy beside the spec.
    pub(super) fn take(&mut self, path: &Path) -> Result<String, Error> {
        let shown = path.display().to_string();
        let found = path.canonicalize();
        let path = found.map_err(|error| refuse(format!("cannot read {shown}: {error}")))?;
        let inside = self
            .root
            .as_ref()
            .and_then(|root| path.strip_prefix(root).ok());
        if let Some(inside) = inside {
            return Ok(from_spec(&self.file, inside));
        }
        let name = path.file_name().filter(|_| path.is_file());
        let name = name.ok_or_else(|| {
            refuse(format!(
                "{shown} is no file; a folder must lie in the spec tree, or in one that \
                 seatrial.toml names"
            ))
        })?;
        let copy = self.spec.with_file_name(name);
        let taken = self
            .copied
            .iter()
            .any(|(from, to)| *to == copy && !same(from, &path));
        if taken || copy == self.spec || (copy.exists() && !same(&copy, &path)) {
            let (copy, path) = (copy.display(), path.display());
            return Err(refuse(format!(
                "{copy} exists already, and is not the same as {path}"
            )));
        }
        let name = name.to_string_lossy().into_owned();
        if !self.copied.iter().any(|(_, to)| *to == copy) {
            self.copied.push((path, copy));
        }
        Ok(name)
    }

    /// Where files are copied to.
    pub(super) fn copies(&self) -> impl Iterator<Item = &Path> {
        self.copied.iter().map(|(_, copy)| copy.as_path())
    }

    /// Copies what is to be copied and writes the spec.
    pub(super) fn write(&self, text: &str) -> Result<(), Error> {
        let folder = self.spec.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        for (from, copy) in &self.copied {
            if !copy.exists() {
                fs::copy(from, copy).map_err(|error| cannot_write(copy, &error))?;
            }
        }
        write(&self.spec, text)
    }
}

/// Writes a new file, and never over another.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let file = fs::File::create_new(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    refuse(format!("cannot write {}: {error}", path.display()))
}

fn check_name(file: &Path) -> Result<(), Error> {
    let text = file.to_string_lossy();
    let plain = file
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let kept = text.ends_with(".recorded.toml") || file == Path::new("seatrial.toml");
    if plain && text.ends_with(".toml") && !kept {
        return Ok(());
    }
    Err(refuse(format!(
        "`{text}` is no name for a spec file: give one inside the spec tree, such as spam/training.toml"
    )))
}

/// The way from a spec to a file, both relative to the tree.
pub(super) fn from_spec(spec: &Path, file: &Path) -> String {
    let mut folder = spec.parent().unwrap_or(Path::new(""));
    let mut way = String::new();
    while !file.starts_with(folder) {
        folder = folder.parent().unwrap_or(Path::new(""));
        way.push_str("../");
    }
    let rest = file.strip_prefix(folder).unwrap_or(file);
    let parts: Vec<_> = rest.iter().map(|part| part.to_string_lossy()).collect();
    way + &parts.join("/")
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((fs::read(a), fs::read(b)), (Ok(a), Ok(b)) if a == b)
}
