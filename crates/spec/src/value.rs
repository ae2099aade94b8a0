//! Kinds of value that parameters are made of: parsed once, then trusted.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Declares a number with a range that both parsing and the schema enforce.
macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident($inner:ty), $what:literal, $holds:expr, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name($inner);

        impl $name {
            /// The number.
            pub fn get(self) -> $inner {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = String;

            fn try_from(value: f64) -> Result<Self, String> {
                let holds: fn(f64) -> bool = $holds;
                if value.is_finite() && holds(value) {
                    Ok(Self(value as $inner))
                } else {
                    Err(format!("`{value}` is not {}", $what))
                }
            }
        }

        impl From<$name> for f64 {
            fn from(value: $name) -> f64 {
                value.0 as f64
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

ranged!(
    /// A whole number from 1 to 10⁹.
    Count(usize),
    "a whole number from 1 to 1000000000",
    |v| v.fract() == 0.0 && (1.0..=1e9).contains(&v),
    {"type": "integer", "minimum": 1, "maximum": 1_000_000_000}
);
ranged!(
    /// A number above zero.
    Positive(f64),
    "a number above zero",
    |v| v > 0.0,
    {"type": "number", "exclusiveMinimum": 0}
);
ranged!(
    /// A number that is zero or above.
    NonNegative(f64),
    "a number that is zero or above",
    |v| v >= 0.0,
    {"type": "number", "minimum": 0}
);
ranged!(
    /// A number from 0 to 1.
    Fraction(f64),
    "a number from 0 to 1",
    |v| (0.0..=1.0).contains(&v),
    {"type": "number", "minimum": 0, "maximum": 1}
);

/// A file or folder named in a spec.
///
/// Written relative to the spec file; by the time a check sees it, it is an
/// absolute path that exists and lies inside the spec tree or an allowed folder.
/// A pattern such as `logs/*.parquet` stands for the files that it matches, of
/// which there is at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpecPath(PathBuf);

impl SpecPath {
    /// The `format` that marks a path in a schema.
    pub const FORMAT: &str = "spec-path";

    /// The path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl From<PathBuf> for SpecPath {
    /// For a file that is known to be there, in place of a written one.
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl JsonSchema for SpecPath {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SpecPath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": Self::FORMAT})
    }
}

/// The name of another subject, such as the dataset that a check compares with.
///
/// `KIND` indexes [`SubjectKind::ALL`](crate::SubjectKind::ALL); use the
/// aliases that the domain crates declare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectName<const KIND: usize>(String);

impl<const KIND: usize> SubjectName<KIND> {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const KIND: usize> JsonSchema for SubjectName<KIND> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("SubjectName{KIND}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kind = crate::SubjectKind::ALL[KIND].word();
        json_schema!({"type": "string", "format": format!("subject:{kind}")})
    }
}

/// The version before: another subject of the kind, a path to one, or `blessed`,
/// the last that a release was made of.
///
/// By the time a check sees it, a path is absolute. `KINDS` are those that the
/// subject may be of: [`SubjectKind::set`](crate::SubjectKind::set).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Predecessor<const KINDS: usize>(String);

impl<const KINDS: usize> Predecessor<KINDS> {
    /// Which of the three.
    pub fn which(&self) -> Which<'_> {
        Which::of(&self.0)
    }
}

/// What a [`Predecessor`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// The last that a release was made of.
    Blessed,
    /// A file or folder.
    Path(&'a Path),
    /// A declared subject.
    Subject(&'a str),
}

impl<'a> Which<'a> {
    /// Reads the written word: what holds a dot or a slash is a path.
    pub(crate) fn of(text: &'a str) -> Self {
        match text {
            "blessed" => Which::Blessed,
            path if path.contains(['.', '/']) => Which::Path(Path::new(path)),
            name => Which::Subject(name),
        }
    }
}

/// The beginning of the `format` that marks a predecessor in a schema.
pub(crate) const PREDECESSOR: &str = "predecessor:";

impl<const KINDS: usize> JsonSchema for Predecessor<KINDS> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Predecessor{KINDS}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds = crate::SubjectKind::of_set(KINDS);
        let words: Vec<&str> = kinds.map(crate::SubjectKind::word).collect();
        json_schema!({"type": "string", "format": format!("{PREDECESSOR}{}", words.join(","))})
    }
}
