//! Writes a report of a made-up run with a figure of every kind, and one of 500
//! cases, for people and browsers to look at:
//!
//! ```sh
//! cargo run -p seatrial-report --example gallery -- DIR
//! ```

use std::io::{Error, Result};
use std::path::Path;

use seatrial_report::{Folder, Renderer};

#[path = "../tests/support/mod.rs"]
mod support;

fn main() -> Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or_else(|| Error::other("name a folder"))?;
    for (name, events) in [
        ("gallery", support::gallery()),
        ("many", support::many(500)),
    ] {
        let mut folder = Folder::create(&Path::new(&folder).join(name))?;
        events.iter().try_for_each(|event| folder.show(event))?;
    }
    Ok(())
}
