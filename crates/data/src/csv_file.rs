//! CSV files: a header row, then numbers and labels.

use std::path::Path;

use globset::Glob;

use crate::Target;
use crate::dataset::wants_classes;
use crate::declaration::DatasetDeclaration;
use crate::error::{DataError, Result};
use crate::generate;
use crate::header::{self, listed};
use crate::offences::{further, quoted};

/// Columns of a dataset, chosen and read.
pub(crate) struct Columns {
    pub features: Vec<String>,
    pub values: Vec<f32>,
    pub label: String,
    pub target: Target,
}

/// Which columns are read: the index of the label, or of another column that
/// is read as text, and those of the features.
pub(crate) struct Choice {
    pub label: usize,
    pub features: Vec<usize>,
}

/// The rows of a CSV file: some columns as numbers, one as text.
pub(crate) struct Table {
    /// Numbers, row by row.
    pub values: Vec<f32>,
    /// The line of each row, from 1, with its cell of the text column.
    pub cells: Vec<(u64, String)>,
}

/// Reads a CSV file as declared.
pub(crate) fn read(path: &Path, declaration: &DatasetDeclaration) -> Result<Columns> {
    let mut chosen = None;
    let table = read_table(path, |header| {
        let choice = choose(header, declaration)?;
        let names = |columns: &[usize]| columns.iter().map(|&c| header[c].clone()).collect();
        chosen = Some((names(&choice.features), header[choice.label].clone()));
        Ok(choice)
    })?;
    let (features, label): (Vec<String>, String) = chosen.unwrap_or_default();
    let target = target(&table.cells, &label, declaration)
        .map_err(|(line, message)| content(path, line, message))?;
    Ok(Columns {
        features,
        values: table.values,
        label,
        target,
    })
}

/// Reads the columns of a CSV file that `choose` names, given its header.
pub(crate) fn read_table(
    path: &Path,
    choose: impl FnOnce(&[String]) -> Result<Choice, String>,
) -> Result<Table> {
    let text = std::fs::read(path).map_err(|source| DataError::Io {
        path: path.to_owned(),
        source,
    })?;
    let mut lines = Lines::of(&text);
    let mut reader = csv::ReaderBuilder::new().from_reader(lines.text);
    let header = reader.headers();
    let header = header.map_err(|error| describe(path, &mut lines, &error))?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if header.is_empty() {
        let message = "the file is empty: a header row was expected";
        return Err(content(path, 1, message.to_owned()));
    }
    let choice = well_named(&header)
        .and_then(|()| choose(&header))
        .map_err(|message| content(path, 1, message))?;
    let mut table = Table {
        values: Vec::new(),
        cells: Vec::new(),
    };
    // The first cell that is no number, and how many more of its column are none.
    let mut wrong: Option<(usize, u64, String, u64)> = None;
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| describe(path, &mut lines, &error))?
    {
        let line = record
            .position()
            .map_or(0, |position| lines.of_record(position));
        for &column in &choice.features {
            match number(&record[column], &header[column]) {
                Ok(number) => table.values.push(number),
                Err(message) => match &mut wrong {
                    None => {
                        let message = message + header::mend(&record[column]);
                        wrong = Some((column, line, message, 0));
                    }
                    Some((first, .., more)) => *more += u64::from(*first == column),
                },
            }
        }
        let cell = record[choice.label].trim().to_owned();
        table.cells.push((line, cell));
    }
    if let Some((_, line, message, more)) = wrong {
        return Err(content(path, line, message + &further(more)));
    }
    if table.cells.is_empty() {
        let message = "the file has a header and no rows";
        return Err(content(path, 1, message.to_owned()));
    }
    Ok(table)
}

/// Counts lines. The reader's own count is that of where it stopped before a
/// record, ahead of blank lines and of the second half of a line end.
struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(text: &'a [u8]) -> Self {
        Self {
            // The reader would skip the mark too, and count it in one place only.
            text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text),
            counted: 0,
            line: 1,
        }
    }

    /// The line on which the record behind this position begins.
    fn of_record(&mut self, position: &csv::Position) -> u64 {
        let rest = self.text.get(position.byte() as usize..).unwrap_or(&[]);
        let blank = rest
            .iter()
            .take_while(|byte| b"\r\n".contains(byte))
            .count();
        let start = self.text.len() - rest.len() + blank;
        let between = self.text.get(self.counted..start).unwrap_or(&[]);
        self.line += between.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.counted = self.counted.max(start);
        self.line
    }
}

/// Something wrong at a line of a file.
pub(crate) fn content(path: &Path, line: u64, message: String) -> DataError {
    DataError::Content {
        path: path.to_owned(),
        line,
        message,
    }
}

/// Chooses the declared columns of a generated table.
pub(crate) fn select(
    table: generate::Table,
    declaration: &DatasetDeclaration,
) -> Result<Columns, String> {
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
        label: table.columns[choice.label].clone(),
        features: choice
            .features
            .iter()
            .map(|&c| table.columns[c].clone())
            .collect(),
    })
}

