//! Systems without namespaces have no sandbox, and stage nothing: what belongs to
//! one is there by name, so that all else can be built and used.

#[path = "error.rs"]
mod error;
#[path = "plan.rs"]
#[expect(dead_code, reason = "nobody writes or reads a plan here")]
mod plan;
#[path = "state.rs"]
mod state;

use std::convert::Infallible;
use std::io;
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

pub use error::SandboxError;
pub use plan::{Limits, Plan};
pub use state::{Process, State};

/// A server in its sandbox. There is none on this system.
#[derive(Debug)]
pub struct Sandbox(Infallible);

impl Sandbox {
    /// Starts nothing.
    ///
    /// # Errors
    /// Always: this system has no sandbox.
    pub fn start(plan: Plan) -> Result<Self, SandboxError> {
        // It would go with the sandbox.
        let _ = std::fs::remove_dir_all(plan.scratch);
        Err(SandboxError::NotHere)
    }

    /// Where the prober's sockets would come from.
    pub fn door(&self) -> Door {
        match self.0 {}
    }

    /// How the server would be.
    ///
    /// # Errors
    /// Never: there is no sandbox to ask.
    pub fn state(&self) -> Result<State, SandboxError> {
        match self.0 {}
    }

    /// Would ask the server's own process to end.
    ///
    /// # Errors
    /// Never: there is no sandbox to ask.
    pub fn terminate(&self) -> Result<(), SandboxError> {
        match self.0 {}
    }

    /// What the server would have printed.
    pub fn said(&self) -> String {
        match self.0 {}
    }

    /// How much that would be.
    pub fn said_bytes(&self) -> u64 {
        match self.0 {}
    }
}

/// Opens connections to ports of a sandbox's loopback. There is none.
#[derive(Clone, Debug)]
pub struct Door(Infallible);

impl Door {
    /// Would connect to a port.
    ///
    /// # Errors
    /// Never: there is no sandbox to reach into.
    pub fn connect(&self, _: u16, _: Duration) -> io::Result<TcpStream> {
        match self.0 {}
    }
}

/// No part of a sandbox is ever started here.
pub fn serve_if_child() -> Option<ExitCode> {
    None
}
