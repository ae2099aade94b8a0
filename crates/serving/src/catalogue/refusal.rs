//! What a server refuses to load although it has a kernel for it, or loads and
//! computes wrongly.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::onnx::proto::{AttributeProto, attribute_type};
use crate::onnx::walk::Call;

/// A combination of attributes that a server refuses, in its own words; or that it
/// is known to compute wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The operation's domain.
    pub domain: String,
    /// The operation.
    pub operation: String,
    /// Attributes, and the values of each that are refused: numbers and text as
    /// they are, `<unset>` for none, `<set>` for any.
    pub when: BTreeMap<String, Vec<toml::Value>>,
    /// Only in models that import this version of the domain or a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Only in models that import an earlier version of the domain than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// Whether it loads such a model, and computes something else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub miscomputes: bool,
    /// What the server says; or what it computes instead.
    pub reason: String,
}

impl Refusal {
    /// Whether this operation is refused.
    pub(crate) fn meets(&self, call: &Call<'_>) -> bool {
        self.domain == call.domain
            && self.operation == call.node.op_type
            && self.is_about(call.version)
            && self.when.iter().all(|(name, refused)| {
                let given = call.attribute(name);
                refused.iter().any(|value| is(given, value))
            })
    }

    /// Whether it is about models that import this version. One that says none is
    /// met: it may be.
    fn is_about(&self, version: Option<i64>) -> bool {
        let from = |version| self.since.is_none_or(|since| version >= since);
        let to = |version| self.before.is_none_or(|before| version < before);
        version.is_none_or(|version| from(version) && to(version))
    }

    /// In words.
    pub(crate) fn text(&self) -> String {
        match self.miscomputes {
            true => format!("the server computes something else: {}", self.reason),
            false => format!("the server refuses it: {}", self.reason),
        }
    }
}

fn is(given: Option<&AttributeProto>, value: &toml::Value) -> bool {
    match (given, value) {
        (None, toml::Value::String(word)) => word == "<unset>",
        (Some(_), toml::Value::String(word)) if word == "<set>" => true,
        (Some(given), toml::Value::String(text)) => {
            given.r#type == attribute_type::STRING && given.s == text.as_bytes()
        }
        (Some(given), toml::Value::Integer(number)) => {
            given.r#type == attribute_type::INT && given.i == *number
        }
        _ => false,
    }
}
