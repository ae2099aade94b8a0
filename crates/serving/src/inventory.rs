//! What a model file holds, told without running it: operations, tensors, metadata.
//!
//! What a format does not say is listed as untold. Nobody may take silence for
//! consent.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::{OnnxModel, ServingError, gguf, safetensors_file};

/// What a model file holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inventory {
    /// `onnx`, `gguf` or `safetensors`.
    pub format: &'static str,
    /// The version of an ONNX file's format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ir_version: Option<i64>,
    /// The version of every domain that an ONNX file imports.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub opsets: BTreeMap<String, i64>,
    /// Operations, by domain and name; those of subgraphs and functions too.
    pub operations: Vec<OperationUse>,
    /// Stored tensors by element type.
    pub tensors: BTreeMap<String, TensorCount>,
    /// What the file says of itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// What cannot be told from the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<String>,
}

/// One operation with one choice of types, and how often it is used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationUse {
    /// `ai.onnx` is the standard's own.
    pub domain: String,
    /// Such as `Gemm`.
    pub operation: String,
    /// The version of the domain that the file imports.
    pub opset: Option<i64>,
    /// The version of the domain since which the operation is as it is.
    pub since: Option<i64>,
    /// Type variables of the signature and what they are here; `?` is untold.
    pub dtypes: BTreeMap<String, String>,
    /// Whether it is a call of a function that the file itself defines.
    pub local: bool,
    /// How many nodes of the file are this; the body of a function counts once.
    pub count: usize,
    /// The first of these nodes, with the place of those in subgraphs.
    pub nodes: Vec<String>,
}

/// How many nodes are named.
pub(crate) const NODES_NAMED: usize = 10;

/// Tensors of one element type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TensorCount {
    /// How many tensors.
    pub tensors: u64,
    /// How many numbers in all.
    pub elements: u64,
}

impl TensorCount {
    /// Counts one more tensor of this shape.
    pub(crate) fn add(&mut self, dimensions: impl IntoIterator<Item = u64>) {
        let elements = dimensions.into_iter().fold(1, u64::saturating_mul);
        self.tensors += 1;
        self.elements = self.elements.saturating_add(elements);
    }
}

impl Inventory {
    /// An inventory of a file whose operations are not written in it.
    pub(crate) fn without_operations(format: &'static str) -> Self {
        Self {
            format,
            ir_version: None,
            opsets: BTreeMap::new(),
            operations: Vec::new(),
            tensors: BTreeMap::new(),
            metadata: BTreeMap::new(),
            untold: vec![format!(
                "a {format} file holds tensors; which operations use them is written nowhere in it"
            )],
        }
    }

    /// Reads a file; its ending says what it is.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or has an ending that is not known.
    pub fn read(path: &Path) -> Result<Self, ServingError> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("onnx") => {
                let model = OnnxModel::read(path)?;
                model.inventory().map_err(|reason| ServingError::Malformed {
                    path: path.to_owned(),
                    reason,
                })
            }
            Some("gguf") => gguf::inventory(path),
            Some("safetensors") => safetensors_file::inventory(path),
            _ => Err(ServingError::Malformed {
                path: path.to_owned(),
                reason: "its name ends in none of .onnx, .gguf and .safetensors".into(),
            }),
        }
    }

    /// For people: a line for the file, one an operation, one a type of tensor.
    pub fn text(&self) -> String {
        let mut text = self.format.to_owned();
        if let Some(version) = self.ir_version {
            text.push_str(&format!(", IR version {version}"));
        }
        for (domain, version) in &self.opsets {
            text.push_str(&format!(", {domain} {version}"));
        }
        text.push('\n');
        for operation in &self.operations {
            text.push_str(&format!("  {}\n", operation.text()));
        }
        for (element, count) in &self.tensors {
            let TensorCount { tensors, elements } = count;
            text.push_str(&format!(
                "  {tensors} × {element} tensor, {elements} numbers\n"
            ));
        }
        for untold in &self.untold {
            text.push_str(&format!("  not told: {untold}\n"));
        }
        text
    }
}

impl OperationUse {
    /// `3 × ai.onnx Gemm 13 (T=float)`.
    fn text(&self) -> String {
        let Self {
            domain,
            operation,
            count,
            ..
        } = self;
        let version = self
            .since
            .map_or(String::new(), |since| format!(" {since}"));
        let dtypes = self.dtypes.iter().map(|(name, is)| format!("{name}={is}"));
        let dtypes: Vec<String> = dtypes.collect();
        let dtypes = match dtypes.is_empty() {
            true => String::new(),
            false => format!(" ({})", dtypes.join(" ")),
        };
        let local = if self.local {
            ", a function of the file's own"
        } else {
            ""
        };
        format!("{count} × {domain} {operation}{version}{dtypes}{local}")
    }
}
