//! Opening the ledger: made if need be, brought up to date, never overwritten.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::LedgerError;
use crate::schema::{self, FORMAT, Found};

/// The ledger's name in the state folder.
const FILE: &str = "ledger.sqlite";

/// How long to wait for other writers. Each holds the ledger for one batch.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) connection: Connection,
    pub(crate) file: PathBuf,
}

impl Ledger {
    /// Opens the ledger of a state folder to write to it. The folder is made if
    /// need be, and told to git as one to ignore.
    ///
    /// # Errors
    /// When it cannot be written, is damaged, or is of a later version; it is
    /// then left as it is.
    pub fn open(state: &Path) -> Result<Self, LedgerError> {
        let file = state.join(FILE);
        let unwritable = |error: std::io::Error| LedgerError::Unwritable {
            file: file.clone(),
            reason: error.to_string(),
        };
        make_folder(state).map_err(unwritable)?;
        let ledger = Self::connect(file.clone(), OpenFlags::SQLITE_OPEN_READ_WRITE | CREATE)
            .map_err(|error| LedgerError::writing(&file, error))?;
        if ledger.check()? != FORMAT {
            // One makes it, and the others find it made.
            let guard = File::create(state.join("ledger.lock")).map_err(unwritable)?;
            guard.lock().map_err(unwritable)?;
            return ledger.bring_up_to_date();
        }
        ledger.quick()
    }

    /// Opens the ledger of a state folder to read it.
    ///
    /// # Errors
    /// When there is none, it cannot be read, is damaged, or of another version.
    pub fn read(state: &Path) -> Result<Self, LedgerError> {
        let file = state.join(FILE);
        if !file.exists() {
            return Err(LedgerError::Missing { file });
        }
        // In WAL mode readers take part in bookkeeping; where the folder is
        // read-only they cannot, and need not: then nobody writes.
        let ways = [
            (OpenFlags::SQLITE_OPEN_READ_WRITE, ""),
            (OpenFlags::SQLITE_OPEN_READ_ONLY, ""),
            (OpenFlags::SQLITE_OPEN_READ_ONLY, "immutable=1"),
        ];
        let mut last = None;
        for (flags, how) in ways {
            let opened = Self::connect_uri(&file, flags, how);
            match opened.and_then(|ledger| schema::inspect(&ledger.connection).map(|_| ledger)) {
                Ok(ledger) => {
                    return match ledger.check()? {
                        0 => Err(LedgerError::Missing { file }),
                        FORMAT => Ok(ledger),
                        // Older: what writes next brings it up to date.
                        _ => Self::open(state),
                    };
                }
                Err(error) => last = last.or(Some(error)),
            }
        }
        let error = last.unwrap_or(rusqlite::Error::InvalidQuery);
        Err(LedgerError::reading(&file, error))
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn connect(file: PathBuf, flags: OpenFlags) -> rusqlite::Result<Self> {
        let connection =
            Connection::open_with_flags(&file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        Ok(Self { connection, file })
    }

    fn connect_uri(file: &Path, flags: OpenFlags, how: &str) -> rusqlite::Result<Self> {
        if how.is_empty() {
            return Self::connect(file.to_owned(), flags);
        }
        let escaped = file.to_string_lossy().replace('%', "%25");
        let escaped = escaped.replace('?', "%3f").replace('#', "%23");
        let uri = PathBuf::from(format!("file:{escaped}?{how}"));
        let mut ledger = Self::connect(uri, flags | OpenFlags::SQLITE_OPEN_URI)?;
        ledger.file = file.to_owned();
        Ok(ledger)
    }

    /// The format; zero for an empty file.
    fn check(&self) -> Result<i64, LedgerError> {
        let found = schema::inspect(&self.connection);
        match found.map_err(|error| LedgerError::writing(&self.file, error))? {
            Found::Empty => Ok(0),
            Found::Format(found) if found > FORMAT => Err(LedgerError::Newer {
                file: self.file.clone(),
                found,
                known: FORMAT,
            }),
            Found::Format(format) if format > 0 => Ok(format),
            Found::Format(_) => Err(self.damaged("its format is not a positive number")),
            Found::Foreign => Err(self.damaged("it is a database of another program")),
        }
    }

    fn damaged(&self, reason: &str) -> LedgerError {
        LedgerError::Damaged {
            file: self.file.clone(),
            reason: reason.into(),
        }
    }

    fn bring_up_to_date(mut self) -> Result<Self, LedgerError> {
        let journal = self.connection.pragma_update(None, "journal_mode", "WAL");
        let migrated = journal.and_then(|()| schema::migrate(&mut self.connection));
        migrated.map_err(|error| LedgerError::writing(&self.file, error))?;
        self.check()?;
        self.quick()
    }

    /// In WAL mode a commit may be lost with the power, and is never torn:
    /// waiting for the disk at each would cost more than a case.
    fn quick(self) -> Result<Self, LedgerError> {
        let set = self.connection.pragma_update(None, "synchronous", "NORMAL");
        set.map_err(|error| LedgerError::writing(&self.file, error))?;
        Ok(self)
    }
}

const CREATE: OpenFlags = OpenFlags::SQLITE_OPEN_CREATE;

/// Makes the state folder, with a note that keeps it out of version control
/// whatever the repository's own says.
fn make_folder(state: &Path) -> std::io::Result<()> {
    fs::create_dir_all(state)?;
    let note = state.join(".gitignore");
    if !note.exists() {
        fs::write(note, "*\n")?;
    }
    Ok(())
}
