//! What the code of a command consists of, so that what it made is taken up again
//! only while all of it is the same.
//!
//! A program imports what its command line does not name. So unless a stage says
//! what its code is, everything that could be counts: to run once too often costs
//! time, to take up what other code made is a wrong answer.

use std::collections::{BTreeMap, BTreeSet};
use std::env::split_paths;
use std::fs;
use std::path::{Path, PathBuf};

use seatrial_process::Program;
use seatrial_rng::{Fingerprint, Fingerprinter};

use crate::command::Stamp;
use crate::declaration::{CommandStage, Kind, PipelineDeclaration, Stage};
use crate::error::at;
use crate::{PipelineError, Result, store};

/// More files than this were pointed at by mistake.
const FILES_MAX: usize = 20_000;
/// A larger file is known by its length and age: to read it at each run would
/// cost more than many a stage.
const READ_BYTES_MAX: u64 = 64 << 20;
/// Folders of what tools fetch and build; beside these, hidden ones.
const NO_CODE: [&str; 3] = ["__pycache__", "node_modules", "target"];
/// Variables that say where an interpreter looks for what a program imports.
const SEARCHED: [&str; 5] = [
    "PYTHONPATH",
    "NODE_PATH",
    "PERL5LIB",
    "RUBYLIB",
    "JULIA_LOAD_PATH",
];
/// Endings of files that say which versions an interpreter and its packages have.
const PINS: [&str; 10] = [
    ".lock",
    "-lock.json",
    "-lock.yaml",
    "-lock.yml",
    ".python-version",
    ".tool-versions",
    "environment.yml",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
];

/// Where the code of a pipeline's commands lies, as far as the spec tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodePlaces {
    /// Files that may be code, tables left out.
    pub files: BTreeSet<PathBuf>,
    /// Folders in which all files count, those below them included.
    pub folders: BTreeSet<PathBuf>,
}

/// Where the code of the commands lies; `folder` is that of the spec.
pub fn code_places(declaration: &PipelineDeclaration, folder: &Path) -> CodePlaces {
    let mut places = CodePlaces::default();
    for stage in declaration.stage.values() {
        let Stage::Command(stage) = stage else {
            continue;
        };
        let code = CommandCode { stage, folder };
        places
            .files
            .extend(code.named().into_iter().map(|(_, path)| path));
        if stage.code.is_empty() {
            places.folders.extend(code.roots());
        }
        // What cannot be listed is said by the stage when it runs.
        let files = code.around().unwrap_or_default().into_values();
        let is_table = |path: &PathBuf| Kind::of_file(&path.to_string_lossy()) == Kind::Table;
        places.files.extend(files.filter(|path| !is_table(path)));
    }
    places
}

/// One word for the code of all commands, their programs and packages included.
///
/// # Errors
/// As where a stage runs: when a program is not there, or code cannot be read.
pub fn code_fingerprint(declaration: &PipelineDeclaration, folder: &Path) -> Result<Fingerprint> {
    let mut hasher = Fingerprinter::new();
    for (name, stage) in &declaration.stage {
        if let Stage::Command(stage) = stage {
            hasher.bytes(name.as_bytes());
            let code = CommandCode { stage, folder };
            let code = code.fingerprints().map_err(|error| error.in_stage(name))?;
            hasher.bytes(format!("{code:?}").as_bytes());
        }
    }
    Ok(hasher.finish())
}

/// The code of one command.
pub(crate) struct CommandCode<'a> {
    pub stage: &'a CommandStage,
    /// Where it runs: the folder of the spec.
    pub folder: &'a Path,
}

