//! A program that was built from the code that is watched: built again when that
//! changes, and then put in the place of this process.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;

/// How to build this program again.
pub(super) struct Build {
    program: PathBuf,
    /// The root of the workspace.
    workspace: PathBuf,
    profile: String,
}

/// Whether a program in Rust is built from a file.
pub(super) fn is_built(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    file.extension().is_some_and(|end| end == "rs") || name == "Cargo.toml" || name == "Cargo.lock"
}

impl Build {
    /// If the program lies where cargo put it, in the work tree: in the folder of
    /// a profile, in a target folder, in a workspace.
    pub(super) fn of(program: &Path, top: &Path) -> Option<Self> {
        let profile = program.parent()?;
        let target = profile.parent()?;
        if !target.starts_with(top) || !target.join("CACHEDIR.TAG").is_file() {
            return None;
        }
        let workspace = target
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(top))
            .find(|folder| folder.join("Cargo.toml").is_file())?;
        Some(Self {
            program: program.to_owned(),
            workspace: workspace.to_owned(),
            profile: match profile.file_name()?.to_str()? {
                "debug" => "dev".to_owned(),
                other => other.to_owned(),
            },
        })
    }

    /// Builds it, and says whether that went well; cargo says what did not.
    pub(super) fn again(&self) -> bool {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let built = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "--workspace",
                "--profile",
                &self.profile,
            ])
            .arg("--bin")
            .arg(self.program.file_name().unwrap_or_default())
            .current_dir(&self.workspace)
            .stdin(Stdio::null())
            .status();
        match built {
            Ok(status) => status.success(),
            Err(error) => {
                super::say(&format!("cannot start cargo: {error}"));
                false
            }
        }
    }

    /// Becomes the program that was built, called as this one was.
    pub(super) fn replace(&self) -> Error {
        let failed = Command::new(&self.program)
            .args(std::env::args_os().skip(1))
            .exec();
        Error::Harness(format!("cannot start {}: {failed}", self.program.display()))
    }
}
