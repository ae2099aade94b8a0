//! Trained models that cases share, through the state folder.
//!
//! The same program, declaration, data, seed and number of steps give the same
//! model, to the bit. So what took long to train is kept in `cache/trained`,
//! and the next case that asks for it, in this process or another, reads it
//! back instead. An entry is a checkpoint, which trusts nothing that it reads:
//! what is damaged is no entry. Checks that are about training never come here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use seatrial_data::Dataset;
use seatrial_ledger::provenance::Machine;
use seatrial_model::{Inputs, Learner, Task};
use seatrial_pipeline::this_program;
use seatrial_rng::{Fingerprint, Fingerprinter};
use seatrial_spec::{Count, SubjectKind};

use crate::check::Outcome;
use crate::context::{Context, numbers};
use crate::evidence::evaluate;
use crate::sameness::fingerprint_of_all;

/// What trains faster than this is trained again: reading the program to
/// fingerprint it, and writing a checkpoint, take a good part of it.
pub(crate) const WORTH_KEEPING: Duration = Duration::from_millis(250);

/// All entries together; the oldest make room.
const BYTES_MAX: u64 = 512 << 20;

/// A place for one trained model.
pub(crate) struct Place {
    /// Where all entries lie.
    folder: PathBuf,
    /// Fingerprint of all that decides the model, but for the program.
    question: Fingerprint,
}

impl Place {
    /// That of the case's model after `steps` steps of one of its runs.
    ///
    /// # Errors
    /// When the case names no model.
    pub fn of(context: &Context, run: usize, dataset: &Dataset, steps: Count) -> Outcome<Self> {
        let model = context.declaration(SubjectKind::Model.word())?;
        let mut question = Fingerprinter::new();
        for part in [
            env!("CARGO_PKG_VERSION").to_owned(),
            format!("{:?}", (&model.common, &model.variant)),
            format!("{:?}", Task::of(dataset)),
            dataset.fingerprint().to_string(),
            format!(
                "seed {}, run {run}, steps {}",
                context.case.seed,
                steps.get()
            ),
            // Matrix products differ between processors in the last place.
            format!("{:?}", Machine::this(1).cpu_features),
        ] {
            question.bytes(part.as_bytes());
        }
        Ok(Self {
            folder: context.host.state().join("cache").join("trained"),
            question: question.finish(),
        })
    }

    /// Makes of an untrained learner the trained one that was kept here. If
    /// there is none, or none that can be read, what it was is not to be used.
    pub fn recall(&self, learner: &mut dyn Learner) -> bool {
        // The program is read only if there might be an entry.
        let asked = self.question.to_string();
        let may_be_here = fs::read_dir(&self.folder).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(&asked))
            })
        });
        let Some(entry) = may_be_here.then(|| self.entry()).flatten() else {
            return false;
        };
        if !entry.exists() {
            return false;
        }
        let read = learner.load(&entry).is_ok();
        if !read {
            // Whoever trains it next puts it back whole.
            let _ = fs::remove_dir_all(&entry);
        }
        read
    }

    /// Keeps a trained learner, if one that is read back is the same: has the
    /// same parameters, and says the same of `asked`. `fresh` is an untrained
    /// one. The cache is a convenience: what cannot be kept is not.
    pub fn keep(&self, learner: &mut dyn Learner, fresh: &mut dyn Learner, asked: &Inputs) {
        if self.kept(learner, fresh, asked).is_some() {
            let _ = make_room(&self.folder, BYTES_MAX);
        }
    }

    fn kept(
        &self,
        learner: &mut dyn Learner,
        fresh: &mut dyn Learner,
        asked: &Inputs,
    ) -> Option<()> {
        let entry = self.entry()?;
        fs::create_dir_all(&self.folder).ok()?;
        let mut beside = tempfile::Builder::new();
        let beside = beside.prefix(".new-").tempdir_in(&self.folder).ok()?;
        let written = beside.path().join("model");
        learner.save(&written).ok()?;
        fresh.load(&written).ok()?;
        let same = state_of(learner, asked).ok()? == state_of(fresh, asked).ok()?;
        // Another process may have been faster: its entry is the same.
        same.then(|| fs::rename(&written, &entry))?.ok()
    }

    fn entry(&self) -> Option<PathBuf> {
        // Other code may train otherwise.
        let program = this_program()?;
        Some(self.folder.join(format!("{}-{program}", self.question)))
    }
}

/// What two learners must share to be the same: parameters and outputs.
fn state_of(learner: &mut dyn Learner, asked: &Inputs) -> Outcome<(Fingerprint, Vec<u64>)> {
    let said = numbers(&evaluate(learner, asked)?)?;
    let said = said.into_iter().map(f64::to_bits).collect();
    Ok((fingerprint_of_all(&learner.parameters()?)?, said))
}

