//! What a spec tree says, once it is known to be right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::SubjectKind;

/// When a case runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// On every commit.
    #[default]
    Fast,
    /// Nightly.
    Slow,
}

/// What sets off a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// A new version of code or model.
    Commit,
    /// A candidate for release.
    Release,
    /// The clock.
    Schedule,
}

/// One case, after defaults and matrix expansion.
#[derive(Clone, Debug)]
pub struct Case {
    /// `area/file.toml::NAME`, with `[axis=value,…]` for a case of a matrix.
    pub id: String,
    /// The spec file, relative to the tree, with forward slashes.
    pub file: String,
    /// Line of the case's header in that file, from 1.
    pub line: usize,
    /// The check that it runs.
    pub check: String,
    /// When it runs.
    pub tier: Tier,
    /// Root seed of all its randomness.
    pub seed: u64,
    /// How many times a check that trains does so; `None` leaves it to the check.
    pub runs: Option<usize>,
    /// After how long it is ended as stuck.
    pub timeout: Duration,
    /// Why it is skipped, if it is.
    pub skip: Option<String>,
    /// What it is for, in its author's words.
    pub doc: Option<String>,
    /// What sets it off.
    pub on: Vec<Trigger>,
    /// Whether an interval that spans its bound passes.
    pub inconclusive_passes: bool,
    /// Whether a comparison may lack a predecessor.
    pub first_release: bool,
    /// The check's own parameters; paths are absolute.
    pub parameters: toml::Table,
    /// The subjects it names, by the key that names them (`model`, `reference`).
    pub subjects: BTreeMap<String, Arc<Declaration>>,
    /// The files and folders that its own parameters name; absolute.
    pub files: Vec<PathBuf>,
}

impl Case {
    /// Every file and folder that the case names, or a subject that it names, or
    /// one that such a subject names.
    pub fn all_files(&self) -> BTreeSet<&Path> {
        let mut files: BTreeSet<_> = self.files.iter().map(PathBuf::as_path).collect();
        let mut open: Vec<&Declaration> = self.subjects.values().map(Arc::as_ref).collect();
        while let Some(declaration) = open.pop() {
            files.extend(declaration.files.iter().map(PathBuf::as_path));
            open.extend(declaration.subjects.values().map(Arc::as_ref));
        }
        files
    }
}

/// A subject as a spec declares it.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it is.
    pub kind: SubjectKind,
    /// Its name.
    pub name: String,
    /// Keys of every declaration of the kind; paths are absolute.
    pub common: toml::Table,
    /// The chosen variant with its own keys, where the kind has variants.
    pub variant: Option<(String, toml::Table)>,
    /// The files and folders that it names; absolute.
    pub files: Vec<PathBuf>,
    /// The folder of the file that it stands in.
    pub folder: PathBuf,
    /// The subjects that it names itself, by the path of the key that names them
    /// (`stage.fit.model`).
    pub subjects: BTreeMap<String, Arc<Declaration>>,
}

/// Every case of a spec tree.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The folder that was read.
    pub root: PathBuf,
    /// The files that were read, relative to the folder, sorted.
    pub files: Vec<String>,
    /// Its cases: by file name, then in the order of writing, then by matrix.
    pub cases: Vec<Case>,
}
