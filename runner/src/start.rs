//! What must happen before anything else in a process.

use std::process::ExitCode;

use seatrial_checks::{Registry, replay};
use seatrial_model::keep_freed_memory;
use seatrial_serving::sandbox;

/// Names how many threads candle, gemm and rayon compute on.
const THREADS: &str = "RAYON_NUM_THREADS";

/// Serves as a training process if this process was started as one, and then
/// gives the exit code to end with. Otherwise makes each harness thread compute
/// on one thread, so that cases run side by side without fighting over cores.
///
/// To be called first in `main`.
pub(crate) fn process(registry: &Registry) -> Option<ExitCode> {
    if let Some(code) = sandbox::serve_if_child() {
        return Some(code);
    }
    keep_freed_memory();
    if let Some(code) = replay::serve_if_child(|| registry.clone()) {
        return Some(code);
    }
    compute_on_one_thread();
    None
}

/// How many threads each case computes on: one, unless the user said otherwise.
pub(crate) fn threads_a_case() -> usize {
    let said = std::env::var(THREADS).ok();
    said.and_then(|text| text.parse().ok())
        .filter(|threads| *threads > 0)
        .unwrap_or(1)
}

/// candle asks this variable at each matrix product, for the process as a whole:
/// there is no other way to tell it.
#[expect(
    unsafe_code,
    reason = "candle takes its thread count from the environment alone"
)]
fn compute_on_one_thread() {
    if std::env::var_os(THREADS).is_some() {
        return;
    }
    // SAFETY: the environment must not be read by foreign code while it is
    // written. This is the first thing that `main` does: neither this program
    // nor a library has started a thread. The documentation of `runner::main`
    // and `cli::main` asks the same of programs that call them.
    unsafe { std::env::set_var(THREADS, "1") };
}
