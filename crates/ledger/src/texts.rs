//! Texts that repeat, kept once and named by number.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

/// The numbers of texts that this process has met. Numbers never change, so
/// what was once looked up holds for good; but a transaction that is rolled
/// back takes its new texts with it, and then this must be forgotten.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<[u8; 16], i64>);

impl Texts {
    /// The number of a text, which is kept if it is new.
    pub fn keep(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        let hash = hash(text);
        if let Some(id) = self.0.get(&hash) {
            return Ok(*id);
        }
        let id = match find(connection, text)? {
            Some(id) => id,
            None => {
                let insert = "INSERT INTO texts (hash, text) VALUES (?1, ?2)";
                connection.execute(insert, params![hash, text])?;
                connection.last_insert_rowid()
            }
        };
        self.0.insert(hash, id);
        Ok(id)
    }
}

/// The number of a text, if it was ever kept.
pub(crate) fn find(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    let select = "SELECT id FROM texts WHERE hash = ?1";
    let found = connection.query_row(select, params![hash(text)], |row| row.get(0));
    found.optional()
}

fn hash(text: &str) -> [u8; 16] {
    let mut short = [0; 16];
    let mut hasher = blake3::Hasher::new();
    hasher.update(text.as_bytes());
    hasher.finalize_xof().fill(&mut short);
    short
}
