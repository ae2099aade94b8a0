//! Batches of predictions, read strictly.

use arrow::array::RecordBatch;

use super::classes::Classes;
use super::{Predictions, ScoreScale, Task, Widths};
use crate::column::{Column, Key};
use crate::error::Result;
use crate::offences::{Offences, Shown};

/// By how much the probabilities of a row may miss one: half the precision of
/// a file that keeps five digits, for ten classes.
const SUM_TOLERANCE: f64 = 1e-4;

/// Larger weights are refused by the mathematics, which knows no columns.
const WEIGHT_MAX: f64 = 1e100;

/// Rows that were read and found sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Names of the rows, if they were asked for.
    pub keys: Vec<Key>,
    /// Of each row, the name of its query, if documents are ranked.
    pub queries: Vec<Key>,
    /// Of each row: the index of its class, or its number; or one number after the
    /// other, whether it has each label.
    pub labels: Vec<f64>,
    /// Of each row, one number after the other: its score or scores, the
    /// probabilities of its classes, the index of the class that it was taken for,
    /// a number, or the ends of an interval and the number beside them.
    pub values: Vec<f64>,
    /// Of each row, if rows are weighted.
    pub weights: Option<Vec<f64>>,
}

impl Chunk {
    /// The rows at these places, which have so many numbers.
    pub fn pick(&self, widths: Widths, places: &[u32]) -> Self {
        let rows = || places.iter().map(|&place| place as usize);
        let pick = |values: &[f64]| rows().map(|row| values[row]).collect();
        let names = |keys: &[Key]| match keys {
            [] => Vec::new(),
            keys => rows().map(|row| keys[row]).collect(),
        };
        Self {
            keys: names(&self.keys),
            queries: names(&self.queries),
            labels: Self::pick_values(&self.labels, widths.labels, places),
            values: Self::pick_values(&self.values, widths.values, places),
            weights: self.weights.as_deref().map(pick),
        }
    }

    /// The numbers of the rows at these places, `width` of each.
    pub fn pick_values(values: &[f64], width: usize, places: &[u32]) -> Vec<f64> {
        let rows = places.iter().map(|&place| place as usize);
        let of_row = |row: usize| &values[row * width..(row + 1) * width];
        rows.flat_map(of_row).copied().collect()
    }
}

/// Reads batches of predictions.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    of: &'a Predictions,
    classes: Classes<'a>,
}

impl Predictions {
    /// A reader of batches that have these columns, and others perhaps.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            of: self,
            classes: Classes::new(self.task(), self.table().is_typed()),
        }
    }
}

