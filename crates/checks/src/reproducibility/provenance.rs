//! `provenance`: what a result rests on can be had again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use seatrial_ledger::FileHashes;
use seatrial_ledger::provenance::{LOCK_FILES, Versioned, WorkTree};
use seatrial_spec::{SubjectKind, SubjectName};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// What the case's results rest on is pinned, and can be had again.
///
/// Asks git: is the code as committed, are the spec files, is every file that
/// the case's subjects read, is there a file that locks dependencies. What is
/// not pinned is named. Name the subjects whose data must be pinned: `dataset`,
/// `model`, `pipeline`, `predictions`, `package`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Provenance {
    /// What must be pinned.
    pinned: Vec<Aspect>,
    /// Data that version control does not hold: the BLAKE3 hash of its content
    /// in hexadecimal, by name in the spec tree. At least its first 12 digits.
    /// `seatrial runs RUN` shows them.
    content: BTreeMap<String, String>,
    /// Files that lock dependencies, in the root of the work tree. At least one
    /// must be there, and all that are there must be as committed.
    lock_files: Vec<String>,
    /// Files that pin the compiler or the interpreter, in the root of the work
    /// tree, for `pinned = ["toolchain", …]`. At least one must be there, and all
    /// that are there must be as committed.
    toolchain_files: Vec<String>,
    /// The dataset whose files must be pinned.
    dataset: Option<SubjectName<{ SubjectKind::Dataset as usize }>>,
    /// The model whose files must be pinned.
    model: Option<SubjectName<{ SubjectKind::Model as usize }>>,
    /// The pipeline whose files must be pinned.
    pipeline: Option<SubjectName<{ SubjectKind::Pipeline as usize }>>,
    /// The predictions that must be pinned.
    predictions: Option<SubjectName<{ SubjectKind::Predictions as usize }>>,
    /// The package that must be pinned.
    package: Option<SubjectName<{ SubjectKind::Package as usize }>>,
}

/// Something that results rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Aspect {
    /// Every file of the work tree is as committed, but for ignored ones.
    Code,
    /// The spec files that the case comes from are as committed.
    Parameters,
    /// The files that the subjects read are as committed, or have the content
    /// that `content` says.
    Data,
    /// The files that lock dependencies are there, as committed.
    Dependencies,
    /// The files that pin the compiler or the interpreter are there, as committed.
    Toolchain,
}

/// Files that pin what builds or runs the code.
const TOOLCHAIN_FILES: [&str; 10] = [
    ".nvmrc",
    ".python-version",
    ".tool-versions",
    "Dockerfile",
    "environment.yml",
    "flake.lock",
    "mise.toml",
    "renv.lock",
    "rust-toolchain",
    "rust-toolchain.toml",
];

impl Default for Provenance {
    fn default() -> Self {
        Self {
            // A result is had again only from these. The toolchain is left out,
            // for many pin it outside of the work tree, in the image that CI runs.
            pinned: vec![
                Aspect::Code,
                Aspect::Parameters,
                Aspect::Data,
                Aspect::Dependencies,
            ],
            content: BTreeMap::new(),
            // What the ledger keeps.
            lock_files: LOCK_FILES.map(str::to_owned).to_vec(),
            toolchain_files: TOOLCHAIN_FILES.map(str::to_owned).to_vec(),
            dataset: None,
            model: None,
            pipeline: None,
            predictions: None,
            package: None,
        }
    }
}

/// Of the files that are not pinned, in a message.
const NAMED_MAX: usize = 10;
/// Fewer digits of a hash could be met by chance or by design.
const DIGITS_MIN: usize = 12;

impl Check for Provenance {
    const ABOUT: About = About {
        name: "provenance",
        chapter: Chapter::Reproducibility,
        figure: include_str!("figures/provenance.txt"),
        needs: &[],
        method: "Exact: git is asked what it knows of each file, and what is not as committed; \
                 content is compared by its BLAKE3 hash.",
        error_rates: "No false alarms. Misses what no file tells: services that are asked, data \
                      that a stage fetches, and files that are read without being named in the \
                      spec.",
    };

