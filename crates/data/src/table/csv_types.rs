//! What a column of text holds: the narrowest type that loses nothing.

use arrow::datatypes::DataType;

use crate::offences::quoted;

/// So many words are no strays, unless numbers are more.
const STRAYS_MAX: u64 = 64;

/// A type that fits every cell seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Guess {
    /// No cell that is not empty.
    #[default]
    Nothing,
    Boolean,
    Whole,
    Number,
    Text,
}

/// A column, as far as it was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    guess: Guess,
    numbers: u64,
    strays: Strays,
}

/// Cells that are no numbers in a column where most are.
#[derive(Clone, Debug, Default)]
pub(super) struct Strays {
    pub count: u64,
    /// In the file, from 0.
    pub first_row: u64,
    /// What the first holds.
    pub found: String,
}

impl Seen {
    /// Takes a cell into account; an empty one is missing and says nothing.
    pub fn see(&mut self, row: u64, cell: &str) {
        let is_text = self.guess == Guess::Text;
        if cell.is_empty() || (is_text && self.strays.count > self.numbers.max(STRAYS_MAX)) {
            return;
        }
        let seen = Guess::of(cell);
        if matches!(seen, Guess::Whole | Guess::Number) {
            self.numbers += 1;
        } else {
            if self.strays.count == 0 {
                (self.strays.first_row, self.strays.found) = (row, quoted(cell));
            }
            self.strays.count += 1;
        }
        self.guess = match (self.guess, seen) {
            (Guess::Nothing, seen) => seen,
            (before, seen) if before == seen => seen,
            (Guess::Whole, Guess::Number) | (Guess::Number, Guess::Whole) => Guess::Number,
            _ => Guess::Text,
        };
    }

    pub fn data_type(&self) -> DataType {
        self.guess.data_type()
    }

    /// What keeps the column from being one of numbers, if most cells are.
    pub fn strays(&self) -> Option<Strays> {
        let some = self.strays.count > 0 && self.strays.count < self.numbers;
        some.then(|| self.strays.clone())
    }
}

impl Guess {
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

    fn data_type(self) -> DataType {
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
        seen(cells).data_type()
    }

    fn seen(cells: &[&str]) -> Seen {
        let mut seen = Seen::default();
        (0..).zip(cells).for_each(|(row, cell)| seen.see(row, cell));
        seen
    }

    #[test]
    fn words_among_numbers_are_strays_and_numbers_among_words_are_not() {
        let strays = seen(&["n/a", "1", "0.5", "", "true", "2"]).strays();
        let strays = strays.map(|strays| (strays.first_row, strays.count, strays.found));
        assert_eq!(strays, Some((0, 2, "`n/a`".to_owned())));
        for cells in [&["1", "2"][..], &["a", "1"], &["", ""], &["a", "b", "1"]] {
            assert!(seen(cells).strays().is_none(), "{cells:?}");
        }
        // However many words, and numbers only then.
        let words = vec!["a"; 1_000];
        let numbers = vec!["1"; 1_000];
        assert!(seen(&[&words[..], &numbers].concat()).strays().is_none());
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
