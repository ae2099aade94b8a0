//! Two versions on the same rows, brought together by key.

use super::{Chunk, Predictions};
use crate::column::Key;
use crate::error::{DataError, Result};
use crate::offences::Offences;
use crate::table::Table;

/// What the previous version said of each row whose key lies in one part of all
/// keys: in memory, since rows may come in any order. As many parts are made as
/// keep each of them small, whatever the rows; each is a pass over both tables.
pub struct Previous {
    predictions: Predictions,
    part: Part,
    /// Sorted by key; with the place of the row among what follows.
    keys: Vec<(Key, u32)>,
    /// Of the table.
    rows: Vec<u64>,
    labels: Vec<f64>,
    weights: Option<Vec<f64>>,
    values: Vec<f64>,
    paired: Vec<bool>,
}

/// One of some parts of all keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    at: usize,
    of: usize,
    /// Rows that it has at most.
    rows_max: usize,
}

impl Part {
    /// The parts in which rows of this table are paired.
    pub fn all(of: &Predictions) -> impl Iterator<Item = Self> + use<> {
        Self::each(of.table().rows() / PART_ROWS + 1)
    }

    /// So many parts of all rows.
    pub fn each(of: u64) -> impl Iterator<Item = Self> {
        let of = usize::try_from(of).unwrap_or(usize::MAX);
        let rows_max = PART_ROWS_MAX;
        (0..of).map(move |at| Self { at, of, rows_max })
    }

    /// Refuses more rows than may be held. A part is only so large where a query has
    /// very many of them: those are never parted.
    ///
    /// # Errors
    /// When there are more.
    pub fn refuse_many(self, of: &Predictions, rows: usize) -> Result<()> {
        let Some(query) = of.query().filter(|_| rows > self.rows_max) else {
            return Ok(());
        };
        let message = format!(
            "names queries of too many documents to hold: more than {} are read at a time",
            self.rows_max
        );
        Err(of.table().wrong_in(query, message))
    }

    /// Whether it is the first: what is wrong with single rows is said there.
    pub fn is_first(self) -> bool {
        self.at == 0
    }

    /// Places of the rows that lie in it: by their queries, which are kept whole, or
    /// else by their keys.
    pub fn places(self, rows: &Chunk) -> Vec<u32> {
        let keys = match rows.queries.as_slice() {
            [] => &rows.keys,
            queries => queries,
        };
        let within = |(_, key): &(usize, &Key)| key.part(self.of as u128) == self.at as u128;
        let places = keys.iter().enumerate().filter(within);
        places.map(|(at, _)| at as u32).collect()
    }
}

/// The rows of a chunk of the candidate, with what the previous version said.
pub struct Pairs {
    /// The candidate's.
    pub candidate: Chunk,
    /// The previous version's numbers, row by row as the candidate's.
    pub previous: Vec<f64>,
}

/// Rows of a part, about: 60 bytes each, and 8 for every further number of a
/// prediction.
const PART_ROWS: u64 = 1 << 22;

/// Parts of rows by their keys are even, parts by their queries are not quite.
const PART_ROWS_MAX: usize = 1 << 24;

