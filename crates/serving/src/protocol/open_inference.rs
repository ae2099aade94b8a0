//! The Open Inference Protocol V2 over REST, in the dialects of its servers.
//!
//! Source: the protocol's `specification/protocol/inference_rest.md`, and
//! Triton's repository extension for loading. Where servers part ways:
//! - of a failed load, Triton answers 400 with a reason as JSON, MLServer 500
//!   with bare text, and KServe 503 with JSON;
//! - a model that is not ready is 400, 404, 500 or 503;
//! - the repository index, which knows reasons, exists or is 404;
//! - a NaN is bare from Triton and `null` from the others;
//! - MLServer gives an array of one dimension a second one, of one;
//! - KServe refuses a request without the optional `id`.

use serde_json::Value;

use super::{Protocol, Readiness, Request, body, said, segment};
use crate::http::Answer;
use crate::json;
use crate::tensor::{Tensor, Values};

/// The protocol, with or without models that are loaded when told.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenInference {
    /// Whether the server loads a model only when told.
    pub loads_when_told: bool,
}

impl Protocol for OpenInference {
    fn load(&self, model: &str) -> Option<Request> {
        let path = format!("/v2/repository/models/{}/load", segment(model));
        self.loads_when_told.then(|| Request::post(path, "{}"))
    }

    fn ready(&self, model: &str) -> Request {
        Request::get(format!("/v2/models/{}/ready", segment(model)))
    }

    fn readiness(&self, answer: &Answer) -> Readiness {
        if answer.is_success() {
            // One server answers 200 and says no in words.
            let read = json::read(&answer.body).unwrap_or(Value::Null);
            if read.get("ready") == Some(&Value::Bool(false)) {
                return Readiness::NotYet(said(answer));
            }
            return Readiness::Ready;
        }
        Readiness::NotYet(said(answer))
    }

    fn why(&self, _: &str) -> Option<Request> {
        Some(Request::post("/v2/repository/index", "{}"))
    }

    fn reason(&self, model: &str, answer: &Answer) -> Option<String> {
        let index = body(answer).ok()?;
        let own = index.as_array()?.iter().find(|one| one["name"] == model)?;
        let reason = own["reason"].as_str().filter(|reason| !reason.is_empty())?;
        // While it loads, Triton has a state and no reason.
        (own["state"] == "UNAVAILABLE").then(|| reason.to_owned())
    }

    fn infer(&self, model: &str, id: &str, inputs: &[Tensor]) -> Request {
        let inputs: Vec<String> = inputs.iter().map(input).collect();
        let text = format!(
            "{{\"id\":{},\"inputs\":[{}]}}",
            Value::from(id),
            inputs.join(",")
        );
        Request::post(format!("/v2/models/{}/infer", segment(model)), text)
    }

    fn outputs(&self, answer: &Answer, wanted: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let read = body(answer)?;
        let given = read["outputs"]
            .as_array()
            .ok_or("its answer has no `outputs`")?;
        let each = wanted.iter().map(|wanted| {
            let own = given.iter().find(|one| one["name"] == *wanted.name);
            let names = || given.iter().filter_map(|one| one["name"].as_str());
            let own = own.ok_or_else(|| {
                let names: Vec<String> = names().map(|name| format!("`{name}`")).collect();
                format!(
                    "no output is named `{}`; it gives {}",
                    wanted.name,
                    names.join(", ")
                )
            })?;
            let mut own =
                output(own).map_err(|error| format!("output `{}`: {error}", wanted.name))?;
            // MLServer's codec knows no arrays of one dimension.
            if own.shape.split_last() == Some((&1, &wanted.shape)) {
                own.shape.pop();
            }
            Ok(own)
        });
        each.collect()
    }
}

fn input(tensor: &Tensor) -> String {
    let datatype = tensor.datatype.as_deref().unwrap_or(match tensor.values {
        Values::Numbers(_) => "FP32",
        Values::Integers(_) => "INT64",
        Values::Booleans(_) => "BOOL",
        Values::Texts(_) => "BYTES",
    });
    format!(
        "{{\"name\":{},\"shape\":{:?},\"datatype\":{},\"data\":{}}}",
        Value::from(tensor.name.as_str()),
        tensor.shape,
        Value::from(datatype),
        json::flat(tensor)
    )
}

fn output(own: &Value) -> Result<Tensor, String> {
    let datatype = own["datatype"].as_str().ok_or("it has no `datatype`")?;
    let sizes = own["shape"].as_array().ok_or("it has no `shape`")?;
    let shape: Option<Vec<usize>> = sizes
        .iter()
        .map(|size| usize::try_from(size.as_u64()?).ok())
        .collect();
    let shape = shape.ok_or("its `shape` is not one")?;
    // Data may come flat or in rows.
    let (_, values) = json::array(&own["data"], Some(datatype))?;
    let count = shape
        .iter()
        .try_fold(1usize, |all, size| all.checked_mul(*size));
    if count != Some(values.len()) {
        return Err(format!(
            "its shape is {shape:?}, and it has {} elements",
            values.len()
        ));
    }
    Ok(Tensor {
        name: own["name"].as_str().unwrap_or_default().to_owned(),
        datatype: Some(datatype.to_owned()),
        shape,
        values,
    })
}
