//! `stage-fault`: trouble in a stage is a clear error, and leaves nothing behind
//! that a later run would take up.

mod damage;

use std::cell::Cell;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use seatrial_pipeline::{Artifact, Done, Options, PipelineError, Stage, Store};
use seatrial_process::ProcessError;
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::planted::{by_awk, by_shell, rest};
use super::workshop::{Workshop, is_stopped, scratch, scratch_store};
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// Trouble in a stage is a clear error, and leaves no partial artifact.
///
/// Each stage that is a command is given trouble: an input without one of its
/// columns, an input without rows, an input that is cut short, a disk that is
/// full, and an end in the middle of its work. It must fail and say why on
/// standard error, or break a contract, or give exactly what it gave before:
/// what it does not use may be missing. Afterwards it runs undisturbed once more,
/// and must give what it gave at first: whatever it left half done must not count.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StageFault {
    /// The stages to trouble; every command when left out.
    stages: Vec<String>,
    /// The trouble to give; all of it when left out.
    faults: Vec<Trouble>,
    /// About how many rows of the loaded table to run on, as for `end-to-end`. All
    /// rows when left out.
    subset: Option<Count>,
}

impl Default for StageFault {
    fn default() -> Self {
        Self {
            stages: Vec::new(),
            faults: Trouble::ALL.to_vec(),
            subset: None,
        }
    }
}

/// What can happen to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// An input lacks a column; each in turn.
    MissingColumn,
    /// An input has no row.
    EmptyInput,
    /// An input ends in the middle of a row.
    TruncatedFile,
    /// No file can be written beyond its first bytes.
    FullDisk,
    /// It is ended at several moments of its work.
    Killed,
}

impl Trouble {
    const ALL: [Trouble; 5] = [
        Trouble::MissingColumn,
        Trouble::EmptyInput,
        Trouble::TruncatedFile,
        Trouble::FullDisk,
        Trouble::Killed,
    ];
}

/// Moments of a stage's usual time at which it is ended.
const KILLED_AT: [f64; 4] = [0.1, 0.4, 0.7, 0.95];
/// Files may grow to this on a full disk: not even a header fits, or the disk is full
/// in the middle of one.
const FULL_BYTES: [u64; 6] = [8, 1 << 10, 1 << 13, 1 << 16, 1 << 19, 1 << 22];

impl Check for StageFault {
    const ABOUT: About = About {
        name: "stage-fault",
        chapter: Chapter::Pipeline,
        figure: include_str!("figures/stage-fault.txt"),
        needs: &[SubjectKind::Pipeline],
        method: "Fault injection: damaged inputs, limits on the size of files (`RLIMIT_FSIZE`: \
                 8 bytes, 1 KiB, 8 KiB … until one is large enough) in place of a full disk, and \
                 `SIGKILL` to the whole process tree.",
        error_rates: "An exact statement about the trouble that was given. A stage that only \
                      breaks when it is ended at another moment is missed.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let workshop = Workshop::of(context)?;
        let commands = self.commands(&workshop)?;
        let scratch = scratch()?;
        let store = scratch_store(scratch.path(), "sound")?;
        let stopped = || context.host.stopped();
        let options = Options {
            subset: self.subset.map(Count::get),
            ..Options::new(context.case.seed, &stopped)
        };
        let sound = match workshop.run(&store, &options)?.well() {
            Ok(done) => done,
            Err(verdict) => return Ok(verdict),
        };
        let mut given = 0;
        for stage in &commands {
            let trial = Trial {
                check: self,
                context,
                workshop: &workshop,
                stage,
                sound: &sound,
                usual: sound
                    .stages
                    .iter()
                    .find(|report| report.stage == *stage)
                    .map_or(Duration::ZERO, |report| report.took),
                scratch: scratch.path(),
                given: Cell::new(0),
            };
            if let Some(reason) = trial.run()? {
                return Ok(Verdict::fail(format!("stage `{stage}`: {reason}")));
            }
            given += trial.given.get();
        }
        let measurements = vec![
            Measurement::new("troubles_withstood", f64::from(given))
                .unit("troubles")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("stages_troubled", commands.len() as f64)
                .unit("stages")
                .bound(Bound::AtLeast(1.0)),
        ];
        Ok(Verdict::judge(measurements, context.spanning()))
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl StageFault {
    fn commands(&self, workshop: &Workshop) -> Outcome<Vec<String>> {
        let is_command = |name: &String| {
            matches!(
                workshop.pipeline.declaration.stage.get(name),
                Some(Stage::Command(_))
            )
        };
        if let Some(name) = self.stages.iter().find(|name| !is_command(name)) {
            let message = format!("`{name}` is no stage of this pipeline with a command");
            return Err(Failure::Case(message));
        }
        let mut order = workshop.pipeline.order()?;
        order.retain(|name| {
            is_command(name) && (self.stages.is_empty() || self.stages.contains(name))
        });
        if order.is_empty() {
            return Err(Failure::Case(
                "the pipeline has no stage with a command".into(),
            ));
        }
        Ok(order)
    }
}

/// One stage in trouble.
struct Trial<'a> {
    check: &'a StageFault,
    context: &'a Context<'a>,
    workshop: &'a Workshop<'a>,
    stage: &'a str,
    /// What the whole pipeline made undisturbed.
    sound: &'a Done,
    usual: Duration,
    scratch: &'a std::path::Path,
    given: Cell<u32>,
}

type Reason = Option<String>;

impl Trial<'_> {
    fn run(&self) -> Outcome<Reason> {
        for trouble in &self.check.faults {
            let reason = match trouble {
                Trouble::MissingColumn => self.missing_columns()?,
                Trouble::EmptyInput => self.empty_inputs()?,
                Trouble::TruncatedFile => self.truncated()?,
                Trouble::FullDisk => self.full_disk()?,
                Trouble::Killed => self.killed()?,
            };
            if reason.is_some() {
                return Ok(reason);
            }
        }
        Ok(None)
    }