impl Previous {
    /// Reads a part of the previous version.
    ///
    /// # Errors
    /// When it cannot be read, a row of it is wrong, or two have one key.
    pub fn read(
        predictions: &Predictions,
        part: Part,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self> {
        let table = predictions.table();
        let mut columns = predictions.columns();
        let key = predictions.key()?;
        columns.push(key);
        let (reader, widths) = (predictions.reader(), predictions.task().widths());
        let mut kept = Self {
            predictions: predictions.clone(),
            part,
            keys: Vec::new(),
            rows: Vec::new(),
            labels: Vec::new(),
            weights: predictions.weight().map(|_| Vec::new()),
            values: Vec::new(),
            paired: Vec::new(),
        };
        let (mut offences, mut row) = (Offences::default(), 0);
        for batch in table.batches(&columns)? {
            if stopped() {
                return Err(DataError::Stopped);
            }
            let batch = batch?;
            let batch_rows = batch.num_rows() as u64;
            let chunk = reader.read(&batch, row, &mut offences)?;
            let places = part.places(&chunk);
            let some = chunk.pick(widths, &places);
            for (place, key) in places.iter().zip(some.keys) {
                kept.keys.push((key, kept.rows.len() as u32));
                kept.rows.push(row + u64::from(*place));
            }
            row += batch_rows;
            kept.labels.extend(some.labels);
            if let (Some(kept), Some(some)) = (&mut kept.weights, some.weights) {
                kept.extend(some);
            }
            kept.values.extend(some.values);
            part.refuse_many(predictions, kept.rows.len())?;
        }
        offences.refuse(table)?;
        kept.keys.sort_unstable();
        unique(table, key, &kept.keys, &kept.rows)?;
        kept.paired = vec![false; kept.keys.len()];
        Ok(kept)
    }

    /// Pairs those of a chunk of the candidate's rows that lie in this part, and
    /// says which places they have in the chunk. Rows without a partner, rows
    /// whose key was there before, and pairs with two labels or weights are noted.
    ///
    /// # Errors
    /// When the candidate names no key.
    pub fn pair(
        &mut self,
        of: &Predictions,
        chunk: &Chunk,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<(Vec<u32>, Pairs)> {
        let widths = self.predictions.task().widths();
        let (width, truths) = (widths.values, of.truths());
        let places = self.part.places(chunk);
        let candidate = chunk.pick(widths, &places);
        let mut previous = Vec::with_capacity(candidate.values.len());
        let column = of.key()?;
        for (at, key) in candidate.keys.iter().enumerate() {
            let row = first_row + u64::from(places[at]);
            // What has been noted already is not told a second time below.
            if key.is_missing() {
                previous.extend(std::iter::repeat_n(f64::NAN, width));
                continue;
            }
            let found = self.keys.binary_search_by_key(key, |(key, _)| *key);
            let Ok(place) = found else {
                let kind = "has no partner among the previous version's rows";
                offences.note(column, row, kind, "the key");
                previous.extend(std::iter::repeat_n(f64::NAN, width));
                continue;
            };
            let partner = self.keys[place].1 as usize;
            if std::mem::replace(&mut self.paired[partner], true) {
                offences.note(column, row, "stands in an earlier row too", "the key");
            }
            let theirs = &self.labels[partner * truths.len()..];
            let ours = &candidate.labels[at * truths.len()..];
            for (name, (a, b)) in truths.iter().zip(ours.iter().zip(theirs)) {
                if differ(*a, *b) {
                    let kind = "is not the label that the previous version's row of this key has";
                    offences.note(name, row, kind, "the label");
                }
            }
            let weights = of
                .weight()
                .zip(candidate.weights.as_ref())
                .zip(self.weights.as_ref());
            if let Some(((name, ours), theirs)) = weights
                && differ(ours[at], theirs[partner])
            {
                let kind = "is not the weight that the previous version's row of this key has";
                offences.note(name, row, kind, "the weight");
            }
            previous.extend(&self.values[partner * width..(partner + 1) * width]);
        }
        let pairs = Pairs {
            candidate,
            previous,
        };
        Ok((places, pairs))
    }

    /// Notes rows of the previous version that no row of the candidate met.
    ///
    /// # Errors
    /// When the previous version names no key.
    pub fn note_unpaired(&self, offences: &mut Offences) -> Result<()> {
        let key = self.predictions.key()?;
        let rows = self.rows.iter().zip(&self.paired);
        for (row, _) in rows.filter(|(_, paired)| !**paired) {
            let kind = "has no partner among the candidate's rows";
            offences.note(key, *row, kind, "the key");
        }
        Ok(())
    }
}

/// Refuses a key that two rows have.
fn unique(table: &Table, column: &str, sorted: &[(Key, u32)], rows: &[u64]) -> Result<()> {
    let mut offences = Offences::default();
    let mut twice: Vec<u64> = sorted
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| rows[pair[1].1 as usize])
        .collect();
    twice.sort_unstable();
    for row in twice {
        offences.note(column, row, "stands in an earlier row too", "the key");
    }
    offences.refuse(table)
}

/// How far apart two of the same number may be, as a part of it: one of them may
/// have been written in six digits or kept in single precision.
const ROUNDED: f64 = 1e-5;

/// Whether two numbers are not the same. One that is none was noted already.
fn differ(a: f64, b: f64) -> bool {
    (a - b).abs() > ROUNDED * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn opened(folder: &std::path::Path, name: &str, rows: &[(String, f64)]) -> Predictions {
        let path = folder.join(format!("{name}.csv"));
        let mut text = "id,label,score\n".to_owned();
        for (key, score) in rows {
            text.push_str(&format!("{key},1,{score}\n"));
        }
        std::fs::write(&path, text).unwrap();
        let declared = format!(
            "path = '{}'\nkey = 'id'\nlabel = 'label'\nscore = 'score'",
            path.display()
        );
        Predictions::open(name, &toml::from_str(&declared).unwrap()).unwrap()
    }

    /// Keys of pairs whose two scores belong together, and what is noted.
    fn paired(a: &Predictions, b: &Predictions, parts: u64) -> Result<(Vec<Key>, Offences)> {
        let (mut keys, mut offences) = (Vec::new(), Offences::default());
        for part in Part::each(parts) {
            let mut before = Previous::read(b, part, &|| false)?;
            let mut row = 0;
            for batch in a.table().batches(&["id", "label", "score"])? {
                let mut own = Offences::default();
                let chunk = a.reader().read(&batch?, row, &mut own)?;
                let (_, pairs) = before.pair(a, &chunk, row, &mut offences)?;
                let both = pairs.candidate.values.iter().zip(&pairs.previous);
                let right = both.filter(|(a, b)| b.is_nan() || **a == 1.0 - **b);
                assert_eq!(right.count(), pairs.previous.len());
                keys.extend(pairs.candidate.keys);
                row += chunk.labels.len() as u64;
            }
            before.note_unpaired(&mut offences)?;
        }
        keys.sort_unstable();
        Ok((keys, offences))
    }

    #[test]
    fn every_row_meets_its_partner_in_one_part_or_another() {
        let folder = tempfile::tempdir().unwrap();
        let score = |n: usize| n as f64 / 1024.0;
        let mut rows: Vec<(String, f64)> =
            (0..1024).map(|n| (format!("row-{n}"), score(n))).collect();
        let a = opened(folder.path(), "a", &rows);
        rows.reverse();
        rows.iter_mut().for_each(|row| row.1 = 1.0 - row.1);
        let b = opened(folder.path(), "b", &rows);
        let (all, offences) = paired(&a, &b, 1).unwrap();
        assert_eq!((all.len(), offences.is_empty()), (1024, true));
        let (parted, offences) = paired(&a, &b, 5).unwrap();
        assert_eq!((parted == all, offences.is_empty()), (true, true));

        // One row less, and one twice: told whichever part it lies in.
        let less = opened(folder.path(), "less", &rows[1..]);
        let refused = |parts| {
            let (_, offences) = paired(&a, &less, parts).unwrap();
            offences.refuse(a.table()).unwrap_err().to_string()
        };
        assert!(
            refused(1).contains("row 1024: the key has no partner"),
            "{}",
            refused(1)
        );
        assert_eq!(refused(5), refused(1));
        rows.push(rows[7].clone());
        let twice = opened(folder.path(), "twice", &rows);
        let refused = |parts| paired(&a, &twice, parts).unwrap_err().to_string();
        assert!(refused(1).contains("row 1025: the key stands in an earlier row too"));
        assert_eq!(refused(5), refused(1));
    }

    #[test]
    fn a_number_that_was_rounded_is_the_same() {
        let exact = 0.123_456_789_f64;
        assert!(!differ(exact, f64::from(exact as f32)));
        assert!(!differ(exact, 0.123_457));
        assert!(!differ(0.0, -0.0));
        assert!(!differ(f64::NAN, 1.0));
        for (a, b) in [
            (0.0, 1.0),
            (2.0, 3.0),
            (0.0, 1e-9),
            (1.0, 1.000_1),
            (1.0, -1.0),
        ] {
            assert!(differ(a, b) && differ(b, a), "{a} {b}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_row_alone_is_not_told_of_its_pair_too() {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str, rows: &str| {
            let path = folder.path().join(format!("{name}.csv"));
            std::fs::write(&path, format!("id,label,score\n{rows}")).unwrap();
            let path = path.display();
            let declared = format!("path = '{path}'\nkey = 'id'\nlabel = 'label'\nscore = 'score'");
            Predictions::open(name, &toml::from_str(&declared).unwrap()).unwrap()
        };
        let before = open("before", "0,0,0.5\n1,1,0.5\n2,0,0.5\n3,1,0.5\n");
        // Two have no key, one no label; the last has another label.
        let now = open("now", ",0,0.5\n,1,0.5\n2,,0.5\n3,0,0.5\n");
        let (_, offences) = paired(&now, &before, 1).unwrap();
        let said = offences.refuse(now.table()).unwrap_err().to_string();
        assert!(
            said.contains(
                "row 1: the key has no partner among the candidate's rows; so is 1 row more"
            ),
            "{said}"
        );
        assert!(said.contains("row 4: the label is not the label"), "{said}");
        assert_eq!(said.lines().count(), 2, "{said}");
    }

    #[test]
    fn a_query_of_more_documents_than_can_be_held_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ranked.csv");
        let rows: String = (0..9).map(|at| format!("{at},q,0,0.5\n")).collect();
        std::fs::write(&path, format!("id,query,grade,score\n{rows}")).unwrap();
        let declared = format!(
            "path = '{}'\nkey = 'id'\nquery = 'query'\nlabel = 'grade'\nscore = 'score'",
            path.display()
        );
        let ranked = Predictions::open("ranked", &toml::from_str(&declared).unwrap()).unwrap();
        let read = |rows_max| {
            let part = Part {
                at: 0,
                of: 1,
                rows_max,
            };
            Previous::read(&ranked, part, &|| false).map(|_| ())
        };
        read(9).unwrap();
        let refused = read(8).unwrap_err().to_string();
        assert!(refused.contains("column `query`: names queries of too many documents"));
        assert!(
            refused.contains("more than 8 are read at a time"),
            "{refused}"
        );
    }
}
