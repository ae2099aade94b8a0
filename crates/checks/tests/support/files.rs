//! Files that planted specs may name: tables of sightings, and the recorded
//! references of `tests/reference`.

use std::fmt::Write as _;
use std::fs;
use std::io::Result;
use std::path::Path;

use seatrial_data::generate::unicorn::{Sighting, features};

/// Puts them into a spec tree.
pub fn write(tree: &Path) -> Result<()> {
    fs::write(tree.join("unicorn-local.csv"), sightings(true))?;
    fs::write(tree.join("unicorn-utc.csv"), sightings(false))?;
    let references = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    for entry in fs::read_dir(references)? {
        let path = entry?.path();
        if let (Some(name), Some("safetensors")) = (path.file_name(), extension(&path)) {
            fs::copy(&path, tree.join(name))?;
        }
    }
    Ok(())
}

fn extension(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// The features of some sightings; without their offsets, local time is taken
/// to be universal time: a bug that refactoring may bring in.
fn sightings(with_offsets: bool) -> String {
    let mut text = "time_of_day_sin,time_of_day_cos,moon,forest,noise,unicorn\n".to_owned();
    for number in 0..200_i64 {
        let offset_h = number % 24 - 11;
        let sighting = Sighting {
            seen_at_s: 1_767_225_600 + number * 5_437,
            utc_offset_s: if with_offsets { 3_600 * offset_h } else { 0 },
            moon: (number % 10) as f64 / 10.0,
            forest: (number % 7) as f64 / 7.0,
            noise: (number % 13) as f64 - 6.0,
            unicorn: number % 20 == 0,
        };
        for feature in features(&sighting) {
            let _ = write!(text, "{feature},");
        }
        let _ = writeln!(text, "{}", u8::from(sighting.unicorn));
    }
    text
}
