//! `idempotent`: the same inputs give the same artifacts, whatever ran before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use seatrial_data::table::Table;
use seatrial_pipeline::{Artifact, Done, Kind, Options, Stage, StageReport, Store};
use seatrial_spec::{Count, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::planted::{built_in, by_awk, of_folder, rest, sightings};
use super::workshop::{Ran, Workshop, judge, scratch, scratch_store};
use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Failure, Fault, Outcome, Planted, Sound};

/// The same inputs give the same artifacts, whatever ran before.
///
/// The pipeline runs several times from the start, and nothing that it made
/// before is taken up again. Every artifact must be the same to the last byte as
/// the first time; the first stage in which one is not is named. Where stages read folders, they get copies whose files were
/// made in another order, so that the system lists them in another order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Idempotent {
    /// How many times it runs, at least twice. Twice shows a stage that adds to what
    /// it made before, and most that depend on the time or on chance.
    times: Count,
    /// About how many rows of the loaded table to run on, as for `end-to-end`. All
    /// rows when left out.
    subset: Option<Count>,
    /// What must be the same; everything when left out.
    artifacts: Vec<String>,
}

impl Default for Idempotent {
    fn default() -> Self {
        Self {
            times: constant(2.0),
            subset: None,
            artifacts: Vec::new(),
        }
    }
}

