//! The state of the code, asked of git.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use seatrial_process::{Captured, ProcessError};
use serde::{Deserialize, Serialize};

use crate::hash::{ContentHash, FileHashes};

/// Of what git lists. More is a work tree in which something went wrong.
const LISTED_BYTES_MAX: usize = 64 << 20;
/// Changed files that are named; all of them count into the hash.
const NAMED_MAX: usize = 200;
/// git answers at once; a file system that hangs would hold up every run.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The state of the code that ran, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// In a git work tree.
    Git {
        /// The commit; `None` before the first.
        commit: Option<String>,
        /// The branch; `None` if none is checked out.
        branch: Option<String>,
        /// Whether its history was cut off when it was cloned.
        shallow: bool,
        /// What is not as committed: the first of it, by name.
        changes: Vec<Change>,
        /// How many files are not as committed.
        changed: usize,
        /// Hash of all that is not as committed, names and content; `None` if
        /// everything is.
        difference: Option<ContentHash>,
    },
    /// Not known.
    Unknown {
        /// Why.
        why: String,
    },
}

/// A file that is not as committed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// Relative to the root of the work tree.
    pub path: String,
    /// `changed`, `new`, `deleted` or `in conflict`.
    pub how: String,
}

/// What version control knows of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioned {
    /// It is as committed.
    Committed,
    /// It is known, and not as committed.
    Changed,
    /// It is not under version control.
    Unknown,
    /// It lies outside the work tree.
    Outside,
}

/// A git work tree, as it was when asked.
#[derive(Clone, Debug)]
pub struct WorkTree {
    root: PathBuf,
    commit: Option<String>,
    branch: Option<String>,
    shallow: bool,
    changes: Vec<Change>,
}

impl WorkTree {
    /// The work tree that a folder lies in.
    ///
    /// # Errors
    /// Why there is none, in words: no git, no work tree, a broken one.
    pub fn of(folder: &Path) -> Result<Self, String> {
        let about = ["rev-parse", "--show-toplevel", "--is-shallow-repository"];
        let about = text(git(folder, &about)?);
        let mut lines = about.lines();
        let root = lines.next().filter(|root| !root.is_empty());
        let root = root.ok_or("git does not say where the work tree is")?;
        let shallow = lines.next() == Some("true");
        let root = PathBuf::from(root);
        let status = [
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--untracked-files=all",
            "--ignore-submodules=none",
            "--no-renames",
        ];
        let listed = git(&root, &status)?;
        if !listed.is_whole() {
            return Err("git lists more changed files than can be read".into());
        }
        let mut tree = Self {
            root,
            commit: None,
            branch: None,
            shallow,
            changes: Vec::new(),
        };
        for entry in text(listed).split('\0') {
            tree.read(entry);
        }
        tree.changes.sort();
        Ok(tree)
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit; `None` before the first.
    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref()
    }

