//! The checks and models there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use seatrial_data::DatasetDeclaration;
use seatrial_data::predictions::PredictionsDeclaration;
use seatrial_model::{CommonDeclaration, Family, Recipe, families};
use seatrial_pipeline::{PipelineDeclaration, RustStage};
use seatrial_spec::{CheckWords, Misfit, Shape, SubjectKind, SubjectWords, Vocabulary, parse};
use serde::Deserialize;

use crate::check::{About, Check, Outcome};
use crate::context::Context;
use crate::planted::Planted;
use crate::serving::declaration::{PackageDeclaration, ServerDeclaration};
use crate::{pipeline, quality, reproducibility, serving, training};

type Run = Arc<dyn Fn(&Context) -> Outcome + Send + Sync>;
type Build = Arc<dyn Fn(toml::Table, toml::Table) -> Result<Arc<dyn Recipe>, Misfit> + Send + Sync>;

/// A registered check.
#[derive(Clone)]
pub struct CheckEntry {
    /// What it says of itself.
    pub about: About,
    /// Its parameters, with documentation and defaults.
    pub shape: Shape,
    /// What proves that it can fail.
    pub planted: Planted,
    run: Run,
}

impl CheckEntry {
    fn of<C: Check>() -> Self {
        Self {
            about: C::ABOUT,
            shape: C::shape(),
            planted: C::planted(),
            run: Arc::new(|context| {
                let check: C = parse(context.case.parameters.clone())
                    .map_err(|misfit| crate::Failure::Case(misfit.message))?;
                check.run(context)
            }),
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// When it cannot measure.
    pub fn run(&self, context: &Context) -> Outcome {
        (self.run)(context)
    }
}

/// A model of this kind has no keys of its own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoKeys {}

/// Every check and model family that specs may name.
#[derive(Clone)]
pub struct Registry {
    checks: BTreeMap<&'static str, CheckEntry>,
    families: BTreeMap<String, (Shape, Build)>,
    stages: BTreeMap<String, Arc<dyn RustStage>>,
    /// Families that come with Sea Trial, and that nobody put others in place of.
    built_in: BTreeSet<String>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// The checks and families that come with Sea Trial.
    pub fn new() -> Self {
        let mut registry = Self {
            checks: BTreeMap::new(),
            families: BTreeMap::new(),
            stages: BTreeMap::new(),
            built_in: BTreeSet::new(),
        };
        registry = families().into_iter().fold(registry, Self::family);
        registry.built_in = registry.families.keys().cloned().collect();
        registry = reproducibility::register(registry);
        registry = training::register(registry);
        registry = pipeline::register(registry);
        registry = quality::register(registry);
        serving::register(registry)
    }

    /// Adds a check.
    pub fn check<C: Check>(mut self) -> Self {
        self.checks.insert(C::ABOUT.name, CheckEntry::of::<C>());
        self
    }

    /// Adds a model family, declared in TOML.
    pub fn family(mut self, family: Family) -> Self {
        let build = family.build;
        self.built_in.remove(family.name);
        self.families
            .insert(family.name.to_owned(), (family.shape, Arc::new(build)));
        self
    }

    /// Adds a model written in Rust, declared as `family = "NAME"` with the
    /// keys of every model and none of its own.
    pub fn model<R, F>(mut self, name: &str, recipe: F) -> Self
    where
        R: Recipe + 'static,
        F: Fn(CommonDeclaration) -> R + Send + Sync + 'static,
    {
        let build = move |common, own| {
            let NoKeys {} = parse(own)?;
            let recipe: Arc<dyn Recipe> = Arc::new(recipe(parse(common)?));
            Ok(recipe)
        };
        self.built_in.remove(name);
        self.families
            .insert(name.to_owned(), (Shape::of::<NoKeys>(), Arc::new(build)));
        self
    }

    /// Adds a pipeline stage written in Rust, declared as `kind = "rust"` and
    /// `type = "NAME"`.
    pub fn stage(mut self, name: &str, stage: impl RustStage + 'static) -> Self {
        self.stages.insert(name.to_owned(), Arc::new(stage));
        self
    }

    /// Whether a model family is one that comes with Sea Trial.
    pub(crate) fn is_built_in(&self, family: &str) -> bool {
        self.built_in.contains(family)
    }

    pub(crate) fn stages(&self) -> &BTreeMap<String, Arc<dyn RustStage>> {
        &self.stages
    }

    /// The check of this name.
    pub fn entry(&self, name: &str) -> Option<&CheckEntry> {
        self.checks.get(name)
    }

    /// Every check, sorted by chapter and name.
    pub fn entries(&self) -> Vec<&CheckEntry> {
        let mut entries: Vec<_> = self.checks.values().collect();
        entries.sort_by_key(|entry| (entry.about.chapter, entry.about.name));
        entries
    }

    pub(crate) fn build(&self, family: &str) -> Option<&Build> {
        self.families.get(family).map(|(_, build)| build)
    }

    /// What specs may say.
    pub fn vocabulary(&self) -> Vocabulary {
        let checks = self.checks.values().map(|entry| {
            let words = CheckWords {
                shape: entry.shape.clone(),
                needs: entry.about.needs.to_vec(),
            };
            (entry.about.name.to_owned(), words)
        });
        let shapes = self
            .families
            .iter()
            .map(|(name, (shape, _))| (name.clone(), shape.clone()));
        let dataset = SubjectWords {
            common: Shape::of::<DatasetDeclaration>(),
            variants: None,
        };
        let model = SubjectWords {
            common: Shape::of::<CommonDeclaration>(),
            variants: Some(("family", shapes.collect())),
        };
        let stages = self.stages.keys().cloned().collect();
        let pipeline = SubjectWords {
            common: Shape::of::<PipelineDeclaration>()
                .holding(move |declaration| seatrial_pipeline::misfits(declaration, &stages)),
            variants: None,
        };
        let predictions = SubjectWords {
            common: Shape::of::<PredictionsDeclaration>().holding(PredictionsDeclaration::misfits),
            variants: None,
        };
        let package = SubjectWords {
            common: Shape::of::<PackageDeclaration>(),
            variants: None,
        };
        let server = SubjectWords {
            common: ServerDeclaration::shape(),
            variants: None,
        };
        let subjects = [
            (SubjectKind::Dataset, dataset),
            (SubjectKind::Model, model),
            (SubjectKind::Pipeline, pipeline),
            (SubjectKind::Predictions, predictions),
            (SubjectKind::Package, package),
            (SubjectKind::Server, server),
        ];
        Vocabulary {
            checks: checks.collect(),
            subjects: subjects.into(),
        }
    }
}
