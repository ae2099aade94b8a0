//! From a declaration to a running server: what it needs is laid out in a
//! folder of its own, and its command started in a sandbox.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::StagingError;
use crate::protocol::Protocol;
use crate::sandbox::{Limits, Plan, Sandbox};

/// Variables that a server inherits; all else it must be given.
const INHERITED: [&str; 4] = ["PATH", "LANG", "LC_ALL", "TZ"];

/// Files up to this size may hold placeholders.
const TEMPLATE_BYTES_MAX: u64 = 1 << 20;

/// Words that stand in braces in a command, a path of a layout, and a text file
/// of it, with what they mean.
pub const PLACEHOLDERS: [(&str, &str); 5] = [
    ("port", "the port that it shall listen on"),
    ("stage", "the folder in which it is laid out"),
    ("name", "the name of the model"),
    ("package", "the staged package"),
    ("servers", "the folder of server environments"),
];

/// A server with a package on it, to be started.
#[derive(Clone, Debug)]
pub struct Staging {
    /// Its name in the spec, for people.
    pub server: String,
    /// The command, with placeholders.
    pub command: Vec<String>,
    /// Further variables, with placeholders.
    pub environment: BTreeMap<String, String>,
    /// The folder in which the command runs, and that its paths start from.
    pub folder: PathBuf,
    /// What is laid out: where, with placeholders, and from which file or folder.
    pub layout: BTreeMap<String, PathBuf>,
    /// The package.
    pub package: Option<PathBuf>,
    /// Where the package is laid out, with placeholders.
    pub package_at: String,
    /// The model's name.
    pub model: String,
    /// The port.
    pub port: u16,
    /// Where server environments are.
    pub servers: PathBuf,
    /// How it is asked.
    pub protocol: Arc<dyn Protocol>,
    /// What it may use.
    pub limits: Limits,
}

impl Staging {
    /// Lays everything out and starts the server in a sandbox.
    ///
    /// # Errors
    /// When something is not there, or there can be no sandbox.
    pub fn start(&self) -> Result<Sandbox, StagingError> {
        let scratch = tempfile::Builder::new().prefix("seatrial-stage-").tempdir();
        let scratch = scratch.map_err(|error| self.wrong("its folder", &error))?;
        let stage = scratch.path().join("stage");
        self.lay_out(&stage)?;
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(StagingError::NoCommand(self.server.clone()));
        };
        let fill = |text: &String| self.fill(text, &stage);
        let inherited = INHERITED.iter().filter_map(|name| {
            let value = std::env::var(name).ok()?;
            Some(((*name).to_owned(), value))
        });
        let mut environment: BTreeMap<String, String> = inherited.collect();
        for (name, value) in &self.environment {
            environment.insert(name.clone(), fill(value));
        }
        let plan = Plan {
            program: self.program(&fill(program)),
            arguments: arguments.iter().map(fill).collect(),
            environment,
            folder: self.folder.clone(),
            // The sandbox removes it.
            scratch: scratch.keep(),
            limits: self.limits,
        };
        Ok(Sandbox::start(plan)?)
    }

    /// A name is looked up in `PATH`; a path starts from the folder.
    fn program(&self, written: &str) -> String {
        match written.contains('/') {
            true => self.folder.join(written).to_string_lossy().into_owned(),
            false => written.to_owned(),
        }
    }

    fn lay_out(&self, stage: &Path) -> Result<(), StagingError> {
        let failed = |what: &Path| {
            let what = what.display().to_string();
            move |error: io::Error| self.wrong(&what, &error)
        };
        fs::create_dir_all(stage).map_err(failed(stage))?;
        if let Some(package) = &self.package {
            let at = self.place(stage, &self.package_at)?;
            copy(package, &at, None).map_err(failed(package))?;
        }
        let filled = |text: &str| self.fill(text, stage);
        for (at, from) in &self.layout {
            let at = self.place(stage, at)?;
            copy(from, &at, Some(&filled)).map_err(failed(from))?;
        }
        Ok(())
    }

    /// A place in the stage, which it must not leave.
    fn place(&self, stage: &Path, at: &str) -> Result<PathBuf, StagingError> {
        let relative = PathBuf::from(self.fill(at, stage));
        let inside = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(StagingError::Layout {
                server: self.server.clone(),
                at: at.to_owned(),
            });
        }
        Ok(stage.join(relative))
    }

    fn fill(&self, text: &str, stage: &Path) -> String {
        let mut filled = text.to_owned();
        for (word, _) in PLACEHOLDERS {
            let placeholder = format!("{{{word}}}");
            if filled.contains(&placeholder) {
                filled = filled.replace(&placeholder, &self.meaning(word, stage));
            }
        }
        filled
    }

    fn meaning(&self, word: &str, stage: &Path) -> String {
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        match word {
            "port" => self.port.to_string(),
            "stage" => path(stage.to_owned()),
            "name" => self.model.clone(),
            "servers" => path(self.servers.clone()),
            _ => path(stage.join(self.package_at.replace("{name}", &self.model))),
        }
    }

    fn wrong(&self, what: &str, error: &io::Error) -> StagingError {
        StagingError::Stage {
            server: self.server.clone(),
            reason: format!("{what}: {error}"),
        }
    }
}

/// Copies a file or a folder, filling placeholders of text files.
fn copy(from: &Path, to: &Path, fill: Option<&dyn Fn(&str) -> String>) -> io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()), fill)?;
        }
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    if let Some(fill) = fill
        && fs::metadata(from)?.len() <= TEMPLATE_BYTES_MAX
        && let Ok(text) = String::from_utf8(fs::read(from)?)
    {
        fs::write(to, fill(&text))?;
        return fs::set_permissions(to, fs::metadata(from)?.permissions());
    }
    fs::copy(from, to).map(|_| ())
}

/// Placeholders of a text that mean nothing: a word in braces.
pub fn unknown_placeholders(text: &str) -> Vec<&str> {
    let mut unknown = Vec::new();
    for part in text.split('{').skip(1) {
        let Some((word, _)) = part.split_once('}') else {
            continue;
        };
        let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if is_word && !PLACEHOLDERS.iter().any(|(known, _)| *known == word) {
            unknown.push(word);
        }
    }
    unknown
}
