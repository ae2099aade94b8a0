//! What the binaries promise, each promise a test.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bisect;
mod cookbook;
mod events;
mod exit_codes;
mod export;
mod figures;
mod gate;
mod history;
mod killed;
mod ledger_trouble;
mod libtest;
mod mistakes;
mod new;
mod nightly;
mod ops;
mod packages;
mod pages;
mod pipelines;
mod provenance;
mod report;
mod score;
mod selection;
mod since;
mod slides;
mod support;
mod threads;
mod trouble;
mod watch;
mod workflows;
