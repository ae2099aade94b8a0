//! What to run, and within which bounds.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::running::{self, Finished, Running};
use crate::{ProcessError, Result, limit, lookup};

/// Variables that a program inherits: where programs and a home are, which
/// language and time zone to speak, and what makes an interpreter's packages
/// found. Nothing else of this process's environment reaches it.
const INHERITED: [&str; 13] = [
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "PYENV_ROOT",
    "PYTHONPATH",
    "SHELL",
    "TMPDIR",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
];

/// Kept of each stream unless told otherwise.
const KEEP_BYTES: usize = 64 * 1024;

/// What a program reads from standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// Nothing: it is at its end from the start.
    #[default]
    Nothing,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file.
    File(PathBuf),
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Input::Bytes(text.as_bytes().to_vec())
    }
}

/// A program to run: an argument list and the bounds it runs within.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) name: OsString,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    environment: BTreeMap<OsString, OsString>,
    pub(crate) stdin: Input,
    stdout_file: Option<PathBuf>,
    pub(crate) keep_bytes: usize,
    pub(crate) print_limit_bytes: Option<u64>,
    pub(crate) file_bytes_max: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) codes: Vec<i32>,
}

impl Program {
    /// A program by name, looked up in `PATH`, or by path, taken from the
    /// folder that it runs in.
    pub fn new(name: impl AsRef<OsStr>) -> Self {
        let inherited = INHERITED
            .iter()
            .filter_map(|name| Some(((*name).into(), std::env::var_os(name)?)));
        Self {
            name: name.as_ref().to_owned(),
            arguments: Vec::new(),
            folder: None,
            environment: inherited.collect(),
            stdin: Input::Nothing,
            stdout_file: None,
            keep_bytes: KEEP_BYTES,
            print_limit_bytes: None,
            file_bytes_max: None,
            timeout: None,
            codes: vec![0],
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// The folder to run in; this process's own when left out.
    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let (name, value) = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.environment.insert(name, value);
        self
    }

    /// Takes a variable out of its environment.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.remove(name.as_ref());
        self
    }

    /// Empties its environment.
    pub fn env_clear(mut self) -> Self {
        self.environment.clear();
        self
    }

    /// What it reads from standard input.
    pub fn stdin(mut self, input: impl Into<Input>) -> Self {
        self.stdin = input.into();
        self
    }

    /// Writes its standard output into a new file, in place of keeping it.
    pub fn stdout_file(mut self, file: impl AsRef<Path>) -> Self {
        self.stdout_file = Some(file.as_ref().to_owned());
        self
    }

    /// How much of each stream is kept: half from its beginning, half from its
    /// end. The rest is read, counted and forgotten.
    pub fn keep_bytes(mut self, bytes: usize) -> Self {
        self.keep_bytes = bytes;
        self
    }

    /// Ends it once it has printed more than this to one stream.
    pub fn print_limit_bytes(mut self, bytes: u64) -> Self {
        self.print_limit_bytes = Some(bytes);
        self
    }

    /// Lets no file that it writes grow beyond this: a write then fails, as it does
    /// on a full disk.
    pub fn file_bytes_max(mut self, bytes: u64) -> Self {
        self.file_bytes_max = Some(bytes);
        self
    }

    /// Ends it after this long.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The exit codes that are no error; only 0 when left out.
    pub fn codes(mut self, codes: &[i32]) -> Self {
        self.codes = codes.to_vec();
        self
    }

    /// Its name, as it was written.
    pub fn name(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    /// A variable of its environment, if it is set.
    pub fn variable(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        self.environment.get(name.as_ref()).map(OsString::as_os_str)
    }

    /// The file that its name means.
    ///
    /// # Errors
    /// When there is none, or it cannot be run.
    pub fn file(&self) -> Result<PathBuf> {
        let folder = self.folder.as_deref().unwrap_or(Path::new("."));
        let path = self.environment.get(OsStr::new("PATH"));
        lookup::find(&self.name, folder, path.map(OsString::as_os_str))
    }

    /// Starts it and waits for it to end.
    ///
    /// # Errors
    /// When it cannot be started, or ends in any other way than with one of the
    /// accepted exit codes.
    pub fn run(&self) -> Result<Finished> {
        self.run_unless(&|| false)
    }

    /// As [`run`](Self::run), and ends it as soon as `stopped` says so.
    ///
    /// # Errors
    /// As [`run`](Self::run), and when it was stopped.
    pub fn run_unless(&self, stopped: &dyn Fn() -> bool) -> Result<Finished> {
        self.start()?.wait_unless(stopped)
    }

    /// Starts it. It ends, with its whole tree, when the [`Running`] is dropped.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self) -> Result<Running> {
        running::start(self)
    }

    /// The command, with its streams; for whoever spawns it.
    pub(crate) fn command(&self) -> Result<Command> {
        let name = self.name();
        if let Some(folder) = &self.folder {
            let enter = |source| ProcessError::Folder {
                program: name.clone(),
                folder: folder.clone(),
                source,
            };
            std::fs::read_dir(folder).map_err(enter)?;
        }
        let opened = |file: &PathBuf, opened: std::io::Result<File>| {
            opened.map_err(|source| ProcessError::File {
                program: name.clone(),
                file: file.clone(),
                source,
            })
        };
        let stdin = match &self.stdin {
            Input::Nothing => Stdio::null(),
            Input::Bytes(_) => Stdio::piped(),
            Input::File(file) => opened(file, File::open(file))?.into(),
        };
        let stdout = match &self.stdout_file {
            None => Stdio::piped(),
            Some(file) => opened(file, File::create(file))?.into(),
        };
        let mut command = Command::new(std::path::absolute(self.file()?).map_err(|source| {
            ProcessError::System {
                program: name.clone(),
                source,
            }
        })?);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.environment)
            .stdin(stdin)
            .stdout(stdout)
            .stderr(Stdio::piped());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if let Some(bytes) = self.file_bytes_max {
            limit::file_bytes(&mut command, bytes);
        }
        Ok(command)
    }
}
