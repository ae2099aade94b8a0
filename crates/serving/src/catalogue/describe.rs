//! Asking an installed onnxruntime what it can run.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use seatrial_process::Program;

use super::Description;
use crate::ServingError;

const SCRIPT: &str = include_str!("describe_onnxruntime.py");

/// Importing and probing take seconds; whoever needs longer hangs.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Twenty times what the largest description takes.
const BYTES_MAX: u64 = 32 << 20;

/// Describes the onnxruntime that this Python interpreter imports.
///
/// The interpreter is a name, looked up in `PATH`, or a path. It needs no
/// package but onnxruntime.
///
/// # Errors
/// When it cannot be run, imports no onnxruntime or one that does not list its
/// kernels, or answers with anything but a description.
pub fn describe_onnxruntime(python: &Path) -> Result<Description, ServingError> {
    let undescribed = |reason: String| ServingError::Undescribed {
        interpreter: python.display().to_string(),
        reason,
    };
    let failed = |error: std::io::Error| undescribed(error.to_string());
    // A name is looked up; a path means what it means here, wherever it is run.
    let program = if python.components().count() > 1 {
        std::path::absolute(python).map_err(failed)?
    } else {
        python.to_owned()
    };
    // A folder of its own: modules of this one are not to be imported.
    let folder = tempfile::tempdir().map_err(failed)?;
    let answer = folder.path().join("answer.json");
    Program::new(program)
        .args(["-c", SCRIPT])
        .arg(&answer)
        .current_dir(folder.path())
        .timeout(TIMEOUT)
        .run()
        .map_err(|error| undescribed(error.to_string()))?;
    let length = fs::metadata(&answer).map_err(failed)?.len();
    if length > BYTES_MAX {
        return Err(undescribed(format!("its answer is {length} bytes long")));
    }
    let mut text = String::new();
    let file = File::open(&answer).map_err(failed)?;
    file.take(BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(failed)?;
    let description: Description = serde_json::from_str(&text)
        .map_err(|error| undescribed(format!("its answer is no description: {error}")))?;
    Ok(description.without_standard_signatures())
}
