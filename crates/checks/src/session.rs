//! Running cases: subjects are read once and shared, a case at a time is judged.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use seatrial_data::{Dataset, DatasetDeclaration};
use seatrial_model::Recipe;
use seatrial_spec::{Case, Declaration, Misfit};
use seatrial_verdict::Verdict;

use crate::check::{Failure, Outcome};
use crate::context::Context;
use crate::host::Host;
use crate::registry::Registry;

type Slot = Arc<OnceLock<Result<Arc<Dataset>, String>>>;

/// Everything that the cases of one run share.
#[derive(Default)]
pub struct Session {
    registry: Registry,
    /// Datasets by declaration: read once, by whoever asks first.
    datasets: Mutex<BTreeMap<String, Slot>>,
}

impl Session {
    /// A session that knows these checks and models.
    pub fn new(registry: Registry) -> Self {
        Self {
            registry,
            datasets: Mutex::default(),
        }
    }

    /// The checks and models it knows.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Runs one case of the spec tree at `root`. Never panics because of a
    /// subject it can see through; a panic in a subject is for the caller.
    pub fn run(&self, root: &Path, case: &Case, host: &dyn Host) -> Verdict {
        if let Some(reason) = &case.skip {
            return Verdict::skipped(reason);
        }
        let context = Context::new(self, case, root.join(&case.file), host);
        let Some(entry) = self.registry.entry(&case.check) else {
            return Verdict::error(format!("no check is named `{}`", case.check));
        };
        match entry.run(&context) {
            Ok(verdict) => verdict,
            Err(Failure::Unavailable(reason)) => Verdict::skipped(reason),
            Err(failure) => Verdict::error(failure.to_string()),
        }
    }

    pub(crate) fn dataset(&self, declaration: &Declaration) -> Outcome<Arc<Dataset>> {
        let key = format!("{}\n{}", declaration.name, declaration.common);
        let slot = {
            let mut datasets = self.datasets.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(datasets.entry(key).or_default())
        };
        let read = || {
            let parsed: DatasetDeclaration = seatrial_spec::parse(declaration.common.clone())
                .map_err(|misfit| misfit.message)?;
            let dataset = Dataset::load(&declaration.name, &parsed);
            dataset.map(Arc::new).map_err(|error| error.to_string())
        };
        slot.get_or_init(read).clone().map_err(Failure::Case)
    }

    pub(crate) fn recipe(&self, declaration: &Declaration) -> Outcome<Arc<dyn Recipe>> {
        let refuse = |misfit: Misfit| {
            let place = if misfit.path.is_empty() { "" } else { ": " };
            let Misfit { path, message, .. } = misfit;
            Failure::Case(format!(
                "model `{}`: {path}{place}{message}",
                declaration.name
            ))
        };
        let Some((family, own)) = &declaration.variant else {
            return Err(Failure::Case(format!(
                "model `{}` names no family",
                declaration.name
            )));
        };
        let Some(build) = self.registry.build(family) else {
            return Err(Failure::Case(format!(
                "no model family is named `{family}`"
            )));
        };
        build(declaration.common.clone(), own.clone()).map_err(refuse)
    }
}
