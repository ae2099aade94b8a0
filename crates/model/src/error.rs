//! What can go wrong with a model.

use std::path::PathBuf;

/// A `Result` with a [`ModelError`].
pub type Result<T, E = ModelError> = std::result::Result<T, E>;

/// Why a model could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The input does not fit the model's input schema.
    #[error("input refused: {0}")]
    Input(String),

    /// The targets do not fit the model's outputs.
    #[error("target refused: {0}")]
    Target(String),

    /// The declaration asks for something impossible.
    #[error("model declaration: {0}")]
    Declaration(String),

    /// No parameter has this name.
    #[error("no parameter is named `{0}`")]
    NoParameter(String),

    /// No component has this name.
    #[error("no component is named `{name}`; there are: {}", known.join(", "))]
    NoComponent {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },

    /// The learner cannot honour an override or answer a question.
    #[error("this model does not support {0}")]
    Unsupported(String),

    /// A checkpoint is damaged, incomplete or of another model.
    #[error("checkpoint {}: {reason}", path.display())]
    Checkpoint {
        /// The checkpoint's folder or file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A loss or a gradient became NaN or infinite; nothing was updated.
    #[error("not finite: {0}; no parameter was updated")]
    NotFinite(String),

    /// A computation failed in candle.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),

    /// Training was stopped from outside.
    #[error("stopped")]
    Stopped,
}
