//! The spec tree of this repository, as tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main(runner::Registry::new())
}
