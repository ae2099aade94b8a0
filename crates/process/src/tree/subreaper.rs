//! A program and all its descendants, on Linux.
//!
//! Between this process and the program stands a keeper: a fork of this process
//! that runs no program. It is a *subreaper*, so that whatever the program
//! starts stays below it, also what leaves its group, its session and its
//! parents. When the program ends, when it is told to, or when this process
//! dies, the keeper ends everything below it, says how the program ended, and
//! ends itself. When the keeper is gone, so is the tree.
//!
//! Between its fork and its end, the keeper only makes calls that are safe in
//! the fork of a process with threads: it allocates nothing and locks nothing.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use nix::errno::Errno;
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getppid, setsid};

use crate::running::Ending;

/// Tells the keeper to end the tree; also sent by the system when this process
/// dies.
const END: Signal = Signal::SIGUSR1;
/// Tells the keeper to ask the program to end.
const ASK: Signal = Signal::SIGTERM;
/// How long descendants have to follow a program that has ended, before they
/// are counted as left behind: interpreters reap their helpers in this time.
const GRACE_MS: u32 = 300;

/// What ends a tree and tells how it ended.
#[derive(Debug)]
pub(crate) struct Tree {
    keeper: Child,
    report: PipeReader,
}

impl Tree {
    /// Starts the command below a keeper of its own.
    pub fn start(mut command: Command) -> io::Result<Self> {
        let (report, to_report) = io::pipe()?;
        let parent = Pid::this();
        let to_report = OwnedFd::from(to_report);
        #[expect(
            unsafe_code,
            reason = "what runs between fork and exec keeps to async-signal-safe calls"
        )]
        // SAFETY: `split` allocates nothing and takes no lock; see the module head.
        unsafe {
            command.pre_exec(move || split(parent, to_report.as_raw_fd()));
        }
        let keeper = crate::spawn::spawn(command)?;
        Ok(Self { keeper, report })
    }

    /// The process that this one started, which holds the program's streams.
    pub fn child(&mut self) -> &mut Child {
        &mut self.keeper
    }

    /// Asks the program to end.
    pub fn ask(&self) {
        self.signal(ASK);
    }

    /// Ends the whole tree, soon.
    pub fn end(&mut self) {
        self.signal(END);
    }

    /// How it ended, once the whole tree has.
    pub fn ended(&mut self) -> io::Result<Option<Ending>> {
        if self.keeper.try_wait()?.is_none() {
            return Ok(None);
        }
        let mut record = [0; Record::BYTES];
        if self.report.read_exact(&mut record).is_err() {
            // Somebody ended the keeper; the system then ended the program.
            return Ok(Some(Ending {
                code: None,
                signal: Some(libc::SIGKILL),
                left_behind: 0,
            }));
        }
        Ok(Some(Record::of_bytes(record).into()))
    }

    fn signal(&self, signal: Signal) {
        // Not reaped yet, as only `ended` does and it takes `&mut self`; were it,
        // the system would say so.
        let _ = kill(Pid::from_raw(self.keeper.id().cast_signed()), signal);
    }
}

/// How the program ended, as the keeper reports it.
#[derive(Clone, Copy)]
struct Record {
    /// Exit code, or -1.
    code: i32,
    /// Signal, or 0.
    signal: i32,
    left_behind: i32,
}

impl Record {
    const BYTES: usize = 12;

    fn bytes(self) -> [u8; Self::BYTES] {
        let [a, b, c, d] = self.code.to_ne_bytes();
        let [e, f, g, h] = self.signal.to_ne_bytes();
        let [i, j, k, l] = self.left_behind.to_ne_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }

    fn of_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = bytes;
        Self {
            code: i32::from_ne_bytes([a, b, c, d]),
            signal: i32::from_ne_bytes([e, f, g, h]),
            left_behind: i32::from_ne_bytes([i, j, k, l]),
        }
    }
}

impl From<Record> for Ending {
    fn from(record: Record) -> Self {
        Ending {
            code: (record.code >= 0).then_some(record.code),
            signal: (record.signal > 0).then_some(record.signal),
            left_behind: usize::try_from(record.left_behind).unwrap_or(0),
        }
    }
}

/// Splits the process that is to become the program in two: the keeper, which
/// never returns, and the program, which does.
fn split(parent: Pid, report: RawFd) -> io::Result<()> {
    prctl::set_child_subreaper(true)?;
    prctl::set_pdeathsig(END)?;
    if getppid() != parent {
        // It died before it could be told to take this one along.
        return Err(Errno::ESRCH.into());
    }
    // The keeper takes its signals one by one and is ended by none of them.
    SigSet::all().thread_block()?;
    #[expect(unsafe_code, reason = "fork")]
    // SAFETY: this process has one thread, and both halves keep to
    // async-signal-safe calls until they run a program or end.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => keep(child, report),
        ForkResult::Child => {
            prctl::set_child_subreaper(false)?;
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            setsid()?;
            SigSet::all().thread_unblock()?;
            Ok(())
        }
    }
}

