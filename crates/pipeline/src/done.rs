//! What a run made.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use seatrial_data::table::Table;
use serde_json::Value;

use crate::declaration::Kind;
use crate::error::at;
use crate::store::Artifact;
use crate::{PipelineError, Result};

/// What a run made.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// Everything, by name. What a stage fitted is under `TABLE#step`.
    pub artifacts: BTreeMap<String, Artifact>,
    /// The stages, in the order of running.
    pub stages: Vec<StageReport>,
}

/// How a stage went.
#[derive(Clone, Debug)]
pub struct StageReport {
    /// Its name.
    pub stage: String,
    /// Whether what it made before was taken up again.
    pub reused: bool,
    /// Whether it failed, or what it made broke its contract.
    pub failed: bool,
    /// How long it took.
    pub took: Duration,
}

impl Done {
    /// The artifact of this name.
    ///
    /// # Errors
    /// When nothing of that name was made.
    pub fn artifact(&self, name: &str) -> Result<&Artifact> {
        let found = self.artifacts.get(name);
        found.ok_or_else(|| PipelineError::Stages(format!("nothing made `{name}`")))
    }

    /// The table of this name, verified.
    ///
    /// # Errors
    /// When there is none, or it is not what was written.
    pub fn table(&self, name: &str) -> Result<Table> {
        let artifact = self.artifact(name)?;
        artifact.verify()?;
        Ok(Table::open(&artifact.path)?)
    }

    /// All metrics that were made, by name: those of nested tables with dots. Where
    /// two stages give the same name, each stands under `STAGE.NAME` alone.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn metrics(&self) -> Result<BTreeMap<String, f64>> {
        let mut all: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        for artifact in self.artifacts.values().filter(|a| a.kind == Kind::Metrics) {
            artifact.verify()?;
            let text = fs::read_to_string(&artifact.path).map_err(at(&artifact.path))?;
            let value: Value = serde_json::from_str(&text)
                .map_err(|error| PipelineError::content(&artifact.path, error.to_string()))?;
            let mut flat = Vec::new();
            flatten("", &value, &mut flat);
            for (name, number) in flat {
                let full = format!("{}.{name}", artifact.name);
                all.entry(name).or_default().push((full, number));
            }
        }
        let mut metrics = BTreeMap::new();
        for (name, mut found) in all {
            if let [(_, number)] = found.as_slice() {
                metrics.insert(name, *number);
            } else {
                metrics.extend(found.drain(..));
            }
        }
        Ok(metrics)
    }
}

fn flatten(path: &str, value: &Value, into: &mut Vec<(String, f64)>) {
    match value {
        Value::Number(number) => {
            into.push((path.to_owned(), number.as_f64().unwrap_or(f64::NAN)));
        }
        Value::Object(map) => {
            for (key, value) in map {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                flatten(&path, value, into);
            }
        }
        _ => {}
    }
}

/// The name under which a stage's step is kept.
pub(crate) fn step_name(table: &str) -> String {
    format!("{table}#step")
}
