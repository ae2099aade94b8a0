//! How servers are asked: the Open Inference Protocol V2 and TensorFlow
//! Serving's over REST, and whatever a template can say.
//!
//! A protocol turns questions into requests and answers into tensors; it sends
//! nothing. Readers are tolerant of what servers are known to do, and what is
//! read is compared exactly.

mod bad;
mod generic;
mod open_inference;
mod tensorflow;

use std::fmt;

use serde_json::Value;

pub use bad::Bad;
pub use generic::Generic;
pub use open_inference::OpenInference;
pub use tensorflow::TensorFlow;

use crate::http::Answer;
use crate::json;
use crate::tensor::Tensor;

/// A request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// With its leading slash.
    pub path: String,
    /// What to send; `None` asks with GET.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// With GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            body: None,
        }
    }

    /// With POST.
    pub fn post(path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            body: Some(body.into()),
        }
    }
}

impl Request {
    /// The same with `null` for each NaN, if it has one.
    pub fn with_nulls(&self) -> Option<Self> {
        let body = std::str::from_utf8(self.body.as_deref()?).ok()?;
        Some(Self {
            path: self.path.clone(),
            body: Some(json::with_nulls(body)?.into_bytes()),
        })
    }
}

/// What a server says of the model's readiness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It says that it is ready: inference shall tell.
    Ready,
    /// Not yet, as far as can be seen.
    NotYet(String),
    /// It never will be, for this reason.
    Refused(String),
}

/// One way of asking.
pub trait Protocol: fmt::Debug + Send + Sync {
    /// Has the server load a model, where it does so when told.
    fn load(&self, model: &str) -> Option<Request>;

    /// Asks whether a model is ready.
    fn ready(&self, model: &str) -> Request;

    /// Reads the answer.
    fn readiness(&self, answer: &Answer) -> Readiness;

    /// Asks why a model is not ready, where that can be asked.
    fn why(&self, model: &str) -> Option<Request> {
        let _ = model;
        None
    }

    /// Reads the answer: the reason, if the model will not become ready.
    fn reason(&self, model: &str, answer: &Answer) -> Option<String> {
        let _ = (model, answer);
        None
    }

    /// Asks for inference.
    fn infer(&self, model: &str, id: &str, inputs: &[Tensor]) -> Request;

    /// Reads the answer: the outputs that are wanted, by name and in order.
    ///
    /// # Errors
    /// When it cannot be read as such.
    fn outputs(&self, answer: &Answer, wanted: &[Tensor]) -> Result<Vec<Tensor>, String>;

    /// What a bad request of a kind looks like; `None` where this protocol has
    /// none of the kind.
    fn bad(&self, kind: Bad, model: &str, inputs: &[Tensor]) -> Option<Request> {
        let changed = match kind {
            Bad::WrongName => bad::renamed(inputs),
            Bad::WrongType => bad::retyped(inputs),
            Bad::WrongShape => bad::widened(inputs),
            Bad::Huge => bad::enormous(inputs),
            Bad::Empty => Vec::new(),
            Bad::NotJson => {
                let infer = self.infer(model, "1", inputs);
                let body = bad::cut(infer.body.as_deref().unwrap_or_default());
                return Some(Request::post(infer.path, body));
            }
        };
        Some(self.infer(model, "1", &changed))
    }
}

/// The reason that a server gives, out of whatever it wraps it in.
fn said(answer: &Answer) -> String {
    let read = json::read(&answer.body).ok();
    let keys = ["error", "detail", "message", "error_message"];
    let text = read.as_ref().and_then(|value| match value {
        Value::Object(map) => keys.iter().find_map(|key| map.get(*key)).map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        }),
        _ => None,
    });
    text.map_or_else(
        || answer.brief(),
        |text| format!("{}: {text}", answer.status),
    )
}

/// A part of a path, with what would end it written as it must be.
fn segment(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The value in an answer of success.
fn body(answer: &Answer) -> Result<Value, String> {
    if !answer.is_success() {
        return Err(said(answer));
    }
    json::read(&answer.body).map_err(|error| format!("its answer is not JSON: {error}"))
}