    /// Every file that is not as committed, sorted; ignored files are left out.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Every file that is not as it was in a commit, sorted, from the root of the
    /// work tree: changed since, changed now, or new.
    ///
    /// # Errors
    /// When git fails.
    pub fn changed_since(&self, commit: &str) -> Result<Vec<PathBuf>, String> {
        let asked = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            commit,
            "--",
        ];
        let listed = git(&self.root, &asked)?;
        if !listed.is_whole() {
            return Err("git lists more changed files than can be read".into());
        }
        let listed = text(listed);
        let since = listed.split('\0').filter(|path| !path.is_empty());
        let now = self.changes.iter().map(|change| change.path.as_str());
        let all: BTreeSet<_> = since.chain(now).map(PathBuf::from).collect();
        Ok(all.into_iter().collect())
    }

    /// What version control knows of each of these files and folders. A folder
    /// is as committed if everything in it is.
    ///
    /// # Errors
    /// When git fails.
    pub fn versions(&self, paths: &[PathBuf]) -> Result<Vec<Versioned>, String> {
        let root = self.root.canonicalize();
        let root = root.map_err(|error| format!("{}: {error}", self.root.display()))?;
        paths
            .iter()
            .map(|path| {
                let path = path.canonicalize().unwrap_or_else(|_| path.clone());
                match path.strip_prefix(&root) {
                    Ok(inside) => self.version(inside),
                    Err(_) => Ok(Versioned::Outside),
                }
            })
            .collect()
    }

    fn version(&self, inside: &Path) -> Result<Versioned, String> {
        let literal = format!(":(literal){}", inside.display());
        let tracked = git(&self.root, &["ls-files", "-z", "--", &literal])?;
        if tracked.total_bytes() == 0 {
            return Ok(Versioned::Unknown);
        }
        // A folder may hold files that git was told to ignore.
        let ignored = [
            "ls-files",
            "-z",
            "--others",
            "--ignored",
            "--exclude-standard",
        ];
        let ignored: Vec<_> = ignored.into_iter().chain(["--", &literal]).collect();
        let has_ignored = git(&self.root, &ignored)?.total_bytes() > 0;
        let touched = |change: &Change| Path::new(&change.path).starts_with(inside);
        if has_ignored || self.changes.iter().any(touched) {
            return Ok(Versioned::Changed);
        }
        Ok(Versioned::Committed)
    }

    /// One entry of the porcelain format, version 2, of `git-status(1)`.
    fn read(&mut self, entry: &str) {
        if let Some(header) = entry.strip_prefix("# ") {
            match header.split_once(' ') {
                Some(("branch.oid", oid)) if oid != "(initial)" => self.commit = Some(oid.into()),
                Some(("branch.head", head)) if head != "(detached)" => {
                    self.branch = Some(head.into());
                }
                _ => {}
            }
            return;
        }
        // Fields before the path: 8 of a change, 10 of a conflict, 1 of others.
        let (fields, how) = match entry.as_bytes().first() {
            Some(b'1') => (8, "changed"),
            Some(b'u') => (10, "in conflict"),
            Some(b'?') => (1, "new"),
            _ => return,
        };
        let Some(path) = entry.splitn(fields + 1, ' ').nth(fields) else {
            return;
        };
        let gone = how == "changed" && self.root.join(path).symlink_metadata().is_err();
        self.changes.push(Change {
            path: path.trim_end_matches('/').to_owned(),
            how: if gone { "deleted" } else { how }.to_owned(),
        });
    }

    /// As it is kept, with the hash of what is not as committed.
    pub(crate) fn code(&self, hashes: &mut FileHashes) -> Code {
        let paths: BTreeSet<_> = self.changes.iter().collect();
        let mut all = Vec::new();
        for Change { path, how } in paths {
            // What cannot be read still counts, by name.
            let content = hashes.of(&self.root.join(path));
            let content = content.map_or_else(|_| how.clone(), |hash| hash.to_string());
            all.extend([path.as_bytes(), b"\0", content.as_bytes(), b"\0"].concat());
        }
        Code::Git {
            commit: self.commit.clone(),
            branch: self.branch.clone(),
            shallow: self.shallow,
            changes: self.changes.iter().take(NAMED_MAX).cloned().collect(),
            changed: self.changes.len(),
            difference: (!all.is_empty()).then(|| ContentHash::of_bytes(&all)),
        }
    }
}

/// The commit that a revision means in the work tree of a folder, such as `HEAD`.
///
/// # Errors
/// When it means none.
pub fn commit(folder: &Path, revision: &str) -> Result<String, String> {
    let object = format!("{revision}^{{commit}}");
    let arguments = [
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &object,
    ];
    Ok(text(git(folder, &arguments)?).trim().to_owned())
}

/// Every file in the work tree of a folder that git does not ignore, from its
/// root, which is given too. One that was removed and not committed is listed.
///
/// # Errors
/// Why there is none, in words.
pub fn files(folder: &Path) -> Result<(PathBuf, Vec<PathBuf>), String> {
    let root = text(git(folder, &["rev-parse", "--show-toplevel"])?);
    let root = PathBuf::from(root.trim_end_matches('\n'));
    let asked = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let listed = git(&root, &asked)?;
    if !listed.is_whole() {
        return Err("git lists more files than can be read".into());
    }
    let listed = text(listed);
    let files = listed.split('\0').filter(|path| !path.is_empty());
    let files = files.map(PathBuf::from).collect();
    Ok((root, files))
}

/// The commits that one has and the other has not, newest first, a line each;
/// those of the first alone are marked.
///
/// # Errors
/// When git does not know both, as in a shallow clone.
pub fn commits_between(folder: &Path, a: &str, b: &str) -> Result<Vec<String>, String> {
    let range = format!("{a}...{b}");
    let format = "--format=%h %m %s";
    let listed = git(
        folder,
        &["log", "--max-count=1000", "--left-right", format, &range],
    )?;
    let line = |line: &str| match line.split_once(" < ") {
        Some((hash, subject)) => format!("{hash} (not in the later) {subject}"),
        None => line.replacen(" > ", " ", 1),
    };
    Ok(text(listed).lines().map(line).collect())
}

fn text(captured: Captured) -> String {
    String::from_utf8_lossy(&captured.bytes()).into_owned()
}

/// What git says in a folder. It takes no locks, so that asking harms no
/// command that runs beside it.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<Captured, String> {
    let program = seatrial_process::Program::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .keep_bytes(LISTED_BYTES_MAX)
        .timeout(TIMEOUT);
    match program.run() {
        Ok(finished) => Ok(finished.stdout),
        Err(ProcessError::NotFound { .. }) => Err("git is not installed".into()),
        Err(ProcessError::Exit { said, .. }) if said.contains("not a git repository") => {
            Err("not in a git work tree".into())
        }
        Err(ProcessError::Exit { said, .. }) => {
            let said = said.lines().next().unwrap_or("it does not say why");
            Err(format!(
                "git failed: {}",
                said.trim_start_matches("fatal: ")
            ))
        }
        Err(other) => Err(other.to_string()),
    }
}
