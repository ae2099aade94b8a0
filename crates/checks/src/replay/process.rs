//! Training in a process of its own: this very program, started again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use super::{Request, train};
use crate::registry::Registry;
use crate::session::Session;

/// First argument of a process that trains for another.
const CHILD: &str = "seatrial-train-afresh";

/// Shown of what a failing process said, in characters.
const SAID_MAX: usize = 2_000;

/// Starts this very program again to train in a new process, and waits. The
/// trace is left in the folder `to`.
///
/// # Errors
/// When it cannot be started, fails, or `stopped` says to end it.
pub fn spawn(
    request: &Request,
    threads: usize,
    to: &Path,
    stopped: &dyn Fn() -> bool,
) -> Result<(), String> {
    let scratch = |error: std::io::Error| format!("scratch file: {error}");
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let request_file = to.join("request.json");
    let text = serde_json::to_string(request).map_err(|error| error.to_string())?;
    fs::write(&request_file, text).map_err(scratch)?;
    // A file and not a pipe: nobody reads along, and a full pipe would block.
    let said = to.join("said.txt");
    let mut child = Command::new(program)
        .arg(CHILD)
        .arg(&request_file)
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&said).map_err(scratch)?)
        .spawn()
        .map_err(|error| format!("a fresh process: {error}"))?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                let said = fs::read(&said).unwrap_or_default();
                let said: String = String::from_utf8_lossy(&said)
                    .chars()
                    .take(SAID_MAX)
                    .collect();
                return Err(format!("the process ended with {status}: {}", said.trim()));
            }
            Ok(None) if stopped() => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("stopped".into());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(format!("waiting for the process: {error}")),
        }
    }
}

/// For the start of a program's `main`: if this process was started to train
/// for another, does so and gives the exit code to end with.
pub fn serve_if_child(registry: impl FnOnce() -> Registry) -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != CHILD {
        return None;
    }
    let request_file = PathBuf::from(arguments.next().unwrap_or_default());
    Some(match serve(&request_file, registry()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // The parent reads it and puts it into the verdict.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), reason.as_bytes());
            ExitCode::from(3)
        }
    })
}

fn serve(request_file: &Path, registry: Registry) -> Result<(), String> {
    let text = fs::read_to_string(request_file).map_err(|error| error.to_string())?;
    let request: Request = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let to = request_file.parent().unwrap_or(Path::new("."));
    // A parent that is told to stop ends this process.
    let trace = train(&Session::new(registry), &request, &|| false);
    trace
        .and_then(|trace| trace.write(to))
        .map_err(|failure| failure.to_string())
}
