//! The tables of the ledger, and how an older one becomes a current one.

use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as a ledger: "SeaT".
pub(crate) const APPLICATION: i64 = 0x5365_6154;

/// What each format adds to the one before; the first makes an empty file a
/// ledger. Never changed once released, only added to.
pub(crate) const MIGRATIONS: &[&str] = &[FORMAT_1];

/// The current format.
pub(crate) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// Names and parameters repeat in every run: each text is kept once. A number
/// that SQLite cannot hold (NaN) is NULL.
const FORMAT_1: &str = "
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    grouped_by TEXT UNIQUE,
    began_ms INTEGER NOT NULL,
    command TEXT NOT NULL,
    caused_by TEXT,
    specs TEXT NOT NULL,
    selection TEXT NOT NULL,
    planned INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    commit_id TEXT,
    provenance INTEGER NOT NULL REFERENCES texts,
    given_up INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX runs_by_commit ON runs (commit_id);

CREATE TABLE parties (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs,
    boot TEXT NOT NULL,
    space TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started TEXT NOT NULL,
    grouped INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    ended_ms INTEGER
) STRICT;
CREATE INDEX parties_by_run ON parties (run);

CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs,
    case_id INTEGER NOT NULL REFERENCES texts,
    check_name INTEGER NOT NULL REFERENCES texts,
    tier TEXT NOT NULL,
    status TEXT NOT NULL,
    seconds REAL NOT NULL,
    message TEXT NOT NULL,
    seed INTEGER NOT NULL,
    parameters INTEGER NOT NULL REFERENCES texts,
    inputs INTEGER NOT NULL REFERENCES texts,
    artifacts TEXT NOT NULL,
    series TEXT NOT NULL,
    figures TEXT NOT NULL
) STRICT;
CREATE INDEX results_by_run ON results (run);
CREATE INDEX results_by_case ON results (case_id, run);

CREATE TABLE measurements (
    result INTEGER NOT NULL REFERENCES results,
    place INTEGER NOT NULL,
    name INTEGER NOT NULL REFERENCES texts,
    value REAL,
    unit TEXT NOT NULL,
    low REAL,
    high REAL,
    ends INTEGER NOT NULL,
    bound TEXT,
    PRIMARY KEY (result, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    decided_ms INTEGER NOT NULL,
    blessed INTEGER NOT NULL,
    run TEXT,
    record TEXT NOT NULL
) STRICT;
CREATE TABLE released (
    release INTEGER NOT NULL REFERENCES releases,
    subject TEXT NOT NULL,
    path TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (subject, release)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_hashes (
    path TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The format of a file and whether it is a ledger at all.
pub(crate) enum Found {
    /// Nothing is in it yet.
    Empty,
    /// A ledger of this format.
    Format(i64),
    /// Somebody else's database.
    Foreign,
}

pub(crate) fn inspect(connection: &Connection) -> rusqlite::Result<Found> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get(0));
    let application: i64 = number("application_id")?;
    let format: i64 = number("user_version")?;
    if application == APPLICATION {
        return Ok(Found::Format(format));
    }
    let count = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(count, [], |row| row.get(0))?;
    Ok(match (application, format, tables) {
        (0, 0, 0) => Found::Empty,
        _ => Found::Foreign,
    })
}

/// Brings an empty or older ledger to the current format, in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Again, now that nobody else writes.
    let from = match inspect(&transaction)? {
        Found::Format(format) => format,
        Found::Empty => 0,
        Found::Foreign => return Ok(()),
    };
    for migration in MIGRATIONS.iter().skip(from.max(0) as usize) {
        transaction.execute_batch(migration)?;
    }
    if from < FORMAT {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()
}
