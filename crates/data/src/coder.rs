//! Categories as small whole numbers.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type};

use crate::column::Column;

/// What a cell without a value is numbered.
pub const MISSING_CODE: u32 = u32::MAX;

/// A value of a dictionary that no row has named yet.
const UNSEEN: u32 = u32::MAX - 1;

/// Numbers the values of a column in the order in which rows first have them,
/// over as many batches as come. Values are the same as their texts are
/// ([`Column::texts`]), whatever type holds them.
#[derive(Debug, Default)]
pub struct Coder {
    names: Vec<String>,
    of_text: HashMap<String, u32>,
    of_whole: HashMap<i64, u32>,
    /// The dictionary that came last, and the codes of its values: batches of
    /// one row group share it.
    dictionary: Option<(ArrayRef, Vec<u32>)>,
}

impl Coder {
    /// Of no values.
    pub fn new() -> Self {
        Self::default()
    }

    /// The values seen, by code.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The code of each row; [`MISSING_CODE`] where a cell is missing.
    ///
    /// # Errors
    /// When the column is nested or binary.
    pub fn codes(&mut self, column: &Column<'_>) -> Result<Vec<u32>, String> {
        let cells = column.cells;
        match cells.data_type() {
            DataType::Dictionary(_, values) if !values.is_nested() => self.of_dictionary(column),
            DataType::UInt64 => self.of_texts(&column.texts()?),
            whole if whole.is_integer() => self.of_whole(cells),
            _ => self.of_texts(&column.texts()?),
        }
    }

    /// Counts rows by the code of their value, in `rows`; gives how many have
    /// none.
    ///
    /// # Errors
    /// As [`codes`](Self::codes).
    pub fn count(&mut self, column: &Column<'_>, rows: &mut Vec<u64>) -> Result<u64, String> {
        let codes = self.codes(column)?;
        rows.resize(self.names.len(), 0);
        let mut missing = 0;
        for code in codes {
            match rows.get_mut(code as usize) {
                Some(rows) => *rows += 1,
                None => missing += 1,
            }
        }
        Ok(missing)
    }

    /// The code of a value.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.of_text.get(text) {
            return code;
        }
        let code = self.names.len() as u32;
        self.names.push(text.to_owned());
        self.of_text.insert(text.to_owned(), code);
        code
    }

    fn of_texts(&mut self, texts: &StringArray) -> Result<Vec<u32>, String> {
        let code = |text: Option<&str>| text.map_or(MISSING_CODE, |text| self.code(text));
        Ok(texts.iter().map(code).collect())
    }

    fn of_whole(&mut self, cells: &ArrayRef) -> Result<Vec<u32>, String> {
        let whole = cast(cells, &DataType::Int64).map_err(|error| error.to_string())?;
        let whole = whole.as_primitive::<Int64Type>();
        let mut last = None;
        let mut code = |number: i64| match last {
            Some((before, code)) if before == number => code,
            _ => {
                let known = self.of_whole.get(&number).copied();
                let code = known.unwrap_or_else(|| self.new_whole(number));
                last = Some((number, code));
                code
            }
        };
        if whole.null_count() == 0 {
            return Ok(whole.values().iter().map(|&number| code(number)).collect());
        }
        let cells = whole.iter();
        Ok(cells
            .map(|cell| cell.map_or(MISSING_CODE, &mut code))
            .collect())
    }

    fn new_whole(&mut self, number: i64) -> u32 {
        let code = self.code(&number.to_string());
        self.of_whole.insert(number, code);
        code
    }

    fn of_dictionary(&mut self, column: &Column<'_>) -> Result<Vec<u32>, String> {
        let keys = int32_keys(column.cells)?;
        let dictionary = keys.as_dictionary::<Int32Type>();
        let values = dictionary.values();
        let texts = Column {
            cells: values,
            ..*column
        }
        .texts()?;
        let known = self.dictionary.take();
        let mut codes = match known {
            Some((before, codes)) if same_array(&before, values) => codes,
            _ => vec![UNSEEN; values.len()],
        };
        let mut of_key = |key: i32| {
            let code = &mut codes[key as usize];
            if *code == UNSEEN {
                let at = key as usize;
                *code = if texts.is_null(at) {
                    MISSING_CODE
                } else {
                    self.code(texts.value(at))
                };
            }
            *code
        };
        let keys = dictionary.keys();
        let of_rows = if keys.null_count() == 0 {
            keys.values().iter().map(|&key| of_key(key)).collect()
        } else {
            let keys = keys.iter();
            keys.map(|key| key.map_or(MISSING_CODE, &mut of_key))
                .collect()
        };
        self.dictionary = Some((values.clone(), codes));
        Ok(of_rows)
    }
}

/// Whether two arrays are the same memory.
fn same_array(a: &ArrayRef, b: &ArrayRef) -> bool {
    std::ptr::addr_eq(std::sync::Arc::as_ptr(a), std::sync::Arc::as_ptr(b))
}

/// A dictionary with keys of 32 bits.
pub(crate) fn int32_keys(cells: &ArrayRef) -> Result<ArrayRef, String> {
    match cells.data_type() {
        DataType::Dictionary(keys, _) if **keys == DataType::Int32 => Ok(cells.clone()),
        DataType::Dictionary(_, values) => {
            let wanted = DataType::Dictionary(Box::new(DataType::Int32), values.clone());
            cast(cells, &wanted).map_err(|error| error.to_string())
        }
        other => Err(format!("holds {other}, not a dictionary")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, DictionaryArray, Float64Array, Int8Array, Int64Array};

    use super::*;

    fn coded(coder: &mut Coder, cells: ArrayRef) -> Vec<u32> {
        let column = Column {
            name: "c",
            cells: &cells,
            first_row: 0,
        };
        coder.codes(&column).expect("codes")
    }

    #[test]
    fn a_value_has_one_code_whatever_type_holds_it() {
        let mut coder = Coder::new();
        let whole = Int64Array::from(vec![Some(7), None, Some(-2), Some(7)]);
        assert_eq!(coded(&mut coder, Arc::new(whole)), [0, MISSING_CODE, 1, 0]);
        assert_eq!(coded(&mut coder, Arc::new(Int8Array::from(vec![-2]))), [1]);
        let text = StringArray::from(vec![Some("x"), Some("7"), None]);
        assert_eq!(coded(&mut coder, Arc::new(text)), [2, 0, MISSING_CODE]);
        let number = Float64Array::from(vec![7.0, 0.5]);
        assert_eq!(coded(&mut coder, Arc::new(number)), [0, 3]);
        let truth = BooleanArray::from(vec![true]);
        assert_eq!(coded(&mut coder, Arc::new(truth)), [4]);
        assert_eq!(coder.names(), ["7", "-2", "x", "0.5", "true"]);
    }

    #[test]
    fn values_of_a_dictionary_that_no_row_has_get_no_code() {
        let words: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
        let dictionary = |keys: Vec<Option<i32>>| -> ArrayRef {
            Arc::new(DictionaryArray::<Int32Type>::new(
                keys.into(),
                Arc::clone(&words),
            ))
        };
        let mut coder = Coder::new();
        let first = coded(&mut coder, dictionary(vec![Some(2), None, Some(2)]));
        assert_eq!(first, [0, MISSING_CODE, 0]);
        assert_eq!(
            coded(&mut coder, dictionary(vec![Some(0), Some(2)])),
            [1, 0]
        );
        assert_eq!(coder.names(), ["c", "a"]);
    }
}
