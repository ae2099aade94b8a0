//! How a spec declares what is deployed, and what it is deployed to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use seatrial_serving::{PLACEHOLDERS, unknown_placeholders};
use seatrial_spec::{Count, Misfit, Shape, SpecPath, did_you_mean};
use serde::{Deserialize, Serialize};

use crate::check::{Failure, Outcome};
use crate::context::Context;

/// A model as it is shipped: `[package.NAME]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageDeclaration {
    /// The model's file: ONNX, GGUF or safetensors; or a folder that holds it as
    /// `model.onnx`; or the folder of a pipeline's package, which is looked at as
    /// `seatrial export` writes it. To be staged, it may be whatever the server
    /// takes.
    pub path: SpecPath,
    /// What the server shall call the model. By default the package's name.
    pub model: Option<String>,
    /// A JSON file of inputs with the trainer's answers, as
    /// `{"inputs": [{"name": …, "datatype": …, "shape": …, "data": …}], "outputs": […]}`.
    pub examples: Option<SpecPath>,
}

impl PackageDeclaration {
    /// The package that the case names by a key, such as `package`.
    ///
    /// # Errors
    /// When its declaration does not hold together.
    pub fn of(context: &Context, key: &str) -> Outcome<Self> {
        declared(context, key)
    }
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

/// What packages are deployed to: `[server.NAME]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerDeclaration {
    /// What the server can run: a catalogue that comes with Sea Trial, or a
    /// file that `seatrial catalogue` wrote.
    pub catalogue: Option<CatalogueName>,
    /// The command that starts it, as a list: a program and its arguments. A
    /// program with a `/` in it is found from the spec file's folder, and the
    /// command runs there. In it stand `{port}`, `{stage}`, the folder in which
    /// everything is laid out, `{package}`, the package in there, `{name}`, the
    /// model's name, and `{servers}`, the folder of server environments.
    pub command: Vec<String>,
    /// Further environment variables. Of this program's own, it gets `PATH`,
    /// the language and the time zone alone.
    pub environment: BTreeMap<String, String>,
    /// Where in the stage the package is put.
    pub package_at: String,
    /// What else is put into the stage: a place there, and the file or folder
    /// that is copied. Text files may hold the placeholders of the command.
    pub layout: BTreeMap<String, SpecPath>,
    /// The port on which it shall listen, in a network of its own.
    pub port: u16,
    /// How it is asked.
    pub protocol: ProtocolName,
    /// When it loads the model.
    pub load: Load,
    /// For `protocol = "generic"`: how it is asked.
    pub generic: Option<GenericDeclaration>,
    /// The most memory of all its processes together, in MiB.
    pub memory_mib_max: Option<Count>,
    /// On how many processors it runs.
    pub cpus: Option<Count>,
}

impl Default for ServerDeclaration {
    fn default() -> Self {
        Self {
            catalogue: None,
            command: Vec::new(),
            environment: BTreeMap::new(),
            package_at: "model".into(),
            layout: BTreeMap::new(),
            port: 8000,
            protocol: ProtocolName::OpenInference,
            load: Load::Start,
            generic: None,
            memory_mib_max: None,
            cpus: None,
        }
    }
}

/// How a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProtocolName {
    /// The Open Inference Protocol V2 over REST: Triton, MLServer, KServe …
    OpenInference,
    /// TensorFlow Serving's REST interface.
    Tensorflow,
    /// JSON in, JSON out, as the table `generic` says.
    Generic,
}

/// When a server loads a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Load {
    /// When it starts.
    Start,
    /// When it is told, over the protocol.
    Request,
}

/// How a server with a form of its own is asked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenericDeclaration {
    /// The path that answers with success once the server is ready.
    pub ready: String,
    /// The path to which requests are sent.
    pub infer: String,
    /// The request: JSON in which `{NAME}` stands for the rows of the input of
    /// that name, and `{id}` for a text that tells requests apart.
    pub request: String,
    /// For each output, the JSON pointer to its rows in the answer.
    pub outputs: BTreeMap<String, String>,
}

impl ServerDeclaration {
    /// The server that the case names by a key, such as `server`.
    ///
    /// # Errors
    /// When its declaration does not hold together.
    pub fn of(context: &Context, key: &str) -> Outcome<Self> {
        declared(context, key)
    }

    /// Its shape, and what of it must hold together.
    pub fn shape() -> Shape {
        Shape::of::<Self>().holding(Self::misfits)
    }

    fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let arguments = self.command.iter().enumerate();
        let arguments = arguments.map(|(at, text)| (format!("command[{at}]"), text));
        let variables = self.environment.iter();
        let variables = variables.map(|(name, text)| (format!("environment.{name}"), text));
        let at = [("package_at".to_owned(), &self.package_at)];
        for (path, text) in arguments.chain(variables).chain(at) {
            for word in unknown_placeholders(text) {
                let known = PLACEHOLDERS.map(|(known, _)| known);
                let message = format!("`{{{word}}}` stands for nothing");
                misfits.push(Misfit::at(path.clone(), message).help(did_you_mean(word, known)));
            }
        }
        let generic = self.protocol == ProtocolName::Generic;
        match &self.generic {
            None if generic => misfits.push(Misfit::at(
                "protocol",
                "`generic` needs a table `generic` that says how the server is asked",
            )),
            Some(_) if !generic => misfits.push(Misfit::at(
                "generic",
                "it is read only with `protocol = \"generic\"`",
            )),
            Some(table) => misfits.extend(table.misfits()),
            None => {}
        }
        if self.load == Load::Request && self.protocol != ProtocolName::OpenInference {
            let message = "only `open-inference` has a request to load a model";
            misfits.push(Misfit::at("load", message));
        }
        misfits
    }
}

impl GenericDeclaration {
    fn misfits(&self) -> Vec<Misfit> {
        let paths = [
            ("generic.ready", &self.ready),
            ("generic.infer", &self.infer),
        ];
        let relative = paths.iter().filter(|(_, path)| !path.starts_with('/'));
        let mut misfits: Vec<Misfit> = relative
            .map(|(key, path)| Misfit::at(*key, format!("`{path}` is no path: it begins with `/`")))
            .collect();
        for (name, pointer) in &self.outputs {
            if !(pointer.is_empty() || pointer.starts_with('/')) {
                let message = format!("`{pointer}` is no JSON pointer: it begins with `/`");
                misfits.push(Misfit::at(format!("generic.outputs.{name}"), message));
            }
        }
        misfits
    }
}

fn declared<T: serde::de::DeserializeOwned>(context: &Context, key: &str) -> Outcome<T> {
    let declaration = context.declaration(key)?;
    seatrial_spec::parse(declaration.common.clone()).map_err(|misfit| {
        let (kind, name) = (declaration.kind.word(), &declaration.name);
        Failure::Case(format!("{kind} `{name}`: {}", misfit.message))
    })
}
