//! What a server refuses to load although it has a kernel for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::onnx::proto::{AttributeProto, attribute_type};
use crate::onnx::walk::Call;

/// A combination of attributes that a server refuses, in its own words.
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
    /// What the server says.
    pub reason: String,
}

impl Refusal {
    /// Whether this operation is refused.
    pub(crate) fn meets(&self, call: &Call<'_>) -> bool {
        self.domain == call.domain
            && self.operation == call.node.op_type
            && self.when.iter().all(|(name, refused)| {
                let given = call.attribute(name);
                refused.iter().any(|value| is(given, value))
            })
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
