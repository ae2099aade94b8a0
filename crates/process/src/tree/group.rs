//! A program and its descendants, on systems that only know process groups.
//!
//! A descendant that leaves the group is not found here.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::running::Ending;

/// What ends a tree and tells how it ended.
#[derive(Debug)]
pub(crate) struct Tree {
    child: Child,
    group: Pid,
}

impl Tree {
    /// Starts the command at the head of a group of its own.
    pub fn start(mut command: Command) -> io::Result<Self> {
        let child = crate::spawn::spawn({
            command.process_group(0);
            command
        })?;
        let group = Pid::from_raw(child.id().cast_signed());
        Ok(Self { child, group })
    }

    /// The process that this one started.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Asks the program to end.
    pub fn ask(&self) {
        let _ = killpg(self.group, Signal::SIGTERM);
    }

    /// Ends the whole tree, soon.
    pub fn end(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.kill();
    }

    /// How it ended, once the whole tree has.
    pub fn ended(&mut self) -> io::Result<Option<Ending>> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(None);
        };
        // What the program left in its group.
        let left_behind = usize::from(killpg(self.group, Signal::SIGKILL).is_ok());
        Ok(Some(Ending {
            code: status.code(),
            signal: status.signal(),
            left_behind,
        }))
    }
}
