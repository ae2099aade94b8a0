//! Tells the program which compiler built it, for the provenance of its results.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let of = |name: &str| env::var(name).unwrap_or_default();
    let said = Command::new(of("RUSTC")).arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let compiler = said.unwrap_or_else(|error| format!("unknown: {error}"));
    println!("cargo::rustc-env=SEATRIAL_COMPILER={compiler}");
    println!("cargo::rustc-env=SEATRIAL_TARGET={}", of("TARGET"));
    println!("cargo::rustc-env=SEATRIAL_OPT_LEVEL={}", of("OPT_LEVEL"));
}
