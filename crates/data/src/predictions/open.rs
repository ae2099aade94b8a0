//! A table of predictions, opened.

use std::collections::BTreeSet;

use super::kind::{Kind, Said, said};
use super::task::occurring;
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
    truths: Vec<String>,
    values: Vec<String>,
    query: Option<String>,
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
        let said = said(declaration).map_err(|misfit| refuse(misfit.message))?;
        let Said {
            kind,
            truths,
            values,
        } = said;
        let PredictionsDeclaration {
            key,
            query,
            weight,
            cluster,
            ..
        } = declaration;
        let mut named = BTreeSet::new();
        let roles = [key, query, weight, cluster].into_iter().flatten();
        for column in roles.chain(&truths).chain(&values) {
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
            Kind::DecisionsOf(None) => Task::Decisions(occurring(&table, &truths[0])?),
            Kind::DecisionsOf(Some(classes)) => Task::Decisions(classes),
        };
        Ok(Self {
            name: name.to_owned(),
            task,
            key: key.clone(),
            truths,
            values,
            query: query.clone(),
            weight: weight.clone(),
            cluster: cluster.clone(),
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
        let columns = self.truths.iter().chain(values).chain(&self.query);
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

    /// The column that names the query of a document, if documents are ranked.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The columns with the truth: one, or one a label.
    pub fn truths(&self) -> &[String] {
        &self.truths
    }

    /// The columns with what is predicted, in order.
    pub(super) fn values(&self) -> &[String] {
        &self.values
    }

    /// The column with rows' weights, if they have any.
    pub fn weight(&self) -> Option<&str> {
        self.weight.as_deref()
    }
}
