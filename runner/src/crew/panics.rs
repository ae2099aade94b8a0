//! Panics of cases become part of their verdicts, not of the output.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// What the last panic of a worker said; `None` on other threads.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the panics of workers; those of other threads are shown as before.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let kept = LAST.with_borrow_mut(|last| last.as_mut().map(|last| *last = tell(info)));
            if kept.is_none() {
                others(info);
            }
        }));
    });
}

/// Makes the calling thread a worker.
pub(super) fn keep_on_this_thread() {
    LAST.set(Some(String::new()));
}

/// What the last panic of this thread said.
pub(super) fn last_on_this_thread() -> String {
    LAST.with_borrow_mut(|last| last.as_mut().map(std::mem::take))
        .unwrap_or_default()
}

fn tell(info: &PanicHookInfo<'_>) -> String {
    let said = info.payload_as_str().unwrap_or("(no message)");
    let place = info
        .location()
        .map_or(String::new(), |place| format!(" at {place}"));
    let mut text = format!("it crashed: {said}\npanicked{place}");
    // Off unless RUST_BACKTRACE asks for it.
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{backtrace}"));
    }
    text
}
