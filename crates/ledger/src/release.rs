//! Decisions of the gate, and which version of a subject was blessed last.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use crate::read::from_json;
use crate::record::Forced;
use crate::write::{json, now_ms};
use crate::{Ledger, LedgerError, time};

/// A decision of the gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Release {
    /// What people call it, such as `fraud 2.1`.
    pub name: String,
    /// Whether it was blessed.
    pub blessed: bool,
    /// The run that it rests on, if it was recorded.
    pub run: Option<String>,
    /// The release record in full.
    pub record: serde_json::Value,
    /// What it is made of: a file or folder and its content hash for each
    /// subject, by kind and name, such as `predictions.candidate`.
    pub subjects: BTreeMap<String, (PathBuf, String)>,
}

/// The version of a subject that was blessed last.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Blessed {
    /// The release.
    pub release: String,
    /// When it was decided, in milliseconds since 1970.
    pub decided_ms: i64,
    /// Where the subject was kept. Whoever reads it compares the hash.
    pub path: PathBuf,
    /// Hash of its content.
    pub hash: String,
}

/// A release that was blessed against the evidence of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForcedRelease {
    /// The release.
    pub release: String,
    /// When it was decided, in milliseconds since 1970.
    pub decided_ms: i64,
    /// Who decided it, and why.
    #[serde(flatten)]
    pub forced: Forced,
}

/// Such as `3.1 was blessed on 2026-03-01 04:05:06Z against the evidence, by Ann: …`.
impl fmt::Display for ForcedRelease {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (release, decided) = (&self.release, time::utc(self.decided_ms));
        write!(to, "{release} was blessed on {decided} {}", self.forced)
    }
}

impl Ledger {
    /// The release that was blessed against the evidence of a run, if one was.
    pub(crate) fn forced(&self, run: &str) -> rusqlite::Result<Option<ForcedRelease>> {
        let select = "SELECT name, decided_ms, json_extract(record, '$.forced') FROM releases \
                      WHERE run = ?1 AND blessed AND json_extract(record, '$.forced') IS NOT NULL \
                      ORDER BY id DESC LIMIT 1";
        let found = self.connection.query_row(select, [run], |row| {
            Ok(ForcedRelease {
                release: row.get(0)?,
                decided_ms: row.get(1)?,
                forced: from_json(row, 2)?,
            })
        });
        found.optional()
    }

    /// Adds a decision.
    ///
    /// # Errors
    /// When it cannot be written, or a path is not UTF-8.
    pub fn add_release(&mut self, release: &Release) -> Result<(), LedgerError> {
        let add = || {
            let transaction = self.connection.unchecked_transaction()?;
            let insert = "INSERT INTO releases (name, decided_ms, blessed, run, record) \
                          VALUES (?1, ?2, ?3, ?4, ?5)";
            let record = json(&release.record)?;
            transaction.execute(
                insert,
                params![release.name, now_ms(), release.blessed, release.run, record],
            )?;
            let id = transaction.last_insert_rowid();
            for (subject, (path, hash)) in &release.subjects {
                let path = path.to_str().ok_or_else(|| {
                    let message = format!("the path {} is not UTF-8", path.display());
                    rusqlite::Error::ToSqlConversionFailure(message.into())
                })?;
                let insert = "INSERT INTO released (release, subject, path, hash) \
                              VALUES (?1, ?2, ?3, ?4)";
                transaction.execute(insert, params![id, subject, path, hash])?;
            }
            transaction.commit()
        };
        add().map_err(|error| LedgerError::writing(&self.file, error))
    }

    /// The version of a subject in the last release that was blessed, and that
    /// it was part of.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn blessed(&self, subject: &str) -> Result<Option<Blessed>, LedgerError> {
        self.reading(|| {
            let select = "SELECT name, decided_ms, path, hash FROM released \
                          JOIN releases ON releases.id = release \
                          WHERE subject = ?1 AND blessed ORDER BY release DESC LIMIT 1";
            let found = self.connection.query_row(select, [subject], |row| {
                Ok(Blessed {
                    release: row.get(0)?,
                    decided_ms: row.get(1)?,
                    path: PathBuf::from(row.get::<_, String>(2)?),
                    hash: row.get(3)?,
                })
            });
            found.optional()
        })
    }

    /// The last decision whose record has this `identity`: its record. Two
    /// gates that would do the same ask for the same.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn decided(&self, identity: &str) -> Result<Option<serde_json::Value>, LedgerError> {
        self.reading(|| {
            let select = "SELECT record FROM releases \
                          WHERE json_extract(record, '$.identity') = ?1 \
                          ORDER BY id DESC LIMIT 1";
            let found = self
                .connection
                .query_row(select, [identity], |row| from_json(row, 0));
            found.optional()
        })
    }

    /// The release record of the last decision of this name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn release_record(&self, name: &str) -> Result<Option<serde_json::Value>, LedgerError> {
        self.reading(|| {
            let select = "SELECT record FROM releases WHERE name = ?1 ORDER BY id DESC LIMIT 1";
            let found = self
                .connection
                .query_row(select, [name], |row| from_json(row, 0));
            found.optional()
        })
    }
}
