//! A stage that is a program in any language.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use seatrial_data::table::{Table, TableWriter};
use seatrial_process::Program;

use crate::declaration::{CommandStage, Kind};
use crate::error::at;
use crate::placeholder::{self, Piece};
use crate::source::Source;
use crate::store::Artifact;
use crate::{PipelineError, Result};

/// How much a command may print to one stream.
const PRINT_BYTES_MAX: u64 = 64 << 20;
/// Kept of what it prints, for the verdict.
const SAID_BYTES_MAX: usize = 4_000;

/// One run of a command.
pub(crate) struct Command<'a> {
    pub stage: &'a CommandStage,
    /// Where it runs: the folder of the spec.
    pub folder: &'a Path,
    pub inputs: &'a BTreeMap<String, Artifact>,
    pub seed: u64,
    /// Refuses files that grow beyond this, as a full disk would.
    pub file_bytes_max: Option<u64>,
    /// Hands over files that are cut short.
    pub truncated: bool,
    pub stopped: &'a dyn Fn() -> bool,
}

impl Command<'_> {
    /// Runs it, and leaves what it makes in `to`: tables as Parquet, other files
    /// as they are. Gives the file of each name.
    pub fn run(&self, to: &Path) -> Result<Vec<(String, Kind, String)>> {
        let scratch = to.join("scratch");
        let given = self.give(&scratch.join("in"))?;
        let out = scratch.join("out");
        let temporary = scratch.join("tmp");
        for folder in [&out, &temporary] {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        let before: Vec<(PathBuf, Stamp)> = given
            .values()
            .map(|path| Ok((path.clone(), Stamp::of(path)?)))
            .collect::<Result<_>>()?;
        let program = self.program(&given, &out)?.env("TMPDIR", &temporary);
        let finished = program.run_unless(self.stopped)?;
        if finished.left_behind > 0 {
            return Err(PipelineError::Stages(format!(
                "`{}` left {} processes running when it ended; they were ended",
                program.name(),
                finished.left_behind
            )));
        }
        for (path, stamp) in before {
            if Stamp::of(&path).ok() != Some(stamp) {
                let message = "the command changed its input";
                return Err(PipelineError::content(&path, message));
            }
        }
        let made = self.collect(&out, to, &finished.stderr.text())?;
        fs::remove_dir_all(&scratch).map_err(at(&scratch))?;
        Ok(made)
    }

    /// The inputs as files of the formats that the command wants.
    fn give(&self, folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let mut given = BTreeMap::new();
        for (name, file) in self.stage.inputs.files() {
            let Some(artifact) = self.inputs.get(name) else {
                return Err(PipelineError::Stages(format!("there is no `{name}`")));
            };
            artifact.verify()?;
            let wanted = folder.join(&file);
            let as_it_is = artifact.kind != Kind::Table || is_parquet(&file);
            let path = if as_it_is && !self.truncated {
                artifact.path.clone()
            } else {
                if as_it_is {
                    fs::copy(&artifact.path, &wanted).map_err(at(&wanted))?;
                } else {
                    let table = Table::open(&artifact.path)?;
                    copy(&Source::new(table, self.stopped), &wanted)?;
                }
                wanted
            };
            if self.truncated {
                cut_short(&path)?;
            }
            given.insert(name.to_owned(), path);
        }
        Ok(given)
    }

    fn program(&self, given: &BTreeMap<String, PathBuf>, out: &Path) -> Result<Program> {
        let outputs: BTreeMap<&str, PathBuf> = self
            .stage
            .outputs
            .files()
            .into_iter()
            .map(|(name, file)| (name, out.join(file)))
            .collect();
        let mut arguments = Vec::new();
        for argument in &self.stage.command {
            let mut text = String::new();
            for piece in placeholder::parse(argument).map_err(PipelineError::Stages)? {
                let unknown = |name: &str| {
                    PipelineError::Stages(format!("`{argument}`: there is no `{name}`"))
                };
                let path = match &piece {
                    Piece::Text(plain) => {
                        text.push_str(plain);
                        continue;
                    }
                    Piece::Seed => {
                        text.push_str(&self.seed.to_string());
                        continue;
                    }
                    Piece::In(name) => given.get(name).ok_or_else(|| unknown(name))?,
                    Piece::Out(name) => outputs.get(name.as_str()).ok_or_else(|| unknown(name))?,
                    Piece::File(name) => {
                        let path = self.stage.files.get(name);
                        text.push_str(
                            &path
                                .ok_or_else(|| unknown(name))?
                                .as_path()
                                .to_string_lossy(),
                        );
                        continue;
                    }
                };
                text.push_str(&path.to_string_lossy());
            }
            arguments.push(text);
        }
        let mut arguments = arguments.into_iter();
        let mut program = Program::new(arguments.next().unwrap_or_default())
            .args(arguments)
            .current_dir(self.folder)
            // Moments and numbers read the same wherever it runs.
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .keep_bytes(SAID_BYTES_MAX)
            .print_limit_bytes(
                self.stage
                    .print_bytes_max
                    .map_or(PRINT_BYTES_MAX, |bytes| bytes.get() as u64),
            );
        for (name, value) in &self.stage.env {
            program = program.env(name, value);
        }
        if let Some(seconds) = self.stage.timeout_s {
            program = program.timeout(Duration::from_secs_f64(seconds.get().min(1e9)));
        }
        if let Some(name) = &self.stage.stdout
            && let Some(file) = outputs.get(name.as_str())
        {
            program = program.stdout_file(file);
        }
        if let Some(bytes) = self.file_bytes_max {
            program = program.file_bytes_max(bytes);
        }
        Ok(program)
    }

    fn collect(&self, out: &Path, to: &Path, said: &str) -> Result<Vec<(String, Kind, String)>> {
        let mut made = Vec::new();
        for (name, file) in self.stage.outputs.files() {
            let from = out.join(&file);
            if !from.exists() {
                let said = match said.trim() {
                    "" => String::new(),
                    said => format!("; on standard error:\n{said}"),
                };
                let message = format!("the command ended well and made no `{name}` ({file}){said}");
                return Err(PipelineError::Stages(message));
            }
            let kind = Kind::of_file(&file);
            let file = match kind {
                Kind::Table => {
                    let file = format!("{name}.parquet");
                    let table = Table::open(&from).map_err(|error| made_badly(name, error))?;
                    copy(&Source::new(table, self.stopped), &to.join(&file))?;
                    file
                }
                Kind::Metrics => {
                    let text = fs::read_to_string(&from).map_err(at(&from))?;
                    serde_json::from_str::<serde_json::Value>(&text).map_err(|error| {
                        PipelineError::Stages(format!("`{name}` ({file}) is no JSON: {error}"))
                    })?;
                    fs::rename(&from, to.join(&file)).map_err(at(&from))?;
                    file
                }
                _ => {
                    fs::rename(&from, to.join(&file)).map_err(at(&from))?;
                    file
                }
            };
            made.push((name.to_owned(), kind, file));
        }
        Ok(made)
    }
}

