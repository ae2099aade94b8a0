//! What is wrong with rows: the first of each kind, and how many there are.

use crate::error::Result;
use crate::table::Table;

/// Rows that cannot be used. Reading goes on, so that one report tells all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offences {
    found: Vec<Offence>,
}

#[derive(Clone, Debug, PartialEq)]
struct Offence {
    column: String,
    /// What is wrong, in words that fit every row of the kind.
    kind: &'static str,
    /// Of the whole table, from 0.
    first_row: u64,
    /// What the first row holds.
    found: String,
    rows: u64,
}

impl Offences {
    /// Whether no row was wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Notes a row: `found` is what stands there, `kind` what is wrong with it.
    /// Of several rows of a kind the first in the table is told.
    pub fn note(&mut self, column: &str, row: u64, kind: &'static str, found: impl ToString) {
        let same = |known: &&mut Offence| known.column == column && known.kind == kind;
        match self.found.iter_mut().find(same) {
            Some(known) => {
                known.rows += 1;
                if row < known.first_row {
                    (known.first_row, known.found) = (row, found.to_string());
                }
            }
            None => self.found.push(Offence {
                column: column.to_owned(),
                kind,
                first_row: row,
                found: found.to_string(),
                rows: 1,
            }),
        }
    }

    /// Adds those of another part of the table.
    pub fn merge(&mut self, later: Self) {
        for offence in later.found {
            let same =
                |known: &&mut Offence| known.column == offence.column && known.kind == offence.kind;
            match self.found.iter_mut().find(same) {
                Some(known) => {
                    known.rows += offence.rows;
                    if offence.first_row < known.first_row {
                        (known.first_row, known.found) = (offence.first_row, offence.found);
                    }
                }
                None => self.found.push(offence),
            }
        }
    }

    /// Refuses the table if a row was wrong: names the column, the row and the
    /// count of each kind, the first in the table first.
    ///
    /// # Errors
    /// When there is one.
    pub fn refuse(mut self, table: &Table) -> Result<()> {
        self.found.sort_by_key(|offence| offence.first_row);
        let mut said = self.found.iter().map(|offence| {
            let Offence { kind, found, .. } = offence;
            let further = match offence.rows - 1 {
                0 => String::new(),
                1 => "; so is 1 row more".to_owned(),
                more => format!("; so are {more} rows more"),
            };
            (offence, format!("{found} {kind}{further}"))
        });
        let Some((first, mut message)) = said.next() else {
            return Ok(());
        };
        for (offence, more) in said {
            let (path, row) = table.locate(offence.first_row);
            let (path, column) = (path.display(), &offence.column);
            message.push_str(&format!("\n{path}: column `{column}`, row {row}: {more}"));
        }
        Err(table.wrong_at(&first.column, first.first_row, message))
    }
}
