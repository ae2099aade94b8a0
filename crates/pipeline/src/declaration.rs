//! How a spec declares a pipeline: stages by name, and contracts of tables.
//!
//! What does not live here: whether the stages fit together ([`graph`](crate::graph)).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_spec::{Count, Positive, SpecPath, SubjectName};
use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::stages::{
    Bucketise, Calendar, Evaluate, Impute, OneHot, Select, Split, Standardise, Train,
};

/// The name of a declared model.
pub type ModelName = SubjectName<1>;

/// Stages from raw data to a packaged model, and what the tables between them
/// must look like.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineDeclaration {
    /// The stages, by name. They run in the order in which they need each other.
    pub stage: BTreeMap<String, Stage>,
    /// What tables must look like, by the table's name.
    #[serde(default)]
    pub contract: BTreeMap<String, Contract>,
    /// What must be there for it to run. Where it is not, cases of this pipeline
    /// are skipped, with this reason.
    #[serde(default)]
    pub requires: Vec<Requirement>,
}

/// Something that not every machine has.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// A command that succeeds where it is there.
    pub command: Vec<String>,
    /// What is missing where it is not.
    pub reason: String,
}

/// One stage: what it reads, what it makes, and how.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Stage {
    /// Reads a table from a file.
    Load(Load),
    /// Chooses, renames and casts columns.
    Select(Select),
    /// Fills in missing values.
    Impute(Impute),
    /// Brings numbers to zero mean and unit standard deviation.
    Standardise(Standardise),
    /// A column for each category.
    OneHot(OneHot),
    /// Numbers become the number of the interval that they lie in.
    Bucketise(Bucketise),
    /// Time of day, weekday and the like from a moment.
    Calendar(Calendar),
    /// Parts the rows into training, validation and test.
    Split(Split),
    /// Trains a model of the spec.
    Train(Train),
    /// Measures a trained model.
    Evaluate(Evaluate),
    /// A trained model with all that it takes to serve it.
    Package(PackageStage),
    /// A program in any language.
    Command(CommandStage),
    /// A stage that is written in Rust and registered.
    Rust(RustDeclaration),
}

/// Reads a table.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// CSV, Parquet or JSON lines: a file, or a folder of files.
    pub path: SpecPath,
    /// Name of the table; the stage's own when left out.
    pub out: Option<String>,
}

/// Makes a package: a folder with the model, its signature and every statistic
/// that was fitted on the way to it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageStage {
    /// What a `train` stage made.
    pub trained: String,
    /// The table of which the package takes rows: the stages between it and the
    /// model become part of the package. When left out, the earliest table from
    /// which only built-in stages lead to the model.
    pub from: Option<String>,
    /// Name of the package; the stage's own when left out.
    pub out: Option<String>,
}

/// A program in any language. It runs in the folder of the spec file, as an
/// argument list that no shell reads.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandStage {
    /// The program and its arguments. `{in.NAME}`, `{out.NAME}` and `{file.NAME}`
    /// stand for paths, `{seed}` for the case's seed; write `{{` for a brace.
    pub command: Vec<String>,
    /// Tables and files that it reads: names, or names with the file that the
    /// program wants to see. The file's ending says in which format: `.csv`,
    /// `.jsonl`, `.parquet` (the default).
    #[serde(default, rename = "in")]
    pub inputs: Names,
    /// What it makes, likewise. A name with another ending than a table's, such as
    /// `{ model = "model.pkl" }`, is kept as it is.
    #[serde(rename = "out")]
    pub outputs: Names,
    /// Files and folders beside the spec that it reads, by name.
    #[serde(default)]
    pub files: BTreeMap<String, SpecPath>,
    /// Files and folders that its code consists of, beside those that `command`
    /// names: when they change, it runs again.
    #[serde(default)]
    pub code: Vec<SpecPath>,
    /// Variables of its environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The table that it writes to standard output, in place of a file.
    pub stdout: Option<String>,
    /// After how many seconds it is ended. The case's own timeout holds as well.
    pub timeout_s: Option<Positive>,
    /// How much it may print to either stream, in bytes: 64 MiB unless told
    /// otherwise.
    pub print_bytes_max: Option<Count>,
}

/// Names of tables and files, each with the name of the file that holds it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One table, held as Parquet.
    One(String),
    /// Tables, held as Parquet.
    Plain(Vec<String>),
    /// Names with the files that hold them.
    Files(BTreeMap<String, String>),
}

impl Default for Names {
    fn default() -> Self {
        Names::Plain(Vec::new())
    }
}

impl Names {
    /// Each name with its file.
    pub fn files(&self) -> Vec<(&str, String)> {
        let parquet = |name: &String| format!("{name}.parquet");
        match self {
            Names::One(name) => vec![(name, parquet(name))],
            Names::Plain(names) => names
                .iter()
                .map(|name| (name.as_str(), parquet(name)))
                .collect(),
            Names::Files(files) => files
                .iter()
                .map(|(name, file)| (name.as_str(), file.clone()))
                .collect(),
        }
    }

    /// The key, below `key`, that names each.
    fn paths(&self, key: &str) -> Vec<(&str, String)> {
        match self {
            Names::One(name) => vec![(name, key.to_owned())],
            Names::Plain(names) => names
                .iter()
                .enumerate()
                .map(|(at, name)| (name.as_str(), format!("{key}[{at}]")))
                .collect(),
            Names::Files(files) => files
                .keys()
                .map(|name| (name.as_str(), format!("{key}.{name}")))
                .collect(),
        }
    }
}