/// Leaves the first part of a file, ending within a row.
fn cut_short(path: &Path) -> Result<()> {
    let bytes = fs::read(path).map_err(at(path))?;
    let end = bytes.len() * 2 / 3;
    // Not at the end of a line: a whole line is no sign of a cut.
    let end = (end..bytes.len()).find(|&at| at > 0 && bytes[at] != b'\n' && bytes[at - 1] != b'\n');
    fs::write(path, &bytes[..end.unwrap_or(0)]).map_err(at(path))
}

/// A file that is no table, made by a command.
fn made_badly(name: &str, error: seatrial_data::DataError) -> PipelineError {
    PipelineError::Stages(format!("`{name}` is no table: {error}"))
}

fn is_parquet(file: &str) -> bool {
    file.ends_with(".parquet") || file.ends_with(".pq")
}

/// Writes all rows of a table to a file of the format that its ending names.
pub(crate) fn copy(table: &Source, to: &Path) -> Result<()> {
    let columns = table.columns();
    let mut writer = TableWriter::create(to, table.schema().clone())?;
    for batch in table.batches(&columns)? {
        writer.write(&batch?)?;
    }
    Ok(writer.finish()?)
}

/// Tells a file that was touched from one that was not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub fn of(path: &Path) -> Result<Self> {
        let about = fs::metadata(path).map_err(at(path))?;
        Ok(Self {
            length: about.len(),
            modified: about.modified().ok(),
        })
    }
}
