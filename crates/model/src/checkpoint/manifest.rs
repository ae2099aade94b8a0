//! The manifest: what a checkpoint says of itself.

use std::collections::BTreeMap;

use candle_core::Tensor;
use seatrial_rng::{Fingerprint, Streams};
use serde::{Deserialize, Serialize};

use super::fingerprint;
use crate::Result;

/// The version of the layout; a reader refuses others.
const FORMAT: u32 = 1;

pub(super) const FILE_NAME: &str = "manifest.json";

/// The whole file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Of `checkpoint` as it is written.
    checksum: Fingerprint,
    checkpoint: Manifest,
}

/// What is in a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    format: u32,
    pub identity: String,
    pub steps: u64,
    pub streams: Streams,
    pub parameters: DataFile,
    pub optimizer: DataFile,
}

/// One file of tensors.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataFile {
    pub name: String,
    pub bytes: u64,
    pub fingerprint: Fingerprint,
    pub tensors: BTreeMap<String, TensorEntry>,
}

/// One tensor.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TensorEntry {
    pub dtype: String,
    pub shape: Vec<usize>,
    pub fingerprint: Fingerprint,
}

impl TensorEntry {
    pub(super) fn of(name: &str, tensor: &Tensor) -> Result<Self> {
        Ok(Self {
            dtype: tensor.dtype().as_str().to_owned(),
            shape: tensor.dims().to_vec(),
            fingerprint: fingerprint(name, tensor)?,
        })
    }
}

impl Manifest {
    pub(super) fn new(
        contents: &super::Contents,
        parameters: DataFile,
        optimizer: DataFile,
    ) -> Self {
        Self {
            format: FORMAT,
            identity: contents.identity.clone(),
            steps: contents.steps,
            streams: contents.streams.clone(),
            parameters,
            optimizer,
        }
    }

    /// The one text that says this.
    pub(super) fn render(self) -> serde_json::Result<String> {
        let document = Document {
            checksum: Fingerprint::of_bytes(serde_json::to_string(&self)?.as_bytes()),
            checkpoint: self,
        };
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }

    /// Reads that text, and no other: not a byte may differ.
    pub(super) fn parse(text: &str) -> std::result::Result<Self, String> {
        // The version first: another version may have other keys.
        let value: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        match value["checkpoint"]["format"].as_u64() {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => return Err(format!("is of format {format}; {FORMAT} expected")),
            None => return Err("names no format".to_owned()),
        }
        let document: Document = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let rendered = document.checkpoint.render().map_err(|e| e.to_string())?;
        if rendered != text {
            return Err("does not match its checksum".to_owned());
        }
        let document: Document = serde_json::from_str(text).map_err(|e| e.to_string())?;
        Ok(document.checkpoint)
    }
}
