//! Limits that the system holds a program to.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, Signal, signal};

/// Lets no file of the program grow beyond `bytes`: the write fails with an
/// error, and no signal ends the program before it can say so.
pub(crate) fn file_bytes(command: &mut Command, bytes: u64) {
    let limit = move || {
        #[expect(
            unsafe_code,
            reason = "sets how a signal is taken, between fork and exec"
        )]
        // SAFETY: ignoring a signal runs no handler.
        unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) }?;
        Ok(setrlimit(Resource::RLIMIT_FSIZE, bytes, bytes)?)
    };
    #[expect(unsafe_code, reason = "what runs between fork and exec")]
    // SAFETY: two system calls; nothing is allocated or locked.
    unsafe {
        command.pre_exec(limit);
    }
}
