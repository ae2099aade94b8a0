//! The `seatrial` command with one check more.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::cli::main(seatrial_acceptance::registry())
}