    fn run(&self, context: &Context) -> Outcome {
        if self.pinned.is_empty() {
            return Err(Failure::Case("`pinned` names nothing".into()));
        }
        let tree = match context.host.code() {
            Ok(tree) => tree,
            Err(why) => return Ok(Verdict::fail(format!("nothing is pinned: {why}"))),
        };
        if tree.commit().is_none() {
            return Ok(Verdict::fail(
                "nothing is pinned: there is no commit yet in the git work tree",
            ));
        }
        let mut measured = Vec::new();
        let mut hints = Vec::new();
        for aspect in &self.pinned {
            let found = self.look(*aspect, context, &tree)?;
            let word = aspect.word();
            measured.push(
                Measurement::new(format!("{word}_not_pinned"), found.open.len() as f64)
                    .unit("files")
                    .bound(Bound::Equal(0.0)),
            );
            measured.extend(
                found.seen.map(|seen| {
                    Measurement::new(format!("{word}_files"), seen as f64).unit("files")
                }),
            );
            hints.extend(found.hint(word));
        }
        Ok(Verdict::judge(measured, context.spanning()).with_hint(hints.join("\n")))
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

/// What of one aspect is not pinned.
struct Found {
    /// A line each.
    open: Vec<String>,
    /// How many files were looked at, where that is a small number.
    seen: Option<usize>,
}

impl Found {
    fn hint(&self, word: &str) -> Option<String> {
        let named = self.open.iter().take(NAMED_MAX).map(String::as_str);
        let named: Vec<_> = named.collect();
        let more = match self.open.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        (!named.is_empty()).then(|| format!("not pinned, {word}: {}{more}", named.join("; ")))
    }
}

impl Aspect {
    fn word(self) -> &'static str {
        match self {
            Aspect::Code => "code",
            Aspect::Parameters => "parameters",
            Aspect::Data => "data",
            Aspect::Dependencies => "dependencies",
            Aspect::Toolchain => "toolchain",
        }
    }
}

impl Provenance {
    fn look(&self, aspect: Aspect, context: &Context, tree: &WorkTree) -> Outcome<Found> {
        match aspect {
            Aspect::Code => Ok(Found {
                open: tree
                    .changes()
                    .iter()
                    .map(|change| format!("{} is {}", change.path, change.how))
                    .collect(),
                seen: None,
            }),
            Aspect::Parameters => {
                let root_file = context.root().join("seatrial.toml");
                let mut files = vec![context.spec_file().to_owned()];
                files.extend(root_file.is_file().then_some(root_file));
                self.versioned(&files, context, tree)
            }
            Aspect::Data => {
                let files: BTreeSet<&Path> = context.case.all_files();
                let files: Vec<PathBuf> = files.into_iter().map(Path::to_owned).collect();
                self.versioned(&files, context, tree)
            }
            Aspect::Dependencies => self.pinning(&self.lock_files, context, tree),
            Aspect::Toolchain => self.pinning(&self.toolchain_files, context, tree),
        }
    }

    /// Those of the files that are not as committed.
    fn versioned(&self, files: &[PathBuf], context: &Context, tree: &WorkTree) -> Outcome<Found> {
        let root = context.root().canonicalize();
        let root = root.map_err(|error| Failure::Host(error.to_string()))?;
        let versions = tree.versions(files).map_err(Failure::Host)?;
        let mut open = Vec::new();
        for (file, version) in files.iter().zip(versions) {
            let inside = file.canonicalize().unwrap_or_else(|_| file.clone());
            let name = seatrial_ledger::name_from(&root, &inside);
            if let Some(told) = self.content.get(&name) {
                open.extend(other_content(&name, file, told)?);
                continue;
            }
            let state = match version {
                Versioned::Committed => continue,
                Versioned::Changed => "is not as committed",
                Versioned::Unknown => "is not under version control",
                Versioned::Outside => "lies outside the git work tree",
            };
            open.push(format!("{name} {state}"));
        }
        Ok(Found {
            open,
            seen: Some(files.len()),
        })
    }

