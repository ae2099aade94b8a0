//! What a table of parameters may hold.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The shape of a table: its JSON Schema, and whether a given table fits.
///
/// Made from a Rust struct, so that documentation, defaults, editor completion
/// and parsing have one source.
#[derive(Clone)]
pub struct Shape {
    schema: Value,
    fits: fn(toml::Table) -> Result<(), Misfit>,
    holds: Option<Holds>,
}

type Holds = Arc<dyn Fn(&toml::Table) -> Vec<Misfit> + Send + Sync>;

/// Why a table does not fit: where in the table, and what is wrong there.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// Dotted path to the value, such as `optimizer.kind`; empty for the table.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub help: Option<String>,
}

impl Misfit {
    /// Something wrong at a path.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            help: None,
        }
    }

    /// With what was probably meant.
    pub fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape").finish_non_exhaustive()
    }
}

impl Shape {
    /// The shape of `T`.
    pub fn of<T: DeserializeOwned + JsonSchema>() -> Self {
        Self {
            schema: schemars::schema_for!(T).to_value(),
            fits: |table| parse::<T>(table).map(|_| ()),
            holds: None,
        }
    }

    /// Also asks whether the parts of a table that fits hold together: whether
    /// what one key names is there under another. Every misfit is reported.
    pub fn holding<T: DeserializeOwned>(
        mut self,
        holds: impl Fn(&T) -> Vec<Misfit> + Send + Sync + 'static,
    ) -> Self {
        self.holds = Some(Arc::new(move |table| match parse(table.clone()) {
            Ok(parsed) => holds(&parsed),
            Err(misfit) => vec![misfit],
        }));
        self
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

    /// What does not hold together in a table that fits.
    pub fn holds(&self, table: &toml::Table) -> Vec<Misfit> {
        self.holds
            .as_ref()
            .map_or_else(Vec::new, |holds| holds(table))
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
        let path = if path == "." { String::new() } else { path };
        Misfit::at(path, error.message())
    })
}