/// The keeper's life: until everything below it has ended.
fn keep(program: Pid, report: RawFd) -> ! {
    close_all_but(report);
    let mut keeper = Keeper {
        program,
        record: None,
        ending: false,
    };
    while keeper.reap() {
        let waited_ms = match keeper.record {
            None => None,
            Some(_) if !keeper.ending => Some(GRACE_MS),
            // Killed descendants pass theirs on to the keeper: look again.
            Some(_) => Some(5),
        };
        match next_signal(waited_ms) {
            Some(signal) if signal == END as i32 => keeper.ending = true,
            Some(signal) if signal == ASK as i32 => {
                let _ = killpg(program, ASK);
            }
            Some(_) => {}
            None if !keeper.ending => {
                // The program has ended, and these did not follow it.
                keeper.ending = true;
                keeper.count_left_behind();
            }
            None => {}
        }
        if keeper.ending && !keeper.end_children() && keeper.record.is_some() {
            // Without /proc, nobody can be found below; better to end than to
            // wait for them.
            break;
        }
    }
    let record = keeper.record.unwrap_or(Record {
        code: -1,
        signal: libc::SIGKILL,
        left_behind: 0,
    });
    #[expect(
        unsafe_code,
        reason = "the end of a process that must run no destructor"
    )]
    // SAFETY: writes a local buffer to an open descriptor, then ends.
    unsafe {
        let bytes = record.bytes();
        libc::write(report, bytes.as_ptr().cast(), bytes.len());
        libc::_exit(0)
    }
}

struct Keeper {
    program: Pid,
    /// How the program ended, once it has.
    record: Option<Record>,
    /// Whether everything is to end.
    ending: bool,
}

impl Keeper {
    /// Reaps what has ended. `false` when nothing is left below.
    fn reap(&mut self) -> bool {
        loop {
            let (pid, code, signal) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, code, 0),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, -1, signal as i32),
                Ok(WaitStatus::StillAlive) => return true,
                Err(Errno::ECHILD) => return false,
                Ok(_) | Err(_) => continue,
            };
            if pid == self.program {
                self.record = Some(Record {
                    code,
                    signal,
                    left_behind: 0,
                });
            }
        }
    }

    fn count_left_behind(&mut self) {
        let mut count = 0;
        children(|_| count += 1);
        if let Some(record) = &mut self.record {
            record.left_behind = count;
        }
    }

    /// `false` when it cannot be told who they are.
    fn end_children(&self) -> bool {
        if self.record.is_none() {
            let _ = killpg(self.program, Signal::SIGKILL);
            let _ = kill(self.program, Signal::SIGKILL);
        }
        children(|pid| {
            let _ = kill(pid, Signal::SIGKILL);
        })
    }
}

/// Calls `each` with the keeper's children. A child that comes or goes
/// meanwhile may be missed; the next call sees it.
/// `false` when the system does not tell.
fn children(mut each: impl FnMut(Pid)) -> bool {
    let mut buffer = [0_u8; 4096];
    #[expect(unsafe_code, reason = "reads a file without allocating")]
    // SAFETY: a constant path, and a local buffer of the length that is given.
    let length = unsafe {
        let file = libc::open(
            c"/proc/thread-self/children".as_ptr(),
            libc::O_RDONLY | libc::O_CLOEXEC,
        );
        if file < 0 {
            return false;
        }
        let length = libc::read(file, buffer.as_mut_ptr().cast(), buffer.len());
        libc::close(file);
        length
    };
    let mut pid = 0_i32;
    for &byte in &buffer[..usize::try_from(length).unwrap_or(0)] {
        if byte.is_ascii_digit() {
            pid = pid.wrapping_mul(10).wrapping_add(i32::from(byte - b'0'));
        } else if pid > 1 {
            each(Pid::from_raw(pid));
            pid = 0;
        }
    }
    length >= 0
}

/// The next signal, or `None` when `limit_ms` have passed without one.
fn next_signal(limit_ms: Option<u32>) -> Option<i32> {
    let all = SigSet::all();
    let milliseconds = limit_ms.unwrap_or(u32::MAX);
    let limit = libc::timespec {
        tv_sec: (milliseconds / 1_000).into(),
        tv_nsec: (milliseconds % 1_000 * 1_000_000).into(),
    };
    loop {
        #[expect(unsafe_code, reason = "nix has no sigtimedwait")]
        // SAFETY: two valid pointers to locals, and none where none is wanted.
        let signal = unsafe { libc::sigtimedwait(all.as_ref(), std::ptr::null_mut(), &limit) };
        match Errno::last() {
            _ if signal > 0 => return Some(signal),
            Errno::EAGAIN if limit_ms.is_some() => return None,
            _ => {}
        }
    }
}

/// Closes everything that the keeper inherited: pipes end when the program
/// closes them, and no file of this process is held open by its fork.
fn close_all_but(kept: RawFd) {
    let kept = kept.cast_unsigned();
    #[expect(unsafe_code, reason = "nix has no close_range")]
    // SAFETY: the keeper uses no descriptor but the one that is left open.
    unsafe {
        if kept > 0 {
            libc::syscall(libc::SYS_close_range, 0_u32, kept - 1, 0_u32);
        }
        libc::syscall(libc::SYS_close_range, kept + 1, u32::MAX, 0_u32);
    }
}
