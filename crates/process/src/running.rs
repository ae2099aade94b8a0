//! A program at work, and how it ended.

use std::io::{Read, Write};
use std::process::ChildStdin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::tree::Tree;
use crate::{Captured, Input, ProcessError, Program, Result};

/// Looked at this often whether a program has ended: at first and later on.
const LOOK_MS: [u64; 2] = [1, 10];

/// How the head of a tree ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub left_behind: usize,
}

/// A program that ended as it should.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code, one of those that are accepted.
    pub code: i32,
    /// What it wrote to standard output, unless that went to a file.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
    /// How many processes it left running when it ended. They were ended.
    pub left_behind: usize,
    /// How long it took.
    pub took: Duration,
}

/// A program at work. Dropping it ends it with its whole tree.
#[derive(Debug)]
pub struct Running {
    program: Program,
    tree: Tree,
    ended: Option<Ending>,
    started: Instant,
    stdout: Option<Stream>,
    stderr: Option<Stream>,
    stdin: Option<JoinHandle<()>>,
}

/// One of the program's streams, read as it prints.
#[derive(Debug)]
struct Stream {
    captured: Arc<Mutex<Captured>>,
    /// Set once more was printed than may be.
    over: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

pub(crate) fn start(program: &Program) -> Result<Running> {
    let mut tree = Tree::start(program.command()?).map_err(|error| refused(program, error))?;
    let child = tree.child();
    let stdout = child.stdout.take().map(|pipe| Stream::of(program, pipe));
    let stderr = child.stderr.take().map(|pipe| Stream::of(program, pipe));
    let stdin = match (&program.stdin, child.stdin.take()) {
        (Input::Bytes(bytes), Some(pipe)) => Some(feed(pipe, bytes.clone())),
        _ => None,
    };
    Ok(Running {
        program: program.clone(),
        tree,
        ended: None,
        started: Instant::now(),
        stdout,
        stderr,
        stdin,
    })
}

/// Why the system would not start a file that is there and executable.
fn refused(program: &Program, source: std::io::Error) -> ProcessError {
    let name = program.name();
    let reason = match source.kind() {
        std::io::ErrorKind::NotFound => "the interpreter that its first line names is not there",
        std::io::ErrorKind::PermissionDenied => "permission denied",
        _ if source.raw_os_error() == Some(nix::libc::ENOEXEC) => {
            "it is neither a program of this machine nor a script with a first line `#!…`"
        }
        _ => {
            return ProcessError::System {
                program: name,
                source,
            };
        }
    };
    ProcessError::NotExecutable {
        program: name,
        reason: reason.into(),
    }
}

impl Stream {
    fn of(program: &Program, mut pipe: impl Read + Send + 'static) -> Self {
        let captured = Arc::new(Mutex::new(Captured::keeping(program.keep_bytes)));
        let over = Arc::new(AtomicBool::new(false));
        let limit_bytes = program.print_limit_bytes.unwrap_or(u64::MAX);
        let (to, flag) = (Arc::clone(&captured), Arc::clone(&over));
        let reader = thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            // An error is an end: there is nobody left to print.
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                let mut captured = lock(&to);
                captured.push(&buffer[..length]);
                if captured.total_bytes() > limit_bytes {
                    flag.store(true, Ordering::Relaxed);
                }
            }
        });
        Self {
            captured,
            over,
            reader: Some(reader),
        }
    }
}

fn lock(captured: &Mutex<Captured>) -> MutexGuard<'_, Captured> {
    captured.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes from a thread of its own: a program that prints before it reads would
/// otherwise wait for this process, and this process for it.
fn feed(mut pipe: ChildStdin, bytes: Vec<u8>) -> JoinHandle<()> {
    thread::spawn(move || {
        // A program need not read all of its input.
        let _ = pipe.write_all(&bytes);
    })
}

