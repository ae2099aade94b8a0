//! What predictions say.

use std::collections::BTreeSet;

use super::ScoreScale;
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
    /// The low and the high end of an interval for a number.
    Intervals {
        /// Whether a predicted number comes behind them.
        numbers: bool,
    },
    /// A score of each of several labels, of which a row has any number.
    Labels {
        /// What they are called.
        names: Vec<String>,
        /// A row that scores at least this is taken to have the label.
        threshold: f64,
        /// Whether scores are probabilities.
        scale: ScoreScale,
    },
    /// A score that ranks a document among those of its query.
    Ranking,
}

/// How many numbers a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// Of what is true.
    pub labels: usize,
    /// Of what is predicted.
    pub values: usize,
}

impl Task {
    /// How many numbers a row has.
    pub fn widths(&self) -> Widths {
        let (labels, values) = match self {
            Task::Probabilities(classes) => (1, classes.len()),
            Task::Labels { names, .. } => (names.len(), names.len()),
            Task::Intervals { numbers } => (1, 2 + usize::from(*numbers)),
            Task::Binary { .. } | Task::Decisions(_) | Task::Regression | Task::Ranking => (1, 1),
        };
        Widths { labels, values }
    }

    /// The classes, or the labels, there are; none where numbers are predicted.
    pub fn classes(&self) -> &[String] {
        match self {
            Task::Binary { classes, .. } => classes,
            Task::Probabilities(classes) | Task::Decisions(classes) => classes,
            Task::Labels { names, .. } => names,
            Task::Regression | Task::Intervals { .. } | Task::Ranking => &[],
        }
    }

    /// What figures are means over: `rows`, or `queries`.
    pub fn counts(&self) -> &'static str {
        match self {
            Task::Ranking => "queries",
            _ => "rows",
        }
    }
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
