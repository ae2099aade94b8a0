//! TensorFlow Serving's REST interface, in its columnar form.
//!
//! Source: TensorFlow Serving, `g3doc/api_rest.md`. A single output comes
//! without its name; NaN and infinities come bare.

use serde_json::Value;

use super::generic::unnamed;
use super::{Protocol, Readiness, Request, body, said, segment};
use crate::http::Answer;
use crate::json;
use crate::tensor::Tensor;

/// The interface. Models are loaded when the server starts.
#[derive(Clone, Copy, Debug, Default)]
pub struct TensorFlow;

impl Protocol for TensorFlow {
    fn load(&self, _: &str) -> Option<Request> {
        None
    }

    fn ready(&self, model: &str) -> Request {
        Request::get(format!("/v1/models/{}", segment(model)))
    }

    fn readiness(&self, answer: &Answer) -> Readiness {
        let Ok(read) = body(answer) else {
            return Readiness::NotYet(said(answer));
        };
        let versions = read["model_version_status"].as_array();
        let versions = versions.map_or(&[][..], Vec::as_slice);
        if versions.iter().any(|one| one["state"] == "AVAILABLE") {
            return Readiness::Ready;
        }
        // A version that failed to load has ended, with an error.
        let failed = versions.iter().find_map(|one| {
            let message = one["status"]["error_message"].as_str()?;
            (one["state"] == "END" && !message.is_empty()).then(|| message.to_owned())
        });
        match failed {
            Some(reason) => Readiness::Refused(reason),
            None => Readiness::NotYet(answer.brief()),
        }
    }

    fn infer(&self, model: &str, _: &str, inputs: &[Tensor]) -> Request {
        let columns: Vec<String> = inputs
            .iter()
            .map(|input| {
                format!(
                    "{}:{}",
                    Value::from(input.name.as_str()),
                    json::nested(input)
                )
            })
            .collect();
        let text = format!("{{\"inputs\":{{{}}}}}", columns.join(","));
        Request::post(format!("/v1/models/{}:predict", segment(model)), text)
    }

    fn outputs(&self, answer: &Answer, wanted: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let read = body(answer)?;
        let given = read.get("outputs").ok_or("its answer has no `outputs`")?;
        if !given.is_object() && wanted.len() != 1 {
            return Err(format!("one output came, and {} were wanted", wanted.len()));
        }
        let each = wanted.iter().map(|wanted| {
            let own = match given {
                Value::Object(named) => named.get(&wanted.name),
                alone => Some(alone),
            };
            let own = own.ok_or_else(|| format!("no output is named `{}`", wanted.name))?;
            unnamed(own, wanted)
        });
        each.collect()
    }
}
