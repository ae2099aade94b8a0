//! What a gate decides about: the subjects that the cases question.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use seatrial_checks::pipeline::{code_fingerprint, this_program};
use seatrial_ledger::record::{Content, Forced, Version};
use seatrial_ledger::{Artifact, Blessed, ContentHash, FileHashes, Ledger, LedgerError};
use seatrial_spec::{Case, Declaration, SubjectKind, Suite};

use super::{evidence, identity_of};
use crate::Error;

/// Where blessed content is kept, below the state folder.
const KEPT: &str = "blessed";

/// A subject's content, named on the command line.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Override {
    subject: String,
    path: PathBuf,
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = "written SUBJECT=PATH, such as predictions.candidate=new.parquet";
        let (subject, path) = text.split_once('=').ok_or(wrong)?;
        if subject.is_empty() || path.is_empty() {
            return Err(wrong.into());
        }
        Ok(Self {
            subject: subject.to_owned(),
            path: path.into(),
        })
    }
}

/// `predictions.candidate`.
fn id(declaration: &Declaration) -> String {
    format!("{}.{}", declaration.kind.word(), declaration.name)
}

/// Puts the content that was named on the command line in the place of that
/// which the specs name, of subjects that `takes` allows.
pub(in crate::cli) fn replace(
    suite: &mut Suite,
    overrides: &[Override],
    takes: fn(&str, &Declaration) -> bool,
) -> Result<(), Error> {
    for Override { subject, path } in overrides {
        let path = path
            .canonicalize()
            .map_err(|error| Error::Usage(format!("{subject}: {}: {error}", path.display())))?;
        let mut known = BTreeSet::new();
        let mut replaced = false;
        for case in &mut suite.cases {
            for (key, declaration) in &mut case.subjects {
                if !takes(key, declaration) {
                    continue;
                }
                known.insert(id(declaration));
                if id(declaration) == *subject && declaration.common.contains_key("path") {
                    let mut other = (**declaration).clone();
                    let written = path.to_string_lossy().into_owned();
                    other.common.insert("path".into(), written.into());
                    other.files = vec![path.clone()];
                    *declaration = Arc::new(other);
                    replaced = true;
                }
            }
        }
        if !replaced {
            let help = seatrial_spec::did_you_mean(subject, known.iter().map(String::as_str));
            let help = help.map_or(String::new(), |help| format!("; {help}"));
            let message = format!("no case questions a `{subject}` that has a path{help}");
            return Err(Error::Usage(message));
        }
    }
    Ok(())
}

/// What is released: not the data it is asked about, nor the version before.
pub(super) fn is_candidate(key: &str, declaration: &Declaration) -> bool {
    key == declaration.kind.word()
        && !matches!(declaration.kind, SubjectKind::Dataset | SubjectKind::Server)
}

/// Every subject that the cases question, with its content.
pub(super) fn subjects(
    cases: &[Arc<Case>],
    hashes: &mut FileHashes,
) -> Result<BTreeMap<String, Content>, Error> {
    let mut subjects = BTreeMap::new();
    for (key, declaration) in cases.iter().flat_map(|case| &case.subjects) {
        if !is_candidate(key, declaration) {
            continue;
        }
        let path = declaration.common.get("path").and_then(toml::Value::as_str);
        let path = path.map(PathBuf::from);
        if let Some(pattern) = path.as_deref().filter(|path| !path.exists()) {
            let (id, pattern) = (id(declaration), pattern.display());
            return Err(Error::Usage(format!(
                "`{id}` is the pattern {pattern}, and what is released is one file or folder: name \
                 the folder"
            )));
        }
        let hash = match &path {
            Some(path) => hashed(path, hashes)?,
            None => described(declaration, hashes)?,
        };
        let id = id(declaration);
        let content = Content { path, hash };
        match subjects.get(&id) {
            Some(known) if *known != content => {
                return Err(Error::Usage(format!(
                    "two spec files declare a `{id}`, of different content: give them names of \
                     their own, or decide about one with --filter"
                )));
            }
            _ => subjects.insert(id, content),
        };
    }
    if subjects.is_empty() {
        return Err(Error::Usage(
            "no case that a release sets off questions predictions, a package, a pipeline or a \
             model: there is nothing to decide about"
                .into(),
        ));
    }
    Ok(subjects)
}

/// Rows that versions are asked about.
pub(in crate::cli) fn is_data(_: &str, declaration: &Declaration) -> bool {
    declaration.kind == SubjectKind::Dataset
}

fn hashed(path: &Path, hashes: &mut FileHashes) -> Result<ContentHash, Error> {
    hashes
        .of(path)
        .map_err(|error| Error::Harness(format!("cannot read {}: {error}", path.display())))
}

/// The hash of what a declaration says and of every file that it names, its own
/// subjects included.
fn described(declaration: &Declaration, hashes: &mut FileHashes) -> Result<ContentHash, Error> {
    let mut parts = vec![format!(
        "{:?} {:?}",
        declaration.common, declaration.variant
    )];
    for file in &declaration.files {
        parts.push(hashed(file, hashes)?.to_string());
    }
    for inner in declaration.subjects.values() {
        parts.push(described(inner, hashes)?.to_string());
    }
    // What is made of these is made anew by the code: that of programs that the spec
    // names, and that of this one.
    if matches!(declaration.kind, SubjectKind::Pipeline | SubjectKind::Model) {
        parts.extend(code_fingerprint(declaration));
        parts.extend(this_program().map(|program| program.to_string()));
    }
    Ok(identity_of(&parts))
}

