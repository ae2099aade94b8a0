//! What a server, at one version, can run: its kernels, ceilings and refusals.
//!
//! A catalogue is a TOML file. What does not live here: what a model needs, and
//! the comparison of the two.

mod describe;
mod file;
mod kernel;
mod refusal;
mod shipped;

use std::collections::BTreeMap;

pub use describe::describe_onnxruntime;
pub use file::Description;
pub(crate) use kernel::{Fit, Kernel};
pub use refusal::Refusal;
pub use shipped::{shipped, shipped_names};

use crate::onnx::{Signature, Signatures};

/// How far a catalogue can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Knows {
    /// Every kernel with its versions and types, as the server itself lists them.
    Kernels,
    /// The names of operations alone, from the server's source: neither the
    /// versions nor the types for which they are right.
    Names,
}

/// A server at one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    /// Such as `onnxruntime`.
    pub server: String,
    /// Such as `1.23.2`.
    pub version: String,
    /// How far it can be asked.
    pub knows: Knows,
    /// The latest version of the ONNX format that it reads.
    pub ir_version_max: Option<i64>,
    /// The latest version of each domain that it reads.
    pub opset_max: BTreeMap<String, i64>,
    /// Signatures of operations that the standard's table lacks.
    pub(crate) signatures: Signatures,
    /// What it refuses although it has a kernel.
    pub refusals: Vec<Refusal>,
    kernels: BTreeMap<String, BTreeMap<String, Vec<Kernel>>>,
}

impl Catalogue {
    /// `onnxruntime 1.23.2`.
    pub fn title(&self) -> String {
        format!("{} {}", self.server, self.version)
    }

    /// The kernels of an operation; none when it has none.
    pub(crate) fn kernels(&self, domain: &str, operation: &str) -> &[Kernel] {
        let found = self.kernels.get(domain).and_then(|all| all.get(operation));
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether it has a kernel for some version of this operation.
    pub fn lists(&self, domain: &str, operation: &str) -> bool {
        !self.kernels(domain, operation).is_empty()
    }

    /// Whether it has any operation of this domain.
    pub(crate) fn has_domain(&self, domain: &str) -> bool {
        self.kernels.contains_key(domain)
    }

    /// How many operations it has kernels for.
    pub fn operations(&self) -> usize {
        self.kernels.values().map(BTreeMap::len).sum()
    }

    /// Signatures to be asked, its own first.
    pub(crate) fn tables(&self) -> [&Signatures; 2] {
        [&self.signatures, Signatures::standard()]
    }

    /// The signature in force at this version of the domain.
    pub(crate) fn signature(&self, domain: &str, name: &str, version: i64) -> Option<&Signature> {
        let found = self.tables().into_iter();
        found
            .filter_map(|table| table.find(domain, name, version))
            .max_by_key(|signature| signature.since)
    }
}
