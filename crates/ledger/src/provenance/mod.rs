//! What a result rests on: code, specs, locked dependencies, program, machine.

mod git;
mod machine;
mod program;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use git::{Change, Code, Versioned, WorkTree, commit, commits_between, files};
pub use machine::Machine;
pub use program::Program;

use crate::hash::{ContentHash, FileHashes};

/// Files that pin dependencies, of the languages that models are written in.
pub const LOCK_FILES: [&str; 8] = [
    "Cargo.lock",
    "Pipfile.lock",
    "conda-lock.yml",
    "package-lock.json",
    "pdm.lock",
    "poetry.lock",
    "requirements.txt",
    "uv.lock",
];

/// What the results of a run rest on, but for what single cases add: their
/// parameters, seeds and data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The state of the code.
    pub code: Code,
    /// Content of each spec file and of recorded values, by name in the tree.
    pub specs: BTreeMap<String, ContentHash>,
    /// Content of each file that locks dependencies, by name.
    pub locks: BTreeMap<String, ContentHash>,
    /// The program that ran.
    pub program: Program,
    /// Where it ran.
    pub machine: Machine,
}

impl Provenance {
    /// Of a run of these spec files of a tree, each case on so many threads.
    /// What cannot be found out is left out, and so told apart from what can.
    pub fn gather(
        tree: &Path,
        files: &[String],
        threads: usize,
        code: Result<&WorkTree, &str>,
        hashes: &mut FileHashes,
    ) -> Self {
        let mut of = |folder: &Path, name: &str| {
            let hash = hashes.of(&folder.join(name)).ok()?;
            Some((name.to_owned(), hash))
        };
        let specs = files.iter().filter_map(|name| of(tree, name)).collect();
        let top = match code {
            Ok(work_tree) => work_tree.root(),
            Err(_) => tree.parent().unwrap_or(tree),
        };
        let locks = LOCK_FILES.iter().filter_map(|name| of(top, name)).collect();
        Self {
            specs,
            locks,
            program: Program::this(hashes),
            machine: Machine::this(threads),
            code: match code {
                Ok(work_tree) => work_tree.code(hashes),
                Err(why) => Code::Unknown { why: why.into() },
            },
        }
    }

    /// The commit, if there is one.
    pub fn commit(&self) -> Option<&str> {
        match &self.code {
            Code::Git { commit, .. } => commit.as_deref(),
            Code::Unknown { .. } => None,
        }
    }
}
