//! The first process of a sandbox: furnishes it, starts the server, and answers
//! questions until nobody asks any more. When it ends, the kernel ends
//! everything inside.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::control::{Asked, Told, hear, say, something_to_hear};
use super::{Plan, State, budget, mounts, network, processes};

/// How often it looks how much memory is used, and who has ended.
const LOOK: Duration = Duration::from_millis(20);

/// How long the kernel may have no memory for one answer.
const MEMORY_S_MAX: Duration = Duration::from_secs(5);

/// What a process may map over what all may use: much is mapped and never used.
const MAPPED_OVER_USED: u64 = 2;

/// The score of what the kernel ends first: proc_pid_oom_score_adj(5).
const OOM_SCORE_MAX: &str = "1000";

/// Does all of that. `confined` says that a control group limits its memory.
pub(super) fn process(plan: &Plan, confined: bool) -> i32 {
    let stdin = io::stdin();
    let prober = stdin.as_fd();
    match begin(plan, confined) {
        Ok(leader) => {
            if say(prober, &Told::Started, None).is_ok() {
                serve(prober, &plan.limits.memory_bytes, leader);
            }
            0
        }
        Err(told) => {
            let _ = say(prober, &told, None);
            1
        }
    }
}

fn begin(plan: &Plan, confined: bool) -> Result<Pid, Told> {
    // Should the keeper be killed, this ends too.
    prctl::set_pdeathsig(Signal::SIGKILL)
        .map_err(|error| broken("a death signal", error.into()))?;
    mounts::furnish(plan).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Told::Forbidden(error.to_string()),
        _ => broken("its file system", error),
    })?;
    network::loopback_up().map_err(|error| broken("its loopback", error))?;
    if let Some(cpus) = plan.limits.cpus {
        budget::keep_on(cpus).map_err(|error| broken("its processors", error))?;
    }
    if let (Some(bytes), false) = (plan.limits.memory_bytes, confined) {
        let mapped = bytes.saturating_mul(MAPPED_OVER_USED);
        budget::limit_each(mapped).map_err(|error| broken("its memory", error))?;
    }
    give_up_power().map_err(|error| broken("its powers", error))?;
    let server = start(plan).map_err(|error| Told::NotStarted(error.to_string()))?;
    Ok(Pid::from_raw(server.id().cast_signed()))
}

/// Starts the server, as one that the kernel ends before this process where
/// memory is short: this one must live to tell of it.
fn start(plan: &Plan) -> io::Result<Child> {
    // What is started inherits it. Where it cannot be set, the larger ends first.
    let dispensable = |score: &str| fs::write("/proc/self/oom_score_adj", score);
    let before = fs::read_to_string("/proc/self/oom_score_adj").unwrap_or_default();
    let _ = dispensable(OOM_SCORE_MAX);
    let server = Command::new(&plan.program)
        .args(&plan.arguments)
        .env_clear()
        .envs(plan.whole_environment())
        .current_dir(&plan.folder)
        .stdin(Stdio::null())
        .spawn();
    let _ = dispensable(before.trim());
    server
}

/// What this process starts has no power over the sandbox, even as its root:
/// it cannot make writable what is not.
#[expect(unsafe_code, reason = "securebits have no safe call")]
fn give_up_power() -> io::Result<()> {
    prctl::set_no_new_privs()?;
    let bits = libc::SECBIT_NOROOT | libc::SECBIT_NOROOT_LOCKED;
    // SAFETY: takes numbers alone.
    let result = unsafe { libc::prctl(libc::PR_SET_SECUREBITS, bits, 0, 0, 0) };
    Errno::result(result)?;
    Ok(())
}

fn serve(prober: BorrowedFd, memory_bytes_max: &Option<u64>, leader: Pid) {
    let mut state = State::default();
    let mut looked = Instant::now();
    loop {
        if something_to_hear(prober, LOOK).unwrap_or(true) {
            match hear::<Asked>(prober) {
                Ok(Some((asked, _))) => {
                    reap(leader, &mut state);
                    let (told, socket) = answer(asked, leader, &mut state);
                    let socket = socket.as_ref().map(AsFd::as_fd);
                    if patiently(|| say(prober, &told, socket)).is_err() {
                        return;
                    }
                }
                Err(error) if for_want_of_memory(&error) => {}
                Ok(None) | Err(_) => return,
            }
        }
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            reap(leader, &mut state);
            watch(&mut state, memory_bytes_max);
        }
    }
}

fn answer(asked: Asked, leader: Pid, state: &mut State) -> (Told, Option<OwnedFd>) {
    match asked {
        Asked::Socket => {
            let flags = SockFlag::SOCK_CLOEXEC;
            let make = || Ok(socket(AddressFamily::Inet, SockType::Stream, flags, None)?);
            match patiently(make) {
                Ok(made) => (Told::Done, Some(made)),
                Err(error) => (broken("a socket", error), None),
            }
        }
        Asked::State => match patiently(|| processes::look(state)) {
            Ok(()) => (Told::State(state.clone()), None),
            Err(error) => (broken("its processes", error), None),
        },
        Asked::Terminate => {
            // It may have ended: then there is nothing to do.
            let _ = kill(leader, Signal::SIGTERM);
            (Told::Done, None)
        }
    }
}

/// Does what the kernel may have no memory for: a server at its limit leaves this
/// process none either, until one of the two limits has ended it.
fn patiently<T>(mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let since = Instant::now();
    loop {
        match act() {
            Err(error) if for_want_of_memory(&error) && since.elapsed() < MEMORY_S_MAX => {
                std::thread::sleep(LOOK);
            }
            done => return done,
        }
    }
}

fn for_want_of_memory(error: &io::Error) -> bool {
    let number = error.raw_os_error().map(Errno::from_raw);
    matches!(number, Some(Errno::ENOMEM | Errno::ENOBUFS))
}

/// Takes leave of every process that has ended: orphans are this process's too.
fn reap(leader: Pid, state: &mut State) {
    loop {
        let (who, how) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(who, code)) => (who, format!("status {code}")),
            Ok(WaitStatus::Signaled(who, signal, _)) => {
                (who, format!("signal {} ({signal})", signal as i32))
            }
            Ok(WaitStatus::StillAlive) | Err(_) => return,
            Ok(_) => continue,
        };
        if who == leader {
            state.ended = Some(how);
        }
    }
}

fn watch(state: &mut State, memory_bytes_max: &Option<u64>) {
    let Ok(bytes) = processes::memory_bytes_of_all() else {
        return;
    };
    state.memory_peak_bytes = state.memory_peak_bytes.max(bytes);
    if memory_bytes_max.is_some_and(|most| bytes > most) {
        state.over_memory = true;
        // Everyone but the one who asks.
        let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
    }
}

fn broken(what: &str, error: io::Error) -> Told {
    Told::Broken(format!("{what}: {error}"))
}
