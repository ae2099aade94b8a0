//! Which cases rest on something that changed since a commit.
//!
//! In doubt a case is affected: a changed file that no case names and that is
//! not known to be without effect counts as code, on which every case rests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use seatrial_checks::pipeline::code_of;
use seatrial_ledger::provenance::{self, WorkTree};
use seatrial_spec::{Case, Declaration, Suite};

use crate::Error;

/// Endings of files outside the spec tree that no case rests on.
const WITHOUT_EFFECT: [&str; 2] = ["md", "txt"];
/// Files and folders in the root of the work tree that no case rests on.
const ASIDE: [&str; 6] = [
    ".github",
    ".gitignore",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "docs",
];
/// What a spec file of recorded values ends with.
const RECORDED: &str = ".recorded.toml";

/// What changed since a commit, as cases see it.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// The commit, as it was named.
    pub revision: String,
    /// Everything is affected, because of this file.
    pub all: Option<PathBuf>,
    /// Ids of the cases that are affected.
    ids: BTreeSet<String>,
}

impl Since {
    /// Looks at what changed in the work tree of the spec tree.
    ///
    /// # Errors
    /// Without git, or where it knows no such commit.
    pub(crate) fn new(revision: &str, suite: &Suite) -> Result<Self, Error> {
        let failed = |why: String| Error::Usage(format!("--since {revision}: {why}"));
        let root = suite.root.canonicalize();
        let root = root.map_err(|error| failed(format!("{}: {error}", suite.root.display())))?;
        let tree = WorkTree::of(&root).map_err(failed)?;
        let commit = provenance::commit(&root, revision).map_err(|_| {
            failed("git knows no such commit here; a shallow clone lacks old ones".into())
        })?;
        let changed = tree.changed_since(&commit).map_err(failed)?;
        let top = tree.root().canonicalize();
        let top = top.map_err(|error| failed(format!("{}: {error}", tree.root().display())))?;
        let mut since = Self {
            revision: revision.to_owned(),
            ..Self::default()
        };
        since.note_all(changed.iter().map(PathBuf::as_path), &top, &root, suite);
        Ok(since)
    }

    /// What these files mean that were seen to change, each from `top`, the root
    /// of the work tree. `root` is the spec tree. Both are canonical.
    pub(crate) fn seen<'a>(
        changed: impl Iterator<Item = &'a Path>,
        top: &Path,
        root: &Path,
        suite: &Suite,
    ) -> Self {
        let mut since = Self {
            revision: "the last look".into(),
            ..Self::default()
        };
        since.note_all(changed, top, root, suite);
        since
    }

    fn note_all<'a>(
        &mut self,
        changed: impl Iterator<Item = &'a Path>,
        top: &Path,
        root: &Path,
        suite: &Suite,
    ) {
        let named: Vec<_> = suite.cases.iter().map(named).collect();
        for file in changed {
            self.note(&top.join(file), file, root, (suite, &named));
        }
    }

    /// Whether a case rests on something that changed.
    pub(crate) fn affects(&self, case: &Case) -> bool {
        self.all.is_some() || self.ids.contains(&case.id)
    }

    fn note(
        &mut self,
        path: &Path,
        file: &Path,
        root: &Path,
        (suite, named): (&Suite, &[Vec<PathBuf>]),
    ) {
        let rests =
            |(_, files): &(_, &Vec<PathBuf>)| files.iter().any(|file| path.starts_with(file));
        let named = suite.cases.iter().zip(named).filter(rests);
        let named: Vec<_> = named.map(|(case, _)| case.id.clone()).collect();
        if !named.is_empty() {
            self.ids.extend(named);
            return;
        }
        match path.strip_prefix(root) {
            Ok(inside) => self.in_tree(inside, suite),
            Err(_) if !is_aside(file) => self.all = Some(file.to_owned()),
            Err(_) => {}
        }
    }

    /// A file of the spec tree that no case names.
    fn in_tree(&mut self, inside: &Path, suite: &Suite) {
        let text = inside.to_string_lossy();
        let spec = match text.strip_suffix(RECORDED) {
            Some(stem) => format!("{stem}.toml"),
            None => text.clone().into_owned(),
        };
        let of_file = |case: &&Case| case.file == spec;
        // A spec file of one area; else a file that nobody knows, on which any
        // case of its folder or below may rest.
        let ids: Vec<_> = if suite.cases.iter().any(|case| case.file == spec) {
            suite
                .cases
                .iter()
                .filter(of_file)
                .map(|case| case.id.clone())
                .collect()
        } else if text == "schema.json" || inside.extension().is_some_and(|end| end == "md") {
            Vec::new()
        } else {
            let folder = inside.parent().unwrap_or(Path::new(""));
            let below = suite
                .cases
                .iter()
                .filter(|case| Path::new(&case.file).starts_with(folder));
            below.map(|case| case.id.clone()).collect()
        };
        self.ids.extend(ids);
    }
}

/// The files and folders that a case names, itself or through its subjects.
fn named(case: &Case) -> Vec<PathBuf> {
    let mut subjects: Vec<&Declaration> = case.subjects.values().map(AsRef::as_ref).collect();
    let mut files: Vec<&PathBuf> = case.files.iter().collect();
    while let Some(subject) = subjects.pop() {
        files.extend(&subject.files);
        subjects.extend(subject.subjects.values().map(AsRef::as_ref));
    }
    // Programs that it starts, and what they may import. That of its own folder is
    // looked after by [`Since::in_tree`], which tells specs from code.
    let code = code_of(case);
    let own: Vec<_> = case
        .subjects
        .values()
        .filter_map(|subject| subject.folder.canonicalize().ok())
        .collect();
    let others = code
        .folders
        .iter()
        .filter(|folder| !own.iter().any(|own| own.starts_with(folder)));
    files.extend(others);
    files.extend(&code.files);
    // A file that is gone has no canonical name.
    let known = |file: &PathBuf| file.canonicalize().unwrap_or_else(|_| file.clone());
    files.into_iter().map(known).collect()
}

fn is_aside(file: &Path) -> bool {
    let aside = file
        .components()
        .next()
        .is_some_and(|first| ASIDE.iter().any(|name| first.as_os_str() == *name));
    aside
        || file
            .extension()
            .is_some_and(|end| WITHOUT_EFFECT.iter().any(|one| end == *one))
}
