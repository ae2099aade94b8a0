//! A thread that writes results, so that no case waits for the disk.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use seatrial_ledger::{FileHashes, LedgerError, RunWriter};
use seatrial_spec::Case;

use super::case;
use crate::Plan;
use crate::crew::Finished;

/// Results that are written together.
const BATCH_MAX: usize = 1_000;
/// How long a result may wait for others to be written with.
const WAIT: Duration = Duration::from_millis(20);

/// The near end of the thread.
pub(super) struct Desk {
    run: String,
    inbox: Sender<Item>,
    thread: Mutex<Option<JoinHandle<Result<(), LedgerError>>>>,
}

type Judged = (Arc<Case>, Box<Finished>);

enum Item {
    Result(Judged),
    /// The run came to its end. Without this it did not, however the thread
    /// ends.
    End,
}

impl Desk {
    pub fn open(writer: RunWriter, plan: &Plan, hashes: FileHashes) -> Self {
        let (inbox, items) = channel();
        let run = writer.name().to_owned();
        let root = Arc::clone(&plan.root);
        let thread = std::thread::spawn(move || write(writer, &root, hashes, &items));
        Self {
            run,
            inbox,
            thread: Mutex::new(Some(thread)),
        }
    }

    pub fn run(&self) -> &str {
        &self.run
    }

    /// If the thread has failed, closing tells.
    pub fn keep(&self, case: &Arc<Case>, finished: &Finished) {
        let result = Item::Result((Arc::clone(case), Box::new(finished.clone())));
        let _ = self.inbox.send(result);
    }

    pub fn close(&self) -> Result<(), LedgerError> {
        let _ = self.inbox.send(Item::End);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(thread) = thread.take() else {
            return Ok(());
        };
        // Its panic has been shown; say nothing of a run kept.
        let crashed = |_| {
            Err(LedgerError::Unwritable {
                file: Path::new(&self.run).to_owned(),
                reason: "what writes it crashed".into(),
            })
        };
        thread.join().unwrap_or_else(crashed)
    }
}

fn write(
    mut writer: RunWriter,
    root: &Path,
    mut hashes: FileHashes,
    items: &Receiver<Item>,
) -> Result<(), LedgerError> {
    let tree = case::Tree::new(root);
    loop {
        let (batch, ended) = gather(items);
        let records: Vec<_> = batch
            .iter()
            .map(|(case, finished)| tree.record(case, finished, &mut hashes))
            .collect();
        if !records.is_empty() {
            writer.add(&records)?;
        }
        match ended {
            None => {}
            Some(true) => return writer.finish(),
            Some(false) => return Ok(()),
        }
    }
}

/// What comes within a short time of the first; and whether the run ended, or
/// was broken off.
fn gather(items: &Receiver<Item>) -> (Vec<Judged>, Option<bool>) {
    let mut batch = Vec::new();
    let mut until = None;
    while batch.len() < BATCH_MAX {
        let item = match until {
            None => items.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => {
                items.recv_timeout(Instant::saturating_duration_since(&until, Instant::now()))
            }
        };
        match item {
            Ok(Item::Result(judged)) => batch.push(judged),
            Ok(Item::End) => return (batch, Some(true)),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return (batch, Some(false)),
        }
        until = until.or(Some(Instant::now() + WAIT));
    }
    (batch, None)
}
