//! Cells that name classes.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::Task;
use crate::coder::int32_keys;
use crate::column::{Column, EXACT_MAX, MISSING};
use crate::header::listed;
use crate::offences::{Offences, quoted};

/// The classes of a task, by what cells may hold of them.
#[derive(Clone, Debug)]
pub(super) struct Classes<'a> {
    task: &'a Task,
    /// Whether text may say what is true where classes are 0 and 1.
    truths_in_text: bool,
    of_text: BTreeMap<&'a str, usize>,
    of_whole: BTreeMap<i64, usize>,
}

impl<'a> Classes<'a> {
    /// In a table whose cells have no types, a column of text that says `true`
    /// says something else too: it is a mixture.
    pub fn new(task: &'a Task, is_typed: bool) -> Self {
        let names: Vec<&str> = match task {
            // Whether a row has a label.
            Task::Labels { .. } => vec!["0", "1"],
            _ => task.classes().iter().map(String::as_str).collect(),
        };
        let named = || names.iter().copied().enumerate();
        let whole = |name: &str| {
            let number = name.parse::<i64>().ok()?;
            (number.to_string() == name).then_some(number)
        };
        Self {
            task,
            truths_in_text: is_typed,
            of_text: named().map(|(at, name)| (name, at)).collect(),
            of_whole: named()
                .filter_map(|(at, name)| Some((whole(name)?, at)))
                .collect(),
        }
    }

    /// The index of the class that each cell names; NaN where it names none,
    /// which is noted.
    ///
    /// # Errors
    /// When the column holds what cannot name classes.
    pub fn read(&self, column: &Column<'_>, offences: &mut Offences) -> Result<Vec<f64>, String> {
        if let Some(indices) = self.read_sound(column) {
            return Ok(indices);
        }
        let of_truths = column.cells.data_type() == &DataType::Boolean;
        let class = |cell: &str| {
            if of_truths || self.truths_in_text {
                self.class(cell)
            } else {
                self.of_text.get(cell).copied()
            }
        };
        let cells = column.texts()?;
        let mut before: Option<(&str, usize)> = None;
        let mut indices = Vec::with_capacity(cells.len());
        for at in 0..cells.len() {
            let row = column.first_row + at as u64;
            if cells.is_null(at) {
                offences.note(column.name, row, MISSING.1, MISSING.0);
                indices.push(f64::NAN);
                continue;
            }
            let cell = cells.value(at);
            let known = before
                .filter(|(name, _)| *name == cell)
                .map(|(_, index)| index);
            match known.or_else(|| class(cell)) {
                Some(index) => {
                    before = Some((cell, index));
                    indices.push(index as f64);
                }
                None => {
                    let (found, kind) = self.unknown(cell);
                    offences.note(column.name, row, kind, found);
                    indices.push(f64::NAN);
                }
            }
        }
        Ok(indices)
    }

    fn class(&self, cell: &str) -> Option<usize> {
        let named = self.of_text.get(cell).copied();
        // What 0 and 1 are in other types of column.
        let zero_or_one = match self.task {
            Task::Binary { classes, .. } => classes == &["0", "1"],
            Task::Labels { .. } => true,
            _ => false,
        };
        named.or(match cell {
            "false" if zero_or_one => Some(0),
            "true" if zero_or_one => Some(1),
            _ => None,
        })
    }

    /// What to say of a cell that names no class.
    fn unknown(&self, cell: &str) -> (String, &'static str) {
        if let Task::Labels { .. } = self.task {
            return (quoted(cell), "is neither 0 nor 1");
        }
        let known = listed(self.task.classes().iter().map(String::as_str));
        let found = format!("{}, where `classes` are {known},", quoted(cell));
        (found, "is not one of the classes")
    }

    /// The same without a text a cell; `None` where a cell names no class.
    fn read_sound(&self, column: &Column<'_>) -> Option<Vec<f64>> {
        let cells = column.cells;
        if cells.null_count() > 0 {
            return None;
        }
        let indices: Vec<f64> = match cells.data_type() {
            DataType::Dictionary(_, values) if !values.is_nested() => {
                let cells = int32_keys(cells).ok()?;
                let dictionary = cells.as_dictionary::<Int32Type>();
                let values = Column {
                    cells: dictionary.values(),
                    ..*column
                };
                let texts = values.texts().ok()?;
                let of_values: Vec<f64> = (0..texts.len())
                    .map(|at| self.of_value(texts.is_valid(at).then(|| texts.value(at))))
                    .collect();
                let keys = dictionary.keys().values().iter();
                keys.map(|&key| of_values[key as usize]).collect()
            }
            DataType::Boolean => {
                let truths = [self.of_value(Some("false")), self.of_value(Some("true"))];
                let values = cells.as_boolean().values();
                values.iter().map(|it| truths[usize::from(it)]).collect()
            }
            DataType::UInt64 => return None,
            whole if whole.is_integer() => {
                let cells = cast(cells, &DataType::Int64).ok()?;
                let values = cells.as_primitive::<Int64Type>().values();
                self.of_wholes(values.iter().copied())
            }
            number if number.is_floating() => {
                let cells = cast(cells, &DataType::Float64).ok()?;
                let values = cells.as_primitive::<Float64Type>().values();
                let sound = |x: &f64| x.fract() == 0.0 && x.abs() <= EXACT_MAX;
                if !values.iter().fold(true, |all, x| all & sound(x)) {
                    return None;
                }
                self.of_wholes(values.iter().map(|&number| number as i64))
            }
            _ => return None,
        };
        let known = indices
            .iter()
            .fold(true, |all, index| all & !index.is_nan());
        known.then_some(indices)
    }

    fn of_value(&self, text: Option<&str>) -> f64 {
        let index = text.and_then(|text| self.class(text));
        index.map_or(f64::NAN, |index| index as f64)
    }

    fn of_wholes(&self, numbers: impl Iterator<Item = i64>) -> Vec<f64> {
        let mut classes = self.of_whole.iter();
        if let (Some((&a, &of_a)), Some((&b, &of_b)), None) =
            (classes.next(), classes.next(), classes.next())
        {
            let (of_a, of_b) = (of_a as f64, of_b as f64);
            let of = |number| {
                if number == a {
                    of_a
                } else if number == b {
                    of_b
                } else {
                    f64::NAN
                }
            };
            return numbers.map(of).collect();
        }
        let of = |number| self.of_whole.get(&number).map_or(f64::NAN, |&at| at as f64);
        numbers.map(of).collect()
    }
}
