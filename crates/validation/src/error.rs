//! Every way in which mathematics here can refuse.

/// What is wrong with the rows, the tables or the question.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// One row cannot be counted. Rows are numbered from zero within the slices
    /// that were handed over.
    #[error("row {row}: {column} is {found}, but must be {expected}")]
    Row {
        /// The first offending row.
        row: usize,
        /// Which of the slices.
        column: &'static str,
        /// What was found there.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// Slices that describe the same rows have different lengths.
    #[error("{column} has {found} values for {expected} rows")]
    Length {
        /// Which of the slices.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The number of rows.
        expected: usize,
    },
    /// Two tables that were built differently cannot become one.
    #[error("cannot merge tables that differ in their {0}")]
    Unlike(&'static str),
    /// The number does not exist for these rows.
    #[error("{metric} is undefined: {reason}")]
    Undefined {
        /// Which number.
        metric: String,
        /// Why.
        reason: String,
    },
    /// A metric was asked of rows that cannot answer.
    #[error("{metric} needs {needs}, which {given} do not have")]
    Needs {
        /// Which metric.
        metric: String,
        /// What it must be given.
        needs: &'static str,
        /// What it was given.
        given: &'static str,
    },
    /// A table that would grow without bound.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// Nothing has this name.
    #[error("there is no metric `{0}`")]
    UnknownMetric(String),
    /// An argument outside its range.
    #[error("{argument} is {found}, but must be {expected}")]
    Argument {
        /// Which argument.
        argument: &'static str,
        /// What was given.
        found: f64,
        /// What is allowed.
        expected: &'static str,
    },
}

impl Error {
    pub(crate) fn undefined(metric: &str, reason: impl Into<String>) -> Self {
        Self::Undefined {
            metric: metric.to_owned(),
            reason: reason.into(),
        }
    }
}
