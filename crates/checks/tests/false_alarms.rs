//! How often checks fail subjects that are sound, asked as a spec asks them: tables
//! in files, a case in TOML, the verdict that comes of it. Slow, so part of the
//! slow tier:
//!
//! ```sh
//! cargo test --workspace --test false_alarms -- --include-ignored
//! ```
//!
//! The mathematics alone is tried in `crates/validation/tests/simulations.rs`. A
//! rate is held to what the check states plus five standard errors of the
//! simulation itself, at a `false_alarm` at which it can be counted; beside each
//! stands a subject that is not sound, which must fail nine times in ten. All
//! draws are seeded.

#[path = "false_alarms/bounds.rs"]
mod bounds;
#[path = "support/host.rs"]
mod host;
#[path = "false_alarms/tally.rs"]
mod tally;
#[path = "false_alarms/versions.rs"]
mod versions;
#[path = "false_alarms/worlds.rs"]
mod worlds;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// The chance of a false alarm that cases ask for: one at which it can be counted.
const FALSE_ALARM: f64 = 0.05;

/// The line of a case that asks for it; without it, the default holds.
const ASKED: &str = "false_alarm = 0.05";

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = Vec::new();
    worlds::trials(&mut trials);
    versions::trials(&mut trials);
    bounds::trials(&mut trials);
    let trials = trials
        .into_iter()
        .map(|trial| trial.with_ignored_flag(true))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
