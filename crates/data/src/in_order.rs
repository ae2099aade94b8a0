//! Work on many things side by side, brought together one after the other.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Results that may wait for an earlier one, beside one for each thread: more
/// would only cost memory.
const AHEAD: usize = 1;

/// What the threads share.
struct Progress<A, E> {
    /// The next thing that nobody has begun.
    next: usize,
    /// The next thing to bring in.
    due: usize,
    /// Results whose turn has not come.
    waiting: BTreeMap<usize, Result<A, E>>,
    whole: Option<A>,
    /// The first error, in the order of the things; or none, but a thread is lost.
    ended: Option<Option<E>>,
}

/// `work` on each of some things, on the threads of the pool that this is called
/// in, and `merge` of all results in the order of the things. No more results
/// are held than there are threads, and [`AHEAD`]. `None` of no things.
///
/// # Errors
/// That of the first thing, in their order, that work or merging fails on.
pub(crate) fn in_order<T: Sync, A: Send, E: Send>(
    things: &[T],
    work: impl Fn(&T) -> Result<A, E> + Sync,
    merge: impl Fn(Option<A>, A) -> Result<A, E> + Sync,
) -> Result<Option<A>, E> {
    let threads = rayon::current_num_threads().min(things.len());
    let progress = Mutex::new(Progress {
        next: 0,
        due: 0,
        waiting: BTreeMap::new(),
        whole: None,
        ended: None,
    });
    let moved = Condvar::new();
    let worker = || {
        // If this thread is lost to a panic, no other may wait for it.
        let _alarm = Alarm(&progress, &moved);
        while let Some(at) = begin(&progress, &moved, things.len(), threads + AHEAD) {
            let result = work(&things[at]);
            bring(&progress, at, result, &merge);
            moved.notify_all();
        }
    };
    if threads == 1 {
        worker();
    } else {
        rayon::scope(|scope| (0..threads).for_each(|_| scope.spawn(|_| worker())));
    }
    let progress = progress
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    match progress.ended.flatten() {
        Some(error) => Err(error),
        None => Ok(progress.whole),
    }
}

/// The next thing to work on, once it is not too far ahead.
fn begin<A, E>(
    progress: &Mutex<Progress<A, E>>,
    moved: &Condvar,
    things: usize,
    ahead: usize,
) -> Option<usize> {
    let mut now = lock(progress);
    while now.ended.is_none() && now.next < things && now.next >= now.due + ahead {
        // Whatever is due was begun by a thread that does not wait.
        now = moved.wait(now).unwrap_or_else(PoisonError::into_inner);
    }
    if now.ended.is_some() || now.next >= things {
        return None;
    }
    now.next += 1;
    Some(now.next - 1)
}

/// Keeps a result, and brings in all whose turn has come.
fn bring<A, E>(
    progress: &Mutex<Progress<A, E>>,
    at: usize,
    result: Result<A, E>,
    merge: impl Fn(Option<A>, A) -> Result<A, E>,
) {
    let mut now = lock(progress);
    now.waiting.insert(at, result);
    while now.ended.is_none() {
        let due = now.due;
        let Some(result) = now.waiting.remove(&due) else {
            return;
        };
        now.due += 1;
        let whole = now.whole.take();
        match result.and_then(|part| merge(whole, part)) {
            Ok(whole) => now.whole = Some(whole),
            Err(error) => now.ended = Some(Some(error)),
        }
    }
}

fn lock<A, E>(progress: &Mutex<Progress<A, E>>) -> MutexGuard<'_, Progress<A, E>> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all work when its thread panics.
struct Alarm<'a, A, E>(&'a Mutex<Progress<A, E>>, &'a Condvar);

impl<A, E> Drop for Alarm<'_, A, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(self.0).ended.get_or_insert(None);
            self.1.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(things: usize, threads: usize, fail_from: usize) -> Result<Option<String>, usize> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let things: Vec<usize> = (0..things).collect();
        let work = |&thing: &usize| {
            // The early ones take longest, so that later ones have to wait.
            let spin: usize = (0..(100 - thing) * 500).fold(thing, |a, b| a.wrapping_mul(31) ^ b);
            std::hint::black_box(spin);
            if thing < fail_from {
                Ok(format!("{thing},"))
            } else {
                Err(thing)
            }
        };
        let merge = |whole: Option<String>, part: String| Ok(whole.unwrap_or_default() + &part);
        pool.expect("threads")
            .install(|| in_order(&things, work, merge))
    }

    #[test]
    fn results_come_together_in_order_on_any_number_of_threads() {
        let expected: String = (0..100).map(|thing| format!("{thing},")).collect();
        for threads in [1, 2, 4, 7] {
            assert_eq!(joined(100, threads, 100), Ok(Some(expected.clone())));
        }
        assert_eq!(joined(0, 2, 100), Ok(None));
    }

    #[test]
    fn the_first_error_in_order_is_told() {
        for threads in [1, 2, 4] {
            assert_eq!(joined(100, threads, 37), Err(37));
        }
    }

    #[test]
    fn a_panic_of_one_thread_ends_the_others() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
        let work = |&thing: &usize| -> Result<usize, ()> {
            assert_ne!(thing, 5, "planted");
            Ok(thing)
        };
        let things: Vec<usize> = (0..100).collect();
        let run = || in_order(&things, work, |whole, part| Ok(whole.unwrap_or(0) + part));
        let pool = pool.expect("threads");
        let run = std::panic::AssertUnwindSafe(|| pool.install(run));
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
