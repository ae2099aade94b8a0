//! What a server prints: all of it read, the beginning and the end kept.

use std::collections::VecDeque;
use std::io::{PipeReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Kept from the beginning, where servers say with what they were started.
const HEAD_BYTES: usize = 16 << 10;

/// Kept from the end, where they say what went wrong.
const TAIL_BYTES: usize = 48 << 10;

#[derive(Debug, Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    bytes: u64,
}

/// A log that is followed on a thread of its own, until its last writer ends.
#[derive(Debug)]
pub(super) struct Log {
    kept: Arc<Mutex<Kept>>,
}

impl Log {
    pub(super) fn follow(mut from: PipeReader) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.take(&buffer[..count]);
            }
        });
        Self { kept }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.kept().bytes
    }

    pub(super) fn text(&self) -> String {
        self.kept().text()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let room = HEAD_BYTES - self.head.len();
        let (first, rest) = bytes.split_at(bytes.len().min(room));
        self.head.extend(first);
        let rest = &rest[rest.len().saturating_sub(TAIL_BYTES)..];
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..over);
    }

    fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        let left_out = self.bytes - (self.head.len() + self.tail.len()) as u64;
        if left_out > 0 {
            text.push_str(&format!("\n… {left_out} bytes left out …\n"));
        }
        let (front, back) = self.tail.as_slices();
        text.push_str(&String::from_utf8_lossy(&[front, back].concat()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_kept_and_the_rest_is_counted() {
        let mut kept = Kept::default();
        kept.take(b"begin\n");
        for _ in 0..100 {
            kept.take(&[b'x'; 10_000]);
        }
        kept.take(b"\nend");
        let text = kept.text();
        assert!(text.starts_with("begin\nxxx"));
        assert!(text.ends_with("xxx\nend"));
        let left_out = 1_000_010 - HEAD_BYTES - TAIL_BYTES;
        assert!(text.contains(&format!("… {left_out} bytes left out …")));
        assert_eq!(kept.bytes, 1_000_010);
    }
}
