//! Output of which the beginning and the end are kept.

use std::collections::VecDeque;

/// What a program printed to one stream: everything if it is short, else its
/// beginning and its end, and how much there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Kept of each end, in bytes.
    half: usize,
    total: u64,
}

impl Captured {
    /// Keeps at most `keep_bytes`.
    pub fn keeping(keep_bytes: usize) -> Self {
        Self {
            half: keep_bytes.div_ceil(2),
            ..Self::default()
        }
    }

    /// Takes what was printed next.
    pub fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let to_head = bytes.len().min(self.half - self.head.len());
        self.head.extend_from_slice(&bytes[..to_head]);
        let rest = &bytes[to_head..];
        let rest = &rest[rest.len().saturating_sub(self.half)..];
        self.tail.extend(rest);
        let surplus = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..surplus);
    }

    /// How much was printed, in bytes, kept or not.
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    /// Whether everything that was printed is kept.
    pub fn is_whole(&self) -> bool {
        self.total == (self.head.len() + self.tail.len()) as u64
    }

    /// What is kept. Where something is missing, it is as if it never was:
    /// ask [`is_whole`](Self::is_whole) first.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        bytes.extend(&self.tail);
        bytes
    }

    /// What is kept, as text for people: what is no UTF-8 is replaced, and what
    /// was left out is counted.
    pub fn text(&self) -> String {
        if self.is_whole() {
            return String::from_utf8_lossy(&self.bytes()).into_owned();
        }
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        format!(
            "{}\n… {} bytes left out …\n{}",
            String::from_utf8_lossy(&self.head).trim_end(),
            self.total - (self.head.len() + tail.len()) as u64,
            String::from_utf8_lossy(&tail).trim_start(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_whole_in_whatever_pieces_it_comes() {
        for piece in 1..12 {
            let mut captured = Captured::keeping(11);
            for bytes in b"hello world".chunks(piece) {
                captured.push(bytes);
            }
            assert!(captured.is_whole());
            assert_eq!(captured.text(), "hello world");
        }
    }

    #[test]
    fn what_is_longer_keeps_both_ends_and_the_count() {
        for piece in 1..30 {
            let mut captured = Captured::keeping(6);
            for bytes in b"abcdefghijklmnopqrstuvwxyz".chunks(piece) {
                captured.push(bytes);
            }
            assert_eq!(captured.total_bytes(), 26);
            assert_eq!(captured.text(), "abc\n… 20 bytes left out …\nxyz");
        }
    }

    #[test]
    fn nothing_may_be_kept() {
        let mut captured = Captured::keeping(0);
        captured.push(b"abc");
        assert_eq!(captured.bytes(), b"");
        assert_eq!(captured.total_bytes(), 3);
    }
}
