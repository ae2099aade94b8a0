//! Reading back what [`JsonLines`](crate::JsonLines) wrote, whole or cut short.

use std::io::BufRead;

use serde_json::Value;

use crate::{Event, Run, VERSION};

/// Why events cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read it: {0}")]
    Io(#[from] std::io::Error),

    /// No line is an event.
    #[error("it holds no event: `seatrial test --format json` writes one a line")]
    NoEvent,

    /// Written by a program that came later.
    #[error(
        "its events are of version {0}, and this program reads up to {VERSION}: a newer `seatrial` reads it"
    )]
    Newer(u64),
}

/// Words of the events that this program knows.
const KNOWN: [&str; 4] = ["start", "case", "trouble", "end"];
/// Lines that cannot be read and are named; more are only counted.
const NAMED_MAX: usize = 5;

impl Run {
    /// Reads events, a line each. Events of kinds that this version does not
    /// know are passed over. A line that is no event makes the run one with
    /// troubles, as does a stream that was cut short: such a run never passes.
    ///
    /// # Errors
    /// When there is nothing to show: no event, or all of a newer version.
    pub fn read(mut lines: impl BufRead) -> Result<Self, ReadError> {
        let mut run = Self::default();
        let (mut events, mut broken) = (0, Vec::new());
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if lines.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            match event(text)? {
                Line::Event(event) => {
                    events += 1;
                    run.add(*event);
                }
                Line::Unknown => {}
                Line::Broken => broken.push(number),
            }
        }
        if events == 0 {
            return Err(ReadError::NoEvent);
        }
        run.troubles.extend(told(&broken));
        Ok(run.closed())
    }
}

enum Line {
    Event(Box<Event>),
    Unknown,
    Broken,
}

fn event(text: &[u8]) -> Result<Line, ReadError> {
    // The common line is read once, without a detour.
    if let Ok(event) = serde_json::from_slice::<Event>(text) {
        if let Event::Start(start) = &event
            && start.version > VERSION
        {
            return Err(ReadError::Newer(start.version.into()));
        }
        return Ok(Line::Event(Box::new(event)));
    }
    let Ok(value) = serde_json::from_slice::<Value>(text) else {
        return Ok(Line::Broken);
    };
    match value["version"].as_u64() {
        Some(version) if version > u64::from(VERSION) => return Err(ReadError::Newer(version)),
        _ => {}
    }
    Ok(match value["event"].as_str() {
        Some(word) if !KNOWN.contains(&word) => Line::Unknown,
        _ => Line::Broken,
    })
}

/// Which lines could not be read, if any.
fn told(broken: &[usize]) -> Option<String> {
    let named: Vec<_> = broken
        .iter()
        .take(NAMED_MAX)
        .map(usize::to_string)
        .collect();
    let more = match broken.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (s, is) = if broken.len() == 1 {
        ("", "is")
    } else {
        ("s", "are")
    };
    let named = named.join(", ");
    (!broken.is_empty()).then(|| format!("line{s} {named}{more} {is} no event, or cut short"))
}