    /// Names of the tables that it reads.
    fn tables(&self) -> Outcome<Vec<String>> {
        let ports = self.workshop.pipeline.stage(self.stage)?.inputs();
        let names = ports.into_iter().map(|port| port.name);
        Ok(names
            .filter(|name| {
                let made = self.sound.artifacts.get(name);
                made.is_some_and(|made| made.kind == seatrial_pipeline::Kind::Table)
            })
            .collect())
    }

    fn missing_columns(&self) -> Outcome<Reason> {
        for name in self.tables()? {
            let columns: Vec<String> = {
                let table = self.sound.table(&name)?;
                table.columns().into_iter().map(str::to_owned).collect()
            };
            if columns.len() < 2 {
                continue;
            }
            for column in columns.iter().take(20) {
                let damaged = damage::without_column(self.sound, &name, column, self.scratch)?;
                let reason = self.expect_refusal(&damaged, Some(column), |_| {})?;
                if let Some(reason) = reason {
                    return Ok(Some(format!(
                        "without column `{column}` of `{name}` {reason}"
                    )));
                }
            }
        }
        Ok(None)
    }

    fn empty_inputs(&self) -> Outcome<Reason> {
        let tables = self.tables()?;
        for name in &tables {
            let damaged = damage::without_rows(self.sound, name, self.scratch)?;
            if let Some(reason) = self.expect_refusal(&damaged, None, |_| {})? {
                return Ok(Some(format!("when `{name}` is empty {reason}")));
            }
        }
        self.all_empty(&tables)
    }

    /// What reads nothing can give nothing, unless it has it from elsewhere.
    fn all_empty(&self, tables: &[String]) -> Outcome<Reason> {
        let stage = self.workshop.pipeline.stage(self.stage)?;
        let reads_tables_alone = tables.len() == stage.inputs().len();
        let has_files = matches!(stage, Stage::Command(command) if !command.files.is_empty());
        if tables.is_empty() || !reads_tables_alone || has_files {
            return Ok(None);
        }
        let mut damaged = self.sound.clone();
        for name in tables {
            damaged = damage::without_rows(&damaged, name, self.scratch)?;
        }
        let stopped = || self.context.host.stopped();
        let (store, options) = (self.store()?, self.options(&stopped));
        let pipeline = &self.workshop.pipeline;
        let run = pipeline.run_stage(&store, &options, self.stage, &damaged);
        self.context.keep_going()?;
        self.given.set(self.given.get() + 1);
        let is_as_before = match run {
            Ok(made) => self.other_than_sound(&made, None)?.is_none(),
            Err(_) => false,
        };
        Ok(is_as_before.then(|| {
            "when all that it reads is empty it gives what it gave before: it does not use its \
             inputs, or takes up what an earlier run left"
                .to_owned()
        }))
    }

    fn truncated(&self) -> Outcome<Reason> {
        if self.tables()?.is_empty() {
            return Ok(None);
        }
        let reason = self.expect_refusal(self.sound, None, |options| options.truncated = true)?;
        Ok(reason.map(|reason| format!("when its input is cut short {reason}")))
    }

    fn full_disk(&self) -> Outcome<Reason> {
        for bytes in FULL_BYTES {
            let ended_well = Cell::new(false);
            let reason = self.expect_refusal_or(self.sound, None, &ended_well, |options| {
                options.file_bytes_max = Some(bytes)
            })?;
            if let Some(reason) = reason {
                return Ok(Some(format!(
                    "when the disk is full after {bytes} bytes of a file {reason}"
                )));
            }
            let reason =
                self.runs_as_before(&format!("a disk that was full after {bytes} bytes"))?;
            // All that it writes is smaller.
            if reason.is_some() || ended_well.get() {
                return Ok(reason);
            }
        }
        Ok(None)
    }

