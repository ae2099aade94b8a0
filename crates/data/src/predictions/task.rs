//! What predictions say, as a declaration tells it.

use std::collections::BTreeSet;

use super::{PredictionsDeclaration, ScoreScale};
use crate::TaskKind;
use crate::column::Column;
use crate::error::Result;
use crate::table::Table;

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

/// What a declaration says of the task.
pub(super) enum Kind {
    Known(Task),
    /// Classes that are taken from the label where none are named.
    DecisionsOf(Option<Vec<String>>),
}

/// What a declaration says, and the columns that say it.
pub(super) fn kind(declaration: &PredictionsDeclaration) -> Result<(Kind, Vec<String>), String> {
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
pub(super) fn occurring(table: &Table, label: &str) -> Result<Vec<String>> {
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
