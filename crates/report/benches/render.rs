//! A report of 500 cases, and the cost of an event:
//! `cargo bench --profile dev -p seatrial-report --bench render`.

use std::hint::black_box;
use std::io::sink;

use criterion::{Criterion, criterion_group, criterion_main};
use seatrial_report::{JsonLines, Renderer, Run, html, junit, markdown};

#[path = "../tests/support/mod.rs"]
mod support;

fn render(criterion: &mut Criterion) {
    let _ = support::gallery();
    let events = support::many(500);
    let run = Run::of(events.clone());
    criterion.bench_function("html_500_cases", |bencher| {
        bencher.iter(|| black_box(html(&run)))
    });
    criterion.bench_function("junit_500_cases", |bencher| {
        bencher.iter(|| black_box(junit(&run)))
    });
    criterion.bench_function("markdown_500_cases", |bencher| {
        bencher.iter(|| black_box(markdown(&run)))
    });
    let mut small = support::case(
        1,
        "training",
        "loss-decreases",
        seatrial_verdict::Verdict::fail("no"),
    );
    small.measurements = run.cases[0].measurements.clone();
    let small = seatrial_report::Event::Case(Box::new(small));
    criterion.bench_function("event_as_json_line", |bencher| {
        let mut lines = JsonLines::new(sink());
        bencher.iter(|| lines.show(black_box(&small)))
    });
}

criterion_group!(benches, render);
criterion_main!(benches);
