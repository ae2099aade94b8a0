//! A test target of spec trees with one check more.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main(seatrial_acceptance::registry())
}
