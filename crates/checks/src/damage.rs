//! Damaged checkpoints: cut short, or one byte changed.

use std::fs;
use std::path::{Path, PathBuf};

use seatrial_model::Learner;
use seatrial_rng::Stream;
use seatrial_verdict::{Bound, Measurement, Verdict};

use crate::check::{Failure, Outcome};
use crate::context::Context;
use crate::sameness::{described, differences, differing};

/// Files of one checkpoint that are damaged; a checkpoint of very many files
/// would otherwise take very many loads.
const FILES_MAX: usize = 16;

/// What a learner did with damaged checkpoints.
#[derive(Debug, Default)]
pub(crate) struct Damage {
    tried: usize,
    refused: usize,
    /// Numbers of parameters that a refused load changed.
    changed: f64,
    faults: Vec<String>,
}

/// Has `learner` load the checkpoint in the folder `saved`, damaged in one way
/// after another: each file cut in half, and with one bit flipped at its
/// start, in its middle, at its end and somewhere between. The learner should
/// refuse, and stay as it was. The checkpoint is whole again afterwards.
///
/// # Errors
/// When a file cannot be read or written, or the case is stopped.
pub(crate) fn load_damaged(
    context: &Context,
    learner: &mut dyn Learner,
    saved: &Path,
    stream: &mut Stream,
) -> Outcome<Damage> {
    let mut damage = Damage::default();
    for file in files(saved)?.iter().take(FILES_MAX) {
        let whole = fs::read(file).map_err(|error| scratch(file, &error))?;
        let name = file.strip_prefix(saved).unwrap_or(file).display();
        for (what, damaged) in damaged(&whole, stream) {
            context.keep_going()?;
            fs::write(file, damaged).map_err(|error| scratch(file, &error))?;
            damage.load(learner, saved, &format!("`{name}` {what}"))?;
        }
        fs::write(file, whole).map_err(|error| scratch(file, &error))?;
    }
    Ok(damage)
}

impl Damage {
    fn load(&mut self, learner: &mut dyn Learner, saved: &Path, what: &str) -> Outcome<()> {
        let before = learner.parameters()?;
        let refused = learner.load(saved).is_err();
        let found = differences(&before, &learner.parameters()?)?;
        self.tried += 1;
        self.refused += usize::from(refused);
        if !refused {
            let reason = "was loaded without an error: a checkpoint needs a checksum that loading \
                          verifies";
            self.faults
                .push(format!("a checkpoint with {what} {reason}"));
        } else if !found.is_empty() {
            self.changed += differing(&found);
            self.faults.push(format!(
                "a checkpoint with {what} was refused, but not before parts of it were taken \
                 over: {}",
                described(&found)
            ));
        }
        Ok(())
    }

    /// What was measured.
    pub fn measurements(&self) -> [Measurement; 2] {
        // Nothing tried is nothing proven: one refusal at least is expected.
        let expected = self.tried.max(1) as f64;
        [
            Measurement::new("damaged_checkpoints_refused", self.refused as f64)
                .unit("checkpoints")
                .bound(Bound::Equal(expected)),
            Measurement::new("numbers_changed_by_refused_loads", self.changed)
                .unit("numbers")
                .bound(Bound::Equal(0.0)),
        ]
    }

    /// The first fault, and how many there were.
    pub fn against(&self, verdict: Verdict) -> Verdict {
        match self.faults.as_slice() {
            [] => verdict,
            [one] => verdict.against(one),
            [one, others @ ..] => {
                verdict.against(format!("{one}\n(and {} more damages)", others.len()))
            }
        }
    }
}

/// Ways in which a file can be damaged, each with words for it.
fn damaged(whole: &[u8], stream: &mut Stream) -> Vec<(String, Vec<u8>)> {
    if whole.is_empty() {
        return Vec::new();
    }
    let mut ways = vec![("cut in half".to_owned(), whole[..whole.len() / 2].to_vec())];
    let mut places = vec![
        0,
        whole.len() / 2,
        whole.len() - 1,
        stream.below(whole.len()),
    ];
    places.sort_unstable();
    places.dedup();
    for place in places {
        let mut flipped = whole.to_vec();
        flipped[place] ^= 1 << stream.below(8);
        ways.push((format!("one bit of byte {place} flipped"), flipped));
    }
    ways
}

/// Every file below a folder, sorted.
fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| scratch(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| scratch(folder, &error))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn scratch(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Host(format!("checkpoint file {}: {error}", path.display()))
}

/// A folder for scratch files, gone when dropped.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn scratch_folder() -> Outcome<tempfile::TempDir> {
    tempfile::tempdir()
        .map_err(|error| Failure::Host(format!("no folder for scratch files: {error}")))
}
