//! Where paths in a spec may lead: the spec tree and the root file's folders.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::fit::describe::{cut, value as describe};
use super::node::{Entry, Value};
use super::pattern;
use super::source::{Finding, Source, Span};
use crate::nearest;

/// The folders that paths may lead into.
pub(crate) struct Ground<'s> {
    sources: &'s [Source],
    /// Canonical; the first is the spec tree.
    allowed: Vec<PathBuf>,
    /// Whether the root file could not be read: then what depends on it is
    /// unknown, and nothing is said of it.
    pub lenient: bool,
    /// Many cases name the same file.
    seen: RefCell<HashMap<(PathBuf, String), Result<Found, Complaint>>>,
}

/// What a written path means.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Absolute; of a pattern, with the pattern at its end.
    pub path: String,
    /// The file or folder, or those that a pattern matches.
    pub files: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
struct Complaint {
    message: String,
    help: Option<String>,
    /// Whether it rests on knowing all allowed folders.
    is_outside: bool,
}

impl<'s> Ground<'s> {
    pub fn new(root: &Path, sources: &'s [Source], lenient: bool) -> std::io::Result<Self> {
        let allowed = vec![root.canonicalize()?];
        Ok(Self {
            sources,
            allowed,
            lenient,
            seen: RefCell::default(),
        })
    }

    /// Adds the folders that the root file names in `directories`.
    pub fn allow(&mut self, directories: &Entry, findings: &mut Vec<Finding>) {
        let Value::Array(items) = &directories.node.value else {
            if !directories.node.is_invalid() {
                let message = format!(
                    "expected an array of folders, found {}",
                    describe(&directories.node)
                );
                findings.push(Finding::at(directories.node.span, message));
            }
            return;
        };
        for item in items {
            match &item.value {
                Value::String(text) if is_absolute(text) => {
                    findings.push(absolute(item.span, text))
                }
                Value::String(text) if !text.is_empty() => {
                    match self.allowed[0].join(text).canonicalize() {
                        Ok(path) if path.is_dir() => self.allowed.push(path),
                        _ => findings.push(Finding::at(
                            item.span,
                            format!("there is no folder `{}`", cut(text)),
                        )),
                    }
                }
                Value::Invalid => {}
                _ => findings.push(Finding::at(
                    item.span,
                    format!("expected a folder, found {}", describe(item)),
                )),
            }
        }
    }

    /// The folder of the file that holds a place; absolute.
    pub fn folder(&self, span: Span) -> PathBuf {
        let folder = self.sources.get(span.file).map(|source| &source.folder);
        let folder = folder.unwrap_or(&self.allowed[0]);
        folder.canonicalize().unwrap_or_else(|_| folder.clone())
    }

    /// The absolute path that a written one means: a file, a folder, or a pattern
    /// such as `logs/*.parquet` that matches at least one file. `Err(None)` if it is wrong but
    /// the reason is a root file that could not be read.
    pub fn resolve(&self, span: Span, text: &str) -> Result<Found, Option<Finding>> {
        let folder = &self.sources[span.file].folder;
        let key = (folder.clone(), text.to_owned());
        let known = self.seen.borrow().get(&key).cloned();
        let result = known.unwrap_or_else(|| {
            let result = self.look_up(folder, text);
            self.seen.borrow_mut().insert(key, result.clone());
            result
        });
        result.map_err(|complaint| {
            let hidden = self.lenient && complaint.is_outside;
            (!hidden).then(|| Finding::at(span, complaint.message).help(complaint.help))
        })
    }

    fn look_up(&self, folder: &Path, text: &str) -> Result<Found, Complaint> {
        let complaint = |message: String, help: Option<String>| Complaint {
            message,
            help,
            is_outside: false,
        };
        if text.is_empty() || text.contains(char::is_control) {
            return Err(complaint(
                "a path is empty or holds control characters".into(),
                None,
            ));
        }
        if is_absolute(text) {
            let finding = format!("the path `{}` is absolute", cut(text));
            return Err(complaint(finding, Some(RELATIVE.to_owned())));
        }
        let folder = folder
            .canonicalize()
            .map_err(|error| complaint(error.to_string(), None))?;
        let joined = folder.join(text);
        let canonical = joined.canonicalize();
        let place = canonical
            .as_deref()
            .map_or_else(|_| normal(&joined), Path::to_path_buf);
        if !self.allows(&place) {
            let by_link = self.allows(&normal(&joined));
            let how = if by_link {
                "leads through a link out of"
            } else {
                "climbs out of"
            };
            return Err(Complaint {
                message: format!("the path `{}` {how} the spec tree", cut(text)),
                help: Some(INSIDE.into()),
                is_outside: true,
            });
        }
        match canonical {
            Ok(path) => match path.to_str() {
                Some(text) => Ok(Found {
                    path: text.to_owned(),
                    files: vec![path],
                }),
                None => Err(complaint(
                    format!("the path of `{}` is not UTF-8", cut(text)),
                    None,
                )),
            },
            Err(_) if pattern::is_pattern(text) => self.expand(&folder, text),
            Err(_) => Err(complaint(
                format!("there is no file or folder `{}`", cut(text)),
                neighbour(&joined, text),
            )),
        }
    }

    fn allows(&self, place: &Path) -> bool {
        let mut allowed = self.allowed.iter();
        allowed.any(|allowed| place.starts_with(allowed))
    }

    /// The files that a pattern matches, all of them inside the tree.
    fn expand(&self, folder: &Path, text: &str) -> Result<Found, Complaint> {
        let written = cut(text);
        let complaint = |message: String, is_outside: bool| Complaint {
            message,
            help: is_outside.then(|| INSIDE.to_owned()),
            is_outside,
        };
        let matched = pattern::expand(folder, text);
        let matched = matched.map_err(|message| complaint(message, false))?;
        if matched.files.is_empty() {
            return Err(complaint(format!("no file matches `{written}`"), false));
        }
        for file in &matched.files {
            let place = file.canonicalize();
            let place = place.map_err(|error| complaint(error.to_string(), false))?;
            if !self.allows(&place) {
                let name = file.display();
                let message = format!(
                    "`{written}` matches {name}, which leads through a link out of the spec tree"
                );
                return Err(complaint(message, true));
            }
        }
        Ok(matched)
    }
}

const INSIDE: &str =
    "move the file into the tree, or name its folder in `directories` of the root file";
const RELATIVE: &str = "write it relative to this file, so that it means the same on every machine";

fn absolute(span: Span, text: &str) -> Finding {
    Finding::at(span, format!("the path `{}` is absolute", cut(text))).help(RELATIVE.to_owned())
}

/// Absolute on any system, since a spec is read on many.
fn is_absolute(text: &str) -> bool {
    let drive = text.as_bytes().get(1) == Some(&b':')
        && text.starts_with(|c: char| c.is_ascii_alphabetic());
    Path::new(text).is_absolute() || text.starts_with(['/', '\\', '~']) || drive
}

/// A path without `.` and `..`, for one that does not exist.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

/// The file of the same folder with the nearest name.
fn neighbour(path: &Path, text: &str) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let names: Vec<String> = path
        .parent()?
        .read_dir()
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let near = nearest::nearest(wanted, names.iter().map(String::as_str))?;
    let folder = text.strip_suffix(wanted).unwrap_or_default();
    Some(format!("did you mean `{folder}{near}`?"))
}
