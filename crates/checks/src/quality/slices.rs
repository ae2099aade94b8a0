//! By what rows are sliced: columns, crossings of columns, buckets of numbers.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, RecordBatch};
use seatrial_data::predictions::Predictions;
use seatrial_data::table::Table;
use seatrial_data::{Coder, Column, MISSING_CODE, Offences, Result};
use seatrial_rng::Fingerprint;
use seatrial_validation::clustered::GROUPS;

use super::clusters::Units;
use crate::check::{Failure, Outcome};

/// Slices of one slicing; a column with more values names rows, not groups.
const SLICES_MAX: usize = 1_000;

/// What a row without a value belongs to.
const MISSING: &str = "(missing)";

/// Characters of a value in the name of a slice.
const NAME_MAX: usize = 60;

/// What stands between the columns of a crossing.
pub(super) const CROSS: char = '*';

/// The slicings of a case.
#[derive(Clone, Debug, Default)]
pub(super) struct Slicing {
    pub by: Vec<By>,
}

/// One way of slicing.
#[derive(Clone, Debug)]
pub(super) struct By {
    /// As it is written: `country`, `country*device`.
    pub name: String,
    columns: Vec<Part>,
    /// Whether it was searched for, and no case names it.
    pub searched: bool,
}

/// A column, with edges between its buckets if it is a number.
#[derive(Clone, Debug)]
struct Part {
    column: String,
    edges: Option<Vec<f64>>,
    /// Of which units its values are, if they name clusters.
    units: Option<Units>,
}

impl By {
    /// By one column that was searched for, in buckets between edges if it is a
    /// number.
    pub fn searched(name: &str, edges: Option<Vec<f64>>) -> Self {
        let part = Part {
            column: name.to_owned(),
            edges,
            units: None,
        };
        Self {
            name: name.to_owned(),
            columns: vec![part],
            searched: true,
        }
    }

    /// Whether rows are parted by units of clusters too.
    pub fn is_of_units(&self) -> bool {
        self.columns.iter().any(|part| part.units.is_some())
    }

    /// The buckets between declared edges; none of a crossing, where some may well
    /// be empty, and none of a column as it is.
    pub fn buckets(&self) -> Vec<String> {
        match self.columns.as_slice() {
            [
                Part {
                    edges: Some(edges), ..
                },
            ] => bucket_names(edges),
            _ => Vec::new(),
        }
    }
}

impl Slicing {
    /// Reads what a case declares.
    ///
    /// # Errors
    /// When a column is missing, is not named in a slice, or its edges do not
    /// ascend.
    pub fn new(
        of: &Predictions,
        slices: &[String],
        buckets: &BTreeMap<String, Vec<f64>>,
    ) -> Outcome<Self> {
        let mut by = Vec::new();
        for name in slices {
            let columns = name.split(CROSS).map(|column| {
                let column = column.trim().to_owned();
                of.table().column(&column)?;
                let edges = buckets.get(&column).cloned();
                Ok(Part {
                    column,
                    edges,
                    units: None,
                })
            });
            let columns = columns.collect::<Outcome<Vec<Part>>>()?;
            by.push(By {
                name: name.clone(),
                columns,
                searched: false,
            });
        }
        for (column, edges) in buckets {
            let used = by
                .iter()
                .flat_map(|by| &by.columns)
                .any(|part| part.column == *column);
            if !used {
                let message = format!("`buckets` name `{column}`, which no slice names");
                return Err(Failure::Case(message));
            }
            let ascends = edges.windows(2).all(|pair| pair[0] < pair[1]);
            if edges.is_empty() || !ascends || !edges.iter().all(|edge| edge.is_finite()) {
                let message = format!("the edges of the buckets of `{column}` must ascend");
                return Err(Failure::Case(message));
            }
        }
        Ok(Self { by })
    }

