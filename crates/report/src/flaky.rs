//! Cases that come out now one way and now another, although nothing changed.

use seatrial_verdict::Status;

/// How the message of such a case begins, before its outcomes.
const BEFORE: &str = "flaky: it came out as ";
/// What stands after them.
const AFTER: &str = ", though nothing changed";
/// What parts them.
const THEN: &str = ", then ";

/// What is said of a case with these outcomes, in their order, before what its
/// last run said; nothing if they are all the same. Such a case fails.
pub fn flaky(outcomes: &[Status], message: &str) -> Option<String> {
    if outcomes.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let words: Vec<_> = outcomes.iter().map(|status| status.word()).collect();
    let told = format!("{BEFORE}{}{AFTER}", words.join(THEN));
    Some(match message {
        "" => told,
        message => format!("{told}\n{message}"),
    })
}

/// How a case came out by itself: if it was called flaky, its last outcome.
pub fn outcome(status: Status, message: &str) -> Status {
    let known = [
        Status::Pass,
        Status::Fail,
        Status::Inconclusive,
        Status::Skipped,
        Status::Error,
    ];
    let words = message.lines().next().unwrap_or_default();
    let words = words
        .strip_prefix(BEFORE)
        .and_then(|rest| rest.split(AFTER).next());
    let last = words.and_then(|words| words.rsplit(THEN).next());
    last.and_then(|word| known.into_iter().find(|status| status.word() == word))
        .unwrap_or(status)
}
