//! The language of test cases: from TOML text to a typed [`Suite`].
//!
//! A spec tree is a folder of TOML files with an optional root file
//! `seatrial.toml`. [`load`] reads all of it and gives either every case,
//! after defaults and matrix expansion, or every error of every file, each
//! with its place and the nearest known name.
//!
//! The language knows neither checks nor models. What may be written is told
//! to it as a [`Vocabulary`]: the [`Shape`] of each check's parameters and of
//! each kind of subject. The same vocabulary makes the JSON Schema for editors.

mod diagnostic;
mod load;
mod nearest;
mod schema;
mod shape;
mod suite;
mod value;
mod vocabulary;

pub use diagnostic::{Diagnostic, Diagnostics, Place};
pub use load::{load, load_exact};
pub use nearest::help as did_you_mean;
pub use schema::json_schema;
pub use shape::{Misfit, Shape, parse};
pub use suite::{Case, Declaration, Suite, Tier, Trigger};
pub use value::{Count, Fraction, NonNegative, Positive, SpecPath, SubjectName};
pub use vocabulary::{CheckWords, SubjectKind, SubjectWords, Vocabulary};