/// Removes the oldest entries until all together have at most `bytes_max`.
fn make_room(folder: &Path, bytes_max: u64) -> io::Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let (path, mut bytes) = (entry?.path(), 0);
        for file in fs::read_dir(&path)? {
            bytes += file?.metadata()?.len();
        }
        let written: SystemTime = fs::metadata(&path)?.modified()?;
        entries.push((written, path, bytes));
    }
    entries.sort();
    let mut total: u64 = entries.iter().map(|(.., bytes)| bytes).sum();
    for (_, path, bytes) in entries {
        if total <= bytes_max {
            break;
        }
        fs::remove_dir_all(path)?;
        total -= bytes;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use candle_core::{Device, Tensor};
    use seatrial_model::{Batch, Overrides, Targets, families};
    use seatrial_rng::Streams;

    use super::*;

    fn place(folder: &Path, question: &str) -> Place {
        Place {
            folder: folder.to_owned(),
            question: Fingerprint::of_bytes(question.as_bytes()),
        }
    }

    fn inputs() -> Inputs {
        Inputs::new(Tensor::new(&[[0.5f32, -1.0], [1.0, 2.0]], &Device::Cpu).expect("inputs"))
    }

    fn untrained() -> Box<dyn Learner> {
        let family = families().into_iter().find(|family| family.name == "mlp");
        let recipe = (family.expect("a perceptron").build)(toml::Table::new(), toml::Table::new());
        let task = Task {
            features: vec!["a".into(), "b".into()],
            range: (-1.0, 2.0),
            classes: Some(2),
        };
        let recipe = recipe.expect("a recipe");
        let learner = recipe.build(&task, &Streams::new(1), &Overrides::default());
        learner.expect("a learner")
    }

    fn trained() -> Box<dyn Learner> {
        let mut learner = untrained();
        let classes = Tensor::new(&[0u32, 1], &Device::Cpu).expect("classes");
        let batch = Batch {
            inputs: inputs(),
            targets: Targets::Classes(classes),
        };
        for _ in 0..3 {
            learner.step(std::slice::from_ref(&batch)).expect("a step");
        }
        learner
    }

    fn keep(place: &Place) -> PathBuf {
        place.keep(trained().as_mut(), untrained().as_mut(), &inputs());
        place.entry().expect("this program can be read")
    }

    fn state(learner: &mut dyn Learner) -> (Fingerprint, Vec<u64>) {
        state_of(learner, &inputs()).expect("a state")
    }

    #[test]
    fn what_is_recalled_is_what_was_trained_to_the_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        keep(&place(folder.path(), "one"));
        let mut learner = untrained();
        assert!(place(folder.path(), "one").recall(learner.as_mut()));
        assert_eq!(state(learner.as_mut()), state(trained().as_mut()));
        assert_ne!(state(learner.as_mut()), state(untrained().as_mut()));
    }

    #[test]
    fn another_question_or_an_empty_cache_is_a_miss() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!place(&folder.path().join("none"), "one").recall(untrained().as_mut()));
        keep(&place(folder.path(), "one"));
        assert!(!place(folder.path(), "two").recall(untrained().as_mut()));
    }

    #[test]
    fn an_entry_of_another_program_is_a_miss() {
        let folder = tempfile::tempdir().expect("a folder");
        let entry = keep(&place(folder.path(), "one"));
        let question = Fingerprint::of_bytes(b"one");
        let other = Fingerprint::of_bytes(b"another program");
        fs::rename(entry, folder.path().join(format!("{question}-{other}"))).expect("renamed");
        assert!(!place(folder.path(), "one").recall(untrained().as_mut()));
    }

    #[test]
    fn a_damaged_entry_is_a_miss_and_gives_way_to_a_whole_one() {
        let damages: [fn(&mut Vec<u8>); 3] = [
            |bytes| bytes.truncate(bytes.len() / 2),
            |bytes| bytes[20] ^= 1,
            Vec::clear,
        ];
        for damage in damages {
            let folder = tempfile::tempdir().expect("a folder");
            let entry = keep(&place(folder.path(), "one"));
            for file in fs::read_dir(&entry).expect("an entry") {
                let path = file.expect("a file").path();
                let mut bytes = fs::read(&path).expect("its bytes");
                damage(&mut bytes);
                fs::write(&path, bytes).expect("written");
                assert!(!place(folder.path(), "one").recall(untrained().as_mut()));
                keep(&place(folder.path(), "one"));
                assert!(place(folder.path(), "one").recall(untrained().as_mut()));
            }
        }
    }

    #[test]
    fn a_learner_that_comes_back_another_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(folder.path(), "one");
        // Not even its shape is the same.
        let task = Task {
            features: vec!["a".into(), "b".into()],
            range: (-1.0, 2.0),
            classes: Some(3),
        };
        let family = families()
            .into_iter()
            .find(|family| family.name == "logistic");
        let recipe = (family.expect("a family").build)(toml::Table::new(), toml::Table::new());
        let recipe = recipe.expect("a recipe");
        let other = recipe.build(&task, &Streams::new(1), &Overrides::default());
        place.keep(
            trained().as_mut(),
            other.expect("a learner").as_mut(),
            &inputs(),
        );
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn the_oldest_entries_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = ["c", "a", "b"];
        let start = SystemTime::now() - Duration::from_secs(100);
        for (age, name) in names.into_iter().enumerate() {
            let entry = folder.path().join(name);
            fs::create_dir(&entry).expect("an entry");
            fs::write(entry.join("file"), [0; 100]).expect("a file");
            let written = start + Duration::from_secs(age as u64);
            let opened = fs::File::open(&entry).expect("the entry");
            opened.set_modified(written).expect("its time");
        }
        make_room(folder.path(), 250).expect("room");
        let left = |name: &str| folder.path().join(name).exists();
        assert_eq!(names.map(left), [false, true, true]);
    }
}
