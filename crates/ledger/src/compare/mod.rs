//! What differs between two runs, beside how their results differ.
//!
//! Pure: two [`Run`]s in, a [`Comparison`] out. Each difference in code,
//! parameters, data or environment touches some of the cases that both runs
//! have, and is ranked by how well these agree with the cases whose results
//! differ: by the Jaccard index of the two sets (P. Jaccard, 1912), cases in both
//! over cases in either. A changed file that exactly the changed cases read comes
//! first; a commit, which touches all cases, comes after it unless all changed.

mod causes;
mod effects;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::Run;
pub use causes::{Cause, Kind};
pub use effects::{CaseChange, Effect};

/// Two runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The first run's name.
    pub a: String,
    /// The second run's name.
    pub b: String,
    /// Cases that both have.
    pub common: usize,
    /// What differs, the likeliest to explain the results first.
    pub causes: Vec<Cause>,
    /// Cases whose results differ, the gravest first.
    pub changes: Vec<CaseChange>,
    /// Cases that only the first has.
    pub only_a: Vec<String>,
    /// Cases that only the second has.
    pub only_b: Vec<String>,
}

impl Comparison {
    /// Of two runs.
    pub fn of(a: &Run, b: &Run) -> Self {
        let ids = |run: &Run| -> BTreeSet<String> {
            run.cases.iter().map(|case| case.id.clone()).collect()
        };
        let (ids_a, ids_b) = (ids(a), ids(b));
        let changes = effects::changes(a, b);
        let changed = changes.iter().map(|change| change.case.as_str()).collect();
        Self {
            a: a.summary.run.clone(),
            b: b.summary.run.clone(),
            common: ids_a.intersection(&ids_b).count(),
            causes: causes::rank(causes::find(a, b), &changed),
            only_a: ids_a.difference(&ids_b).cloned().collect(),
            only_b: ids_b.difference(&ids_a).cloned().collect(),
            changes,
        }
    }
}

/// The cases that both runs have, side by side.
fn pairs<'r>(
    a: &'r Run,
    b: &'r Run,
) -> impl Iterator<Item = (&'r crate::CaseRecord, &'r crate::CaseRecord)> {
    a.cases.iter().filter_map(|a| {
        let other = b.cases.binary_search_by(|b| b.id.cmp(&a.id)).ok()?;
        Some((a, &b.cases[other]))
    })
}
