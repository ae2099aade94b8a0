//! Writing runs: begun, joined or resumed, then a batch of results at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use seatrial_verdict::{Measurement, Series};

use crate::read::CaseRecord;
use crate::texts::Texts;
use crate::{Ledger, LedgerError, Party, Provenance, name};

/// Kept of a curve. A longer one keeps every second value, or third …
const POINTS_MAX: usize = 1_000;
/// Curves kept of a case.
const SERIES_MAX: usize = 100;
/// Of the figures of a case, in bytes; larger ones are left to the reports.
const FIGURES_BYTES_MAX: usize = 256 << 10;
/// Kept of a message, in bytes.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// What is known of a run before its first case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// What processes of one run have in common, if it has several.
    pub grouped_by: Option<String>,
    /// Such as `seatrial test` or `cargo test`.
    pub command: String,
    /// What set it off, if that was said.
    pub caused_by: Option<String>,
    /// The spec tree, as people name it.
    pub specs: String,
    /// Which cases were asked for, in words.
    pub selection: String,
    /// How many cases it is about.
    pub planned: usize,
    /// How many others the selection left out.
    pub left_out: usize,
}

/// Writes the results of one run.
#[derive(Debug)]
pub struct RunWriter {
    ledger: Ledger,
    run: i64,
    name: String,
    /// This process's part; `None` where the whole group's is kept.
    party: Option<i64>,
    texts: Texts,
}

impl Ledger {
    /// Begins a run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(self, new: &NewRun, provenance: &Provenance) -> Result<RunWriter, LedgerError> {
        self.writing(|transaction, texts| {
            let provenance_text = json(provenance)?;
            let provenance_id = texts.keep(transaction, &provenance_text)?;
            let (run, name) = insert_run(transaction, new, provenance, provenance_id)?;
            let grouped = new.grouped_by.is_some();
            let party = insert_party(transaction, run, grouped)?;
            Ok((run, name, (!grouped).then_some(party)))
        })
    }

    /// Takes part in the run of a group that another process has begun, with
    /// `planned` cases more.
    ///
    /// # Errors
    /// When it cannot be written. `Ok(Err(self))` if nobody has begun it.
    pub fn join(self, group: &str, planned: usize) -> Result<Result<RunWriter, Self>, LedgerError> {
        let select = "SELECT id FROM runs WHERE grouped_by = ?1";
        let found = self.connection.query_row(select, [group], |row| row.get(0));
        let found: Option<i64> = found
            .optional()
            .map_err(|error| LedgerError::writing(&self.file, error))?;
        let Some(run) = found else {
            return Ok(Err(self));
        };
        let joined = self.writing(|transaction, _| {
            let update = "UPDATE runs SET planned = planned + ?2 WHERE id = ?1 RETURNING name";
            let name =
                transaction.query_row(update, params![run, planned as i64], |row| row.get(0));
            Ok((run, name?, None))
        });
        joined.map(Ok)
    }

    /// Goes on with a run whose processes are gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn go_on(self, run: i64) -> Result<RunWriter, LedgerError> {
        self.writing(|transaction, _| {
            let close = "UPDATE parties SET ended_ms = ?2 WHERE run = ?1 AND ended_ms IS NULL";
            transaction.execute(close, params![run, now_ms()])?;
            let select = "SELECT name FROM runs WHERE id = ?1";
            let name = transaction.query_row(select, [run], |row| row.get(0))?;
            Ok((run, name, Some(insert_party(transaction, run, false)?)))
        })
    }

    fn writing(
        mut self,
        write: impl FnOnce(&Transaction<'_>, &mut Texts) -> rusqlite::Result<(i64, String, Option<i64>)>,
    ) -> Result<RunWriter, LedgerError> {
        let mut texts = Texts::default();
        let written = transact(&mut self.connection, |t| write(t, &mut texts));
        let (run, name, party) = written.map_err(|e| LedgerError::writing(&self.file, e))?;
        Ok(RunWriter {
            ledger: self,
            run,
            name,
            party,
            texts,
        })
    }
}

impl RunWriter {
    /// The run's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds results, all of them or none.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, results: &[CaseRecord]) -> Result<(), LedgerError> {
        let Self {
            ledger, run, texts, ..
        } = self;
        let added = transact(&mut ledger.connection, |transaction| {
            let mut insert = Insert::new(transaction)?;
            let mut all = results.iter();
            all.try_for_each(|result| insert.result(*run, result, texts))
        });
        added.map_err(|error| {
            *texts = Texts::default();
            LedgerError::writing(&ledger.file, error)
        })
    }

    /// Notes that this process's part of the run is done.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), LedgerError> {
        let Some(party) = self.party else {
            return Ok(());
        };
        let update = "UPDATE parties SET ended_ms = ?2 WHERE id = ?1";
        let updated = self
            .ledger
            .connection
            .execute(update, params![party, now_ms()]);
        updated.map_err(|error| LedgerError::writing(&self.ledger.file, error))?;
        Ok(())
    }
}

/// Something that a case made, such as a packaged model.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Artifact {
    /// What it is, such as `package.fraud`.
    pub name: String,
    /// Hash of its content.
    pub hash: String,
    /// Where it lies, for whoever keeps it; not part of the history.
    #[serde(skip)]
    pub path: Option<std::path::PathBuf>,
}

/// The statements that a batch is written with.
struct Insert<'c> {
    connection: &'c Connection,
    result: rusqlite::Statement<'c>,
    measurement: rusqlite::Statement<'c>,
}