impl CommandCode<'_> {
    /// Every part of it, with what tells it from another.
    ///
    /// # Errors
    /// When the program is not there, what is declared cannot be read, or more lies
    /// around it than can be looked at.
    pub fn fingerprints(&self) -> Result<BTreeMap<String, String>> {
        let mut code = self.program()?;
        for (name, path) in self.named().into_iter().chain(self.around()?) {
            code.insert(name, known_by(&path));
        }
        for path in self.stage.code.iter().chain(self.stage.files.values()) {
            let path = path.as_path();
            code.insert(self.name(path), store::fingerprint(path)?.to_string());
        }
        for path in self.pins() {
            code.insert(self.name(&path), known_by(&path));
        }
        Ok(code)
    }

    /// The program itself, and the packages of its environment.
    fn program(&self) -> Result<BTreeMap<String, String>> {
        let mut code = BTreeMap::new();
        let Some(name) = self.stage.command.first() else {
            return Ok(code);
        };
        let found = self.with_environment(name).file()?;
        let file = found.canonicalize().unwrap_or_else(|_| found.clone());
        // A program of the system is known by its place, length and age: to read an
        // interpreter each time would cost more than many a stage.
        let known = match name.contains('/') {
            true => known_by(&file),
            false => format!("{} {:?}", found.display(), Stamp::of(&file)?),
        };
        code.insert(name.clone(), known);
        let file_name = file.file_name().unwrap_or_default();
        if file_name.to_string_lossy().starts_with("python") {
            for place in [&found, &file] {
                code.extend(python_packages(place));
            }
        }
        Ok(code)
    }

    /// The program as it is looked up and sees the world.
    fn with_environment(&self, name: &str) -> Program {
        let program = Program::new(name).current_dir(self.folder);
        let env = self.stage.env.iter();
        env.fold(program, |program, (name, value)| program.env(name, value))
    }

    /// Files that arguments name, by what they are called.
    fn named(&self) -> Vec<(String, PathBuf)> {
        let arguments = self.stage.command.iter().skip(1);
        let words = arguments.map(|argument| {
            argument
                .rsplit_once('=')
                .map_or(argument.as_str(), |(_, value)| value)
        });
        words
            .filter(|word| !word.is_empty())
            .map(|word| (word.to_owned(), self.folder.join(word)))
            .filter(|(_, path)| path.is_file())
            .collect()
    }

    /// Folders in which all that could be code counts: that of the spec, where the
    /// program runs, those of the files that arguments name, and those that arguments
    /// and the environment name.
    fn roots(&self) -> BTreeSet<PathBuf> {
        let mut roots = BTreeSet::from([self.folder.to_owned()]);
        let is_own = |word: &str| !Path::new(word).is_absolute();
        for (word, path) in self.named() {
            // An interpreter's library is not the author's.
            roots.extend(path.parent().filter(|_| is_own(&word)).map(Path::to_owned));
        }
        let arguments = self.stage.command.iter().skip(1);
        let folders = arguments.filter(|word| is_own(word) && !word.is_empty());
        roots.extend(folders.map(|word| self.folder.join(word)));
        let program = self.with_environment("");
        for value in SEARCHED.iter().filter_map(|name| program.variable(name)) {
            let named = split_paths(value).filter(|path| !path.as_os_str().is_empty());
            roots.extend(named.map(|path| self.folder.join(path)));
        }
        let roots = roots.into_iter().filter(|path| path.is_dir());
        roots.filter_map(|path| path.canonicalize().ok()).collect()
    }

    /// Everything in [`roots`](Self::roots), if the stage does not say what its code
    /// is. Specs are none of it, nor what the stage declares as its files.
    fn around(&self) -> Result<BTreeMap<String, PathBuf>> {
        let mut found = BTreeMap::new();
        if !self.stage.code.is_empty() {
            return Ok(found);
        }
        let own = self.folder.canonicalize().map_err(at(self.folder))?;
        let files = self.stage.files.values();
        let declared: Vec<PathBuf> = files
            .filter_map(|path| path.as_path().canonicalize().ok())
            .collect();
        let mut open: Vec<PathBuf> = self.roots().into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(folder) = open.pop() {
            if !seen.insert(folder.clone()) {
                continue;
            }
            for entry in fs::read_dir(&folder).map_err(at(&folder))?.flatten() {
                let (name, path) = (entry.file_name(), entry.path());
                let name = name.to_string_lossy();
                let is_spec = name.ends_with(".toml") && path.starts_with(&own);
                if name.starts_with('.')
                    || NO_CODE.contains(&name.as_ref())
                    || is_spec
                    || declared.contains(&path)
                {
                    continue;
                }
                // A link to a folder may lead in a circle; what it leads to counts.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    open.push(path);
                } else if path.is_file() {
                    found.insert(self.name(&path), path);
                } else if let Ok(target) = path.canonicalize()
                    && target.is_dir()
                    && !own.starts_with(&target)
                {
                    open.push(target);
                }
            }
            if found.len() > FILES_MAX {
                return Err(PipelineError::Stages(format!(
                    "more than {FILES_MAX} files lie around `{}`, and any could be its code: say what \
                     is, with `code = [\"…\"]`",
                    self.stage.command.join(" ")
                )));
            }
        }
        Ok(found)
    }

    /// Files that pin versions, in the folder of the spec and above it, up to the root
    /// of the work tree.
    fn pins(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in self.folder.ancestors() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let pins = PINS.iter().any(|end| name.ends_with(end))
                    || (name.starts_with("requirements") && name.ends_with(".txt"));
                if pins && entry.path().is_file() {
                    found.push(entry.path());
                }
            }
            if folder.join(".git").exists() {
                return found;
            }
        }
        // Outside version control nobody says where the project ends.
        found.retain(|path| path.parent() == Some(self.folder));
        found
    }

    fn name(&self, path: &Path) -> String {
        let own = self.folder.canonicalize();
        let own = own.as_deref().unwrap_or(self.folder);
        let name = path
            .strip_prefix(self.folder)
            .or_else(|_| path.strip_prefix(own));
        name.unwrap_or(path).to_string_lossy().into_owned()
    }
}

/// Of a file's content, or of a large file's length and age. What cannot be read is
/// told from what can.
fn known_by(path: &Path) -> String {
    let large = fs::metadata(path).is_ok_and(|about| about.len() > READ_BYTES_MAX);
    let known = match large {
        true => Stamp::of(path).map(|stamp| format!("{stamp:?}")),
        false => store::fingerprint(path).map(|print| print.to_string()),
    };
    known.unwrap_or_else(|error| format!("unreadable: {error}"))
}

/// Names and versions of the packages beside an interpreter `PREFIX/bin/python3`: of
/// its virtual environment, if it is one's.
fn python_packages(interpreter: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let Some(prefix) = interpreter.parent().and_then(Path::parent) else {
        return all;
    };
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let versions = list(&prefix.join("lib")).into_iter();
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("python")
    };
    for version in versions.filter(named) {
        for packages in ["site-packages", "dist-packages"].map(|name| version.join(name)) {
            let mut names: Vec<String> = list(&packages)
                .iter()
                .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
                .filter(|name| name.ends_with(".dist-info") || name.ends_with(".egg-info"))
                .collect();
            names.sort_unstable();
            if !names.is_empty() {
                all.insert(packages.display().to_string(), names.join(" "));
            }
        }
    }
    all
}
