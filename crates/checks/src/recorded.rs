//! Recorded values: golden numbers beside a spec, rewritten only on purpose.
//!
//! The values of `training.toml` stand in `training.recorded.toml`, in one
//! table for each case, named by the case's id.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use crate::check::{Failure, Outcome};

/// The recorded values of one spec file.
pub(crate) struct Recorded {
    spec: PathBuf,
    file: PathBuf,
}

impl Recorded {
    /// Those of this spec file, whether or not there are any.
    pub fn beside(spec: &Path) -> Self {
        Self {
            spec: spec.to_owned(),
            file: spec.with_extension("recorded.toml"),
        }
    }

    /// The file's name.
    pub fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// What is recorded of a case, if anything is.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn read<T: DeserializeOwned>(&self, case: &str) -> Outcome<Option<T>> {
        let Some(text) = self.text()? else {
            return Ok(None);
        };
        let mut all: toml::Table = text.parse().map_err(|error| self.broken(&error))?;
        let Some(recorded) = all.remove(case) else {
            return Ok(None);
        };
        let recorded = recorded.try_into().map_err(|error| {
            self.broken(&format!(
                "the values of `{case}` are not understood: {error}"
            ))
        })?;
        Ok(Some(recorded))
    }

    /// Records the values of a case in place of what was recorded of it.
    ///
    /// Comments and the values of other cases stay. The file is replaced as a
    /// whole, so that nobody reads half of it; and one process at a time does
    /// so, so that cases which record at the same time keep each other's values.
    ///
    /// # Errors
    /// When the file cannot be read, understood or written.
    pub fn write<T: Serialize>(&self, case: &str, values: &T) -> Outcome<()> {
        let failed = |error: std::io::Error| self.broken(&error);
        let values = toml::Table::try_from(values).map_err(|error| self.broken(&error))?;
        // The spec file is the lock: it is there already and is not replaced.
        let lock = File::open(&self.spec).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let text = self.text()?;
        let header = if text.is_none() {
            self.header()
        } else {
            String::new()
        };
        let mut document: DocumentMut = text
            .unwrap_or_default()
            .parse()
            .map_err(|error| self.broken(&error))?;
        let mut table = of_table(&values, NESTED);
        if let Some(before) = document.get(case).and_then(Item::as_table) {
            keep_comments(before, &mut table);
        }
        document.insert(case, Item::Table(table));
        // Only the holder of the lock writes, so one name will do.
        let unfinished = self.file.with_extension("toml.unfinished");
        fs::write(&unfinished, format!("{header}{document}")).map_err(failed)?;
        fs::rename(&unfinished, &self.file).map_err(failed)
    }

    fn text(&self) -> Outcome<Option<String>> {
        match fs::read_to_string(&self.file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.broken(&error)),
        }
    }

    fn header(&self) -> String {
        let spec = self.spec.file_name().unwrap_or_default();
        format!(
            "# Values recorded for the cases of {}. They change only when somebody means it:\n\
             # SEATRIAL_RECORD=1 records what is seen.\n\n",
            spec.to_string_lossy()
        )
    }

    fn broken(&self, reason: &dyn std::fmt::Display) -> Failure {
        Failure::Host(format!("recorded values in {}: {reason}", self.name()))
    }
}

/// Tables within a case's table that get a header of their own; deeper ones
/// stand on one line each, so that a change is a line of a diff.
const NESTED: usize = 2;

fn of_table(values: &toml::Table, nested: usize) -> Table {
    let mut table = Table::new();
    for (key, value) in values {
        let item = match value {
            toml::Value::Table(inner) if nested > 0 => Item::Table(of_table(inner, nested - 1)),
            value => Item::Value(of_value(value)),
        };
        table.insert(key, item);
    }
    table
}

/// Comments stay with the tables and keys that they stand before.
fn keep_comments(before: &Table, after: &mut Table) {
    *after.decor_mut() = before.decor().clone();
    after.set_position(before.position());
    for (key, item) in before {
        let comments = before.key(key).map(|key| key.leaf_decor().clone());
        if let (Some(mut key), Some(comments)) = (after.key_mut(key), comments) {
            *key.leaf_decor_mut() = comments;
        }
        if let (Some(before), Some(Item::Table(after))) = (item.as_table(), after.get_mut(key)) {
            keep_comments(before, after);
        }
    }
}

fn of_value(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => Value::Array(items.iter().map(of_value).collect::<Array>()),
        toml::Value::Table(inner) => {
            let pairs = inner.iter().map(|(key, value)| (key, of_value(value)));
            Value::InlineTable(pairs.collect::<InlineTable>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap_or_else(|error| unreachable!("{error}"));
        let spec = folder.path().join("a.toml");
        fs::write(&spec, "").unwrap_or_else(|error| unreachable!("{error}"));
        (folder, spec)
    }

    fn values(loss: f64) -> toml::Table {
        [(
            "metrics".to_owned(),
            toml::Table::from_iter([("loss".to_owned(), loss.into())]).into(),
        )]
        .into_iter()
        .collect()
    }

    #[test]
    fn comments_and_other_cases_stay() -> Result<(), Failure> {
        let (_folder, spec) = spec();
        let recorded = Recorded::beside(&spec);
        recorded.write("a.toml::x", &values(1.0))?;
        let text = fs::read_to_string(&recorded.file).unwrap_or_default();
        let text = text
            .replace("[\"a.toml::x\"]", "# Agreed in March.\n[\"a.toml::x\"]")
            .replace("loss", "# In nats.\nloss");
        assert!(text.contains("March"), "{text}");
        fs::write(&recorded.file, text).unwrap_or_default();
        recorded.write("a.toml::y", &values(2.0))?;
        recorded.write("a.toml::x", &values(3.0))?;
        let text = fs::read_to_string(&recorded.file).unwrap_or_default();
        assert!(
            text.starts_with("# Values recorded")
                && text.contains("# Agreed in March.\n[\"a.toml::x\"]")
                && text.contains("# In nats.\nloss = 3.0"),
            "{text}"
        );
        assert_eq!(recorded.read("a.toml::x")?, Some(values(3.0)), "{text}");
        assert_eq!(recorded.read("a.toml::y")?, Some(values(2.0)), "{text}");
        assert_eq!(recorded.read::<toml::Table>("a.toml::z")?, None);
        Ok(())
    }

    #[test]
    fn cases_that_record_at_once_keep_each_others_values() -> Result<(), Failure> {
        let (_folder, spec) = spec();
        std::thread::scope(|scope| {
            for case in 0..16 {
                let recorded = Recorded::beside(&spec);
                scope.spawn(move || recorded.write(&format!("case {case}"), &values(1.0)));
            }
        });
        let recorded = Recorded::beside(&spec);
        for case in 0..16 {
            let read = recorded.read(&format!("case {case}"))?;
            assert_eq!(read, Some(values(1.0)), "case {case}");
        }
        Ok(())
    }
}
