//! What the binaries promise, each promise a test.
#![expect(clippy::unwrap_used, reason = "tests")]

mod events;
mod exit_codes;
mod libtest;
mod new;
mod pages;
mod report;
mod selection;
mod support;
mod trouble;
