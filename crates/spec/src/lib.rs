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
//!
//! ```
//! use seatrial_spec::{CheckWords, Count, Shape, Vocabulary, load};
//!
//! /// Trains for some steps and compares losses.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct LossDecreases {
//!     /// Steps to take.
//!     steps: Count,
//! }
//!
//! let mut vocabulary = Vocabulary::default();
//! let words = CheckWords { shape: Shape::of::<LossDecreases>(), needs: vec![] };
//! vocabulary.checks.insert("loss-decreases".into(), words);
//!
//! let tree = tempfile::tempdir()?;
//! let file = tree.path().join("training.toml");
//! std::fs::write(&file, "[test.learns]\ncheck = \"loss-decreases\"\nmatrix.steps = [60, 600]\n")?;
//! let suite = load(tree.path(), &vocabulary)?;
//! assert_eq!(suite.cases[1].id, "training.toml::learns[steps=600]");
//!
//! std::fs::write(&file, "[test.learns]\ncheck = \"loss-decreases\"\nstep = 60\n")?;
//! let errors = load(tree.path(), &vocabulary).unwrap_err();
//! assert!(errors.to_string().contains("did you mean `steps`?"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use nearest::{help as did_you_mean, nearest as nearest_name};
pub use schema::json_schema;
pub use shape::{Misfit, Shape, parse};
pub use suite::{Case, Declaration, Suite, Tier, Trigger};
pub use value::{
    Count, Fraction, NonNegative, Positive, Predecessor, SpecPath, SubjectName, Which,
};
pub use vocabulary::{CheckWords, SubjectKind, SubjectWords, Vocabulary};
