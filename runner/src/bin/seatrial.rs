//! The `seatrial` command with the checks and models that come with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::cli::main(runner::Registry::new())
}
