//! One stage at work: what it is made from, what it makes, and whether that is
//! what its contract says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use seatrial_data::table::{Table, TableWriter};
use seatrial_rng::Streams;
use serde_json::{Value, json};

use crate::code::CommandCode;
use crate::command::{Command, copy};
use crate::contract::{self, Contract};
use crate::declaration::{Kind, Load, PackageStage, RustDeclaration, Stage};
use crate::done::{Done, step_name};
use crate::error::at;
use crate::package;
use crate::pipeline::{ModelSource, Pipeline};
use crate::run::Options;
use crate::source::Source;
use crate::stages::{self, Step, TrainRequest, Trained};
use crate::store::{Artifact, Store};
use crate::{PipelineError, Result, program, subset};

/// One stage at work.
pub(crate) struct Making<'a> {
    pub pipeline: &'a Pipeline,
    pub store: &'a Store,
    pub options: &'a Options<'a>,
    pub name: &'a str,
    pub stage: &'a Stage,
    /// What was made before it.
    pub before: &'a Done,
}

/// Name, kind and file of what a stage made.
type Made = Vec<(String, Kind, String)>;

impl Making<'_> {
    /// Makes it, or takes up what was made before of the same; which of the two.
    pub fn make(&self) -> Result<(bool, Vec<Artifact>)> {
        let from = self.made_from()?.to_string();
        if self.options.reuse
            && let Some(found) = self.store.find(&from)
        {
            return Ok((true, found));
        }
        let unfinished = self.store.begin()?;
        let made = self.work(unfinished.folder())?;
        if self.options.contracts {
            self.check_contracts(&made, unfinished.folder())?;
        }
        if !self.options.reuse {
            self.store.forget(&from);
        }
        let made = self.store.finish(self.name, &from, unfinished, &made)?;
        Ok((false, made))
    }

    /// Everything that what it makes depends on.
    fn made_from(&self) -> Result<Value> {
        let mut parameters = serde_json::to_value(self.stage)
            .map_err(|error| PipelineError::Stages(error.to_string()))?;
        if let Some(parameters) = parameters.as_object_mut() {
            // Paths differ between machines; what lies there counts.
            for key in ["path", "files", "code"] {
                parameters.remove(key);
            }
        }
        let mut inputs = BTreeMap::new();
        let mut contracts = BTreeMap::new();
        for port in self.stage.outputs(self.name) {
            if let Some(contract) = self.pipeline.declaration.contract.get(&port.name) {
                contracts.insert(port.name, contract);
            }
        }
        for name in crate::graph::waits_for(&self.pipeline.declaration, self.name) {
            let artifact = self.before.artifact(&name)?;
            inputs.insert(name, artifact.fingerprint.to_string());
        }
        let own = match self.stage {
            Stage::Load(load) => {
                let rows = self.options.subset;
                json!({
                    "file": self.store.known_fingerprint(self.source(load))?.to_string(),
                    "subset": rows.map(|rows| (rows, self.stratify())),
                })
            }
            Stage::Command(stage) => {
                let takes_seed = stage
                    .command
                    .iter()
                    .any(|argument| argument.contains("{seed}"));
                let seed = takes_seed.then(|| self.seed());
                let code = CommandCode {
                    stage: &self.moved(stage),
                    folder: &self.pipeline.folder,
                };
                let mut code = code.fingerprints()?;
                if let Some(bytes) = self.options.file_bytes_max {
                    code.insert("(bytes)".into(), bytes.to_string());
                }
                json!({ "code": code, "seed": seed })
            }
            Stage::Train(_) => {
                let model = &self.model()?.declaration;
                json!({ "model": model, "seed": self.options.seed, "run": self.options.run })
            }
            Stage::Package(_) => json!({ "steps": self.step_fingerprints()? }),
            _ => Value::Null,
        };
        Ok(json!({
            "stage": self.name,
            "parameters": parameters,
            "inputs": inputs,
            "contracts": self.options.contracts.then_some(contracts),
            "own": own,
            "program": self.program()?,
        }))
    }

    /// The code of a stage that this program holds, and what else its numbers depend
    /// on.
    fn program(&self) -> Result<Value> {
        let of_model = |source: &ModelSource| -> Result<Value> {
            let code = match source.built_in {
                true => program::BUILT_IN.to_owned(),
                false => program::registered()?,
            };
            Ok(json!([code, self.store.machine()]))
        };
        match self.stage {
            Stage::Command(_) => Ok(Value::Null),
            Stage::Rust(_) => Ok(program::registered()?.into()),
            Stage::Train(_) => of_model(self.model()?),
            Stage::Evaluate(stage) => of_model(self.model_of(&stage.trained)?),
            _ => Ok(program::BUILT_IN.into()),
        }
    }

    fn work(&self, to: &Path) -> Result<Made> {
        let out = || {
            let mut ports = self.stage.outputs(self.name);
            ports.swap_remove(0).name
        };
        match self.stage {
            Stage::Load(load) => self.load(load, &out(), to),
            Stage::Select(stage) => self.step(&Step::Select(stage.clone()), &out(), to),
            Stage::Calendar(stage) => self.step(&Step::Calendar(stage.clone()), &out(), to),
            Stage::Impute(stage) => {
                let step = Step::Impute(stage.fit(&self.table(&stage.input)?)?);
                self.step(&step, &out(), to)
            }
            Stage::Standardise(stage) => {
                let step = Step::Standardise(stage.fit(&self.table(&stage.input)?)?);
                self.step(&step, &out(), to)
            }
            Stage::OneHot(stage) => {
                let step = Step::OneHot(stage.fit(&self.table(&stage.input)?)?);
                self.step(&step, &out(), to)
            }
            Stage::Bucketise(stage) => {
                let step = Step::Bucketise(stage.fit(&self.table(&stage.input)?)?);
                self.step(&step, &out(), to)
            }
            Stage::Split(stage) => {
                let table = self.table(&stage.input)?;
                let parts = stage.parts(&table)?;
                let mut start = 0;
                self.rows(&table, &out(), to, |batch| {
                    let parted = parts.assign(batch, start)?;
                    start += batch.num_rows();
                    Ok(parted)
                })
            }
            Stage::Train(stage) => {
                let out = out();
                let folder = to.join(&out);
                fs::create_dir(&folder).map_err(at(&folder))?;
                let model = self.model()?;
                let request = TrainRequest {
                    stage,
                    model: model.declaration.clone(),
                    recipe: model.recipe.as_ref(),
                    streams: Streams::new(self.options.seed)
                        .child(&format!("run/{}", self.options.run)),
                    stopped: self.options.stopped,
                };
                stages::train(&request, &self.table(&stage.input)?, &folder)?;
                Ok(vec![(out.clone(), Kind::Model, out)])
            }
            Stage::Evaluate(stage) => {
                let model = self.before.artifact(&stage.trained)?;
                model.verify()?;
                let trained = Trained::read(&model.path)?;
                let source = self.model_of(&stage.trained)?;
                let metrics = stages::evaluate(
                    stage,
                    &self.table(&stage.input)?,
                    &trained,
                    source.recipe.as_ref(),
                    &model.path,
                )?;
                let out = out();
                let file = format!("{out}.json");
                write_json(&to.join(&file), &metrics)?;
                Ok(vec![(out, Kind::Metrics, file)])
            }
            Stage::Package(stage) => self.package(stage, &out(), to),
            Stage::Command(stage) => {
                let stage = self.moved(stage);
                let command = Command {
                    stage: &stage,
                    folder: &self.pipeline.folder,
                    inputs: &self.before.artifacts,
                    seed: self.seed(),
                    file_bytes_max: self.options.file_bytes_max,
                    truncated: self.options.truncated,
                    stopped: self.options.stopped,
                };
                command.run(to)
            }
            Stage::Rust(stage) => self.rust(stage, to),
        }
    }

    fn load(&self, load: &Load, out: &str, to: &Path) -> Result<Made> {
        let table = Source::new(Table::open(self.source(load))?, self.options.stopped);
        let file = format!("{out}.parquet");
        let made = vec![(out.to_owned(), Kind::Table, file.clone())];
        let stratify = self.stratify().filter(|label| table.column(label).is_ok());
        let is_only = self.pipeline.loads().len() == 1;
        let subset = self
            .options
            .subset
            .filter(|&rows| (is_only || stratify.is_some()) && (rows as u64) < table.rows());
        let Some(rows) = subset else {
            copy(&table, &to.join(&file))?;
            return Ok(made);
        };
        let chosen = subset::choose(&table, stratify.as_deref(), rows)?;
        let mut start = 0;
        self.rows(&table, out, to, |batch| {
            let end = start + batch.num_rows();
            let keep: BooleanArray = (start..end)
                .map(|row| Some(chosen.contains(&row)))
                .collect();
            start = end;
            Ok(filter_record_batch(batch, &keep)?)
        })
    }

    /// Applies a step to every row, and keeps it beside them.
    fn step(&self, step: &Step, out: &str, to: &Path) -> Result<Made> {
        let input = self.stage.inputs().swap_remove(0).name;
        let table = self.table(&input)?;
        let mut made = self.rows(&table, out, to, |batch| step.apply(batch))?;
        let file = format!("{out}.step.json");
        write_json(&to.join(&file), step)?;
        made.push((step_name(out), Kind::File, file));
        Ok(made)
    }

    /// Writes a table batch by batch.
    fn rows(
        &self,
        table: &Source,
        out: &str,
        to: &Path,
        mut change: impl FnMut(&RecordBatch) -> Result<RecordBatch>,
    ) -> Result<Made> {
        let file = format!("{out}.parquet");
        let path = to.join(&file);
        let mut writer: Option<TableWriter> = None;
        let columns = table.columns();
        let mut write = |batch: &RecordBatch| -> Result<()> {
            let batch = change(batch)?;
            let writer = match &mut writer {
                Some(writer) => writer,
                None => writer.insert(TableWriter::create(&path, batch.schema())?),
            };
            Ok(writer.write(&batch)?)
        };
        if table.rows() == 0 {
            write(&RecordBatch::new_empty(table.schema().clone()))?;
        }
        for batch in table.batches(&columns)? {
            write(&batch?)?;
        }
        if let Some(writer) = writer {
            writer.finish()?;
        }
        Ok(vec![(out.to_owned(), Kind::Table, file)])
    }

    fn package(&self, stage: &PackageStage, out: &str, to: &Path) -> Result<Made> {
        let request = package::Request {
            pipeline: self.pipeline,
            stage,
            before: self.before,
            seed: self.options.seed,
            run: self.options.run,
        };
        let folder = to.join(out);
        request.write(&folder)?;
        Ok(vec![(out.to_owned(), Kind::Package, out.to_owned())])
    }

    fn rust(&self, stage: &RustDeclaration, to: &Path) -> Result<Made> {
        let unknown =
            || PipelineError::Stages(format!("no stage is registered as `{}`", stage.r#type));
        let run = self.pipeline.rust.get(&stage.r#type).ok_or_else(unknown)?;
        let inputs = stage.inputs.iter();
        let inputs = inputs
            .map(|name| Ok((name.clone(), self.before.table(name)?)))
            .collect::<Result<_>>()?;
        let mut writers: BTreeMap<String, TableWriter> = BTreeMap::new();
        let outputs = self.stage.outputs(self.name);
        run.run(&inputs, &stage.with, &mut |name, batch| {
            if outputs.iter().all(|port| port.name != name) {
                return Err(PipelineError::Stages(format!(
                    "`{name}` is not in its `out`"
                )));
            }
            if !writers.contains_key(name) {
                let path = to.join(format!("{name}.parquet"));
                let writer = TableWriter::create(&path, batch.schema())?;
                writers.insert(name.to_owned(), writer);
            }
            match writers.get_mut(name) {
                Some(writer) => Ok(writer.write(batch)?),
                None => Ok(()),
            }
        })?;
        let mut made = Vec::new();
        for port in outputs {
            let Some(writer) = writers.remove(&port.name) else {
                return Err(PipelineError::Stages(format!("it made no `{}`", port.name)));
            };
            writer.finish()?;
            let file = format!("{}.parquet", port.name);
            made.push((port.name, Kind::Table, file));
        }
        Ok(made)
    }

    fn check_contracts(&self, made: &Made, folder: &Path) -> Result<()> {
        for (name, kind, file) in made {
            let contract = self.pipeline.declaration.contract.get(name);
            if *kind != Kind::Table {
                continue;
            }
            let path = folder.join(file);
            let table = Source::new(Table::open(&path)?, self.options.stopped);
            let nothing = Contract::default();
            let breaches = contract::breaches(contract.unwrap_or(&nothing), &table, &|other| {
                // A table of the same stage is not in the store yet.
                match made.iter().find(|(name, _, _)| name == other) {
                    Some((_, _, file)) => {
                        let table = Table::open(&folder.join(file))?;
                        Ok(Source::new(table, self.options.stopped))
                    }
                    None => self.table(other),
                }
            })?;
            if !breaches.is_empty() {
                let table = name.clone();
                return Err(PipelineError::Contract { table, breaches });
            }
        }
        Ok(())
    }

    fn table(&self, name: &str) -> Result<Source<'_>> {
        let table = self.before.table(name)?;
        Ok(Source::new(table, self.options.stopped))
    }

    fn source<'l>(&'l self, load: &'l Load) -> &'l Path {
        let replaced = self.options.replaced.get(self.name);
        let moved = self.options.moved.get(load.path.as_path());
        replaced
            .or(moved)
            .map_or(load.path.as_path(), PathBuf::as_path)
    }

    fn moved(&self, stage: &crate::CommandStage) -> crate::CommandStage {
        let mut stage = stage.clone();
        for path in stage.files.values_mut() {
            if let Some(moved) = self.options.moved.get(path.as_path()) {
                *path = moved.clone().into();
            }
        }
        stage
    }

    fn stratify(&self) -> Option<String> {
        let own = self.options.stratify.clone();
        own.or_else(|| self.pipeline.label().map(str::to_owned))
    }

    /// The seed of one run, for programs.
    fn seed(&self) -> u64 {
        match self.options.run {
            0 => self.options.seed,
            run => Streams::new(self.options.seed).derive_seed(&format!("run/{run}")) >> 33,
        }
    }

    fn model(&self) -> Result<&ModelSource> {
        match &self.options.model {
            Some(model) => Ok(model),
            None => self.pipeline.model(self.name),
        }
    }

    /// The model behind what a `train` stage made.
    fn model_of(&self, trained: &str) -> Result<&ModelSource> {
        match &self.options.model {
            Some(model) => Ok(model),
            None => self
                .pipeline
                .model(self.pipeline.maker(trained).unwrap_or_default()),
        }
    }

    /// What was fitted before this stage.
    fn step_fingerprints(&self) -> Result<BTreeMap<String, String>> {
        let artifacts = self.before.artifacts.iter();
        let steps = artifacts.filter(|(name, _)| name.ends_with("#step"));
        Ok(steps
            .map(|(name, step)| (name.clone(), step.fingerprint.to_string()))
            .collect())
    }
}

/// Writes a value as JSON.
pub(crate) fn write_json(file: &Path, value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| PipelineError::content(file, error.to_string()))?;
    fs::write(file, text + "\n").map_err(at(file))
}
