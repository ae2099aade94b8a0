//! Tells built-in stages which code they are: of all sources that decide what they
//! make, whichever program holds them.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates beside this one whose code built-in stages run.
const CRATES: [&str; 5] = ["data", "model", "pipeline", "rng", "spec"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let of = |name: &str| env::var(name).unwrap_or_default();
    let here = PathBuf::from(of("CARGO_MANIFEST_DIR"));
    let crates = here.parent().unwrap_or(&here);
    let mut files = Vec::new();
    for name in CRATES {
        let sources = crates.join(name).join("src");
        println!("cargo::rerun-if-changed={}", sources.display());
        list(&sources, &mut files);
    }
    // The dependencies: of this workspace, and of the one that builds it.
    let out = PathBuf::from(of("OUT_DIR"));
    let locks = crates.ancestors().chain(out.ancestors());
    let locks: Vec<PathBuf> = locks
        .map(|folder| folder.join("Cargo.lock"))
        .filter(|file| file.is_file())
        .collect();
    for lock in &locks {
        println!("cargo::rerun-if-changed={}", lock.display());
    }
    files.extend(locks);

    // Its keys are fixed: the same sources give the same number.
    let mut hasher = DefaultHasher::new();
    for file in files {
        // Not by its place: another checkout of the same sources is the same code.
        let name = file.strip_prefix(crates).ok();
        (name, fs::read(&file).ok()).hash(&mut hasher);
    }
    let compiler = Command::new(of("RUSTC")).arg("--version").output();
    compiler.map(|said| said.stdout).ok().hash(&mut hasher);
    for name in ["TARGET", "OPT_LEVEL"] {
        of(name).hash(&mut hasher);
    }
    println!("cargo::rustc-env=SEATRIAL_STAGES={:016x}", hasher.finish());
}

/// All files below a folder, in the order of their names.
fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true => list(&path, files),
            false => files.push(path),
        }
    }
}
