//! CSV files: a header row, then numbers and labels.

use std::fs::File;
use std::path::Path;

use globset::Glob;

use crate::Target;
use crate::dataset::wants_classes;
use crate::declaration::DatasetDeclaration;
use crate::error::{DataError, Result};
use crate::generate::Table;

/// Columns of a dataset, chosen and read.
pub(crate) struct Columns {
    pub features: Vec<String>,
    pub values: Vec<f32>,
    pub target: Target,
}

/// Which columns are read: the label's index and those of the features.
struct Choice {
    label: usize,
    features: Vec<usize>,
}

/// Reads a CSV file as declared.
pub(crate) fn read(path: &Path, declaration: &DatasetDeclaration) -> Result<Columns> {
    let file = File::open(path).map_err(|source| DataError::Io {
        path: path.to_owned(),
        source,
    })?;
    let wrong = |line: u64, message: String| DataError::Content {
        path: path.to_owned(),
        line,
        message,
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(file);
    let header = reader
        .headers()
        .map_err(|error| describe(path, &error))?
        .clone();
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if header.is_empty() {
        return Err(wrong(
            1,
            "the file is empty: a header row was expected".into(),
        ));
    }
    let choice = choose(&header, declaration).map_err(|message| wrong(1, message))?;

    let mut values = Vec::new();
    let mut labels = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| describe(path, &error))?
    {
        let line = record.position().map_or(0, csv::Position::line);
        for &column in &choice.features {
            let number = number(&record[column], &header[column]);
            values.push(number.map_err(|message| wrong(line, message))?);
        }
        labels.push((line, record[choice.label].trim().to_owned()));
    }
    if labels.is_empty() {
        return Err(wrong(1, "the file has a header and no rows".into()));
    }
    let target = target(&labels, &header[choice.label], declaration)
        .map_err(|(line, message)| wrong(line, message))?;
    Ok(Columns {
        features: choice
            .features
            .iter()
            .map(|&column| header[column].clone())
            .collect(),
        values,
        target,
    })
}

/// Chooses the declared columns of a generated table.
pub(crate) fn select(table: Table, declaration: &DatasetDeclaration) -> Result<Columns, String> {
    let mut declaration = declaration.clone();
    declaration
        .label
        .get_or_insert_with(|| table.label.to_owned());
    let choice = choose(&table.columns, &declaration)?;
    let rows = table.values.len() / table.columns.len();
    let at = |row: usize, column: usize| table.values[row * table.columns.len() + column];
    let values = (0..rows).flat_map(|row| choice.features.iter().map(move |&c| (row, c)));
    let labels: Vec<(u64, String)> = (0..rows)
        .map(|row| (row as u64 + 1, at(row, choice.label).to_string()))
        .collect();
    Ok(Columns {
        values: values.map(|(row, column)| at(row, column)).collect(),
        target: target(&labels, &table.columns[choice.label], &declaration)
            .map_err(|(row, message)| format!("row {row}: {message}"))?,
        features: choice
            .features
            .iter()
            .map(|&c| table.columns[c].clone())
            .collect(),
    })
}

fn choose(header: &[String], declaration: &DatasetDeclaration) -> Result<Choice, String> {
    for (index, name) in header.iter().enumerate() {
        if header[..index].contains(name) {
            return Err(format!("two columns are named `{name}`"));
        }
    }
    let known = || header.join("`, `");
    let name = declaration
        .label
        .as_deref()
        .ok_or("the declaration names no `label`")?;
    let label = header
        .iter()
        .position(|column| column == name)
        .ok_or_else(|| format!("no column is named `{name}`; there are `{}`", known()))?;
    let Some(patterns) = &declaration.features else {
        let features = (0..header.len())
            .filter(|&column| column != label)
            .collect();
        return Ok(Choice { label, features });
    };
    let mut features = Vec::new();
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(|error| format!("feature pattern `{pattern}`: {}", error.kind()))?
            .compile_matcher();
        let before = features.len();
        for (column, name) in header.iter().enumerate() {
            let chosen = name == pattern || glob.is_match(name);
            if chosen && column != label && !features.contains(&column) {
                features.push(column);
            }
        }
        if features.len() == before {
            return Err(format!(
                "no further column matches `{pattern}`; there are `{}`",
                known()
            ));
        }
    }
    Ok(Choice { label, features })
}

fn number(cell: &str, column: &str) -> Result<f32, String> {
    let cell = cell.trim();
    let value: f32 = cell
        .parse()
        .map_err(|_| format!("column `{column}`: `{cell}` is not a number"))?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(format!(
            "column `{column}`: `{cell}` is not a finite number"
        ))
    }
}

/// Reads labels as classes or numbers. An error carries its line.
fn target(
    labels: &[(u64, String)],
    column: &str,
    declaration: &DatasetDeclaration,
) -> Result<Target, (u64, String)> {
    if !wants_classes(declaration) {
        let values = labels
            .iter()
            .map(|(line, label)| number(label, column).map_err(|message| (*line, message)));
        return values.collect::<Result<_, _>>().map(Target::Values);
    }
    let names = match &declaration.classes {
        Some(names) => names.clone(),
        None => occurring(labels),
    };
    let index_of: std::collections::BTreeMap<&str, u32> =
        names.iter().map(String::as_str).zip(0..).collect();
    let mut indices = Vec::with_capacity(labels.len());
    for (line, label) in labels {
        if label.is_empty() {
            return Err((*line, format!("column `{column}`: the label is empty")));
        }
        let index = index_of.get(label.as_str()).ok_or_else(|| {
            let known = names.join("`, `");
            (
                *line,
                format!("column `{column}`: `{label}` is not one of the classes `{known}`"),
            )
        })?;
        indices.push(*index);
    }
    if names.len() < 2 {
        return Err((
            labels.first().map_or(0, |(line, _)| *line),
            format!("column `{column}` holds one class only: there is nothing to tell apart"),
        ));
    }
    Ok(Target::Classes {
        names,
        labels: indices,
    })
}

/// The classes that occur: by number where all are numbers, else by name.
fn occurring(labels: &[(u64, String)]) -> Vec<String> {
    let mut names: Vec<String> = labels.iter().map(|(_, label)| label.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let as_number = |name: &String| name.parse::<f64>().ok().filter(|number| number.is_finite());
    if names.iter().all(|name| as_number(name).is_some()) {
        names.sort_by(|a, b| as_number(a).partial_cmp(&as_number(b)).unwrap_or(a.cmp(b)));
    }
    names
}

fn describe(path: &Path, error: &csv::Error) -> DataError {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("this row has {len} cells, the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("cell {} is not UTF-8 text", err.field() + 1)
        }
        _ => error.to_string(),
    };
    DataError::Content {
        path: path.to_owned(),
        line,
        message,
    }
}
