//! Any server that takes JSON and gives JSON: a template makes the request, and
//! pointers find the outputs in the answer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Bad, Protocol, Readiness, Request, bad, body, said};
use crate::http::Answer;
use crate::json;
use crate::tensor::{Tensor, Values};

/// How such a server is asked.
#[derive(Clone, Debug)]
pub struct Generic {
    /// The path that answers with success once the server is ready.
    pub ready: String,
    /// The path that inference is asked of.
    pub infer: String,
    /// The request, in which `{NAME}` stands for the rows of the input of that
    /// name, and `{id}` for a text that tells requests apart.
    pub request: String,
    /// By the name of an output, the JSON pointer (RFC 6901) to its rows.
    pub outputs: BTreeMap<String, String>,
}

impl Protocol for Generic {
    fn load(&self, _: &str) -> Option<Request> {
        None
    }

    fn ready(&self, _: &str) -> Request {
        Request::get(&self.ready)
    }

    fn readiness(&self, answer: &Answer) -> Readiness {
        match answer.is_success() {
            true => Readiness::Ready,
            false => Readiness::NotYet(said(answer)),
        }
    }

    fn infer(&self, _: &str, id: &str, inputs: &[Tensor]) -> Request {
        let mut text = self.request.replace("{id}", &Value::from(id).to_string());
        for input in inputs {
            text = text.replace(&format!("{{{}}}", input.name), &json::nested(input));
        }
        Request::post(&self.infer, text)
    }

    fn outputs(&self, answer: &Answer, wanted: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let read = body(answer)?;
        let each = wanted.iter().map(|wanted| {
            let pointer = self.outputs.get(&wanted.name).ok_or_else(|| {
                format!(
                    "the server's declaration has no pointer to output `{}`",
                    wanted.name
                )
            })?;
            let own = read.pointer(pointer).ok_or_else(|| {
                format!(
                    "nothing is at `{pointer}` of its answer, {}",
                    answer.brief()
                )
            })?;
            unnamed(own, wanted)
        });
        each.collect()
    }

    fn bad(&self, kind: Bad, model: &str, inputs: &[Tensor]) -> Option<Request> {
        let infer = self.infer(model, "1", inputs);
        let body = infer.body.unwrap_or_default();
        let changed = match kind {
            // The template says what an input is called.
            Bad::WrongName => return None,
            Bad::WrongType => bad::retyped(inputs),
            Bad::WrongShape => bad::widened(inputs),
            Bad::Huge => bad::enormous(inputs),
            Bad::Empty => return Some(Request::post(infer.path, "{}")),
            Bad::NotJson => return Some(Request::post(infer.path, bad::cut(&body))),
        };
        Some(self.infer(model, "1", &changed))
    }
}

/// Rows that came without name or type. They are read as what was wanted, and
/// may lack dimensions of one, or have more of them.
pub(super) fn unnamed(own: &Value, wanted: &Tensor) -> Result<Tensor, String> {
    let of = |error| format!("output `{}`: {error}", wanted.name);
    let like_wanted = match wanted.values {
        Values::Numbers(_) => "FP64",
        Values::Integers(_) => "INT64",
        Values::Booleans(_) => "BOOL",
        Values::Texts(_) => "BYTES",
    };
    let (shape, values) = json::array(own, Some(like_wanted)).map_err(of)?;
    let telling = |shape: &[usize]| -> Vec<usize> {
        shape.iter().copied().filter(|size| *size != 1).collect()
    };
    let same = telling(&shape) == telling(&wanted.shape);
    Ok(Tensor {
        name: wanted.name.clone(),
        datatype: wanted.datatype.clone(),
        shape: if same { wanted.shape.clone() } else { shape },
        values,
    })
}
