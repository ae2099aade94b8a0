//! How long it takes to list 10,000 cases. The bound is 0.2 s, from files to a
//! suite: as many tests in a hundred files, and as few tests with matrices.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use support::Tree;

fn written_out() -> Tree {
    let tree = Tree::of("");
    for file in 0..100 {
        let text: String = (0..100)
            .map(|test| {
                format!(
                    "[test.t{test}]\ncheck = \"loss-decreases\"\nsteps = {}\nratio_max = 0.7\ntier = \"slow\"\n\n",
                    test + 1
                )
            })
            .collect();
        tree.write(&format!("area{}/f{file}.toml", file % 10), text.as_bytes());
    }
    tree
}

fn by_matrix() -> Tree {
    let text: String = (0..10)
        .map(|test| {
            let values: Vec<String> = (1..=500).map(|value| value.to_string()).collect();
            let values = values.join(",");
            format!(
                "[test.t{test}]\ncheck = \"loss-decreases\"\nmatrix.steps = [{values}]\nmatrix.model = [\"mlp\", \"lstm\"]\n"
            )
        })
        .collect();
    Tree::of(&text)
}

fn listing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("list 10,000 cases");
    group.sample_size(20);
    for (name, tree) in [("written out", written_out()), ("by matrix", by_matrix())] {
        assert_eq!(tree.suite().cases.len(), 10_000);
        group.bench_function(name, |bencher| bencher.iter(|| tree.load().unwrap()));
    }
    group.finish();
}

criterion_group!(benches, listing);
criterion_main!(benches);
