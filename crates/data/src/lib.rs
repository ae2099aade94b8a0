//! Datasets: rows with features and a label, from a file or a generator, split
//! once and for all, and served in batches whose order a seed decides.
//!
//! What does not live here: tensors and models. A dataset is plain numbers.

mod batches;
mod csv_file;
mod dataset;
mod declaration;
mod error;
mod further;
pub mod generate;
mod scale;

pub use batches::BatchOrder;
pub use dataset::{Dataset, Part, Target};
pub use declaration::{DatasetDeclaration, Scale, SplitDeclaration, TaskKind};
pub use error::{DataError, Result};
pub use further::FurtherRows;
