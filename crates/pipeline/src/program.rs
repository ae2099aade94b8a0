//! Which code a stage is that this program holds: what other code made is not
//! taken up.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::OnceLock;

use seatrial_rng::{Fingerprint, Fingerprinter};

use crate::{PipelineError, Result};

/// The code of built-in stages and of the models that come with them: the same in
/// every program that was built from the same sources.
pub(crate) const BUILT_IN: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("SEATRIAL_STAGES"));

/// Fingerprint of this program's file: all that is compiled into it.
pub fn this_program() -> Option<Fingerprint> {
    static PROGRAM: OnceLock<Option<Fingerprint>> = OnceLock::new();
    let read = || -> io::Result<Fingerprint> {
        // On Linux this is the file that runs, even if another took its name.
        let running = Path::new("/proc/self/exe");
        let mut file = match File::open(running) {
            Ok(file) => file,
            Err(_) => File::open(std::env::current_exe()?)?,
        };
        let (mut hasher, mut part) = (Fingerprinter::new(), vec![0; 1 << 20]);
        loop {
            match file.read(&mut part)? {
                0 => return Ok(hasher.finish()),
                count => hasher.bytes(&part[..count]),
            }
        }
    };
    *PROGRAM.get_or_init(|| read().ok())
}

/// What tells code that somebody registered from other code.
pub(crate) fn registered() -> Result<String> {
    let cannot = || PipelineError::Stages("this program's own file cannot be read".into());
    Ok(this_program().ok_or_else(cannot)?.to_string())
}
