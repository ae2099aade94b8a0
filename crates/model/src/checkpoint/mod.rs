//! Checkpoints: everything that training needs to resume, as a folder.
//!
//! ```text
//! manifest.json                      what is in the files, with fingerprints
//! parameters-<fingerprint>.safetensors
//! optimizer-<fingerprint>.safetensors
//! ```
//!
//! A data file is named after its content and never rewritten; the manifest is
//! replaced in one rename. So a folder holds, at any instant, either the old
//! checkpoint whole or the new one. A folder that did not exist is written
//! beside its place and renamed into it.
//!
//! Reading trusts nothing: the manifest vouches for itself with a checksum,
//! and for each file and each tensor with a fingerprint.

mod manifest;
mod read;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Tensor};
use seatrial_rng::{Fingerprint, Fingerprinter, Streams};

pub(crate) use read::read;
pub(crate) use write::write;

use crate::{ModelError, Result};

/// What a checkpoint holds.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    /// What the model is and how it is trained: equal, or it is another model.
    pub identity: String,
    /// Steps taken.
    pub steps: u64,
    /// Where the masks of later steps come from.
    pub streams: Streams,
    pub parameters: BTreeMap<String, Tensor>,
    pub optimizer: BTreeMap<String, Tensor>,
}

/// An error about a file or folder of a checkpoint.
fn damaged(path: &Path, reason: impl ToString) -> ModelError {
    ModelError::Checkpoint {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// Of a tensor with its name, shape and dtype.
fn fingerprint(name: &str, tensor: &Tensor) -> Result<Fingerprint> {
    let flat = tensor.flatten_all()?;
    let mut fingerprinter = Fingerprinter::new();
    match tensor.dtype() {
        DType::F64 => fingerprinter.tensor_f64(name, tensor.dims(), &flat.to_vec1()?),
        DType::I64 => fingerprinter.tensor_i64(name, tensor.dims(), &flat.to_vec1()?),
        _ => fingerprinter.tensor_f32(name, tensor.dims(), &flat.to_vec1()?),
    }
    Ok(fingerprinter.finish())
}
