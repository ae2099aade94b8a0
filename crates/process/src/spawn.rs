//! One thread that starts every program.
//!
//! Linux ends a program with the *thread* that started it, when it is told to
//! end it with its parent. Threads of a harness come and go; this one stays.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

type Job = Box<dyn FnOnce() + Send>;

/// Starts the command from the one thread that outlives all others.
pub(crate) fn spawn(mut command: Command) -> io::Result<Child> {
    static STARTER: OnceLock<io::Result<Mutex<Sender<Job>>>> = OnceLock::new();
    let gone = || io::Error::other("the thread that starts programs is gone");
    let starter = STARTER.get_or_init(|| {
        let (jobs, inbox) = channel::<Job>();
        std::thread::Builder::new()
            .name("starts programs".into())
            .spawn(move || inbox.into_iter().for_each(|job| job()))?;
        Ok(Mutex::new(jobs))
    });
    let starter = starter.as_ref().map_err(|_| gone())?;
    let (answer, answered) = channel();
    let job = Box::new(move || {
        // Whoever asked may have gone; then the child ends with its answer.
        let _ = answer.send(command.spawn());
    });
    let jobs = starter.lock().unwrap_or_else(PoisonError::into_inner);
    jobs.send(job).map_err(|_| gone())?;
    drop(jobs);
    answered.recv().map_err(|_| gone())?
}