impl Check for Idempotent {
    const ABOUT: About = About {
        name: "idempotent",
        chapter: Chapter::Pipeline,
        figure: include_str!("figures/idempotent.txt"),
        needs: &[SubjectKind::Pipeline],
        method: "Fingerprints of everything that each run makes, tables by their rows in the form \
                 that is kept between stages. A copied folder's files are made in the reverse of \
                 the order in which the system lists the original's, in the place of several where \
                 that changes the listing.",
        error_rates: "An exact statement about these runs. A stage that differs in one run of many \
                      is seen with that chance; raise `times`. Where no place on the machine lists \
                      a copied folder in another order, that is said, and not tried.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let workshop = Workshop::of(context)?;
        let stopped = || context.host.stopped();
        let scratch = scratch()?;
        let mut first: Option<Done> = None;
        let times = self.times.get().max(2);
        let (moved, places) = reordered(&workshop)?;
        let folders = moved.len();
        for time in 0..times {
            let store = scratch_store(scratch.path(), &format!("run-{time}"))?;
            let options = Options {
                subset: self.subset.map(Count::get),
                wanted: (!self.artifacts.is_empty()).then(|| self.artifacts.clone()),
                // The first run sees folders as they are.
                moved: if time == 0 {
                    BTreeMap::new()
                } else {
                    moved.clone()
                },
                // A breach would hide how it differs from the first run, which held all.
                contracts: time == 0,
                ..Options::new(context.case.seed, &stopped)
            };
            let Some(before) = &first else {
                match workshop.run(&store, &options)?.well() {
                    Ok(done) => first = Some(done),
                    Err(verdict) => return Ok(verdict),
                }
                continue;
            };
            if let Some(reason) = again(&workshop, &store, &options, before)? {
                let hint = if folders > 0 {
                    "its folders were listed in another order: does it depend on that?"
                } else {
                    "does it keep something beside its outputs, or depend on the moment or on chance?"
                };
                let message = format!("run {}: {reason}", time + 1);
                return Ok(Verdict::fail(message).with_hint(hint));
            }
        }
        drop(places);
        let same = first.map_or(0, |done| done.artifacts.len());
        let measurements = vec![
            Measurement::new("artifacts_same", same as f64)
                .unit("artifacts")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("runs", times as f64).unit("runs"),
            Measurement::new("folders_reordered", folders as f64).unit("folders"),
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

/// Runs stage by stage, up to the first that fails or makes anything else than
/// before: those after it would only differ because of it.
fn again(
    workshop: &Workshop,
    store: &Store,
    options: &Options,
    before: &Done,
) -> Outcome<Option<String>> {
    let pipeline = &workshop.pipeline;
    let mut done = Done::default();
    for StageReport { stage, .. } in &before.stages {
        let made = pipeline.run_stage(store, options, stage, &done);
        let made = made.map(|made| Done {
            artifacts: made.into_iter().map(|a| (a.name.clone(), a)).collect(),
            ..Done::default()
        });
        let made = match judge(made)? {
            Ran::Well(made) => made.artifacts,
            Ran::Badly(reason) => return Ok(Some(format!("{reason}, where it went well before"))),
        };
        for port in pipeline.stage(stage)?.outputs(stage) {
            let name = &port.name;
            let (Some(a), Some(b)) = (before.artifacts.get(name), made.get(name)) else {
                return Ok(Some(format!("stage `{stage}` made no `{name}`")));
            };
            if a.fingerprint != b.fingerprint {
                let how = describe(a, b)?;
                return Ok(Some(format!(
                    "stage `{stage}` made another `{name}` than before{how}"
                )));
            }
        }
        done.artifacts.extend(made);
    }
    Ok(None)
}

/// How two artifacts differ, as far as tables tell.
fn describe(a: &Artifact, b: &Artifact) -> Outcome<String> {
    if a.kind != Kind::Table {
        return Ok(String::new());
    }
    let (a, b) = (Table::open(&a.path)?, Table::open(&b.path)?);
    if a.columns() != b.columns() {
        let (a, b) = (a.columns().join("`, `"), b.columns().join("`, `"));
        return Ok(format!(": columns `{a}`, then `{b}`"));
    }
    if a.rows() != b.rows() {
        return Ok(format!(": {} rows, then {}", a.rows(), b.rows()));
    }
    Ok(format!(
        ": {} rows both times, with other values or in another order",
        a.rows()
    ))
}

/// Copies of the folders that stages read, in which files are listed in another
/// order; and what keeps the copies.
fn reordered(workshop: &Workshop) -> Outcome<(BTreeMap<PathBuf, PathBuf>, Vec<tempfile::TempDir>)> {
    let mut moved = BTreeMap::new();
    let mut kept = Vec::new();
    let stages = workshop.pipeline.declaration.stage.values();
    let paths = stages.flat_map(|stage| match stage {
        Stage::Load(load) => vec![load.path.as_path().to_owned()],
        Stage::Command(command) => {
            let files = command.files.values();
            files.map(|path| path.as_path().to_owned()).collect()
        }
        _ => Vec::new(),
    });
    for path in paths.filter(|path| path.is_dir()) {
        let listed = listing(&path)?;
        if listed.len() < 2 {
            continue;
        }
        // A file system in memory lists by age; most on disk by a hash of the name.
        let places = [Some(std::env::temp_dir()), Some(PathBuf::from("/dev/shm"))];
        for place in places.into_iter().flatten() {
            let Ok(folder) = tempfile::tempdir_in(&place) else {
                continue;
            };
            let copy = folder.path().join(path.file_name().unwrap_or_default());
            copy_in_order(&path, &copy, listed.iter())?;
            if listing(&copy)? == listed {
                fs::remove_dir_all(&copy).map_err(host)?;
                copy_in_order(&path, &copy, listed.iter().rev())?;
            }
            if listing(&copy)? != listed {
                moved.insert(path.clone(), copy);
                kept.push(folder);
                break;
            }
        }
    }
    Ok((moved, kept))
}

fn listing(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(host)?;
    let names = entries.map(|entry| entry.map(|entry| PathBuf::from(entry.file_name())));
    names.collect::<std::io::Result<_>>().map_err(host)
}

fn copy_in_order<'p>(
    from: &Path,
    to: &Path,
    names: impl Iterator<Item = &'p PathBuf>,
) -> Outcome<()> {
    fs::create_dir_all(to).map_err(host)?;
    for name in names {
        let (from, to) = (from.join(name), to.join(name));
        if from.is_dir() {
            let inner = listing(&from)?;
            copy_in_order(&from, &to, inner.iter())?;
        } else {
            fs::copy(&from, &to).map_err(host)?;
        }
    }
    Ok(())
}

fn host(error: std::io::Error) -> Failure {
    Failure::Host(format!("copying a folder: {error}"))
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "a stage that appends on a second run",
        spec: concat!(
            r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["sh", "append.sh", "{in.raw}", "{out.features}"]
"#,
            rest!(),
            "[test.x]\npipeline = \"p\"\ncheck = \"idempotent\""
        ),
        says: "stage `features` made another `features` than before: 300 rows, then 600",
    },
    Fault {
        name: "a stage that depends on the file order of a directory",
        spec: of_folder!("as-listed.sh", "check = \"idempotent\""),
        says: "its folders were listed in another order",
    },
    Fault {
        name: "a stage that depends on the moment",
        spec: sightings!(
            r#"["sh", "-c", "cp $0 $1; date +%s%N >> when.txt; awk -F, -v OFS=, -v w=$(wc -l < when.txt) 'NR == 1 {{ print $0, \"dusk\" }} NR > 1 {{ print $0, w / 1000 }}' $0 > $1", "{in.raw}", "{out.features}"]
"#,
            "check = \"idempotent\""
        ),
        says: "stage `features` made another `features`",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "features by awk",
        spec: by_awk!("check = \"idempotent\""),
    },
    Sound {
        name: "a folder that is read in the order of names",
        spec: of_folder!("in-order.sh", "check = \"idempotent\""),
    },
    Sound {
        name: "built-in stages",
        spec: built_in!("check = \"idempotent\"\ntimes = 3"),
    },
];