/// A stage that is written in Rust and registered under a name.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RustDeclaration {
    /// The name that it is registered under.
    pub r#type: String,
    /// The tables that it reads.
    #[serde(default, rename = "in")]
    pub inputs: Vec<String>,
    /// The tables that it makes; one of the stage's own name when left out.
    #[serde(default, rename = "out")]
    pub outputs: Vec<String>,
    /// Its own settings.
    #[serde(default)]
    pub with: serde_json::Map<String, serde_json::Value>,
}

/// What a stage makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Rows, as Parquet.
    Table,
    /// A trained model.
    Model,
    /// Numbers by name, as JSON.
    Metrics,
    /// A package.
    Package,
    /// A file that only other commands read.
    File,
}

impl Kind {
    /// What a file of this name holds.
    pub fn of_file(name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "parquet" | "pq" | "csv" | "jsonl" | "ndjson" => Kind::Table,
            "json" => Kind::Metrics,
            _ => Kind::File,
        }
    }

    /// In words, for messages.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Table => "a table",
            Kind::Model => "a trained model",
            Kind::Metrics => "metrics",
            Kind::Package => "a package",
            Kind::File => "a file",
        }
    }
}

/// A name that a stage reads or makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// The name.
    pub name: String,
    /// What it is, or must be; `None` where anything will do.
    pub kind: Option<Kind>,
    /// The key of the stage that says so; empty where a default says it.
    pub key: String,
}

impl Port {
    fn new(name: &str, kind: Kind, key: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: Some(kind),
            key: key.to_owned(),
        }
    }
}

impl Stage {
    /// What it reads.
    pub fn inputs(&self) -> Vec<Port> {
        let table = |name: &str| vec![Port::new(name, Kind::Table, "in")];
        match self {
            Stage::Load(_) => Vec::new(),
            Stage::Select(stage) => table(&stage.input),
            Stage::Impute(stage) => table(&stage.input),
            Stage::Standardise(stage) => table(&stage.input),
            Stage::OneHot(stage) => table(&stage.input),
            Stage::Bucketise(stage) => table(&stage.input),
            Stage::Calendar(stage) => table(&stage.input),
            Stage::Split(stage) => table(&stage.input),
            Stage::Train(stage) => table(&stage.input),
            Stage::Evaluate(stage) => {
                let mut ports = table(&stage.input);
                ports.push(Port::new(&stage.trained, Kind::Model, "trained"));
                ports
            }
            Stage::Package(stage) => {
                let mut ports = vec![Port::new(&stage.trained, Kind::Model, "trained")];
                let from = stage.from.iter();
                ports.extend(from.map(|name| Port::new(name, Kind::Table, "from")));
                ports
            }
            Stage::Command(stage) => {
                let ports = stage.inputs.paths("in").into_iter();
                let files = stage.inputs.files();
                let kind = |name: &str| {
                    let (_, file) = files.iter().find(|(of, _)| *of == name)?;
                    (Kind::of_file(file) == Kind::Table).then_some(Kind::Table)
                };
                ports
                    .map(|(name, key)| Port {
                        name: name.to_owned(),
                        // A list names tables; a file of another ending is whatever
                        // the stage before made of it.
                        kind: match stage.inputs {
                            Names::Files(_) => kind(name),
                            _ => None,
                        },
                        key,
                    })
                    .collect()
            }
            Stage::Rust(stage) => indexed(&stage.inputs, "in"),
        }
    }

    /// What it makes.
    pub fn outputs(&self, own_name: &str) -> Vec<Port> {
        let one = |out: &Option<String>, kind| {
            let key = if out.is_some() { "out" } else { "" };
            vec![Port::new(out.as_deref().unwrap_or(own_name), kind, key)]
        };
        match self {
            Stage::Load(stage) => one(&stage.out, Kind::Table),
            Stage::Select(stage) => one(&stage.out, Kind::Table),
            Stage::Impute(stage) => one(&stage.out, Kind::Table),
            Stage::Standardise(stage) => one(&stage.out, Kind::Table),
            Stage::OneHot(stage) => one(&stage.out, Kind::Table),
            Stage::Bucketise(stage) => one(&stage.out, Kind::Table),
            Stage::Calendar(stage) => one(&stage.out, Kind::Table),
            Stage::Split(stage) => one(&stage.out, Kind::Table),
            Stage::Train(stage) => one(&stage.out, Kind::Model),
            Stage::Evaluate(stage) => one(&stage.out, Kind::Metrics),
            Stage::Package(stage) => one(&stage.out, Kind::Package),
            Stage::Command(stage) => {
                let files = stage.outputs.files();
                let keys = stage.outputs.paths("out");
                let ports = files.iter().zip(keys);
                let mut ports: Vec<Port> = ports
                    .map(|((name, file), (_, key))| Port::new(name, Kind::of_file(file), &key))
                    .collect();
                ports.sort_by(|a, b| a.name.cmp(&b.name));
                ports
            }
            Stage::Rust(stage) if stage.outputs.is_empty() => one(&None, Kind::Table),
            Stage::Rust(stage) => indexed(&stage.outputs, "out"),
        }
    }
}

fn indexed(names: &[String], key: &str) -> Vec<Port> {
    let ports = names.iter().enumerate();
    ports
        .map(|(at, name)| Port::new(name, Kind::Table, &format!("{key}[{at}]")))
        .collect()
}