/// Refuses a header in which a column cannot be named.
fn well_named(names: &[String]) -> Result<(), String> {
    header::one_cell(names)?;
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(header::unnamed(index + 1));
        }
        if names[..index].contains(name) {
            return Err(format!("two columns are named `{name}`"));
        }
    }
    Ok(())
}

pub(crate) fn choose(
    header: &[String],
    declaration: &DatasetDeclaration,
) -> Result<Choice, String> {
    let name = declaration
        .label
        .as_deref()
        .ok_or("the declaration names no `label`")?;
    let label = position(header, name)?;
    let features = match &declaration.features {
        Some(patterns) => matching(header, patterns, Some(label))?,
        None => (0..header.len()).filter(|&c| c != label).collect(),
    };
    if features.is_empty() {
        return Err(format!("there is no feature beside the label `{name}`"));
    }
    Ok(Choice { label, features })
}

/// The place of the column of this name.
pub(crate) fn position(columns: &[String], name: &str) -> Result<usize, String> {
    let at = columns.iter().position(|column| column == name);
    at.ok_or_else(|| {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        header::unknown(name, &columns)
    })
}

/// The places of the columns that names and globs choose, in their order, each
/// once; never that of the label.
pub(crate) fn matching(
    header: &[String],
    patterns: &[String],
    label: Option<usize>,
) -> Result<Vec<usize>, String> {
    let mut chosen = Vec::new();
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(|error| format!("feature pattern `{pattern}`: {}", error.kind()))?
            .compile_matcher();
        let before = chosen.len();
        for (column, name) in header.iter().enumerate() {
            let fits = name == pattern || glob.is_match(name);
            if fits && Some(column) != label && !chosen.contains(&column) {
                chosen.push(column);
            }
        }
        if chosen.len() == before {
            let known = listed(header.iter().map(String::as_str));
            return Err(format!(
                "no further column matches `{pattern}`; there are {known}"
            ));
        }
    }
    Ok(chosen)
}

fn number(cell: &str, column: &str) -> Result<f32, String> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Err(format!("column `{column}`: the cell is empty"));
    }
    let value: f32 = cell
        .parse()
        .map_err(|_| format!("column `{column}`: {} is not a number", quoted(cell)))?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(format!(
            "column `{column}`: {} is not a finite number",
            quoted(cell)
        ))
    }
}

/// Reads labels as declared. An error carries its line.
pub(crate) fn target(
    labels: &[(u64, String)],
    column: &str,
    declaration: &DatasetDeclaration,
) -> Result<Target, (u64, String)> {
    if !wants_classes(declaration) {
        return read_values(labels, column);
    }
    let names = match &declaration.classes {
        Some(names) => names.clone(),
        None => occurring(labels),
    };
    let top = labels.first().map_or(0, |(line, _)| *line);
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            return Err((top, format!("`classes` names `{name}` twice")));
        }
    }
    let target = read_classes(labels, column, &names)?;
    if names.len() < 2 {
        return Err((
            top,
            format!("column `{column}` holds one class only: there is nothing to tell apart"),
        ));
    }
    Ok(target)
}

/// Reads labels as numbers. An error carries its line.
pub(crate) fn read_values(labels: &[(u64, String)], column: &str) -> Result<Target, (u64, String)> {
    each(labels, |label| number(label, column)).map(Target::Values)
}

/// Reads every label. An error carries its line, and how many more are wrong.
fn each<T>(
    labels: &[(u64, String)],
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, (u64, String)> {
    let mut values = Vec::with_capacity(labels.len());
    let (mut first, mut more) = (None, 0);
    for (line, label) in labels {
        match read(label) {
            Ok(value) => values.push(value),
            Err(message) if first.is_none() => first = Some((*line, message)),
            Err(_) => more += 1,
        }
    }
    match first {
        None => Ok(values),
        Some((line, message)) => Err((line, message + &further(more))),
    }
}

/// Reads labels as these classes. An error carries its line.
pub(crate) fn read_classes(
    labels: &[(u64, String)],
    column: &str,
    names: &[String],
) -> Result<Target, (u64, String)> {
    let index_of: std::collections::BTreeMap<&str, u32> =
        names.iter().map(String::as_str).zip(0..).collect();
    let index = |label: &str| match index_of.get(label) {
        _ if label.is_empty() => Err(format!("column `{column}`: the label is empty")),
        Some(index) => Ok(*index),
        None => {
            let known = listed(names.iter().map(String::as_str));
            let label = quoted(label);
            Err(format!(
                "column `{column}`: {label} is not one of the classes {known}"
            ))
        }
    };
    Ok(Target::Classes {
        names: names.to_vec(),
        labels: each(labels, index)?,
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

fn describe(path: &Path, lines: &mut Lines, error: &csv::Error) -> DataError {
    let line = error
        .position()
        .map_or(1, |position| lines.of_record(position));
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("this row has {len} cells, the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            format!(
                "cell {} is not UTF-8 text: save the file as UTF-8",
                err.field() + 1
            )
        }
        _ => error.to_string(),
    };
    DataError::Content {
        path: path.to_owned(),
        line,
        message,
    }
}
