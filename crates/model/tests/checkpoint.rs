//! Checkpoints: exact, whole or absent, and never believed unchecked.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use seatrial_model::{Learner, ModelError};
use support::{batch, learner, parameters, task};

const OWN: &str = "hidden = [6]\ndropout = 0.3";
const OPTIMIZERS: [&str; 3] = [
    "optimizer = { kind = 'sgd' }",
    "optimizer = { kind = 'sgd', momentum = 0.9, nesterov = true }",
    "optimizer = { kind = 'adamw', schedule = { kind = 'cosine', steps = 9 }, warmup = 3 }",
];

fn mlp(common: &str, seed: u64) -> Box<dyn Learner> {
    learner("mlp", OWN, common, &task(5, Some(3)), seed)
}

fn train(learner: &mut dyn Learner, steps: std::ops::Range<u64>) -> Vec<f64> {
    steps
        .map(|step| learner.step(&[batch(step, &[6, 5], 3)]).unwrap().loss)
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn resuming_is_as_if_training_had_not_stopped() {
    for common in OPTIMIZERS {
        let folder = tempfile::tempdir().unwrap();
        let saved = folder.path().join("checkpoints/last");
        let mut whole = mlp(common, 1);
        train(&mut *whole, 0..4);
        whole.save(&saved).unwrap();
        let losses = train(&mut *whole, 4..9);
        // Of another seed, and trained: all of that gives way.
        let mut resumed = mlp(common, 2);
        train(&mut *resumed, 0..2);
        resumed.load(&saved).unwrap();
        assert_eq!(train(&mut *resumed, 4..9), losses);
        assert_eq!(parameters(&*resumed), parameters(&*whole));
    }
}

#[test]
fn a_checkpoint_is_replaced_whole_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("last");
    let mut learner = mlp("", 1);
    learner.save(&saved).unwrap();
    train(&mut *learner, 0..3);
    learner.save(&saved).unwrap();
    learner.save(&saved).unwrap();
    assert_eq!(files(&saved).len(), 3, "{:?}", files(&saved));
    assert_eq!(files(folder.path()), std::slice::from_ref(&saved));
    let mut other = mlp("", 2);
    other.load(&saved).unwrap();
    assert_eq!(parameters(&*other), parameters(&*learner));
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "ten years").unwrap();
    let error = mlp("", 1).save(folder.path()).unwrap_err();
    assert!(error.to_string().contains("is no checkpoint"), "{error}");
    assert_eq!(files(folder.path()).len(), 1);
}

/// Loading fails, names the checkpoint, and changes nothing.
fn refused(learner: &mut dyn Learner, saved: &Path, what: &str) -> String {
    let before = parameters(learner);
    let error = learner.load(saved).expect_err(what);
    assert!(
        matches!(&error, ModelError::Checkpoint { path, .. } if path.starts_with(saved)),
        "{error}"
    );
    assert_eq!(parameters(learner), before, "{what}");
    error.to_string()
}

#[test]
fn a_flipped_bit_anywhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("last");
    let mut learner = mlp("", 1);
    train(&mut *learner, 0..2);
    learner.save(&saved).unwrap();
    let mut victim = mlp("", 2);
    for file in files(&saved) {
        let whole = fs::read(&file).unwrap();
        for at in (0..whole.len()).step_by(13).chain([whole.len() - 1]) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(&file, &flipped).unwrap();
            refused(
                &mut *victim,
                &saved,
                &format!("{} byte {at}", file.display()),
            );
        }
        fs::write(&file, &whole).unwrap();
    }
    victim.load(&saved).unwrap();
}

#[test]
fn a_truncated_or_missing_file_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("last");
    let mut learner = mlp("", 1);
    train(&mut *learner, 0..2);
    learner.save(&saved).unwrap();
    for file in files(&saved) {
        let whole = fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        for kept in [0, 1, 8, whole.len() / 2, whole.len() - 1] {
            fs::write(&file, &whole[..kept]).unwrap();
            assert!(refused(&mut *learner, &saved, "truncated").contains(name));
        }
        fs::remove_file(&file).unwrap();
        assert!(refused(&mut *learner, &saved, "missing").contains(name));
        fs::write(&file, &whole).unwrap();
    }
}

#[test]
fn a_checkpoint_of_another_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("last");
    mlp("", 1).save(&saved).unwrap();
    let mut others = [
        learner("mlp", "hidden = [7]", "", &task(5, Some(3)), 1),
        learner("mlp", OWN, OPTIMIZERS[0], &task(5, Some(3)), 1),
        learner("mlp", OWN, "", &task(5, Some(4)), 1),
        learner("mlp", OWN, "", &task(6, Some(3)), 1),
        learner("logistic", "", "", &task(5, Some(3)), 1),
    ];
    for other in &mut others {
        refused(&mut **other, &saved, "another model");
    }
}
