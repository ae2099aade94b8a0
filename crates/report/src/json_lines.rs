//! One event a line, for programs. `docs/events.md` documents it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::{Event, Renderer};

/// Writes each event as one line of JSON, at once.
///
/// Numbers that JSON cannot hold become `null`.
pub struct JsonLines<W> {
    out: W,
    /// Kept from event to event, so that it grows only once.
    line: Vec<u8>,
}

impl<W: Write> JsonLines<W> {
    /// Writes there.
    pub fn new(out: W) -> Self {
        let line = Vec::new();
        Self { out, line }
    }
}

impl<W: Write> Renderer for JsonLines<W> {
    fn show(&mut self, event: &Event) -> io::Result<()> {
        self.line.clear();
        write(event, &mut self.line)?;
        self.out.write_all(&self.line)?;
        self.out.flush()
    }
}

/// Not generic, so that it is compiled here, and optimised as this crate is.
fn write(event: &Event, line: &mut Vec<u8>) -> io::Result<()> {
    event.serialize(&mut Serializer::with_formatter(&mut *line, Compact))?;
    line.push(b'\n');
    Ok(())
}

/// serde_json's compact form. An event is mostly numbers, and those are written
/// by `ryu`, which is optimised in every profile; what serde_json would write
/// them with is not, and takes longer than all the rest.
struct Compact;

impl Formatter for Compact {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(ryu::Buffer::new().format_finite(value).as_bytes())
    }
}
