//! The keeper: makes the namespaces, and tidies up when they are gone.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, getegid, geteuid, setsid};

use super::control::{Told, say};
use super::{Plan, budget, first};

/// First argument of a program that is started again as a keeper.
pub(super) const CHILD: &str = "seatrial-keep-sandbox";

/// For the start of a program's `main`: if this process was started as the
/// keeper of a sandbox, does its work and gives the exit code to end with.
pub fn serve_if_child() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != OsStr::new(CHILD) {
        return None;
    }
    let file = arguments.next().unwrap_or_default();
    let told = match keep(Path::new(&file)) {
        Ok(()) => return Some(ExitCode::SUCCESS),
        Err(told) => told,
    };
    // If nobody hears it, nobody asked.
    let _ = say(io::stdin().as_fd(), &told, None);
    Some(ExitCode::FAILURE)
}

fn keep(file: &Path) -> Result<(), Told> {
    let plan = Plan::take(file).map_err(|error| broken("the plan", error))?;
    let kept = within_namespaces(&plan);
    budget::remove(std::process::id());
    // The prober removes it too, unless it was killed.
    let _ = fs::remove_dir_all(&plan.scratch);
    kept
}

fn within_namespaces(plan: &Plan) -> Result<(), Told> {
    // What ends the prober's terminal or group must leave time to tidy up.
    setsid().map_err(|error| broken("a session of its own", error.into()))?;
    enter().map_err(|error| Told::Forbidden(error.to_string()))?;
    let (hold, release) = io::pipe().map_err(|error| broken("a pipe", error))?;
    match fork_once().map_err(|error| broken("its first process", error.into()))? {
        ForkResult::Child => {
            drop(release);
            first_process(plan, hold)
        }
        ForkResult::Parent { child } => {
            let confined = plan
                .limits
                .memory_bytes
                .is_some_and(|bytes| budget::confine(std::process::id(), child, bytes));
            // If it is gone already, waiting tells.
            let _ = (&release).write_all(&[u8::from(confined)]);
            drop(release);
            wait_for(child).map_err(|error| broken("its first process", error.into()))
        }
    }
}

/// Once the keeper has set the limits that it can.
fn first_process(plan: &Plan, mut hold: PipeReader) -> ! {
    let mut confined = [0];
    let code = match hold.read_exact(&mut confined) {
        Ok(()) => first::process(plan, confined == [1]),
        Err(_) => 1,
    };
    std::process::exit(code)
}

/// New users, network, interprocess communication, and, for children,
/// processes. Mounts are the first process's own affair.
fn enter() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    let all = CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC;
    if let Err(error) = unshare(all | CloneFlags::CLONE_NEWUSER) {
        // Root needs no new users to make the rest.
        return unshare(all).map_err(|_| error.into());
    }
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

#[expect(unsafe_code, reason = "the first process of new namespaces is a fork")]
fn fork_once() -> nix::Result<ForkResult> {
    // SAFETY: the keeper has one thread, so the child finds no lock held.
    unsafe { fork() }
}

fn wait_for(child: Pid) -> nix::Result<()> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            ended => return ended.map(|_| ()),
        }
    }
}

fn broken(what: &str, error: io::Error) -> Told {
    Told::Broken(format!("{what}: {error}"))
}