impl Running {
    /// What it has written to standard output so far.
    pub fn stdout(&self) -> Captured {
        so_far(self.stdout.as_ref())
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> Captured {
        so_far(self.stderr.as_ref())
    }

    /// How long it has run.
    pub fn runs_for(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether it has ended, with its whole tree.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn has_ended(&mut self) -> Result<bool> {
        if self.ended.is_none() {
            self.ended = self.tree.ended().map_err(|source| ProcessError::System {
                program: self.program.name(),
                source,
            })?;
        }
        Ok(self.ended.is_some())
    }

    /// Waits for it to end.
    ///
    /// # Errors
    /// When it ends in any other way than with one of the accepted exit codes.
    pub fn wait(self) -> Result<Finished> {
        self.wait_unless(&|| false)
    }

    /// As [`wait`](Self::wait), and ends it as soon as `stopped` says so.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), and when it was stopped.
    pub fn wait_unless(mut self, stopped: &dyn Fn() -> bool) -> Result<Finished> {
        let mut cut_short = None;
        while !self.has_ended()? {
            if cut_short.is_none() {
                cut_short = self.must_end(stopped);
                if cut_short.is_some() {
                    self.tree.end();
                }
            }
            self.pause();
        }
        self.drain();
        match cut_short.or_else(|| self.over_limit()) {
            Some(error) => Err(self.with_what_it_said(error)),
            None => self.judge(),
        }
    }

    /// Asks it to end, waits so long, then ends whatever is still there.
    ///
    /// # Errors
    /// When the system cannot follow it.
    pub fn stop(&mut self, grace: Duration) -> Result<()> {
        let asked = Instant::now();
        self.tree.ask();
        let mut told = false;
        while !self.has_ended()? {
            if !told && asked.elapsed() >= grace {
                self.tree.end();
                told = true;
            }
            self.pause();
        }
        self.drain();
        Ok(())
    }

    fn pause(&self) {
        let [first, later] = LOOK_MS;
        let young = self.started.elapsed() < Duration::from_millis(100);
        thread::sleep(Duration::from_millis(if young { first } else { later }));
    }

    /// Why it must end now, if it must.
    fn must_end(&self, stopped: &dyn Fn() -> bool) -> Option<ProcessError> {
        let program = || self.program.name();
        if stopped() {
            return Some(ProcessError::Stopped { program: program() });
        }
        if let Some(error) = self.over_limit() {
            return Some(error);
        }
        let timeout = self.program.timeout?;
        (self.started.elapsed() > timeout).then(|| ProcessError::Timeout {
            program: program(),
            limit_s: timeout.as_secs_f64(),
            said: String::new(),
        })
    }

    fn over_limit(&self) -> Option<ProcessError> {
        let limit_bytes = self.program.print_limit_bytes?;
        let streams = [
            ("standard output", &self.stdout),
            ("standard error", &self.stderr),
        ];
        let is_over = |stream: &Option<Stream>| {
            let over = stream.as_ref().map(|stream| &stream.over);
            over.is_some_and(|over| over.load(Ordering::Relaxed))
        };
        let (stream, _) = streams.into_iter().find(|(_, stream)| is_over(stream))?;
        Some(ProcessError::OutputLimit {
            program: self.program.name(),
            stream,
            limit_bytes,
            said: String::new(),
        })
    }

    /// Reads what is left in the pipes: the tree has ended, so they have an end.
    fn drain(&mut self) {
        let streams = [self.stdout.as_mut(), self.stderr.as_mut()];
        let readers = streams.into_iter().flatten().map(|s| s.reader.take());
        for thread in readers.chain([self.stdin.take()]).flatten() {
            let _ = thread.join();
        }
    }

    fn with_what_it_said(&self, mut error: ProcessError) -> ProcessError {
        if let ProcessError::Timeout { said, .. } | ProcessError::OutputLimit { said, .. } =
            &mut error
        {
            *said = self.stderr().text();
        }
        error
    }

    fn judge(&self) -> Result<Finished> {
        let program = self.program.name();
        let said = || self.stderr().text();
        match self.ended {
            Some(Ending {
                code: Some(code),
                left_behind,
                ..
            }) if self.program.codes.contains(&code) => Ok(Finished {
                code,
                stdout: self.stdout(),
                stderr: self.stderr(),
                left_behind,
                took: self.started.elapsed(),
            }),
            Some(Ending {
                code: Some(code), ..
            }) => Err(ProcessError::Exit {
                program,
                code,
                said: said(),
            }),
            Some(Ending {
                signal: Some(signal),
                ..
            }) => Err(ProcessError::Signal {
                program,
                signal: Signal::try_from(signal)
                    .map_or_else(|_| format!("signal {signal}"), |signal| signal.to_string()),
                said: said(),
            }),
            _ => Err(ProcessError::System {
                program,
                source: std::io::Error::other("nobody knows how it ended"),
            }),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The tree ends with this value, not some time after it.
        while matches!(self.has_ended(), Ok(false)) {
            self.tree.end();
            self.pause();
        }
    }
}

fn so_far(stream: Option<&Stream>) -> Captured {
    stream.map_or_else(Captured::default, |stream| lock(&stream.captured).clone())
}
