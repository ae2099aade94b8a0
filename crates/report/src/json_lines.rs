//! One event a line, for programs. `docs/events.md` documents it.

use std::io::{self, Write};

use crate::{Event, Renderer};

/// Writes each event as one line of JSON, at once.
///
/// Numbers that JSON cannot hold become `null`.
pub struct JsonLines<W> {
    out: W,
}

impl<W: Write> JsonLines<W> {
    /// Writes there.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Renderer for JsonLines<W> {
    fn show(&mut self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_string(event)?;
        line.push('\n');
        self.out.write_all(line.as_bytes())?;
        self.out.flush()
    }
}
