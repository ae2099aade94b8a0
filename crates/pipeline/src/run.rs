//! Running stages: what is needed, in order, each taken up again where nothing
//! that it was made from has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use crate::done::{Done, StageReport};
use crate::making::Making;
use crate::pipeline::{ModelSource, Pipeline};
use crate::store::{Artifact, Store};
use crate::{PipelineError, Result};

/// How a pipeline is run.
pub struct Options<'a> {
    /// Root of all randomness but that of the split.
    pub seed: u64,
    /// Which of several runs.
    pub run: usize,
    /// About how many rows of the loaded table to run on; all when `None`.
    pub subset: Option<usize>,
    /// The column whose classes a subset keeps in proportion; when `None`, the one
    /// that the pipeline learns to predict.
    pub stratify: Option<String>,
    /// A model in place of the declared one.
    pub model: Option<ModelSource>,
    /// Tables that stand in for those of `load` stages, by stage.
    pub replaced: BTreeMap<String, PathBuf>,
    /// Other files and folders in place of declared ones, by the declared path.
    pub moved: BTreeMap<PathBuf, PathBuf>,
    /// What to make, with all that it takes; everything when `None`.
    pub wanted: Option<Vec<String>>,
    /// Whether what was made before is taken up again.
    pub reuse: bool,
    /// Whether contracts are looked at.
    pub contracts: bool,
    /// Refuses files of commands that grow beyond this, as a full disk would.
    pub file_bytes_max: Option<u64>,
    /// Hands commands files that are cut short, as a broken copy would.
    pub truncated: bool,
    /// Asked often whether to end.
    pub stopped: &'a dyn Fn() -> bool,
    /// Told of every stage when it is over, also of the one that failed.
    pub told: Option<&'a dyn Fn(&StageReport)>,
}

impl<'a> Options<'a> {
    /// Everything, on all rows, taking up what was made before.
    pub fn new(seed: u64, stopped: &'a dyn Fn() -> bool) -> Self {
        Self {
            seed,
            run: 0,
            subset: None,
            stratify: None,
            model: None,
            replaced: BTreeMap::new(),
            moved: BTreeMap::new(),
            wanted: None,
            reuse: true,
            contracts: true,
            file_bytes_max: None,
            truncated: false,
            stopped,
            told: None,
        }
    }
}

impl Pipeline {
    /// Makes what the options want.
    ///
    /// # Errors
    /// When a stage fails, a contract does not hold, or it was told to end. What
    /// was made before stays.
    pub fn run(&self, store: &Store, options: &Options) -> Result<Done> {
        let order = match &options.wanted {
            None => self.order()?,
            Some(wanted) => {
                let mut needed = BTreeSet::new();
                for name in wanted {
                    needed.extend(self.makers(name)?);
                }
                let mut order = self.order()?;
                order.retain(|stage| needed.contains(stage));
                order
            }
        };
        let mut done = Done::default();
        for name in order {
            if (options.stopped)() {
                return Err(PipelineError::Stopped);
            }
            let stage = self.stage(&name)?;
            let step = Making {
                pipeline: self,
                store,
                options,
                name: &name,
                stage,
                before: &done,
            };
            let since = Instant::now();
            let result = step.make();
            let report = StageReport {
                stage: name.clone(),
                reused: matches!(result, Ok((true, _))),
                failed: result.is_err(),
                took: since.elapsed(),
            };
            if let Some(told) = options.told {
                told(&report);
            }
            let (_, made) = result.map_err(|error| error.in_stage(&name))?;
            done.stages.push(report);
            let made = made.into_iter();
            done.artifacts
                .extend(made.map(|artifact| (artifact.name.clone(), artifact)));
        }
        Ok(done)
    }
}

impl Pipeline {
    /// Makes what one stage makes, of these inputs.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_stage(
        &self,
        store: &Store,
        options: &Options,
        name: &str,
        inputs: &Done,
    ) -> Result<Vec<Artifact>> {
        let making = Making {
            pipeline: self,
            store,
            options,
            name,
            stage: self.stage(name)?,
            before: inputs,
        };
        let (_, made) = making.make().map_err(|error| error.in_stage(name))?;
        Ok(made)
    }
}