impl Reader<'_> {
    /// The rows of a batch, whose first is row `first_row` of the table. Rows
    /// that cannot be used are noted, and then what is returned is not to be
    /// used either.
    ///
    /// # Errors
    /// When a column's type cannot mean what it is declared to mean.
    pub fn read(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Chunk> {
        let of = self.of;
        let mut chunk = Chunk {
            labels: self.labels(batch, first_row, offences)?,
            queries: of.queries(batch, first_row, offences)?,
            ..Chunk::default()
        };
        if of
            .key()
            .is_ok_and(|key| batch.column_by_name(key).is_some())
        {
            chunk.keys = of.keys(batch, first_row, &chunk.queries, offences)?;
        }
        if let Some(weight) = of.weight() {
            let column = column(of, batch, weight, first_row)?;
            let weights = refused(of, weight, column.numbers(offences))?;
            let negative = |weight: &f64| *weight < 0.0;
            note(
                &column,
                &weights,
                negative,
                "is a negative weight",
                offences,
            );
            let absurd = |weight: &f64| weight.is_finite() && *weight > WEIGHT_MAX;
            let kind = "is too large a weight: squares of such overflow when they are added up";
            note(&column, &weights, absurd, kind, offences);
            chunk.weights = Some(weights);
        }
        chunk.values = self.values(batch, first_row, offences)?;
        Ok(chunk)
    }

    fn labels(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<f64>> {
        let of = self.of;
        let mut truths = Vec::with_capacity(of.truths().len());
        for name in of.truths() {
            let column = column(of, batch, name, first_row)?;
            let read = match of.task() {
                Task::Regression | Task::Intervals { .. } | Task::Ranking => {
                    column.numbers(offences)
                }
                _ => self.classes.read(&column, offences),
            };
            let numbers = refused(of, name, read)?;
            if *of.task() == Task::Ranking {
                let negative = |grade: &f64| *grade < 0.0;
                note(&column, &numbers, negative, "is a negative grade", offences);
            }
            truths.push(numbers);
        }
        Ok(by_row(truths))
    }

    fn values(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<f64>> {
        let of = self.of;
        let columns = of
            .values()
            .iter()
            .map(|name| column(of, batch, name, first_row));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        if let Task::Decisions(_) = of.task() {
            let classes = self.classes.read(&columns[0], offences);
            return refused(of, columns[0].name, classes);
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in &columns {
            let numbers = refused(of, column.name, column.numbers(offences))?;
            let probabilities = match of.task() {
                Task::Probabilities(_) => true,
                Task::Binary { scale, .. } | Task::Labels { scale, .. } => {
                    *scale == ScoreScale::Probability
                }
                _ => false,
            };
            if probabilities {
                let outside = |p: &f64| *p < 0.0 || *p > 1.0;
                note(column, &numbers, outside, "is no probability", offences);
            }
            values.push(numbers);
        }
        match (of.task(), values.as_slice()) {
            (Task::Probabilities(_), of_classes) => {
                let sum = |row: usize| of_classes.iter().map(|column| column[row]).sum();
                let sums: Vec<f64> = (0..batch.num_rows()).map(sum).collect();
                let off = |sum: &f64| (sum - 1.0).abs() > SUM_TOLERANCE;
                let kind = "is what the probabilities of the row add up to, not 1";
                note(&columns[0], &sums, off, kind, offences);
            }
            (Task::Intervals { .. }, [lows, highs, ..]) => {
                let (lower, upper) = (columns[0].name, columns[1].name);
                for (at, (low, high)) in lows.iter().zip(highs).enumerate() {
                    let kind = match high - low {
                        width if width < 0.0 => "is above the high end of its interval",
                        f64::INFINITY if low.is_finite() && high.is_finite() => {
                            "is too far below the high end of its interval"
                        }
                        // What is no finite number has been noted.
                        _ => continue,
                    };
                    let found = format!("{low}, where `{upper}` is {high},");
                    offences.note(lower, first_row + at as u64, kind, found);
                }
            }
            _ => {}
        }
        Ok(by_row(values))
    }
}

impl Predictions {
    /// The names of the rows. A document is named within its query.
    pub(super) fn keys(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        queries: &[Key],
        offences: &mut Offences,
    ) -> Result<Vec<Key>> {
        let name = self.key()?;
        let column = column(self, batch, name, first_row)?;
        let mut keys = refused(self, name, column.keys(offences))?;
        for (key, query) in keys.iter_mut().zip(queries) {
            *key = key.within(*query);
        }
        Ok(keys)
    }

    /// The names of the rows' queries; none where no documents are ranked.
    pub(super) fn queries(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<Key>> {
        let Some(name) = self.query() else {
            return Ok(Vec::new());
        };
        let column = column(self, batch, name, first_row)?;
        refused(self, name, column.keys(offences))
    }
}

/// Columns, row after row.
fn by_row(mut columns: Vec<Vec<f64>>) -> Vec<f64> {
    if columns.len() == 1 {
        return columns.remove(0);
    }
    let rows = columns.first().map_or(0, Vec::len);
    let row = |row: usize| columns.iter().map(move |column| column[row]);
    (0..rows).flat_map(row).collect()
}

/// Notes the numbers that are wrong.
fn note(
    column: &Column<'_>,
    numbers: &[f64],
    wrong: impl Fn(&f64) -> bool,
    kind: &'static str,
    offences: &mut Offences,
) {
    if !numbers
        .iter()
        .fold(false, |any, number| any | wrong(number))
    {
        return;
    }
    for (at, number) in numbers
        .iter()
        .enumerate()
        .filter(|(_, number)| wrong(number))
    {
        let row = column.first_row + at as u64;
        offences.note(column.name, row, kind, Shown(*number));
    }
}

fn column<'b>(
    of: &Predictions,
    batch: &'b RecordBatch,
    name: &'b str,
    first_row: u64,
) -> Result<Column<'b>> {
    let cells = batch.column_by_name(name);
    let cells = cells.ok_or_else(|| of.table().wrong_in(name, "was not read"))?;
    Ok(Column {
        name,
        cells,
        first_row,
    })
}

fn refused<T>(of: &Predictions, column: &str, read: Result<T, String>) -> Result<T> {
    read.map_err(|message| of.table().wrong_in(column, message))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::predictions::PredictionsDeclaration;

    /// What is read of a file, or what is wrong with it.
    fn read(keys: &str, file: &str) -> std::result::Result<Chunk, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, file).unwrap();
        let declared = format!("path = '{}'\n{keys}", path.display());
        let declared: PredictionsDeclaration = toml::from_str(&declared).unwrap();
        let of = Predictions::open("p", &declared).unwrap();
        let mut columns = of.columns();
        columns.extend(of.key());
        let batches = of.table().batches(&columns).unwrap();
        let [batch] = <[_; 1]>::try_from(batches.collect::<Vec<_>>()).unwrap();
        let mut offences = Offences::default();
        let rows = of.reader().read(&batch.unwrap(), 0, &mut offences);
        let refused = offences.refuse(of.table());
        refused.map_err(|error| error.to_string())?;
        Ok(rows.unwrap())
    }

    #[test]
    fn several_labels_come_row_after_row() {
        let keys = "labels = ['is_a', 'is_b']\nscores = ['a', 'b']";
        let rows = read(keys, "is_a,is_b,a,b\ntrue,0,0.9,0.1\nfalse,1,0.2,0.8\n").unwrap();
        assert_eq!(rows.labels, [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(rows.values, [0.9, 0.1, 0.2, 0.8]);
        let widths = Widths {
            labels: 2,
            values: 2,
        };
        let second = rows.pick(widths, &[1]);
        assert_eq!(
            (second.labels, second.values),
            (vec![0.0, 1.0], vec![0.2, 0.8])
        );
        // They need not add up to one, and must each be a probability.
        let said = read(keys, "is_a,is_b,a,b\n1,1,0.9,0.9\n1,2,0.9,1.5\n").unwrap_err();
        assert!(
            said.contains("column `is_b`, row 2: `2` is neither 0 nor 1"),
            "{said}"
        );
        assert!(
            said.contains("column `b`, row 2: 1.5 is no probability"),
            "{said}"
        );
    }

    #[test]
    fn truth_values_and_digits_are_not_one_column_of_labels() {
        let keys = "label = 'y'\nscore = 's'";
        let truths = read(keys, "y,s\ntrue,1\nFalse,0\n").unwrap();
        assert_eq!(truths.labels, [1.0, 0.0]);
        let said = read(keys, "y,s\n1,1\n0,0\ntrue,1\nfalse,0\n").unwrap_err();
        let told = "column `y`, row 3: `true`, where `classes` are `0`, `1`, is not one of the \
                    classes; so is 1 row more";
        assert!(said.contains(told), "{said}");
    }

    #[test]
    fn a_weight_is_not_negative_and_not_absurd() {
        let keys = "label = 'y'\nscore = 's'\nweight = 'w'";
        let weights = read(keys, "y,s,w\n1,1,1e100\n0,0,0\n").unwrap().weights;
        assert_eq!(weights, Some(vec![1e100, 0.0]));
        let said = read(keys, "y,s,w\n1,1,1\n0,0,1e308\n1,1,-2\n0,0,2e100\n").unwrap_err();
        let told = "column `w`, row 2: 1e308 is too large a weight: squares of such overflow when \
                    they are added up; so is 1 row more";
        assert!(said.contains(told), "{said}");
        assert!(said.contains("row 3: -2 is a negative weight"), "{said}");
    }

    #[test]
    fn digits_that_a_number_would_lose_are_told_whatever_holds_them() {
        let keys = "label = 'y'\nprediction = 'p'";
        // The second is read as a column of text: it fits no integer.
        for large in ["9007199254740993", "-99999999999999999999"] {
            let said = read(keys, &format!("y,p\n1,1\n{large},1\n")).unwrap_err();
            let told = format!("{large} is beyond 2^53");
            let said = said.replace('`', "");
            assert!(said.contains(&format!("column y, row 2: {told}")), "{said}");
        }
        let last = 9_007_199_254_740_992.0;
        for told_apart in [&format!("{last}"), "1e20"] {
            let rows = read(keys, &format!("y,p\n1,1\n{told_apart},1\n")).unwrap();
            assert_eq!(Ok(rows.labels[1]), told_apart.parse());
        }
    }

    #[test]
    fn ends_of_intervals_are_in_order_and_a_number_apart() {
        let keys = "label = 'y'\nlower = 'lo'\nupper = 'hi'\nprediction = 'p'";
        let rows = read(keys, "y,lo,hi,p\n1,0,2,1.5\n3,3,3,3\n").unwrap();
        assert_eq!(rows.values, [0.0, 2.0, 1.5, 3.0, 3.0, 3.0]);
        let said = read(
            keys,
            "y,lo,hi,p\n1,0,2,1\n1,3,2,1\n1,4,2,1\n1,-1e308,1e308,1\n",
        )
        .unwrap_err();
        let crossed = "column `lo`, row 2: 3, where `hi` is 2, is above the high end of its interval; \
                       so is 1 row more";
        assert!(said.contains(crossed), "{said}");
        assert!(
            said.contains("row 4: ") && said.contains("is too far below"),
            "{said}"
        );
    }

    #[test]
    fn documents_are_named_within_their_query() {
        let keys = "query = 'q'\nkey = 'd'\nlabel = 'g'\nscore = 's'";
        let rows = read(keys, "q,d,g,s\na,1,0,7\nb,1,2,-1\na,2,1,0\n").unwrap();
        assert_eq!(rows.labels, [0.0, 2.0, 1.0]);
        let [a, b, again] = rows.queries[..] else {
            panic!("three queries");
        };
        assert!(a == again && a != b);
        assert_ne!(rows.keys[0], rows.keys[1], "one document, two queries");
        let said = read(keys, "q,d,g,s\na,1,0,7\n,1,-2,-1\n").unwrap_err();
        assert!(
            said.contains("column `q`, row 2: the cell is missing"),
            "{said}"
        );
        assert!(
            said.contains("column `g`, row 2: -2 is a negative grade"),
            "{said}"
        );
    }
}
