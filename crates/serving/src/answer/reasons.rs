//! Reasons: collected over all operations, alike ones together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::Answer;
use super::decide::{Decision, decide};
use crate::catalogue::{Catalogue, shipped};
use crate::inventory::NODES_NAMED;
use crate::onnx::inventory::{dtypes, placed};
use crate::onnx::walk::{Call, Place};

/// Why an answer is what it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What follows from this alone.
    pub answer: Answer,
    /// In words.
    pub reason: String,
    /// The operation's domain, if this is about one.
    pub domain: Option<String>,
    /// The operation.
    pub operation: Option<String>,
    /// The version of the domain since which the operation is as it is, else
    /// the version that the model imports.
    pub version: Option<i64>,
    /// Its types, such as `T=bfloat16`.
    pub dtype: Option<String>,
    /// The first known version of the server that has it.
    pub first_version: Option<String>,
    /// How many nodes this is about.
    pub count: usize,
    /// The first of them, with the place of those in subgraphs and functions.
    pub nodes: Vec<String>,
}

impl Reason {
    /// About the model as a whole.
    pub(super) fn of_model(answer: Answer, reason: String, first_version: Option<String>) -> Self {
        Self {
            answer,
            reason,
            domain: None,
            operation: None,
            version: None,
            dtype: None,
            first_version,
            count: 0,
            nodes: Vec::new(),
        }
    }

    /// About one operation.
    pub(super) fn of(
        call: &Call<'_>,
        answer: Answer,
        reason: String,
        first_version: Option<String>,
    ) -> Self {
        let types = dtypes(call);
        let types: Vec<String> = types
            .iter()
            .map(|(name, is)| format!("{name}={is}"))
            .collect();
        Self {
            domain: Some(call.domain.to_owned()),
            operation: Some(call.node.op_type.clone()),
            version: call
                .signature
                .map(|signature| signature.since)
                .or(call.version),
            dtype: (!types.is_empty()).then(|| types.join(" ")),
            ..Self::of_model(answer, reason, first_version)
        }
    }

    /// `Gemm 13 of ai.onnx, T=bfloat16: …`
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let (Some(domain), Some(operation)) = (&self.domain, &self.operation) {
            let version = self
                .version
                .map_or(String::new(), |version| format!(" {version}"));
            let dtype = self
                .dtype
                .as_ref()
                .map_or(String::new(), |dtype| format!(" ({dtype})"));
            text = format!("{domain} {operation}{version}{dtype}: ");
        }
        text.push_str(&self.reason);
        if let Some(first) = &self.first_version {
            text.push_str(&format!("; {first} is the first that has it"));
        }
        if let Some(node) = self.nodes.first() {
            let more = match self.count {
                0 | 1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            text.push_str(&format!(" (node `{node}`{more})"));
        }
        text
    }
}

/// Reasons by everything but their nodes.
#[derive(Default)]
pub(super) struct Reasons(BTreeMap<(Reverse<Answer>, String), Reason>);

impl Reasons {
    /// Adds a reason that this node gives.
    pub(super) fn add(&mut self, reason: Reason, node: Option<(&Call<'_>, Place<'_>)>) {
        let key = (Reverse(reason.answer), reason.text());
        let kept = self.0.entry(key).or_insert(reason);
        if let Some((call, place)) = node {
            kept.count += 1;
            if kept.nodes.len() < NODES_NAMED {
                kept.nodes.push(placed(call, place));
            }
        }
    }

    /// The gravest first.
    pub(super) fn sorted(self) -> Vec<Reason> {
        self.0.into_values().collect()
    }
}

/// The first shipped version of this server that satisfies `reads`.
pub(super) fn first_version_that_reads(
    catalogue: &Catalogue,
    reads: impl Fn(&Catalogue) -> bool,
) -> Option<String> {
    let same_server = |other: &&'static Catalogue| other.server == catalogue.server;
    let mut all = shipped().filter(same_server);
    all.find(|other| reads(other)).map(Catalogue::title)
}

/// The first shipped version of this server with a kernel for this.
pub(super) fn first_version_with(catalogue: &Catalogue, call: &Call<'_>) -> Option<String> {
    first_version_that_reads(catalogue, |other| {
        let reads = |max: i64| call.version.is_none_or(|version| version <= max);
        other.opset_max.get(call.domain).copied().is_none_or(reads)
            && matches!(decide(call, other), Decision::Kernel | Decision::Cast)
    })
}