    /// All rows, then each slicing's, parted by the unit of a row's cluster: the
    /// names of units come first.
    pub fn parted(&self, cluster: &str, units: Units) -> Self {
        let unit = Part {
            column: cluster.to_owned(),
            edges: None,
            units: Some(units),
        };
        let all = By {
            name: cluster.to_owned(),
            columns: vec![unit.clone()],
            searched: false,
        };
        let each = self.by.iter().cloned().map(|mut by| {
            by.columns.insert(0, unit.clone());
            by
        });
        Self {
            by: std::iter::once(all).chain(each).collect(),
        }
    }

    /// Adds the columns that are needed and not there yet.
    pub fn add_columns<'a>(&'a self, columns: &mut Vec<&'a str>) {
        for part in self.by.iter().flat_map(|by| &by.columns) {
            if !columns.contains(&part.column.as_str()) {
                columns.push(&part.column);
            }
        }
    }

    /// What gives rows their slices, batch after batch.
    pub fn coders(&self) -> Vec<SliceCoder<'_>> {
        self.by.iter().map(SliceCoder::new).collect()
    }
}

/// Numbers the slices of one slicing in the order in which rows first have them.
pub(super) struct SliceCoder<'a> {
    by: &'a By,
    parts: Vec<PartCoder<'a>>,
    /// Of slices, by number.
    names: Vec<String>,
    /// The parts' values that make each slice, by number, and the other way.
    made_of: Vec<Vec<u32>>,
    of_parts: HashMap<Vec<u32>, u32>,
}

impl<'a> SliceCoder<'a> {
    fn new(by: &'a By) -> Self {
        Self {
            by,
            parts: by.columns.iter().map(PartCoder::new).collect(),
            names: Vec::new(),
            made_of: Vec::new(),
            of_parts: HashMap::new(),
        }
    }

    /// The slices seen, by number.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of each row's slice. Rows that belong to none are noted.
    ///
    /// # Errors
    /// When a column cannot be sliced by, or has too many values for it.
    pub fn codes(
        &mut self,
        table: &Table,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<u32>> {
        let mut codes = Vec::with_capacity(self.parts.len());
        for part in &mut self.parts {
            codes.push(part.codes(table, batch, first_row, offences)?);
        }
        let rows = batch.num_rows();
        let of_rows = match codes.as_slice() {
            // A column's own numbers, once they are those of the slices.
            [codes] => self.renumber(codes),
            _ => (0..rows).map(|row| self.combined(&codes, row)).collect(),
        };
        self.refuse_many(table)?;
        Ok(of_rows)
    }

    fn renumber(&mut self, codes: &[u32]) -> Vec<u32> {
        // The last place is that of rows without a value.
        let mut known = vec![None; self.parts[0].values() + 1];
        let mut of_rows = Vec::with_capacity(codes.len());
        for &code in codes {
            let place = (code as usize).min(known.len() - 1);
            let slice = match known[place] {
                Some(slice) => slice,
                None => {
                    let slice = self.slice(vec![code]);
                    known[place] = Some(slice);
                    slice
                }
            };
            of_rows.push(slice);
        }
        of_rows
    }

    fn combined(&mut self, codes: &[Vec<u32>], row: usize) -> u32 {
        self.slice(codes.iter().map(|codes| codes[row]).collect())
    }

    fn slice(&mut self, values: Vec<u32>) -> u32 {
        if let Some(&slice) = self.of_parts.get(&values) {
            return slice;
        }
        let slice = self.names.len() as u32;
        let parts = self.parts.iter().zip(&values);
        let name: Vec<_> = parts
            .map(|(part, &value)| short(part.name(value)))
            .collect();
        self.names.push(name.join(&CROSS.to_string()));
        self.made_of.push(values.clone());
        self.of_parts.insert(values, slice);
        slice
    }

    /// The number here of a slice that has a number there.
    pub fn adopt(&mut self, there: &Self, slice: usize) -> usize {
        let parts = self.parts.iter_mut().zip(&there.parts);
        let values = parts.zip(&there.made_of[slice]);
        let values = values.map(|((here, there), &value)| here.adopt(there, value));
        let values = values.collect();
        self.slice(values) as usize
    }

    /// The numbers here of all slices there, in their order.
    pub fn adopt_all(&mut self, there: &Self) -> Vec<u32> {
        let all = 0..there.names.len();
        all.map(|slice| self.adopt(there, slice) as u32).collect()
    }

    /// Refuses more slices than there may be.
    ///
    /// # Errors
    /// When there are more.
    pub fn refuse_many(&self, table: &Table) -> Result<()> {
        let units = self.by.is_of_units();
        if self.names.len() <= SLICES_MAX * if units { GROUPS } else { 1 } {
            return Ok(());
        }
        let message = format!(
            "has more than {SLICES_MAX} values, too many to slice by; give `buckets` for numbers"
        );
        Err(table.wrong_in(&self.by.name, message))
    }
}

/// Numbers the values of a part, or its buckets.
struct PartCoder<'a> {
    part: &'a Part,
    coder: Coder,
    /// Of buckets, if there are edges.
    buckets: Vec<String>,
}

