//! Real binaries, in a directory of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a spec tree `specs` in it, in which programs run.
pub struct Place {
    folder: TempDir,
}

/// What came of running a program.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    /// With one spec file, `area/file.toml`.
    pub fn with(spec: &str) -> Self {
        let place = Self::empty();
        place.write("specs/area/file.toml", spec);
        place
    }

    /// With a test named after each of these acts.
    pub fn of_acts(acts: &[&str]) -> Self {
        Self::with(&acts.iter().map(|how| act(how)).collect::<String>())
    }

    /// Without a spec tree.
    pub fn empty() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The `seatrial` command, to be run here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_seatrial-under-test"), arguments)
    }

    /// The test target, to be run as cargo would.
    pub fn target(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_specs-under-test"), arguments);
        command.env("CARGO_MANIFEST_DIR", self.path());
        command.env("CARGO_PKG_NAME", "own");
        command
    }

    pub fn seatrial(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }

    pub fn specs(&self, arguments: &[&str]) -> Ran {
        run(&mut self.target(arguments))
    }

    /// The events of `seatrial test --format json`.
    pub fn events(&self, arguments: &[&str]) -> Vec<Value> {
        let mut all = vec!["test", "--format", "json"];
        all.extend(arguments);
        let ran = self.seatrial(&all);
        let lines = ran.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Makes it a git work tree with everything in it committed.
    pub fn committed(self) -> Self {
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.commit("begin");
        self
    }

    pub fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    /// The one JSON object that a command answers with.
    pub fn object(&self, arguments: &[&str]) -> Value {
        let ran = self.seatrial(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str(&ran.out).unwrap()
    }

    fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path());
        command.stdin(Stdio::null());
        let clear = [
            "CI",
            "RAYON_NUM_THREADS",
            "RUST_BACKTRACE",
            "CARGO_MANIFEST_DIR",
            "NEXTEST_RUN_ID",
        ];
        for name in clear {
            command.env_remove(name);
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SEATRIAL_") {
                command.env_remove(name);
            }
        }
        // Named, lest a temporary folder lies in somebody's work tree.
        command.env("SEATRIAL_STATE", self.path().join(".seatrial"));
        command
    }
}

/// A test named after what it does.
pub fn act(how: &str) -> String {
    format!("[test.{how}]\ncheck = \"act\"\nhow = \"{how}\"\n")
}

pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().expect("not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What git says in a folder, whoever's configuration is around.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]);
    command.args(["-c", "protocol.file.allow=always"]);
    command.args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    let ran = run(&mut command);
    assert_eq!(ran.code, 0, "git {arguments:?}: {ran:?}");
    ran.out.trim().to_owned()
}
