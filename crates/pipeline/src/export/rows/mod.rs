//! What a package does to a row before its model, as operations of ONNX.
//!
//! Steps are followed on paper first: each column of the rows becomes an
//! expression of what went in. Only what the model looks at is then written, so
//! that a column that cannot be exported and is not looked at does no harm.
//!
//! What does not live here: what a step does to a table, which is its own.

mod calendar;
mod column;
mod write;

use std::rc::Rc;

use crate::stages::Step;
use crate::{PipelineError, Result};

use column::{Column, Expression};
pub(super) use write::{LEARNING, Writer, looks_at};

/// The columns of the rows, in order, while steps are followed.
pub(super) struct Columns {
    all: Vec<(String, Column)>,
    /// What must be true of a row, whether or not the model looks at it.
    demands: Vec<Rc<Expression>>,
}

impl Columns {
    /// Of raw rows: names and types, in Arrow's words.
    pub fn raw<'c>(inputs: impl Iterator<Item = (&'c str, &'c str)>, label: &str) -> Self {
        let column = |(name, kind): (&str, &str)| (name.to_owned(), Column::raw(name, kind));
        let mut all: Vec<_> = inputs.map(column).collect();
        if all.iter().all(|(name, _)| name != label) {
            let reason = "it is what the model predicts, and nobody knows it when serving";
            all.push((label.to_owned(), Column::never(reason)));
        }
        Self {
            all,
            demands: Vec::new(),
        }
    }

    /// The column of this name.
    pub fn get(&self, name: &str) -> Result<&Column> {
        let found = self.all.iter().find(|(known, _)| known == name);
        let missing = || PipelineError::Stages(format!("there is no column `{name}`"));
        found.map(|(_, column)| column).ok_or_else(missing)
    }

    /// What rows must be like.
    pub fn demands(&self) -> &[Rc<Expression>] {
        &self.demands
    }

    /// The columns as they are after a step.
    pub fn follow(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Select(step) => {
                let known: Vec<&str> = self.all.iter().map(|(name, _)| name.as_str()).collect();
                let kept = step.kept(&known)?.into_iter().map(|(old, new)| {
                    let column = self.get(&old)?.clone();
                    let column = match step.cast.get(&new) {
                        Some(to) => column.cast(*to),
                        None => column,
                    };
                    Ok((new, column))
                });
                self.all = kept.collect::<Result<_>>()?;
            }
            Step::Impute(step) => {
                for (name, filling) in &step.columns {
                    let filled = self.get(name)?.filled(&filling.value);
                    self.put(name, filled);
                }
            }
            Step::Standardise(step) => {
                for (name, scale) in &step.columns {
                    let scaled = self.get(name)?.scaled(*scale);
                    self.put(name, scaled);
                }
            }
            Step::Bucketise(step) => {
                for (name, edges) in &step.columns {
                    let bucket = self.get(name)?.bucket(edges);
                    self.put(name, bucket);
                }
            }
            Step::OneHot(step) => {
                for (name, categories) in &step.columns {
                    let (columns, demand) = self.get(name)?.one_hot(categories, step.unknown);
                    self.demands.extend(demand);
                    self.all.retain(|(known, _)| known != name);
                    for (category, column) in categories.iter().zip(columns) {
                        self.put(&format!("{name}={category}"), column);
                    }
                }
            }
            Step::Calendar(step) => {
                let moment = self.get(&step.column)?.moment();
                let offset = match &step.utc_offset_s {
                    Some(name) => Some(self.get(name)?.whole()),
                    None => None,
                };
                for feature in &step.features {
                    for (at, name) in feature.columns().iter().enumerate() {
                        let column = Column::calendar(&moment, offset.as_ref(), *feature, at);
                        self.put(&format!("{}{name}", step.prefix), column);
                    }
                }
            }
        }
        Ok(())
    }

    /// In place of the column of that name, or at the end.
    fn put(&mut self, name: &str, column: Column) {
        match self.all.iter_mut().find(|(known, _)| known == name) {
            Some((_, own)) => *own = column,
            None => self.all.push((name.to_owned(), column)),
        }
    }
}