/// The hash of what is asked of what: cases with their parameters, seeds and
/// data, and the content of the candidate.
pub(super) fn identity(
    cases: &[Arc<Case>],
    subjects: &BTreeMap<String, Content>,
    hashes: &mut FileHashes,
) -> Result<ContentHash, Error> {
    let mut parts = Vec::new();
    for (subject, content) in subjects {
        parts.push(format!("{subject} {}", content.hash));
    }
    for case in cases {
        let Case {
            id,
            check,
            seed,
            runs,
            skip,
            inconclusive_passes,
            first_release,
            ..
        } = &**case;
        parts.push(format!(
            "{id} {check} {seed} {runs:?} {skip:?} {inconclusive_passes} {first_release}"
        ));
        parts.push(case.parameters.to_string());
        for file in &case.files {
            parts.push(hashed(file, hashes)?.to_string());
        }
        for (key, declaration) in &case.subjects {
            parts.push(format!("{key} {}", described(declaration, hashes)?));
        }
    }
    Ok(identity_of(&parts))
}

/// The last blessed version of the subjects.
pub(super) fn previous(
    subjects: &BTreeMap<String, Content>,
    read: impl Fn(&mut dyn FnMut(&Ledger) -> Result<(), LedgerError>) -> Result<Option<()>, Error>,
) -> Result<Option<Version>, Error> {
    let mut found: BTreeMap<String, Blessed> = BTreeMap::new();
    let mut record = None;
    read(&mut |ledger| {
        for subject in subjects.keys() {
            if let Some(blessed) = ledger.blessed(subject)? {
                found.insert(subject.clone(), blessed);
            }
        }
        if let Some(latest) = found.values().max_by_key(|blessed| blessed.decided_ms) {
            record = ledger.release_record(&latest.release)?;
        }
        Ok(())
    })?;
    let Some(latest) = found.values().max_by_key(|blessed| blessed.decided_ms) else {
        return Ok(None);
    };
    let release = Some(latest.release.clone());
    let forced = record.as_ref().and_then(|kept| kept.get("forced"));
    let forced: Option<Forced> =
        forced.and_then(|forced| serde_json::from_value(forced.clone()).ok());
    let text = record.as_ref().and_then(evidence::text_of);
    let of_record = text.and_then(|text| seatrial_ledger::record::ReleaseRecord::read(text).ok());
    let subjects = of_record
        .map(|record| record.candidate.subjects)
        .unwrap_or_default();
    Ok(Some(Version {
        release,
        forced,
        subjects,
    }))
}

/// The subjects with the packages that pipelines made of themselves: what is
/// released of a pipeline is its package.
pub(super) fn as_made(
    mut subjects: BTreeMap<String, Content>,
    made: &[Artifact],
    hashes: &mut FileHashes,
) -> Result<BTreeMap<String, Content>, Error> {
    let mut packaged: BTreeMap<&str, &str> = BTreeMap::new();
    for Artifact { name, hash, path } in made {
        let Some(content) = subjects.get_mut(name) else {
            continue;
        };
        if packaged
            .insert(name, hash)
            .is_some_and(|other| other != hash)
        {
            return Err(Error::Usage(format!(
                "the cases made different packages of `{name}`, and one is released: give them \
                 one `seed`"
            )));
        }
        if let Some(path) = path {
            *content = Content {
                hash: hashed(path, hashes)?,
                path: Some(path.clone()),
            };
        }
    }
    Ok(subjects)
}

/// Keeps a copy of blessed content: the next candidate is compared with it,
/// whatever becomes of the file that it came from.
pub(super) fn keep(
    state: &Path,
    subjects: BTreeMap<String, Content>,
) -> Result<BTreeMap<String, Content>, Error> {
    let mut kept = BTreeMap::new();
    for (subject, content) in subjects {
        let path = match &content.path {
            None => None,
            Some(path) => Some(copy(state, path, &content.hash)?),
        };
        kept.insert(subject, Content { path, ..content });
    }
    Ok(kept)
}

fn copy(state: &Path, from: &Path, hash: &ContentHash) -> Result<PathBuf, Error> {
    let failed =
        |error: std::io::Error| Error::Harness(format!("cannot keep {}: {error}", from.display()));
    let folder = state.join(KEPT);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let name = from.file_name().unwrap_or_default();
    let place = folder.join(hash.to_string());
    let kept = place.join(name);
    if kept.exists() {
        return Ok(kept);
    }
    let beside = tempfile::Builder::new()
        .prefix(".blessed-")
        .tempdir_in(&folder)
        .map_err(failed)?;
    copy_all(from, &beside.path().join(name)).map_err(failed)?;
    // What was judged must be what is kept, even if somebody wrote meanwhile.
    let copied = FileHashes::new()
        .of(&beside.path().join(name))
        .map_err(failed)?;
    if copied != *hash {
        let message = format!("{} changed while it was judged", from.display());
        return Err(Error::Harness(message));
    }
    std::fs::rename(beside.keep(), &place).map_err(failed)?;
    Ok(kept)
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return std::fs::copy(from, to).map(|_| ());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
