//! A table of predictions, read strictly.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch};

use super::{PredictionsDeclaration, ScoreScale};
use crate::TaskKind;
use crate::column::{Column, Key, MISSING};
use crate::error::{DataError, Result};
use crate::offences::Offences;
use crate::table::Table;

/// By how much the probabilities of a row may miss one: half the precision of
/// a file that keeps five digits, for ten classes.
const SUM_TOLERANCE: f64 = 1e-4;

/// What predictions say.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// A score of the positive class, the second of two.
    Binary {
        /// The negative and the positive class.
        classes: [String; 2],
        /// Rows that score at least this are taken for positive.
        threshold: f64,
        /// Whether scores are probabilities.
        scale: ScoreScale,
    },
    /// A probability for each class.
    Probabilities(Vec<String>),
    /// One class.
    Decisions(Vec<String>),
    /// A number.
    Regression,
}

impl Task {
    /// How many numbers a prediction has.
    pub fn width(&self) -> usize {
        match self {
            Task::Probabilities(classes) => classes.len(),
            Task::Binary { .. } | Task::Decisions(_) | Task::Regression => 1,
        }
    }

    /// The classes there are; none of a regression.
    pub fn classes(&self) -> &[String] {
        match self {
            Task::Binary { classes, .. } => classes,
            Task::Probabilities(classes) | Task::Decisions(classes) => classes,
            Task::Regression => &[],
        }
    }
}

/// Predictions, opened: which columns of which table mean what.
#[derive(Clone, Debug)]
pub struct Predictions {
    name: String,
    table: Table,
    task: Task,
    key: Option<String>,
    label: String,
    values: Vec<String>,
    weight: Option<String>,
}

/// Rows that were read and found sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Names of the rows, if they were asked for.
    pub keys: Vec<Key>,
    /// Of each row: the index of its class, or its number.
    pub labels: Vec<f64>,
    /// Of each row, one number after the other: its score, the probabilities of
    /// its classes, the index of the class that it was taken for, or a number.
    pub values: Vec<f64>,
    /// Of each row, if rows are weighted.
    pub weights: Option<Vec<f64>>,
}

impl Predictions {
    /// Opens what a declaration names.
    ///
    /// # Errors
    /// When the declaration does not hold together, a column is missing, or the
    /// table cannot be opened or has no row.
    pub fn open(name: &str, declaration: &PredictionsDeclaration) -> Result<Self> {
        let table = Table::open(declaration.path.as_path())?;
        let refuse = |message: String| DataError::Predictions {
            name: name.to_owned(),
            message,
        };
        let (kind, values) = kind(declaration).map_err(refuse)?;
        let mut named = BTreeSet::new();
        let roles = [&declaration.key, &declaration.weight];
        let roles = roles.into_iter().flatten().chain([&declaration.label]);
        for column in roles.chain(&values) {
            table.column(column)?;
            if !named.insert(column) {
                return Err(refuse(format!(
                    "the column `{column}` is named for two things"
                )));
            }
        }
        if table.rows() == 0 {
            return Err(table.wrong("the table has no row"));
        }
        let task = match kind {
            Kind::Known(task) => task,
            Kind::DecisionsOf(None) => Task::Decisions(occurring(&table, &declaration.label)?),
            Kind::DecisionsOf(Some(classes)) => Task::Decisions(classes),
        };
        Ok(Self {
            name: name.to_owned(),
            task,
            key: declaration.key.clone(),
            label: declaration.label.clone(),
            values,
            weight: declaration.weight.clone(),
            table,
        })
    }

    /// Its name in the spec.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The table it stands in.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What the predictions say.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The columns that predictions are made of, without the key.
    pub fn columns(&self) -> Vec<&str> {
        let values = self.values.iter().chain(&self.weight);
        let columns = [&self.label].into_iter().chain(values);
        columns.map(String::as_str).collect()
    }

    /// Every column that has a meaning: the others are what rows can be sliced by.
    pub fn meant(&self) -> Vec<&str> {
        let mut columns = self.columns();
        columns.extend(self.key.as_deref());
        columns
    }

    /// The column that names rows.
    ///
    /// # Errors
    /// When the declaration names none.
    pub fn key(&self) -> Result<&str> {
        self.key.as_deref().ok_or_else(|| DataError::Predictions {
            name: self.name.clone(),
            message: "names no `key`, and two versions are paired by key".into(),
        })
    }

    /// The column with the truth.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// A reader of batches that have these columns, and others perhaps.
    pub fn reader(&self) -> Reader<'_> {
        let classes = self.task.classes().iter();
        Reader {
            of: self,
            class_of: classes
                .enumerate()
                .map(|(at, name)| (name.as_str(), at))
                .collect(),
        }
    }
}

/// What a declaration says of the task.
enum Kind {
    Known(Task),
    /// Classes that are taken from the label where none are named.
    DecisionsOf(Option<Vec<String>>),
}

