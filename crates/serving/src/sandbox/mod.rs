//! A server alone in a world of its own, of which nothing is left behind.
//!
//! Linux namespaces give it its own users, network, processes, mounts and
//! interprocess communication: no way out to any network, a loopback where
//! every port is free, a private `/proc` and `/dev/shm`, and a file system on
//! which it can write nothing that lasts. No daemon, image or privilege is
//! needed, where the kernel lets its users make namespaces.
//!
//! Three processes take part. This program starts itself again as the *keeper*,
//! outside: it makes the namespaces and tidies up after them, even if this
//! program is killed. The keeper's child is the *first process* inside: it
//! mounts, starts the server, answers questions, and when it ends, the kernel
//! ends everything inside. It ends as soon as nobody asks any more.
//!
//! The prober stays outside and reaches in through sockets that the first
//! process opens for it: a socket belongs to the network in which it was made.
//!
//! What does not live here: which server, and what is asked of it.

mod budget;
mod control;
mod door;
mod error;
mod first;
mod keeper;
mod log;
mod mounts;
mod network;
mod plan;
mod processes;
mod state;

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use control::{Control, Told};
pub use door::Door;
pub use error::SandboxError;
pub use keeper::serve_if_child;
use log::Log;
pub use plan::{Limits, Plan};
pub use state::{Process, State};

/// How long the namespaces may take to come up.
const SETUP_S_MAX: Duration = Duration::from_secs(30);

/// How long they may take to go.
const TEARDOWN_S_MAX: Duration = Duration::from_secs(10);

/// A server in its sandbox. Dropping it ends everything in there.
#[derive(Debug)]
pub struct Sandbox {
    control: Arc<Control>,
    keeper: Child,
    log: Log,
    plan: Plan,
}

impl Sandbox {
    /// Starts the plan's program in a new sandbox.
    ///
    /// The plan's scratch folder belongs to the sandbox from here on, and goes
    /// with it.
    ///
    /// This program must call [`serve_if_child`] first thing in its `main`.
    ///
    /// # Errors
    /// When there can be no sandbox, or no such program in it.
    pub fn start(plan: Plan) -> Result<Self, SandboxError> {
        let sandbox = Self::set_up(plan)?;
        match sandbox.control.hear(SETUP_S_MAX)? {
            Told::Started => Ok(sandbox),
            Told::Forbidden(reason) => Err(SandboxError::Forbidden(reason)),
            Told::NotStarted(reason) => Err(SandboxError::Start {
                program: sandbox.plan.program.clone(),
                reason,
            }),
            Told::Broken(reason) => Err(SandboxError::Setup(reason)),
            told => Err(SandboxError::Setup(format!("it said {told:?}"))),
        }
    }

    fn set_up(plan: Plan) -> Result<Self, SandboxError> {
        let failed = |error: io::Error| SandboxError::Setup(error.to_string());
        let file = plan.write().map_err(failed)?;
        let (near, far) = control::pair().map_err(failed)?;
        let (reader, writer) = io::pipe().map_err(failed)?;
        let program = std::env::current_exe().map_err(failed)?;
        let keeper = Command::new(program)
            .arg(keeper::CHILD)
            .arg(file)
            .env_clear()
            .stdin(Stdio::from(far))
            .stdout(Stdio::from(OwnedFd::from(
                writer.try_clone().map_err(failed)?,
            )))
            .stderr(Stdio::from(OwnedFd::from(writer)))
            .spawn()
            .map_err(failed)?;
        Ok(Self {
            control: Arc::new(Control::new(near)),
            keeper,
            log: Log::follow(reader),
            plan,
        })
    }

    /// Where the prober's sockets come from.
    pub fn door(&self) -> Door {
        Door::new(Arc::clone(&self.control))
    }

    /// How the server is.
    ///
    /// # Errors
    /// When the sandbox is gone.
    pub fn state(&self) -> Result<State, SandboxError> {
        let mut state = self.control.state()?;
        state.over_memory |= state.ended.is_some() && budget::ran_out(self.keeper.id());
        Ok(state)
    }

    /// Asks the server's own process, and none of its children, to end.
    ///
    /// # Errors
    /// When the sandbox is gone.
    pub fn terminate(&self) -> Result<(), SandboxError> {
        self.control.terminate()
    }

    /// What the server printed, on both streams: the beginning and the end.
    pub fn said(&self) -> String {
        self.log.text()
    }

    /// How many bytes it printed altogether.
    pub fn said_bytes(&self) -> u64 {
        self.log.bytes()
    }

    /// Ends everything inside, and waits until it is gone.
    fn end(&mut self) {
        self.control.close();
        let until = Instant::now() + TEARDOWN_S_MAX;
        while let Ok(None) = self.keeper.try_wait() {
            if Instant::now() > until {
                // The first process dies with its parent.
                let _ = self.keeper.kill();
                let _ = self.keeper.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // The keeper has done both already, unless it was killed.
        budget::remove(self.keeper.id());
        let _ = std::fs::remove_dir_all(&self.plan.scratch);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}
