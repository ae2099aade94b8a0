//! What recording costs: one process of 10,000 cases with and without a ledger,
//! alternately, and 16 processes of 10,000 cases each writing to one, of which
//! none may be lost.
//!
//! ```sh
//! cargo bench --profile dev -p seatrial-acceptance --bench ledger
//! ```
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use seatrial_ledger::Ledger;

const CASES: usize = 10_000;
const PROCESSES: usize = 16;
const ROUNDS: usize = 5;

fn main() {
    let place = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for case in 0..CASES {
        writeln!(text, "[test.t{case}]\ncheck = \"act\"").unwrap();
    }
    std::fs::create_dir(place.path().join("specs")).unwrap();
    std::fs::write(place.path().join("specs/spec.toml"), text).unwrap();

    let seconds = |ledger: &str| {
        let begun = Instant::now();
        let mut command = seatrial(place.path(), "alone");
        assert!(
            command
                .env("SEATRIAL_LEDGER", ledger)
                .status()
                .unwrap()
                .success()
        );
        begun.elapsed().as_secs_f64()
    };
    seconds("on");
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| (seconds("off"), seconds("on")))
        .collect();
    let least = |times: Vec<f64>| times.into_iter().fold(f64::INFINITY, f64::min);
    let off = least(rounds.iter().map(|round| round.0).collect());
    let on = least(rounds.iter().map(|round| round.1).collect());
    let us = |seconds: f64| 1e6 * seconds / CASES as f64;
    println!("a case without a ledger: {:.1} us", us(off));
    println!(
        "a case with a ledger:    {:.1} us ({:.2} of it)",
        us(on),
        on / off
    );

    let begun = Instant::now();
    let all: Vec<_> = (0..PROCESSES)
        .map(|_| seatrial(place.path(), "shared").spawn().unwrap())
        .collect();
    for mut child in all {
        assert!(child.wait().unwrap().success());
    }
    let took = begun.elapsed().as_secs_f64();
    let runs = Ledger::read(&place.path().join("shared")).unwrap();
    let runs = runs.runs(PROCESSES + 1).unwrap();
    let kept: usize = runs.iter().map(|run| run.judged()).sum();
    let written = PROCESSES * CASES;
    println!("{PROCESSES} processes: {kept} of {written} results kept, in {took:.1} s");
    assert_eq!((runs.len(), kept), (PROCESSES, written));
}

/// The command on the tree, with a state folder of this name.
fn seatrial(place: &Path, state: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seatrial-under-test"));
    command.args(["test", "--format", "json", "--jobs", "2", "--state", state]);
    command.current_dir(place).stdout(Stdio::null());
    command
}
