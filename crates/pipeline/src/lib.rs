//! Pipelines: stages with declared inputs, outputs and contracts.
//!
//! A [`PipelineDeclaration`] says what a spec says. [`misfits`] tells whether its
//! stages fit together, before anything runs. [`Pipeline::run`] makes what is
//! asked for, each stage's artifacts in a [`Store`], whole or not at all, and
//! takes up again what was made from the same code, parameters and inputs. A
//! [`Package`] does for raw rows what the pipeline did for the training rows.
//!
//! What does not live here: judging what a pipeline makes.

pub mod cells;
mod code;
mod command;
mod contract;
mod declaration;
mod done;
mod error;
pub mod export;
mod graph;
mod making;
mod package;
mod pipeline;
mod placeholder;
mod program;
mod run;
mod source;
pub mod stages;
mod store;
mod subset;

pub use code::{CodePlaces, code_fingerprint, code_places};
pub use contract::{ColumnContract, ColumnType, Contract, Matching, RowCount};
pub use declaration::{
    CommandStage, Kind, ModelName, Names, PipelineDeclaration, Port, Requirement, RustDeclaration,
    Stage,
};
pub use done::{Done, StageReport};
pub use error::{PipelineError, Result};
pub use graph::misfits;
pub use package::{BuildRecipe, Package, Predictions};
pub use pipeline::{ModelSource, Pipeline, RustStage};
pub use program::this_program;
pub use run::Options;
pub use store::{Artifact, Store, fingerprint};
