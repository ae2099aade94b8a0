//! A ledger that cannot be used is refused with the reason, and left as it is.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use seatrial_ledger::{Ledger, LedgerError};
use support::{begin, result};

/// Both ways in refuse, for a reason that says `told`, and change no byte.
fn refused(state: &Path, told: &str) {
    let file = state.join("ledger.sqlite");
    let before = fs::read(&file).unwrap();
    for opened in [Ledger::open(state), Ledger::read(state)] {
        let error = opened.map(|_| "opened").unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert!(error.contains("left as it is"), "{error}");
        assert!(error.contains("ledger.sqlite"), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), before);
}

fn recorded() -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    let mut run = begin(state.path(), 300);
    let results: Vec<_> = (0..300).map(|n| result(&format!("a{n}"), 0.5)).collect();
    run.add(&results).unwrap();
    run.finish().unwrap();
    state
}

#[test]
fn a_ledger_of_a_later_format() {
    let state = recorded();
    let later = Connection::open(state.path().join("ledger.sqlite")).unwrap();
    later.pragma_update(None, "user_version", 1_000).unwrap();
    drop(later);
    refused(state.path(), "format 1000");
}

#[test]
fn a_file_that_is_no_database() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("ledger.sqlite");
    fs::write(file, "dear diary,\n".repeat(1_000)).unwrap();
    refused(state.path(), "file is not a database");
}

#[test]
fn a_database_of_another_program() {
    let state = tempfile::tempdir().unwrap();
    let other = Connection::open(state.path().join("ledger.sqlite")).unwrap();
    other.execute_batch("CREATE TABLE bookmarks (url)").unwrap();
    drop(other);
    refused(state.path(), "another program");
}

#[test]
fn a_ledger_that_was_cut_short() {
    let state = recorded();
    let file = state.path().join("ledger.sqlite");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let before = fs::read(&file).unwrap();
    // Opening may do without the missing pages; reading them does not.
    let read = Ledger::read(state.path()).and_then(|ledger| {
        let name = ledger.find("last")?;
        ledger.run(&name)
    });
    let error = read.map(|_| "read").unwrap_err();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_ledger_with_pages_overwritten() {
    let state = recorded();
    let file = state.path().join("ledger.sqlite");
    let mut bytes = fs::read(&file).unwrap();
    let pages = bytes.len() / 4096;
    for page in 1..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0xa5);
    }
    fs::write(&file, &bytes).unwrap();
    let read = Ledger::read(state.path()).and_then(|ledger| ledger.runs(9));
    let error = read.map(|_| "read").unwrap_err();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn a_folder_in_place_of_the_ledger() {
    let state = tempfile::tempdir().unwrap();
    fs::create_dir(state.path().join("ledger.sqlite")).unwrap();
    let error = Ledger::open(state.path()).map(|_| ()).unwrap_err();
    assert!(matches!(error, LedgerError::Unwritable { .. }), "{error}");
}

#[test]
fn a_file_in_place_of_the_state_folder() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::write(&state, "").unwrap();
    let error = Ledger::open(&state).map(|_| ()).unwrap_err();
    assert!(matches!(error, LedgerError::Unwritable { .. }), "{error}");
}
