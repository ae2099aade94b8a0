//! What is told of a server in its sandbox.

use serde::{Deserialize, Serialize};

/// How a server is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// How its own process ended, if it did, such as `status 1` or `signal 11
    /// (SIGSEGV)`.
    pub ended: Option<String>,
    /// Whether it was ended for using more memory than it may.
    pub over_memory: bool,
    /// Anonymous and shared memory of all its processes, in bytes.
    pub memory_bytes: u64,
    /// The most of it that was seen.
    pub memory_peak_bytes: u64,
    /// Processor time of all its processes that are alive, in seconds.
    pub cpu_s: f64,
    /// Its processes: its own and all that came of it.
    pub processes: Vec<Process>,
    /// TCP ports that are listened on, sorted.
    pub listening: Vec<u16>,
}

/// A process inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number inside.
    pub id: i32,
    /// Its name.
    pub name: String,
}
