//! What is wrong with rows: the first of each kind, and how many there are.

use std::borrow::Cow;
use std::fmt;

use crate::error::Result;
use crate::table::Table;

/// Characters of a cell that a message quotes.
const QUOTED_MAX: usize = 60;

/// Rows that cannot be used. Reading goes on, so that one report tells all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offences {
    found: Vec<Offence>,
}

#[derive(Clone, Debug, PartialEq)]
struct Offence {
    column: String,
    /// What is wrong, in words that fit every row of the kind.
    kind: Cow<'static, str>,
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
                kind: Cow::Borrowed(kind),
                first_row: row,
                found: found.to_string(),
                rows: 1,
            }),
        }
    }

    /// Notes all rows of a kind at once, the first of which is told; no row if
    /// there is none.
    pub(crate) fn note_rows(
        &mut self,
        column: &str,
        first_row: u64,
        rows: u64,
        kind: Cow<'static, str>,
        found: &str,
    ) {
        if rows > 0 {
            let (column, found) = (column.to_owned(), found.to_owned());
            let offence = Offence {
                column,
                kind,
                first_row,
                found,
                rows,
            };
            self.found.push(offence);
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
            let further = further(offence.rows - 1);
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

/// How many rows more are wrong in the same way, behind what is said of the first.
pub(crate) fn further(more: u64) -> String {
    match more {
        0 => String::new(),
        1 => "; so is 1 row more".to_owned(),
        more => format!("; so are {more} rows more"),
    }
}

/// A number, to be shown: large and tiny ones by their exponent.
pub(crate) struct Shown(pub f64);

impl fmt::Display for Shown {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.abs() {
            size if size == 0.0 || (1e-6..1e16).contains(&size) || !size.is_finite() => {
                write!(to, "{}", self.0)
            }
            _ => write!(to, "{:e}", self.0),
        }
    }
}

/// A cell, to be shown: its beginning, if it is long.
pub fn quoted(cell: &str) -> String {
    match cell.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("`{}…`", &cell[..end]),
        None => format!("`{cell}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_whatever_their_size() {
        let shown = [-0.25, 1e15, 1e308, 5e-324, f64::NAN, 0.0].map(|x| Shown(x).to_string());
        assert_eq!(
            shown,
            ["-0.25", "1000000000000000", "1e308", "5e-324", "NaN", "0"]
        );
    }

    #[test]
    fn of_a_long_cell_the_beginning_is_shown() {
        assert_eq!(quoted("né"), "`né`");
        let whole = "é".repeat(QUOTED_MAX);
        assert_eq!(quoted(&whole), format!("`{whole}`"));
        assert_eq!(quoted(&format!("{whole}.")), format!("`{whole}…`"));
    }
}
