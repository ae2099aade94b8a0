//! A few rows of a table that stand for all of them.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_rng::Streams;

use crate::Result;
use crate::source::Source;
use crate::stages::each_text;

/// Rows that a class keeps if it has them: enough for one in each part of a
/// split, and for a model to see it more than once.
const CLASS_ROWS_MIN: usize = 5;

/// About `rows` rows of a table of more, each class of `label` in proportion and
/// none lost; the same rows every time.
///
/// # Errors
/// When a label is missing.
pub(crate) fn choose(table: &Source, label: Option<&str>, rows: usize) -> Result<BTreeSet<usize>> {
    let all = table.rows() as usize;
    let mut classes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    match label {
        Some(label) => {
            let mut row = 0;
            each_text(table, label, |class| {
                match classes.get_mut(class) {
                    Some(rows) => rows.push(row),
                    None => drop(classes.insert(class.to_owned(), vec![row])),
                }
                row += 1;
                Ok(())
            })?;
        }
        None => drop(classes.insert(String::new(), (0..all).collect())),
    }
    let streams = Streams::new(0).child("pipeline/subset");
    let mut chosen = BTreeSet::new();
    for (class, mut members) in classes {
        streams.stream(&class).shuffle(&mut members);
        let share = (members.len() * rows).div_ceil(all).max(CLASS_ROWS_MIN);
        chosen.extend(members.into_iter().take(share));
    }
    Ok(chosen)
}
