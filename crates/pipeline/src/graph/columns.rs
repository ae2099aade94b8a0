//! Which columns a table will have, told before it is made, as far as built-in
//! stages tell.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow::csv::reader::Format;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use seatrial_spec::{Misfit, did_you_mean};

use crate::declaration::{PipelineDeclaration, Stage};
use crate::stages::{PART, is_glob_match};

/// The columns of a table; `None` where only running tells.
type Columns = Option<Vec<String>>;

/// Every name of a column that no stage makes.
pub(super) fn misfits(declaration: &PipelineDeclaration, order: &[String]) -> Vec<Misfit> {
    let mut known = BTreeMap::new();
    let mut found = Vec::new();
    for name in order {
        visit(declaration, name, &mut known, &mut found);
    }
    for (table, contract) in &declaration.contract {
        let Some(Some(columns)) = known.get(table) else {
            continue;
        };
        let here = format!("contract.{table}");
        let named = contract.columns.keys();
        let named = named.map(|column| (column, format!("{here}.columns.{column}")));
        let unique = contract.unique.iter().enumerate();
        let unique = unique.map(|(at, column)| (column, format!("{here}.unique[{at}]")));
        for (column, path) in named.chain(unique) {
            if !columns.contains(column) {
                let message = format!("no stage makes a column `{column}` of `{table}`");
                let help = did_you_mean(column, columns.iter().map(String::as_str));
                found.push(Misfit::at(path, message).help(help));
            }
        }
    }
    found
}

fn visit(
    declaration: &PipelineDeclaration,
    name: &str,
    known: &mut BTreeMap<String, Columns>,
    found: &mut Vec<Misfit>,
) {
    let Some(stage) = declaration.stage.get(name) else {
        return;
    };
    let inputs = stage.inputs();
    let before = inputs
        .first()
        .and_then(|port| known.get(&port.name))
        .cloned();
    let before: Columns = before.flatten();
    let here = format!("stage.{name}");
    if let Some(before) = &before {
        for (pattern, key) in patterns(stage) {
            if before.iter().all(|column| !is_glob_match(&pattern, column)) {
                let table = inputs.first().map_or("", |port| port.name.as_str());
                let message = format!("`{table}` has no column `{pattern}`");
                let help = did_you_mean(&pattern, before.iter().map(String::as_str));
                found.push(Misfit::at(format!("{here}.{key}"), message).help(help));
            }
        }
    }
    let after = after(stage, before);
    for port in stage.outputs(name) {
        known.insert(port.name, after.clone());
    }
}

/// Names and globs of columns that a stage asks for, with the keys that do.
fn patterns(stage: &Stage) -> Vec<(String, String)> {
    let listed = |patterns: &[String], key: &str| -> Vec<(String, String)> {
        let patterns = patterns.iter().enumerate();
        patterns
            .map(|(at, pattern)| (pattern.clone(), format!("{key}[{at}]")))
            .collect()
    };
    let one = |name: &String, key: &str| vec![(name.clone(), key.to_owned())];
    match stage {
        Stage::Select(stage) => {
            let mut all = listed(stage.columns.as_deref().unwrap_or_default(), "columns");
            all.extend(listed(&stage.drop, "drop"));
            let renamed = stage.rename.keys();
            all.extend(renamed.map(|name| (name.clone(), format!("rename.{name}"))));
            all
        }
        Stage::Impute(stage) => {
            let columns = stage.columns.keys();
            columns
                .map(|name| (name.clone(), format!("columns.{name}")))
                .collect()
        }
        Stage::Standardise(stage) => listed(&stage.columns, "columns"),
        Stage::OneHot(stage) => listed(&stage.columns, "columns"),
        Stage::Bucketise(stage) => listed(&stage.columns, "columns"),
        Stage::Calendar(stage) => {
            let mut all = one(&stage.column, "column");
            all.extend(
                stage
                    .utc_offset_s
                    .iter()
                    .flat_map(|name| one(name, "utc_offset_s")),
            );
            all
        }
        Stage::Split(stage) => stage
            .column
            .iter()
            .flat_map(|name| one(name, "column"))
            .collect(),
        Stage::Train(stage) => {
            let mut all = one(&stage.label, "label");
            all.extend(listed(
                stage.features.as_deref().unwrap_or_default(),
                "features",
            ));
            all
        }
        _ => Vec::new(),
    }
}

/// The columns that a stage makes of those before it.
fn after(stage: &Stage, before: Columns) -> Columns {
    if let Stage::Load(load) = stage {
        return of_file(load.path.as_path());
    }
    let mut columns = before?;
    match stage {
        Stage::Select(stage) => {
            let before: Vec<&str> = columns.iter().map(String::as_str).collect();
            let kept = stage.kept(&before).ok()?;
            Some(kept.into_iter().map(|(_, new)| new).collect())
        }
        Stage::Impute(_) | Stage::Standardise(_) | Stage::Bucketise(_) => Some(columns),
        Stage::Calendar(stage) => {
            let added = stage.added();
            columns.retain(|column| !added.contains(column));
            columns.extend(added);
            Some(columns)
        }
        Stage::Split(_) => {
            columns.retain(|column| column != PART);
            columns.push(PART.to_owned());
            Some(columns)
        }
        // Categories are known once rows are read, and of what programs make
        // nothing is.
        _ => None,
    }
}

/// The columns of a file, from its head alone.
fn of_file(path: &Path) -> Columns {
    let file = File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let schema = match path.extension()?.to_str()? {
        "csv" => {
            let format = Format::default().with_header(true);
            format.infer_schema(file, Some(0)).ok()?.0
        }
        "parquet" | "pq" => {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
            builder.schema().as_ref().clone()
        }
        _ => return None,
    };
    Some(
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect(),
    )
}
