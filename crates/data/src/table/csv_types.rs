//! What a column of text holds: the narrowest type that loses nothing.

use arrow::datatypes::DataType;

/// A type that fits every cell seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Guess {
    /// No cell that is not empty.
    #[default]
    Nothing,
    Boolean,
    Whole,
    Number,
    Text,
}

impl Guess {
    /// Takes a cell into account; an empty one is missing and says nothing.
    pub fn see(&mut self, cell: &str) {
        if *self == Guess::Text || cell.is_empty() {
            return;
        }
        *self = match (*self, Guess::of(cell)) {
            (Guess::Nothing, seen) => seen,
            (before, seen) if before == seen => seen,
            (Guess::Whole, Guess::Number) | (Guess::Number, Guess::Whole) => Guess::Number,
            _ => Guess::Text,
        };
    }

    fn of(cell: &str) -> Self {
        if cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false") {
            return Guess::Boolean;
        }
        let digits = cell.strip_prefix('-').unwrap_or(cell);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            // A leading zero belongs to a name, as of a postcode; a number that
            // fits no integer would lose digits.
            let named = digits.len() > 1 && digits.starts_with('0');
            let whole = !named && cell.parse::<i64>().is_ok();
            return if whole { Guess::Whole } else { Guess::Text };
        }
        if cell.parse::<f64>().is_ok() {
            Guess::Number
        } else {
            Guess::Text
        }
    }

    pub fn data_type(self) -> DataType {
        match self {
            Guess::Nothing => DataType::Null,
            Guess::Boolean => DataType::Boolean,
            Guess::Whole => DataType::Int64,
            Guess::Number => DataType::Float64,
            Guess::Text => DataType::Utf8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(cells: &[&str]) -> DataType {
        let mut guess = Guess::default();
        cells.iter().for_each(|cell| guess.see(cell));
        guess.data_type()
    }

    #[test]
    fn the_narrowest_type_that_loses_nothing() {
        assert_eq!(guess(&["1", "", "-20"]), DataType::Int64);
        assert_eq!(guess(&["1", "0.5", "1e-3", "NaN"]), DataType::Float64);
        assert_eq!(guess(&["true", "False"]), DataType::Boolean);
        assert_eq!(guess(&["true", "1"]), DataType::Utf8);
        assert_eq!(guess(&["1", "x"]), DataType::Utf8);
        assert_eq!(guess(&["", ""]), DataType::Null);
        assert_eq!(guess(&["007"]), DataType::Utf8);
        assert_eq!(guess(&["0", "10"]), DataType::Int64);
        assert_eq!(guess(&["9223372036854775808"]), DataType::Utf8);
    }
}
