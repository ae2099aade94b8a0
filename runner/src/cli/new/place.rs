//! Where a new spec and its data go.

use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::refuse;
use crate::Error;

/// A spec to be written, and the data that it names.
pub(super) struct Place {
    /// The spec file.
    pub(super) spec: PathBuf,
    data: Data,
}

enum Data {
    /// In the tree already: its path from the spec.
    Inside(String),
    /// To be copied from one path to another, beside the spec.
    Copied(PathBuf, PathBuf),
}

impl Place {
    /// Looks at everything, and writes nothing.
    pub(super) fn new(root: &Path, file: &Path, csv: &Path) -> Result<Self, Error> {
        check_name(file)?;
        let spec = root.join(file);
        if spec.exists() {
            return Err(refuse(format!(
                "{} exists already: nothing was written",
                spec.display()
            )));
        }
        let found = csv.canonicalize();
        let csv =
            found.map_err(|error| refuse(format!("cannot read {}: {error}", csv.display())))?;
        let inside = root
            .canonicalize()
            .ok()
            .and_then(|root| Some(csv.strip_prefix(root).ok()?.to_owned()));
        let data = match inside {
            Some(inside) => Data::Inside(from_spec(file, &inside)),
            None => {
                let name = csv
                    .file_name()
                    .ok_or_else(|| refuse(format!("{} is no file", csv.display())))?;
                let copy = spec.with_file_name(name);
                if copy.exists() && !same(&copy, &csv) {
                    let (copy, csv) = (copy.display(), csv.display());
                    return Err(refuse(format!(
                        "{copy} exists already, and is not the same as {csv}"
                    )));
                }
                Data::Copied(csv, copy)
            }
        };
        Ok(Self { spec, data })
    }

    /// The data as the spec names it.
    pub(super) fn csv_in_spec(&self) -> String {
        match &self.data {
            Data::Inside(path) => path.clone(),
            Data::Copied(_, copy) => copy
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        }
    }

    /// Where the data is copied to, if it is.
    pub(super) fn copy(&self) -> Option<&Path> {
        match &self.data {
            Data::Inside(_) => None,
            Data::Copied(_, copy) => Some(copy),
        }
    }

    /// Copies the data and writes the spec.
    pub(super) fn write(&self, text: &str) -> Result<(), Error> {
        let folder = self.spec.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        if let Data::Copied(csv, copy) = &self.data
            && !copy.exists()
        {
            fs::copy(csv, copy).map_err(|error| cannot_write(copy, &error))?;
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