impl<'a> PartCoder<'a> {
    fn new(part: &'a Part) -> Self {
        Self {
            part,
            coder: Coder::new(),
            buckets: match &part.edges {
                Some(edges) => bucket_names(edges),
                None if part.units.is_some() => (0..GROUPS).map(|unit| unit.to_string()).collect(),
                None => Vec::new(),
            },
        }
    }

    fn adopt(&mut self, there: &Self, value: u32) -> u32 {
        if !self.buckets.is_empty() || value == MISSING_CODE {
            return value;
        }
        self.coder.code(there.name(value))
    }

    /// How many values have a number.
    fn values(&self) -> usize {
        self.buckets.len().max(self.coder.names().len())
    }

    fn name(&self, value: u32) -> &str {
        let names = match self.buckets.as_slice() {
            [] => self.coder.names(),
            buckets => buckets,
        };
        names.get(value as usize).map_or(MISSING, String::as_str)
    }

    fn codes(
        &mut self,
        table: &Table,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<u32>> {
        let name = &self.part.column;
        let wrong = |message: String| table.wrong_in(name, message);
        let cells = batch.column_by_name(name);
        let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
        let column = Column {
            name,
            cells,
            first_row,
        };
        if let Some(units) = &self.part.units {
            let keys = column.keys(offences).map_err(wrong)?;
            return Ok(keys.into_iter().map(|key| units.unit(key)).collect());
        }
        let Some(edges) = &self.part.edges else {
            return self.coder.codes(&column).map_err(wrong);
        };
        let numbers = column.numbers(&mut Offences::default()).map_err(wrong)?;
        let mut codes = Vec::with_capacity(numbers.len());
        for (at, number) in numbers.into_iter().enumerate() {
            if cells.is_null(at) {
                codes.push(MISSING_CODE);
                continue;
            }
            if !number.is_finite() {
                let row = first_row + at as u64;
                offences.note(name, row, "belongs to no bucket", number);
            }
            codes.push(edges.partition_point(|edge| *edge <= number) as u32);
        }
        Ok(codes)
    }
}

/// A value as part of a slice's name: of a long one, its beginning and a hash of
/// all of it, so that no two are called the same.
fn short(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(NAME_MAX) {
        Some((end, _)) => {
            let hash = Fingerprint::of_bytes(value.as_bytes()).to_string();
            Cow::Owned(format!("{}…{}", &value[..end], &hash[..8]))
        }
        None => Cow::Borrowed(value),
    }
}

/// Such as `<18`, `18..65`, `≥65`: each edge belongs to the bucket above it.
fn bucket_names(edges: &[f64]) -> Vec<String> {
    let mut names = vec![format!("<{}", edges[0])];
    names.extend(
        edges
            .windows(2)
            .map(|pair| format!("{}..{}", pair[0], pair[1])),
    );
    names.push(format!("≥{}", edges[edges.len() - 1]));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_slices_are_short_and_their_own() {
        let long = "ä".repeat(NAME_MAX);
        assert_eq!(short(&long), long);
        let [a, b] = ["a", "b"].map(|end| short(&format!("{long}{end}")).into_owned());
        assert!(a.starts_with(&format!("{long}…")) && a.chars().count() == NAME_MAX + 9);
        assert_ne!(a, b);
    }
}
