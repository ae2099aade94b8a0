//! What the harness costs: under 50 µs a case, and under 0.2 s to list 10,000.
//!
//! They are here and not in `runner`, so that nobody builds a benchmark library
//! to run specs.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::fmt::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use runner::crew::{Crew, World};
use runner::{Plan, Selection};
use seatrial_acceptance::registry;
use seatrial_checks::{Recording, Session};

fn tree(cases: usize) -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for case in 0..cases {
        writeln!(text, "[test.t{case}]\ncheck = \"act\"").unwrap();
    }
    std::fs::write(tree.path().join("spec.toml"), text).unwrap();
    tree
}

fn one_case(criterion: &mut Criterion) {
    let tree = tree(1);
    let suite = seatrial_spec::load(tree.path(), &registry().vocabulary()).unwrap();
    let plan = Plan::new(suite, &Selection::default());
    let session = Session::new(registry());
    let world = World {
        root: Arc::clone(&plan.root),
        state: tree.path().join("state").into(),
        servers: None,
        recording: Recording::Compare,
        code: Arc::default(),
        run: None,
        made: Arc::default(),
    };
    let crew = Crew::new(session, world);
    criterion.bench_function("a trivial case", |bencher| {
        bencher.iter(|| crew.run(&plan.cases[0]).unwrap());
    });
}

fn listing(criterion: &mut Criterion) {
    let tree = tree(10_000);
    let mut group = criterion.benchmark_group("list 10,000 cases");
    group.sample_size(10);
    group.bench_function("as a process", |bencher| {
        bencher.iter(|| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_specs-under-test"));
            command.args(["--list", "--format", "terse"]);
            command
                .env("SEATRIAL_SPECS", tree.path())
                .stdout(Stdio::null());
            assert!(command.status().unwrap().success());
        });
    });
    group.finish();
}

criterion_group!(benches, one_case, listing);
criterion_main!(benches);