fn kind(declaration: &PredictionsDeclaration) -> Result<(Kind, Vec<String>), String> {
    let PredictionsDeclaration {
        score,
        scores,
        prediction,
        classes,
        ..
    } = declaration;
    if declaration.task.is_some() && prediction.is_none() {
        return Err("`task` goes with `prediction`".into());
    }
    if let Some(classes) = classes {
        distinct(classes, "`classes`")?;
    }
    match (score, scores, prediction) {
        (Some(score), None, None) => {
            let classes = match classes.as_deref() {
                None => ["0".to_owned(), "1".to_owned()],
                Some([negative, positive]) => [negative.clone(), positive.clone()],
                Some(_) => return Err("with `score` there are two `classes`".into()),
            };
            let (threshold, scale) = (declaration.threshold, declaration.scale);
            if !threshold.is_finite() {
                return Err("`threshold` is not a finite number".into());
            }
            let task = Task::Binary {
                classes,
                threshold,
                scale,
            };
            Ok((Kind::Known(task), vec![score.clone()]))
        }
        (None, Some(scores), None) => {
            let classes = classes.clone().unwrap_or_else(|| endings(scores));
            if scores.len() < 2 {
                return Err("`scores` are those of two classes or more".into());
            }
            if classes.len() != scores.len() {
                let (classes, scores) = (classes.len(), scores.len());
                return Err(format!(
                    "{classes} `classes` are named for {scores} `scores`"
                ));
            }
            distinct(&classes, "`classes`")?;
            Ok((Kind::Known(Task::Probabilities(classes)), scores.clone()))
        }
        (None, None, Some(prediction)) => {
            let kind = match declaration.task {
                Some(TaskKind::Classification) => Kind::DecisionsOf(classes.clone()),
                _ if classes.is_some() => {
                    return Err(
                        "`classes` of a `prediction` need `task = \"classification\"`".into(),
                    );
                }
                _ => Kind::Known(Task::Regression),
            };
            Ok((kind, vec![prediction.clone()]))
        }
        (None, None, None) => Err("names none of `score`, `scores` and `prediction`".into()),
        _ => Err("names more than one of `score`, `scores` and `prediction`".into()),
    }
}

fn distinct(names: &[String], what: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(format!("{what} name `{twice}` twice")),
        None => Ok(()),
    }
}

/// What names have beyond their common beginning: `p_cat` and `p_dog` give `cat`
/// and `dog`.
fn endings(names: &[String]) -> Vec<String> {
    let first = names.first().map_or("", String::as_str);
    let shared = |length: &usize| names.iter().all(|name| name.starts_with(&first[..*length]));
    let ends = (0..=first.len()).filter(|&length| first.is_char_boundary(length));
    let length = ends.take_while(shared).last().unwrap_or(0);
    let mut endings: Vec<String> = names.iter().map(|name| name[length..].to_owned()).collect();
    // `p_10` and `p_11`: a common digit belongs to both classes.
    let digits = first[..length].len()
        - first[..length]
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .len();
    if digits > 0 {
        endings = names
            .iter()
            .map(|name| name[length - digits..].to_owned())
            .collect();
    }
    endings
}

/// The classes that the label names, sorted: by number where all are numbers.
fn occurring(table: &Table, label: &str) -> Result<Vec<String>> {
    let mut classes = BTreeSet::new();
    for batch in table.batches(&[label])? {
        let batch = batch?;
        let cells = Column {
            name: label,
            cells: batch.column(0),
            first_row: 0,
        }
        .texts();
        let cells = cells.map_err(|message| table.wrong_in(label, message))?;
        for cell in cells.iter().flatten() {
            if !classes.contains(cell) {
                classes.insert(cell.to_owned());
            }
        }
        if classes.len() > CLASSES_MAX {
            let message = format!("names more than {CLASSES_MAX} classes");
            return Err(table.wrong_in(label, message));
        }
    }
    let mut classes: Vec<String> = classes.into_iter().collect();
    let numbers: Option<Vec<f64>> = classes.iter().map(|class| class.parse().ok()).collect();
    if let Some(numbers) = numbers {
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
        classes = order.into_iter().map(|at| classes[at].clone()).collect();
    }
    Ok(classes)
}

/// A label of more classes is no label.
const CLASSES_MAX: usize = 10_000;

/// Reads batches of predictions.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    of: &'a Predictions,
    class_of: BTreeMap<&'a str, usize>,
}

