//! What a table of parameters may hold.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The shape of a table: its JSON Schema, and whether a given table fits.
///
/// Made from a Rust struct, so that documentation, defaults, editor completion
/// and parsing have one source.
#[derive(Clone, Debug)]
pub struct Shape {
    schema: Value,
    fits: fn(toml::Table) -> Result<(), Misfit>,
}

/// Why a table does not fit: where in the table, and what is wrong there.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// Dotted path to the value, such as `optimizer.kind`; empty for the table.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl Shape {
    /// The shape of `T`.
    pub fn of<T: DeserializeOwned + JsonSchema>() -> Self {
        Self {
            schema: schemars::schema_for!(T).to_value(),
            fits: |table| parse::<T>(table).map(|_| ()),
        }
    }

    /// The JSON Schema of the table, with descriptions and defaults.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// What a part of the schema asks for, in words: "a whole number of at
    /// least 1".
    pub fn words(&self, part: &Value) -> String {
        crate::load::describe::schema(&self.schema, part)
    }

    /// Whether the table fits.
    ///
    /// # Errors
    /// The first misfit that parsing meets.
    pub fn fits(&self, table: toml::Table) -> Result<(), Misfit> {
        (self.fits)(table)
    }
}

/// Reads a table as `T`.
///
/// # Errors
/// The first misfit that parsing meets.
pub fn parse<T: DeserializeOwned>(table: toml::Table) -> Result<T, Misfit> {
    serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path().to_string();
        let error: toml::de::Error = error.into_inner();
        Misfit {
            path: if path == "." { String::new() } else { path },
            message: error.message().to_owned(),
        }
    })
}