    fn killed(&self) -> Outcome<Reason> {
        for share in KILLED_AT {
            let store = self.store()?;
            let since = Instant::now();
            let limit = self.usual.mul_f64(share);
            let stopped = || self.context.host.stopped() || since.elapsed() >= limit;
            let options = self.options(&stopped);
            let run = self
                .workshop
                .pipeline
                .run_stage(&store, &options, self.stage, self.sound);
            self.context.keep_going()?;
            match run {
                Err(error) if !is_stopped(&error) => {
                    return Ok(Some(format!("when it is ended {error}")));
                }
                // It may have been quicker than usual.
                Ok(_) | Err(_) => {}
            }
            self.given.set(self.given.get() + 1);
            if let Some(reason) = self.runs_as_before("it was ended in the middle of its work")? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Runs it undisturbed: it must give what it gave at first.
    fn runs_as_before(&self, after: &str) -> Outcome<Reason> {
        let stopped = || self.context.host.stopped();
        let store = self.store()?;
        let options = self.options(&stopped);
        match self.workshop.pipeline.run_stage(&store, &options, self.stage, self.sound) {
            Ok(made) => Ok(self.other_than_sound(&made, None)?.map(|name| {
                format!(
                    "after {after}, an undisturbed run gives another `{name}`: it takes up what was \
                     left half done"
                )
            })),
            Err(error) => {
                self.context.keep_going()?;
                Ok(Some(format!(
                    "after {after}, an undisturbed run fails, as if it took up what was left half \
                     done: {error}"
                )))
            }
        }
    }

    /// Runs it in trouble: it must refuse, or give what it gave at first.
    fn expect_refusal(
        &self,
        inputs: &Done,
        without: Option<&str>,
        trouble: impl FnOnce(&mut Options),
    ) -> Outcome<Reason> {
        self.expect_refusal_or(inputs, without, &Cell::new(false), trouble)
    }

    /// The same, and notes whether it ended well.
    fn expect_refusal_or(
        &self,
        inputs: &Done,
        without: Option<&str>,
        ended_well: &Cell<bool>,
        trouble: impl FnOnce(&mut Options),
    ) -> Outcome<Reason> {
        let stopped = || self.context.host.stopped();
        let store = self.store()?;
        let mut options = self.options(&stopped);
        trouble(&mut options);
        let run = self
            .workshop
            .pipeline
            .run_stage(&store, &options, self.stage, inputs);
        self.context.keep_going()?;
        self.given.set(self.given.get() + 1);
        ended_well.set(run.is_ok());
        match run {
            Ok(made) => Ok(self.other_than_sound(&made, without)?.map(|name| {
                format!("it ends well and gives another `{name}`, where it should have refused")
            })),
            Err(error) => Ok(said_nothing(&error)
                .then(|| format!("it fails without a word on standard error: {error}"))),
        }
    }

    /// The first artifact that differs from the undisturbed run's; a column that was
    /// taken away may be missing.
    fn other_than_sound(&self, made: &[Artifact], without: Option<&str>) -> Outcome<Reason> {
        for artifact in made {
            let sound = self.sound.artifact(&artifact.name)?;
            if artifact.fingerprint != sound.fingerprint
                && !damage::same_without(artifact, sound, without)?
            {
                return Ok(Some(artifact.name.clone()));
            }
        }
        Ok(None)
    }

    fn options<'s>(&self, stopped: &'s dyn Fn() -> bool) -> Options<'s> {
        Options {
            reuse: false,
            ..Options::new(self.context.case.seed, stopped)
        }
    }

    fn store(&self) -> Outcome<Store> {
        scratch_store(self.scratch, "troubled")
    }
}

/// Whether a program failed and nobody can tell why.
fn said_nothing(error: &PipelineError) -> bool {
    match error {
        PipelineError::Stage { source, .. } => said_nothing(source),
        PipelineError::Process(ProcessError::Exit { said, .. }) => said.trim().is_empty(),
        _ => false,
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "a stage that leaves a partial file",
        spec: by_shell!(
            "half-done.sh",
            "check = \"stage-fault\"\nfaults = [\"killed\"]"
        ),
        says: "what was left half done",
    },
    Fault {
        name: "a missing column that is taken for nothing",
        spec: by_awk!(
            "features-trusting.awk",
            "check = \"stage-fault\"\nfaults = [\"missing-column\"]"
        ),
        says: "it ends well and gives another `features`, where it should have refused",
    },
    Fault {
        name: "an input cut short that is taken for whole",
        spec: concat!(
            r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["sh", "-c", "cut -d, -f1,4- $0 | sed 's/^id/id,dusk/; t; s/,/,0.5,/' | awk -F, 'NF == 6' > $1", "{in.raw}", "{out.features}"]
"#,
            rest!(),
            "[test.x]\npipeline = \"p\"\ncheck = \"stage-fault\"\nfaults = [\"truncated-file\"]"
        ),
        says: "when its input is cut short it ends well",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "features by awk",
        spec: by_awk!("check = \"stage-fault\""),
    },
    Sound {
        name: "a shell program that checks its parts",
        spec: by_shell!(
            "checked.sh",
            "check = \"stage-fault\"\nfaults = [\"missing-column\", \"full-disk\", \"killed\"]"
        ),
    },
];
