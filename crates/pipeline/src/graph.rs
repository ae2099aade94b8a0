//! Whether the stages of a pipeline fit together, and in which order they run.
//!
//! All of it is told from the declaration, and the names of the columns of the
//! files that it loads: nothing runs.

mod columns;

use std::collections::{BTreeMap, BTreeSet};

use seatrial_spec::{Misfit, did_you_mean};

use crate::declaration::{CommandStage, Kind, PipelineDeclaration, Port, Stage};
use crate::placeholder::{self, Piece};

/// Who makes what: the stage and the kind, by name.
type Makers<'d> = BTreeMap<String, (&'d str, Kind)>;

/// Everything that does not fit together, each with the key that says so.
/// `rust` are the names of registered stages.
pub fn misfits(declaration: &PipelineDeclaration, rust: &BTreeSet<String>) -> Vec<Misfit> {
    let mut found = Vec::new();
    if declaration.stage.is_empty() {
        found.push(Misfit::at("stage", "a pipeline has at least one stage"));
    }
    let makers = makers(declaration, &mut found);
    for (name, stage) in &declaration.stage {
        let here = |key: &str| join(&format!("stage.{name}"), key);
        for port in stage.inputs() {
            found.extend(misfit_of_input(&port, &makers).map(|mut misfit| {
                misfit.path = here(&port.key);
                misfit
            }));
        }
        let own = match stage {
            Stage::Command(command) => of_command(command),
            Stage::Split(split) => split.misfit().into_iter().collect(),
            Stage::Bucketise(stage) => stage.misfit().into_iter().collect(),
            Stage::Rust(stage) if !rust.contains(&stage.r#type) => {
                let message = format!("no stage is registered as `{}`", stage.r#type);
                let known = rust.iter().map(String::as_str);
                vec![Misfit::at("type", message).help(did_you_mean(&stage.r#type, known))]
            }
            _ => Vec::new(),
        };
        found.extend(own.into_iter().map(|mut misfit| {
            misfit.path = here(&misfit.path);
            misfit
        }));
    }
    found.extend(of_contracts(declaration, &makers));
    // Of what hangs in the air, neither order nor columns can be told.
    if found.is_empty() {
        match order(declaration) {
            Ok(order) => found.extend(columns::misfits(declaration, &order)),
            Err(cycle) => found.push(cycle),
        }
    }
    found
}

fn makers<'d>(declaration: &'d PipelineDeclaration, found: &mut Vec<Misfit>) -> Makers<'d> {
    let mut makers = Makers::new();
    for (stage_name, stage) in &declaration.stage {
        for port in stage.outputs(stage_name) {
            let path = join(&format!("stage.{stage_name}"), &port.key);
            if !is_plain(&port.name) {
                let message = format!(
                    "`{}` is no name: letters, digits, `_`, `-` and dots within",
                    port.name
                );
                found.push(Misfit::at(path.clone(), message));
            }
            let kind = port.kind.unwrap_or(Kind::File);
            if let Some((other, _)) = makers.insert(port.name.clone(), (stage_name, kind)) {
                let message = if other == stage_name {
                    format!("the stage makes `{}` twice", port.name)
                } else {
                    format!(
                        "the stages `{other}` and `{stage_name}` both make `{}`",
                        port.name
                    )
                };
                found.push(Misfit::at(path, message));
            }
        }
    }
    makers
}

/// Names become files.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(plain) && !name.starts_with('.')
}

fn misfit_of_input(port: &Port, makers: &Makers) -> Option<Misfit> {
    let Some((maker, kind)) = makers.get(&port.name) else {
        let message = format!("no stage makes `{}`", port.name);
        let known = makers.keys().map(String::as_str);
        return Some(Misfit::at("", message).help(did_you_mean(&port.name, known)));
    };
    let wanted = port.kind.filter(|wanted| wanted != kind)?;
    let message = format!(
        "`{}`, made by `{maker}`, is {}, where {} is needed",
        port.name,
        kind.word(),
        wanted.word()
    );
    Some(Misfit::at("", message))
}

fn of_command(stage: &CommandStage) -> Vec<Misfit> {
    let mut found = Vec::new();
    if stage
        .command
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        found.push(Misfit::at("command", "the command names no program"));
    }
    let inputs = stage.inputs.files();
    let outputs = stage.outputs.files();
    if outputs.is_empty() {
        found.push(Misfit::at("out", "the stage makes nothing"));
    }
    for (key, files) in [("in", &inputs), ("out", &outputs)] {
        for (name, file) in files {
            if !is_plain(file) {
                let message = format!("`{file}` is no file name: `{name}` has no folder");
                found.push(Misfit::at(key, message));
            }
        }
    }
    let mut written = BTreeSet::new();
    for (at, argument) in stage.command.iter().enumerate() {
        let path = format!("command[{at}]");
        let pieces = match placeholder::parse(argument) {
            Ok(pieces) => pieces,
            Err(message) => {
                found.push(Misfit::at(path, message));
                continue;
            }
        };
        for piece in pieces {
            let names = |files: &[(&str, String)]| -> Vec<String> {
                files.iter().map(|(name, _)| (*name).to_owned()).collect()
            };
            let (word, name, known) = match &piece {
                Piece::In(name) => ("in", name, names(&inputs)),
                Piece::Out(name) => ("out", name, names(&outputs)),
                Piece::File(name) => ("files", name, stage.files.keys().cloned().collect()),
                Piece::Text(_) | Piece::Seed => continue,
            };
            if let Piece::Out(name) = &piece {
                written.insert(name.clone());
            }
            if !known.contains(name) {
                let message = format!("`{name}` is not in the stage's `{word}`");
                let help = did_you_mean(name, known.iter().map(String::as_str));
                found.push(Misfit::at(path.clone(), message).help(help));
            }
        }
    }
    match &stage.stdout {
        Some(name) if outputs.iter().all(|(known, _)| known != name) => {
            let message = format!("`{name}` is not in the stage's `out`");
            let known = outputs.iter().map(|(known, _)| *known);
            found.push(Misfit::at("stdout", message).help(did_you_mean(name, known)));
        }
        Some(name) => drop(written.insert(name.clone())),
        None => {}
    }
    for (name, _) in &outputs {
        if !written.contains(*name) {
            let message = format!(
                "the command never learns where to write `{name}`: no argument has \
                 `{{out.{name}}}`, and `stdout` does not name it"
            );
            found.push(Misfit::at("out", message));
        }
    }
    found
}