    /// Of files that pin, those that are there; one must be.
    fn pinning(&self, names: &[String], context: &Context, tree: &WorkTree) -> Outcome<Found> {
        let files = names.iter().map(|name| tree.root().join(name));
        let files: Vec<_> = files.filter(|file| file.is_file()).collect();
        if files.is_empty() {
            let names = names.join(", ");
            let missing = format!("in the root of the work tree is none of {names}");
            return Ok(Found {
                open: vec![missing],
                seen: Some(0),
            });
        }
        self.versioned(&files, context, tree)
    }
}

/// What is wrong if a file has not the content that it should have.
fn other_content(name: &str, file: &Path, told: &str) -> Outcome<Option<String>> {
    let is_hash = told.len() >= DIGITS_MIN && told.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash {
        return Err(Failure::Case(format!(
            "`content` of `{name}`: `{told}` is no hash of at least {DIGITS_MIN} hexadecimal digits"
        )));
    }
    let found = FileHashes::new().of(file);
    let found = found.map_err(|error| Failure::Host(format!("{name}: {error}")))?;
    let found = found.to_string();
    let same = found.starts_with(&told.to_ascii_lowercase());
    let short = found.get(..DIGITS_MIN).unwrap_or_default();
    Ok((!same).then(|| format!("{name} has content {short}, not {told}")))
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "no version control",
        spec: r#"
            [test.x]
            check = "provenance"
        "#,
        says: "nothing is pinned: not in a git work tree",
    },
    Fault {
        name: "no commit yet",
        spec: r#"
            # in git: init; write Cargo.lock
            [test.x]
            check = "provenance"
        "#,
        says: "there is no commit yet",
    },
    Fault {
        name: "code that was edited after the commit",
        spec: r#"
            # in git: init; write Cargo.lock; write model.py; commit; write model.py
            [test.x]
            check = "provenance"
        "#,
        says: "not pinned, code: model.py is changed",
    },
    Fault {
        name: "code that was never added",
        spec: r#"
            # in git: init; write Cargo.lock; commit; write features.py
            [test.x]
            check = "provenance"
        "#,
        says: "not pinned, code: features.py is new",
    },
    Fault {
        name: "data that git was told to ignore",
        spec: r#"
            # in git: init; write Cargo.lock; ignore loans.csv; commit
            [test.x]
            check = "provenance"
            dataset = "loans"
        "#,
        says: "not pinned, data: loans.csv is not under version control",
    },
    Fault {
        name: "data that was replaced",
        spec: r#"
            # in git: init; write Cargo.lock; commit; write loans.csv
            [test.x]
            check = "provenance"
            dataset = "loans"
            pinned = ["data"]
        "#,
        says: "not pinned, data: loans.csv is not as committed",
    },
    Fault {
        name: "data outside version control that has other content",
        spec: r#"
            # in git: init; write Cargo.lock; ignore loans.csv; commit
            [test.x]
            check = "provenance"
            dataset = "loans"
            content = { "loans.csv" = "0123456789ab" }
        "#,
        says: "not pinned, data: loans.csv has content ",
    },
    Fault {
        name: "a spec that git was told to ignore",
        spec: r#"
            # in git: init; write Cargo.lock; ignore case.toml; commit
            [test.x]
            check = "provenance"
        "#,
        says: "not pinned, parameters: case.toml is not under version control",
    },
    Fault {
        name: "dependencies that float",
        spec: r#"
            # in git: init; commit
            [test.x]
            check = "provenance"
        "#,
        says: "not pinned, dependencies: in the root of the work tree is none of Cargo.lock",
    },
    Fault {
        name: "a lock file that is not committed",
        spec: r#"
            # in git: init; ignore uv.lock; commit; write uv.lock
            [test.x]
            check = "provenance"
            lock_files = ["uv.lock"]
        "#,
        says: "not pinned, dependencies: uv.lock is not under version control",
    },
    Fault {
        name: "a toolchain that floats",
        spec: r#"
            # in git: init; write Cargo.lock; commit
            [test.x]
            check = "provenance"
            pinned = ["code", "toolchain"]
        "#,
        says: "not pinned, toolchain: in the root of the work tree is none of .nvmrc",
    },
    Fault {
        name: "a toolchain that was changed after the commit",
        spec: r#"
            # in git: init; write rust-toolchain.toml; commit; write rust-toolchain.toml
            [test.x]
            check = "provenance"
            pinned = ["toolchain"]
        "#,
        says: "not pinned, toolchain: rust-toolchain.toml is not as committed",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "everything committed",
        spec: r#"
            # in git: init; write Cargo.lock; commit
            [test.x]
            check = "provenance"
            dataset = "loans"
            model = "mlp"
        "#,
    },
    Sound {
        name: "committed data beside code in the making",
        spec: r#"
            # in git: init; commit; write model.py
            [test.x]
            check = "provenance"
            dataset = "loans"
            pinned = ["data", "parameters"]
        "#,
    },
    Sound {
        name: "data outside version control that is pinned by its content",
        spec: r#"
            # in git: init; write uv.lock; ignore loans.csv; commit
            [test.x]
            check = "provenance"
            dataset = "loans"
            content = { "loans.csv" = "19bcd668583a9618" }
        "#,
    },
    Sound {
        name: "a toolchain that is committed",
        spec: r#"
            # in git: init; write Cargo.lock; write .python-version; commit
            [test.x]
            check = "provenance"
            pinned = ["code", "dependencies", "toolchain"]
        "#,
    },
    Sound {
        name: "generated data",
        spec: r#"
            # in git: init; write requirements.txt; commit
            [test.x]
            check = "provenance"
            dataset = "blobs"
        "#,
    },
];
