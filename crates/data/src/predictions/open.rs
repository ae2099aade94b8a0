//! A table of predictions, opened.

use std::collections::BTreeSet;

use super::task::{Kind, kind, occurring};
use super::{PredictionsDeclaration, Task};
use crate::error::{DataError, Result};
use crate::table::Table;

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
    cluster: Option<String>,
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
        let roles = [&declaration.key, &declaration.weight, &declaration.cluster];
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
            cluster: declaration.cluster.clone(),
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
        columns.extend(self.cluster.as_deref());
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

    /// The column that says which rows belong together, if any does.
    pub fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }

    /// The column with the truth.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The columns with what is predicted, in order.
    pub(super) fn values(&self) -> &[String] {
        &self.values
    }

    /// The column with rows' weights, if they have any.
    pub(super) fn weight(&self) -> Option<&str> {
        self.weight.as_deref()
    }
}