impl<'c> Insert<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            result: connection.prepare(
                "INSERT INTO results (run, case_id, check_name, tier, status, seconds, message, \
                 seed, parameters, inputs, artifacts, series, figures) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?,
            measurement: connection.prepare(
                "INSERT INTO measurements (result, place, name, value, unit, low, high, ends, bound) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
        })
    }

    fn result(&mut self, run: i64, case: &CaseRecord, texts: &mut Texts) -> rusqlite::Result<()> {
        let mut keep = |text: &str| texts.keep(self.connection, text);
        let (id, check) = (keep(&case.id)?, keep(&case.check)?);
        let (parameters, inputs) = (keep(&case.parameters)?, keep(&json(&case.inputs)?)?);
        self.result.execute(params![
            run,
            id,
            check,
            case.tier,
            case.status.word(),
            case.seconds,
            bounded(&case.message),
            case.seed as i64,
            parameters,
            inputs,
            json(&case.artifacts)?,
            json(&thinned(&case.series))?,
            small(json(&case.figures)?),
        ])?;
        let result = self.connection.last_insert_rowid();
        for (place, measurement) in case.measurements.iter().enumerate() {
            let name = keep(&measurement.name)?;
            self.measurement(result, place, name, measurement)?;
        }
        Ok(())
    }

    fn measurement(
        &mut self,
        result: i64,
        place: usize,
        name: i64,
        measurement: &Measurement,
    ) -> rusqlite::Result<()> {
        let Measurement { low, high, .. } = measurement;
        let bound = measurement.bound.as_ref().map(json).transpose()?;
        self.measurement.execute(params![
            result,
            place as i64,
            name,
            measurement.value,
            measurement.unit,
            low,
            high,
            // An end that is not a number is NULL too: these tell it from none.
            i64::from(low.is_some()) + 2 * i64::from(high.is_some()),
            bound,
        ])?;
        Ok(())
    }
}

/// Runs in one transaction that waits for other writers.
fn transact<T>(
    connection: &mut Connection,
    write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let written = write(&transaction)?;
    transaction.commit()?;
    Ok(written)
}

fn insert_run(
    connection: &Connection,
    new: &NewRun,
    provenance: &Provenance,
    provenance_id: i64,
) -> rusqlite::Result<(i64, String)> {
    // Another process of the group may have been faster.
    if let Some(group) = &new.grouped_by {
        let update = "UPDATE runs SET planned = planned + ?2 WHERE grouped_by = ?1 \
                      RETURNING id, name";
        let found = connection.query_row(update, params![group, new.planned as i64], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        if let Some(found) = found.optional()? {
            return Ok(found);
        }
    }
    let name = unused_name(connection)?;
    connection.execute(
        "INSERT INTO runs (name, grouped_by, began_ms, command, caused_by, specs, selection, \
         planned, left_out, commit_id, provenance) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            name,
            new.grouped_by,
            now_ms(),
            new.command,
            new.caused_by,
            new.specs,
            new.selection,
            new.planned as i64,
            new.left_out as i64,
            provenance.commit(),
            provenance_id,
        ],
    )?;
    Ok((connection.last_insert_rowid(), name))
}

fn insert_party(connection: &Connection, run: i64, grouped: bool) -> rusqlite::Result<i64> {
    let party = if grouped {
        // Each case has a process of its own; what started them goes on.
        Party::parent()
    } else {
        Party::this()
    };
    let insert = "INSERT INTO parties (run, boot, space, pid, started, grouped, began_ms) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.execute(
        insert,
        params![
            run,
            party.boot,
            party.space,
            party.pid,
            party.started,
            grouped,
            now_ms()
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

/// A name that no run of this ledger has. It need only differ from all others,
/// also from those of other ledgers as far as that can be had.
fn unused_name(connection: &Connection) -> rusqlite::Result<String> {
    static TRIED: AtomicU64 = AtomicU64::new(0);
    loop {
        let mut hasher = blake3::Hasher::new();
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let time = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = time.map_or(0, |time| time.as_nanos());
        hasher.update(format!("{:?} {time} {tried}", Party::this()).as_bytes());
        let mut bits = [0; 4];
        hasher.finalize_xof().fill(&mut bits);
        let name = name::of(u32::from_le_bytes(bits));
        let count = "SELECT count(*) FROM runs WHERE name = ?1";
        let taken: i64 = connection.query_row(count, [&name], |row| row.get(0))?;
        if taken == 0 {
            return Ok(name);
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as i64)
}

pub(crate) fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn bounded(message: &str) -> &str {
    let end = message.len().min(MESSAGE_BYTES_MAX);
    let end = (0..=end).rev().find(|end| message.is_char_boundary(*end));
    &message[..end.unwrap_or(0)]
}

/// Figures as they are, or none of them if they are no longer small.
fn small(figures: String) -> String {
    if figures.len() <= FIGURES_BYTES_MAX {
        figures
    } else {
        "[]".into()
    }
}

/// The curves with at most so many points, which their axis then says.
fn thinned(series: &[Series]) -> Vec<Series> {
    let thin = |curve: &Series| {
        let step = curve.values.len().div_ceil(POINTS_MAX).max(1);
        if step == 1 {
            return curve.clone();
        }
        Series {
            x: format!("{} / {step}", curve.x),
            values: curve.values.iter().step_by(step).copied().collect(),
            ..curve.clone()
        }
    };
    series.iter().take(SERIES_MAX).map(thin).collect()
}
