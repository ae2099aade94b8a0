//! Data, from two sides.
//!
//! - [`table`]: tables of any size as a stream of Arrow record batches, from and
//!   to Parquet, CSV and JSON lines.
//! - [`Dataset`]: rows with features and a label, from a file or a generator,
//!   held in memory, split once and for all, and served in batches whose order
//!   a seed decides.
//!
//! What does not live here: tensors and models. A dataset is plain numbers.

mod aggregate;
mod batches;
mod coder;
mod column;
mod columns;
mod csv_file;
mod dataset;
mod declaration;
mod error;
mod further;
pub mod generate;
mod groups;
mod header;
mod in_order;
pub mod moments;
mod offences;
pub mod predictions;
mod scale;
mod subset;
pub mod table;

pub use aggregate::{Aggregate, aggregate};
pub use batches::BatchOrder;
pub use coder::{Coder, MISSING_CODE};
pub use column::{Column, Key};
pub use dataset::{Dataset, Part, Target};
pub use declaration::{DatasetDeclaration, Scale, SplitDeclaration, TaskKind};
pub use error::{DataError, Result};
pub use further::FurtherRows;
pub use groups::Groups;
pub use offences::{Offences, quoted};
pub use subset::subset;
