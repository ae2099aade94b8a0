//! The `seatrial` command with one check more. Under the name of a specimen server
//! it is that server.

use std::process::ExitCode;

use seatrial_checks::specimen::server;

fn main() -> ExitCode {
    server::serve_if_named().unwrap_or_else(|| runner::cli::main(seatrial_acceptance::registry()))
}
