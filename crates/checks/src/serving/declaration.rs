//! How a spec declares what is deployed, and what it is deployed to.

use std::borrow::Cow;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use seatrial_spec::{SpecPath, SubjectKind};
use serde::{Deserialize, Serialize};

use crate::check::{Failure, Outcome};
use crate::context::Context;

/// A model as it is shipped.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageDeclaration {
    /// The model's file: ONNX, GGUF or safetensors; or a folder that holds it as
    /// `model.onnx`.
    pub path: SpecPath,
}

/// What a package is deployed to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerDeclaration {
    /// What the server can run: a catalogue that comes with Sea Trial, or a
    /// file that `seatrial catalogue` wrote.
    pub catalogue: Option<CatalogueName>,
}

/// A catalogue that comes with the program, or a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CatalogueName(String);

impl CatalogueName {
    /// The name, or the path, absolute by the time a check sees it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl JsonSchema for CatalogueName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CatalogueName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = seatrial_serving::shipped_names().collect();
        json_schema!({"anyOf": [
            {"type": "string", "enum": names},
            {"type": "string", "format": SpecPath::FORMAT},
        ]})
    }
}

impl PackageDeclaration {
    /// The package that the case names.
    ///
    /// # Errors
    /// When its declaration does not hold together.
    pub fn of(context: &Context) -> Outcome<Self> {
        declared(context, SubjectKind::Package)
    }

    /// The file that holds the model.
    pub fn model_file(&self) -> Cow<'_, Path> {
        let path = self.path.as_path();
        if path.is_dir() {
            path.join("model.onnx").into()
        } else {
            path.into()
        }
    }
}

impl ServerDeclaration {
    /// The server that the case names.
    ///
    /// # Errors
    /// When its declaration does not hold together.
    pub fn of(context: &Context) -> Outcome<Self> {
        declared(context, SubjectKind::Server)
    }
}

fn declared<T: serde::de::DeserializeOwned>(context: &Context, kind: SubjectKind) -> Outcome<T> {
    let declaration = context.declaration(kind.word())?;
    seatrial_spec::parse(declaration.common.clone()).map_err(|misfit| {
        let (kind, name) = (kind.word(), &declaration.name);
        Failure::Case(format!("{kind} `{name}`: {}", misfit.message))
    })
}
