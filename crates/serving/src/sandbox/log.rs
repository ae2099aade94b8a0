//! What a server prints: all of it read, the beginning and the end kept.

use std::io::{PipeReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatrial_process::Captured;

/// Kept of both ends: with what it was started, and what went wrong.
const KEEP_BYTES: usize = 64 << 10;

/// A log that is followed on a thread of its own, until its last writer ends.
#[derive(Debug)]
pub(super) struct Log {
    captured: Arc<Mutex<Captured>>,
}

impl Log {
    pub(super) fn follow(mut from: PipeReader) -> Self {
        let captured = Arc::new(Mutex::new(Captured::keeping(KEEP_BYTES)));
        let to = Arc::clone(&captured);
        std::thread::spawn(move || {
            let mut buffer = vec![0; KEEP_BYTES];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                lock(&to).push(&buffer[..count]);
            }
        });
        Self { captured }
    }

    pub(super) fn bytes(&self) -> u64 {
        lock(&self.captured).total_bytes()
    }

    pub(super) fn text(&self) -> String {
        lock(&self.captured).text()
    }
}

fn lock(captured: &Mutex<Captured>) -> MutexGuard<'_, Captured> {
    captured.lock().unwrap_or_else(PoisonError::into_inner)
}
