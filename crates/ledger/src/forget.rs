//! Keeping the history of what runs by itself bounded.

use rusqlite::{TransactionBehavior, params};

use crate::schedule::SCHEDULE;
use crate::{Ledger, LedgerError};

/// What is kept of a run besides itself, in the order in which it can go.
const FORGET: [&str; 4] = [
    "DELETE FROM measurements WHERE result IN (SELECT id FROM results WHERE run = ?1)",
    "DELETE FROM results WHERE run = ?1",
    "DELETE FROM parties WHERE run = ?1",
    "DELETE FROM runs WHERE id = ?1",
];

impl Ledger {
    /// Forgets all scheduled runs but the latest `keep`, and says how many went.
    /// One that a release was decided on stays, and so do all runs that people
    /// called. Texts that runs share stay too: other processes know them by
    /// number, and new ones come only with new code, parameters and data.
    ///
    /// # Errors
    /// When it cannot be written; then all of them are still there.
    pub fn forget_scheduled(&mut self, keep: usize) -> Result<usize, LedgerError> {
        let forget = |ledger: &mut Self| {
            let behavior = TransactionBehavior::Immediate;
            let transaction = ledger.connection.transaction_with_behavior(behavior)?;
            let select = "SELECT id FROM runs WHERE caused_by = ?1 AND name NOT IN \
                          (SELECT run FROM releases WHERE run IS NOT NULL) \
                          ORDER BY id DESC LIMIT -1 OFFSET ?2";
            let old: Vec<i64> = transaction
                .prepare(select)?
                .query_map(params![SCHEDULE, keep as i64], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for run in &old {
                for statement in FORGET {
                    transaction.execute(statement, [run])?;
                }
            }
            transaction.commit()?;
            Ok(old.len())
        };
        forget(self).map_err(|error| LedgerError::writing(&self.file, error))
    }
}
