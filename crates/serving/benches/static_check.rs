//! How long it takes to tell on paper what servers make of the 1,802 models of
//! the ONNX project's backend suite: reading and asking, all of them, on one
//! thread.
//!
//! `cargo bench --profile dev --workspace --bench static_check`
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark")]

use std::time::Instant;

use seatrial_serving::{Answer, OnnxModel, ask, shipped};

#[path = "../tests/paper/suite.rs"]
mod suite;

const ROUNDS: usize = 5;

fn main() {
    let suite = suite::Suite::read();
    println!(
        "{} models, and what onnxruntime {} made of them",
        suite.models.len(),
        suite.versions.join(", ")
    );
    for catalogue in shipped() {
        let mut fastest_s = f64::INFINITY;
        let mut refused = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            refused = 0;
            for model in &suite.models {
                let read = OnnxModel::decode(model.bytes.clone()).expect("the suite is sound");
                refused += usize::from(ask(&read, catalogue).answer == Answer::Unsupported);
            }
            fastest_s = fastest_s.min(begun.elapsed().as_secs_f64());
        }
        let failed = suite.models.iter().filter_map(|model| {
            let loads = model.loaded_by.get(&catalogue.version)?;
            (catalogue.server == "onnxruntime" && !loads).then_some(&model.path)
        });
        println!(
            "{}: {fastest_s:.3} s; {refused} told to fail, {} known to",
            catalogue.title(),
            failed.count()
        );
    }
}
