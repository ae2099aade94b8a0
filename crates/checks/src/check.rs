//! What a check is.

use schemars::JsonSchema;
use seatrial_data::DataError;
use seatrial_model::ModelError;
use seatrial_pipeline::PipelineError;
use seatrial_spec::{Shape, SubjectKind};
use seatrial_verdict::Verdict;
use serde::de::DeserializeOwned;

use crate::{Context, Planted};

/// A check: the struct holds its parameters, as a spec gives them.
///
/// The struct's doc comment is the check's documentation and each field's doc
/// comment that parameter's; write them for a spec author who knows no Rust.
/// Derive `Deserialize` with `#[serde(deny_unknown_fields, default)]` and
/// `JsonSchema`, and implement `Default` with every default justified.
pub trait Check: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Name, chapter, needs and sources.
    const ABOUT: About;

    /// What its table of parameters may hold. Overridden where keys must hold
    /// together, so that a spec that is wrong is refused before anything runs.
    fn shape() -> Shape {
        Shape::of::<Self>()
    }

    /// Questions the subjects of the case.
    ///
    /// # Errors
    /// When it cannot measure; the case is then an error with this reason.
    fn run(&self, context: &Context) -> Outcome;

    /// The faults that it must catch and the sound subjects that it must pass.
    fn planted() -> Planted;
}

/// What a check says of itself, beside its doc comment.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// What spec authors type.
    pub name: &'static str,
    /// The chapter it stands in.
    pub chapter: Chapter,
    /// What it does as a drawing in text, at most 58 columns wide; may be empty.
    pub figure: &'static str,
    /// The subjects that a case must name.
    pub needs: &'static [SubjectKind],
    /// How it decides, and where the method comes from.
    pub method: &'static str,
    /// How often a sound subject fails, and what it could miss.
    pub error_rates: &'static str,
}

/// The chapters of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chapter {
    /// The same code and seed give the same result.
    Reproducibility,
    /// The model learns, and for the right reason.
    Training,
    /// Stages hold their contracts, from raw data to a package.
    Pipeline,
    /// The candidate is good enough, and the world is as it was.
    Quality,
    /// The package runs on the server that it is meant for.
    Serving,
}

impl Chapter {
    /// The word for it in references and folders.
    pub fn word(self) -> &'static str {
        match self {
            Chapter::Reproducibility => "reproducibility",
            Chapter::Training => "training",
            Chapter::Pipeline => "pipeline",
            Chapter::Quality => "quality",
            Chapter::Serving => "serving",
        }
    }
}

/// What running a check gives.
pub type Outcome<T = Verdict> = Result<T, Failure>;

/// Why a check could not measure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The model could not do what was asked.
    #[error(transparent)]
    Model(#[from] ModelError),

    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] DataError),

    /// A pipeline could not be run.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),

    /// The case cannot run on this machine, and says so beforehand.
    #[error("{0}")]
    Unavailable(String),

    /// The case does not fit its subjects.
    #[error("{0}")]
    Case(String),

    /// Something outside failed: a file, a process.
    #[error("{0}")]
    Host(String),
}

impl From<candle_core::Error> for Failure {
    fn from(error: candle_core::Error) -> Self {
        Failure::Model(error.into())
    }
}

impl From<arrow::error::ArrowError> for Failure {
    fn from(error: arrow::error::ArrowError) -> Self {
        Failure::Pipeline(error.into())
    }
}