fn of_contracts(declaration: &PipelineDeclaration, makers: &Makers) -> Vec<Misfit> {
    let mut found = Vec::new();
    let table = |name: &str, path: String| {
        let port = Port {
            name: name.to_owned(),
            kind: Some(Kind::Table),
            key: String::new(),
        };
        misfit_of_input(&port, makers).map(|mut misfit| {
            misfit.path = path;
            misfit
        })
    };
    for (name, contract) in &declaration.contract {
        let here = format!("contract.{name}");
        found.extend(table(name, here.clone()));
        if let Some(other) = &contract.rows.same_as {
            found.extend(table(other, format!("{here}.rows.same_as")));
        }
        if let Some(matching) = &contract.matches {
            found.extend(table(&matching.table, format!("{here}.matches.table")));
        }
        if contract.rows.max.is_some_and(|max| max < contract.rows.min) {
            let message = "`max` is below `min`, which is 1 unless told otherwise";
            found.push(Misfit::at(format!("{here}.rows.max"), message));
        }
        for (column, of) in &contract.columns {
            if let (Some(min), Some(max)) = (of.min, of.max)
                && max < min
            {
                let path = format!("{here}.columns.{column}.max");
                found.push(Misfit::at(path, "`max` is below `min`"));
            }
        }
    }
    found
}

/// The names that a stage waits for: what it reads, and what the contracts of
/// its tables compare with.
pub(crate) fn waits_for(declaration: &PipelineDeclaration, stage_name: &str) -> Vec<String> {
    let Some(stage) = declaration.stage.get(stage_name) else {
        return Vec::new();
    };
    let mut names: Vec<String> = stage.inputs().into_iter().map(|port| port.name).collect();
    for port in stage.outputs(stage_name) {
        if let Some(contract) = declaration.contract.get(&port.name) {
            names.extend(contract.rows.same_as.clone());
            names.extend(
                contract
                    .matches
                    .as_ref()
                    .map(|matching| matching.table.clone()),
            );
        }
    }
    names
}

/// The stages, each after those that it waits for; by name where that leaves a
/// choice.
///
/// # Errors
/// When stages wait for each other.
pub(crate) fn order(declaration: &PipelineDeclaration) -> Result<Vec<String>, Misfit> {
    let mut maker = BTreeMap::new();
    for (name, stage) in &declaration.stage {
        maker.extend(
            stage
                .outputs(name)
                .into_iter()
                .map(|port| (port.name, name)),
        );
    }
    let mut walk = Walk {
        declaration,
        maker,
        done: Vec::new(),
        path: Vec::new(),
    };
    for name in declaration.stage.keys() {
        walk.visit(name)?;
    }
    Ok(walk.done)
}

struct Walk<'d> {
    declaration: &'d PipelineDeclaration,
    maker: BTreeMap<String, &'d String>,
    done: Vec<String>,
    /// The stages between the start and here.
    path: Vec<String>,
}

impl Walk<'_> {
    fn visit(&mut self, name: &str) -> Result<(), Misfit> {
        if self.done.iter().any(|done| done == name) {
            return Ok(());
        }
        if let Some(at) = self.path.iter().position(|above| above == name) {
            let mut round = self.path[at..].to_vec();
            round.push(name.to_owned());
            let message = format!("stages wait for each other: `{}`", round.join("` → `"));
            return Err(Misfit::at(format!("stage.{name}"), message));
        }
        self.path.push(name.to_owned());
        for needed in waits_for(self.declaration, name) {
            if let Some(maker) = self.maker.get(&needed).map(|maker| (*maker).clone()) {
                self.visit(&maker)?;
            }
        }
        self.path.pop();
        self.done.push(name.to_owned());
        Ok(())
    }
}

fn join(path: &str, key: &str) -> String {
    if key.is_empty() {
        path.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
