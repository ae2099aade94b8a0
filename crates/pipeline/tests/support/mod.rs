//! Pipelines of a text and some files, in a folder of their own.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_model::{Recipe, families};
use seatrial_pipeline::stages::ModelDeclaration;
use seatrial_pipeline::{
    Done, ModelSource, Options, Pipeline, PipelineDeclaration, PipelineError, RustStage, Stage,
    Store, misfits,
};

pub type Claim = Result<(), Box<dyn std::error::Error>>;

/// Rows of two columns and a key.
pub const ROWS: &str = "id,x,label\n1,0.5,a\n2,1.5,b\n3,2.5,a\n4,3.5,b\n5,4.5,a\n6,5.5,b\n";

/// A folder with a pipeline's files and its store.
pub struct Bench {
    folder: tempfile::TempDir,
    pub declaration: PipelineDeclaration,
    pub rust: BTreeMap<String, Arc<dyn RustStage>>,
}

impl Bench {
    /// A pipeline of this text; `path = "rows.csv"` means a file of [`ROWS`].
    pub fn new(text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("spec"))?;
        let rows = folder.path().join("spec/rows.csv");
        fs::write(&rows, ROWS)?;
        let text = text.replace("rows.csv\"", &format!("{}\"", rows.display()));
        Ok(Self {
            declaration: toml::from_str(&text)?,
            folder,
            rust: BTreeMap::new(),
        })
    }

    pub fn spec(&self) -> PathBuf {
        self.folder.path().join("spec")
    }

    pub fn artifacts(&self) -> PathBuf {
        self.folder.path().join("artifacts")
    }

    pub fn write(&self, name: &str, text: &str) -> std::io::Result<()> {
        fs::write(self.spec().join(name), text)
    }

    pub fn pipeline(&self) -> Pipeline {
        Pipeline {
            name: "p".into(),
            folder: self.spec(),
            declaration: self.declaration.clone(),
            models: self.models(),
            rust: Arc::new(self.rust.clone()),
        }
    }

    /// A model of the family that each `train` stage names.
    fn models(&self) -> BTreeMap<String, ModelSource> {
        let stages = self.declaration.stage.iter();
        let trained = stages.filter_map(|(name, stage)| match stage {
            Stage::Train(train) => Some((name.clone(), model(train.model.as_str()))),
            _ => None,
        });
        trained.collect()
    }

    pub fn run(&self) -> Result<Done, PipelineError> {
        self.pipeline().run(
            &Store::open(&self.artifacts())?,
            &Options::new(7, &|| false),
        )
    }

    /// Why it fails.
    pub fn error(&self) -> Result<String, String> {
        match self.run() {
            Ok(_) => Err("it ran well".into()),
            Err(error) => Ok(error.to_string()),
        }
    }

    /// What does not fit together, as `path: message (help)`.
    pub fn misfits(&self) -> Vec<String> {
        let rust: BTreeSet<String> = self.rust.keys().cloned().collect();
        let found = misfits(&self.declaration, &rust);
        let found = found.into_iter();
        found
            .map(|misfit| {
                let help = misfit
                    .help
                    .map_or(String::new(), |help| format!(" ({help})"));
                format!("{}: {}{help}", misfit.path, misfit.message)
            })
            .collect()
    }
}

/// A model of a family, with all defaults.
fn model(family: &str) -> ModelSource {
    let declaration = ModelDeclaration {
        name: family.into(),
        family: family.into(),
        common: toml::Table::new(),
        own: toml::Table::new(),
    };
    ModelSource {
        recipe: recipe(&declaration).expect("a family"),
        declaration,
        built_in: true,
    }
}

/// Builds the model of a package.
pub fn recipe(wanted: &ModelDeclaration) -> Result<Arc<dyn Recipe>, PipelineError> {
    let unknown = || PipelineError::Stages(format!("no family `{}`", wanted.family));
    let family = families()
        .into_iter()
        .find(|known| known.name == wanted.family);
    let build = family.ok_or_else(unknown)?.build;
    build(wanted.common.clone(), wanted.own.clone())
        .map_err(|misfit| PipelineError::Stages(misfit.message))
}

/// What nobody finished.
pub fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.to_string_lossy().contains("unfinished-"))
        .collect()
}

pub const LOAD: &str = "[stage.raw]\nkind = \"load\"\npath = \"rows.csv\"\n";