impl Reader<'_> {
    /// The rows of a batch, whose first is row `first_row` of the table. Rows
    /// that cannot be used are noted, and then what is returned is not to be
    /// used either.
    ///
    /// # Errors
    /// When a column's type cannot mean what it is declared to mean.
    pub fn read(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Chunk> {
        let of = self.of;
        let mut chunk = Chunk {
            labels: self.labels(&column(of, batch, &of.label, first_row)?, offences)?,
            ..Chunk::default()
        };
        if let Some(key) = &of.key
            && batch.column_by_name(key).is_some()
        {
            let column = column(of, batch, key, first_row)?;
            chunk.keys = refused(of, key, column.keys(offences))?;
        }
        if let Some(weight) = &of.weight {
            let column = column(of, batch, weight, first_row)?;
            let weights = refused(of, weight, column.numbers(offences))?;
            note(
                &column,
                &weights,
                |w| *w < 0.0,
                "is a negative weight",
                offences,
            );
            chunk.weights = Some(weights);
        }
        chunk.values = self.values(batch, first_row, offences)?;
        Ok(chunk)
    }

    fn labels(&self, column: &Column<'_>, offences: &mut Offences) -> Result<Vec<f64>> {
        if self.of.task == Task::Regression {
            return refused(self.of, column.name, column.numbers(offences));
        }
        self.classes(column, offences)
    }

    /// The index of the class that each cell names.
    fn classes(&self, column: &Column<'_>, offences: &mut Offences) -> Result<Vec<f64>> {
        let cells = refused(self.of, column.name, column.texts())?;
        let mut before: Option<(&str, usize)> = None;
        let mut indices = Vec::with_capacity(cells.len());
        for at in 0..cells.len() {
            let row = column.first_row + at as u64;
            if cells.is_null(at) {
                offences.note(column.name, row, MISSING.1, MISSING.0);
                indices.push(f64::NAN);
                continue;
            }
            let cell = cells.value(at);
            let known = before
                .filter(|(name, _)| *name == cell)
                .map(|(_, index)| index);
            match known.or_else(|| self.class(cell)) {
                Some(index) => {
                    before = Some((cell, index));
                    indices.push(index as f64);
                }
                None => {
                    let known = self.of.task.classes().join("`, `");
                    let found = format!("`{cell}`, where `classes` are `{known}`,");
                    offences.note(column.name, row, "is not one of the classes", found);
                    indices.push(f64::NAN);
                }
            }
        }
        Ok(indices)
    }

    fn class(&self, cell: &str) -> Option<usize> {
        let named = self.class_of.get(cell).copied();
        named.or_else(|| match (&self.of.task, cell) {
            // What 0 and 1 are in other types of column.
            (
                Task::Binary {
                    classes: [no, yes], ..
                },
                "false",
            ) if no == "0" && yes == "1" => Some(0),
            (
                Task::Binary {
                    classes: [no, yes], ..
                },
                "true",
            ) if no == "0" && yes == "1" => Some(1),
            _ => None,
        })
    }

    fn values(
        &self,
        batch: &RecordBatch,
        first_row: u64,
        offences: &mut Offences,
    ) -> Result<Vec<f64>> {
        let of = self.of;
        let columns = of
            .values
            .iter()
            .map(|name| column(of, batch, name, first_row));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        if let Task::Decisions(_) = of.task {
            return self.classes(&columns[0], offences);
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in &columns {
            let numbers = refused(of, column.name, column.numbers(offences))?;
            let probabilities = match &of.task {
                Task::Probabilities(_) => true,
                Task::Binary { scale, .. } => *scale == ScoreScale::Probability,
                Task::Decisions(_) | Task::Regression => false,
            };
            if probabilities {
                let outside = |p: &f64| *p < 0.0 || *p > 1.0;
                note(column, &numbers, outside, "is no probability", offences);
            }
            values.push(numbers);
        }
        if columns.len() == 1 {
            return Ok(values.remove(0));
        }
        let rows: Vec<Vec<f64>> = (0..batch.num_rows())
            .map(|row| values.iter().map(|column| column[row]).collect())
            .collect();
        let sums: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
        let off = |sum: &f64| (sum - 1.0).abs() > SUM_TOLERANCE;
        let kind = "is what the probabilities of the row add up to, not 1";
        note(&columns[0], &sums, off, kind, offences);
        Ok(rows.concat())
    }
}

/// Notes the numbers that are wrong.
fn note(
    column: &Column<'_>,
    numbers: &[f64],
    wrong: impl Fn(&f64) -> bool,
    kind: &'static str,
    offences: &mut Offences,
) {
    if !numbers
        .iter()
        .fold(false, |any, number| any | wrong(number))
    {
        return;
    }
    for (at, number) in numbers
        .iter()
        .enumerate()
        .filter(|(_, number)| wrong(number))
    {
        offences.note(column.name, column.first_row + at as u64, kind, number);
    }
}

fn column<'b>(
    of: &Predictions,
    batch: &'b RecordBatch,
    name: &'b str,
    first_row: u64,
) -> Result<Column<'b>> {
    let cells = batch.column_by_name(name);
    let cells = cells.ok_or_else(|| of.table.wrong_in(name, "was not read"))?;
    Ok(Column {
        name,
        cells,
        first_row,
    })
}

fn refused<T>(of: &Predictions, column: &str, read: Result<T, String>) -> Result<T> {
    read.map_err(|message| of.table.wrong_in(column, message))
}
