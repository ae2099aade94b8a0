//! What can go wrong with a pipeline.

use std::path::{Path, PathBuf};

use seatrial_data::DataError;
use seatrial_model::ModelError;
use seatrial_process::ProcessError;

/// A `Result` with a [`PipelineError`].
pub type Result<T, E = PipelineError> = std::result::Result<T, E>;

/// Why a pipeline gave nothing. What went wrong in a stage names the stage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// A stage failed.
    #[error("stage `{stage}`: {source}")]
    Stage {
        /// The stage.
        stage: String,
        /// Why.
        source: Box<PipelineError>,
    },

    /// A table is not what its contract says.
    #[error("the contract of `{table}` does not hold: {}", breaches.join("; "))]
    Contract {
        /// The table.
        table: String,
        /// Every way in which it does not.
        breaches: Vec<String>,
    },

    /// A command failed.
    #[error(transparent)]
    Process(#[from] ProcessError),

    /// A table could not be read or written.
    #[error(transparent)]
    Data(#[from] DataError),

    /// A model could not be built, trained or saved.
    #[error(transparent)]
    Model(#[from] ModelError),

    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// What a file holds is not what it should be.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },

    /// A model cannot be written as ONNX.
    #[error("{0}")]
    Export(String),

    /// A stage does not fit the rows that it was given.
    #[error("{0}")]
    Stages(String),

    /// The case was told to end.
    #[error("stopped")]
    Stopped,
}

impl PipelineError {
    /// The same, with the stage in which it happened.
    pub(crate) fn in_stage(self, stage: &str) -> Self {
        match self {
            PipelineError::Stage { .. } | PipelineError::Stopped => self,
            source => PipelineError::Stage {
                stage: stage.to_owned(),
                source: Box::new(source),
            },
        }
    }

    /// An error about a file's content.
    pub(crate) fn content(path: &Path, message: impl Into<String>) -> Self {
        PipelineError::Content {
            path: path.to_owned(),
            message: message.into(),
        }
    }
}

/// For `map_err`: an I/O error with its file.
pub(crate) fn at(path: &Path) -> impl Fn(std::io::Error) -> PipelineError {
    move |source| PipelineError::File {
        path: path.to_owned(),
        source,
    }
}

impl From<arrow::error::ArrowError> for PipelineError {
    fn from(error: arrow::error::ArrowError) -> Self {
        PipelineError::Stages(error.to_string())
    }
}

impl From<candle_core::Error> for PipelineError {
    fn from(error: candle_core::Error) -> Self {
        ModelError::from(error).into()
    }
}
