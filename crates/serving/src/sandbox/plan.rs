//! What is to run in a sandbox, and within which limits.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A program to run in a sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The program: a path, or a name to be looked up in the `PATH` below.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its whole environment. `HOME` and `TMPDIR` are added, unless given.
    pub environment: BTreeMap<String, String>,
    /// Its working folder. What is written there is private and goes away.
    pub folder: PathBuf,
    /// A folder of this sandbox alone, writable inside, removed with it.
    pub scratch: PathBuf,
    /// What it may use.
    pub limits: Limits,
}

/// What a server may use.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of all its processes together, in bytes. It is ended above that.
    pub memory_bytes: Option<u64>,
    /// Processors that it may run on.
    pub cpus: Option<usize>,
}

/// The plan's file in the scratch folder.
const FILE: &str = ".plan.json";

impl Plan {
    /// Writes it where the keeper finds it.
    pub(super) fn write(&self) -> io::Result<PathBuf> {
        for folder in ["home", "tmp"] {
            std::fs::create_dir_all(self.scratch.join(folder))?;
        }
        let file = self.scratch.join(FILE);
        std::fs::write(&file, serde_json::to_string(self)?)?;
        Ok(file)
    }

    /// Reads it back, once.
    pub(super) fn take(file: &Path) -> io::Result<Self> {
        let plan = serde_json::from_str(&std::fs::read_to_string(file)?)?;
        std::fs::remove_file(file)?;
        Ok(plan)
    }

    /// The environment that the program gets.
    pub(super) fn whole_environment(&self) -> BTreeMap<String, String> {
        let own = |folder: &str| self.scratch.join(folder).to_string_lossy().into_owned();
        let mut whole = self.environment.clone();
        whole.entry("HOME".into()).or_insert_with(|| own("home"));
        whole.entry("TMPDIR".into()).or_insert_with(|| own("tmp"));
        whole
    }
}
