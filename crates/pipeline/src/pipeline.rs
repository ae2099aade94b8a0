//! A pipeline with everything that it takes to run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use seatrial_data::table::Table;
use seatrial_model::Recipe;

use crate::declaration::{PipelineDeclaration, Stage};
use crate::graph;
use crate::stages::ModelDeclaration;
use crate::{PipelineError, Result};

/// A model that a `train` stage names.
#[derive(Clone)]
pub struct ModelSource {
    /// What the spec says of it.
    pub declaration: ModelDeclaration,
    /// Builds it.
    pub recipe: Arc<dyn Recipe>,
    /// Whether its family comes with Sea Trial. The code of one that was registered
    /// is whatever this program holds.
    pub built_in: bool,
}

/// A stage that is written in Rust.
pub trait RustStage: Send + Sync {
    /// Makes the tables that the spec declares, batch by batch: `write` takes the
    /// name of a table and some of its rows.
    ///
    /// # Errors
    /// When the inputs or settings will not do, in words for the spec's author.
    fn run(
        &self,
        inputs: &BTreeMap<String, Table>,
        settings: &serde_json::Map<String, serde_json::Value>,
        write: &mut dyn FnMut(&str, &RecordBatch) -> Result<()>,
    ) -> Result<()>;
}

/// A declared pipeline, ready to run.
#[derive(Clone)]
pub struct Pipeline {
    /// Its name in the spec.
    pub name: String,
    /// The folder of its spec file: commands run there.
    pub folder: PathBuf,
    /// What the spec says.
    pub declaration: PipelineDeclaration,
    /// The models of its `train` stages, by stage.
    pub models: BTreeMap<String, ModelSource>,
    /// Registered stages, by name.
    pub rust: Arc<BTreeMap<String, Arc<dyn RustStage>>>,
}

impl Pipeline {
    /// The stages, each after those that it waits for.
    ///
    /// # Errors
    /// When they wait for each other.
    pub fn order(&self) -> Result<Vec<String>> {
        graph::order(&self.declaration).map_err(|cycle| PipelineError::Stages(cycle.message))
    }

    /// The stage of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn stage(&self, name: &str) -> Result<&Stage> {
        let found = self.declaration.stage.get(name);
        found.ok_or_else(|| PipelineError::Stages(format!("there is no stage `{name}`")))
    }

    /// The stage that makes something.
    pub fn maker(&self, name: &str) -> Option<&str> {
        let mut stages = self.declaration.stage.iter();
        let maker = stages.find(|(stage_name, stage)| {
            let outputs = stage.outputs(stage_name);
            outputs.iter().any(|port| port.name == name)
        });
        maker.map(|(name, _)| name.as_str())
    }

    /// The stages whose results a stage takes.
    pub fn after(&self, stage: &str) -> Vec<&str> {
        let mut after: Vec<&str> = graph::waits_for(&self.declaration, stage)
            .iter()
            .filter_map(|name| self.maker(name))
            .collect();
        after.sort_unstable();
        after.dedup();
        after
    }

    /// The stages that a name is made by, directly or not; in order.
    ///
    /// # Errors
    /// When stages wait for each other.
    pub fn makers(&self, name: &str) -> Result<Vec<String>> {
        let mut needed: Vec<String> = self.maker(name).map(str::to_owned).into_iter().collect();
        let mut at = 0;
        while at < needed.len() {
            for name in graph::waits_for(&self.declaration, &needed[at]) {
                if let Some(maker) = self.maker(&name)
                    && !needed.iter().any(|known| known == maker)
                {
                    needed.push(maker.to_owned());
                }
            }
            at += 1;
        }
        let mut order = self.order()?;
        order.retain(|stage| needed.contains(stage));
        Ok(order)
    }

    /// The `load` stages with their files.
    pub fn loads(&self) -> Vec<(&str, &Path)> {
        let stages = self.declaration.stage.iter();
        stages
            .filter_map(|(name, stage)| match stage {
                Stage::Load(load) => Some((name.as_str(), load.path.as_path())),
                _ => None,
            })
            .collect()
    }

    /// The column that a model of the pipeline learns to predict, or by whose
    /// classes its rows are split.
    pub fn label(&self) -> Option<&str> {
        let stages = || self.declaration.stage.values();
        let trained = stages().find_map(|stage| match stage {
            Stage::Train(train) => Some(train.label.as_str()),
            _ => None,
        });
        trained.or_else(|| {
            stages().find_map(|stage| match stage {
                Stage::Split(split) if split.is_stratified() => split.column.as_deref(),
                _ => None,
            })
        })
    }

    /// The model that a stage trains.
    pub(crate) fn model(&self, stage: &str) -> Result<&ModelSource> {
        let found = self.models.get(stage);
        found.ok_or_else(|| PipelineError::Stages("it names no model".into()))
    }
}
