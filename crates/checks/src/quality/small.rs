//! Slices of too few rows to be judged by themselves.

use std::collections::BTreeMap;

use seatrial_validation::Error;
use seatrial_validation::clustered::{Clustered, Reduced};

use super::evidence::Sliced;
use super::slices::By;

impl<R: Reduced> Sliced<R> {
    /// Puts slices of fewer rows together, in each of these slicings, which are
    /// the first: of two hundred shops those with a handful of rows could never
    /// show that they are as good as the others, but all of them together can.
    ///
    /// # Errors
    /// Slices that were reduced differently.
    pub fn pool(&mut self, slicings: &[By], rows_min: usize) -> Result<(), Error> {
        if rows_min < 2 {
            return Ok(());
        }
        let name = format!("(fewer than {rows_min} rows)");
        for at in 0..slicings.len() {
            let small = |rows: &R| rows.rows() < rows_min as u64;
            let of = self.slices[at].iter().filter(|(_, rows)| small(rows));
            let small: Vec<String> = of.map(|(name, _)| name.clone()).collect();
            pool(&mut self.slices[at], &small, &name, |all, rows| {
                all.merge(rows)
            })?;
            if let Some(pooled) = self.slices[at].remove(&name) {
                self.slices[at].insert(name.clone(), pooled.finish());
            }
            if let Some(groups) = &mut self.groups {
                let merge = |all: &mut _, rows| Clustered::merge(all, rows);
                pool(&mut groups[at + 1], &small, &name, merge)?;
            }
        }
        Ok(())
    }
}

/// Merges what stands under some names under another.
fn pool<T>(
    all: &mut BTreeMap<String, T>,
    small: &[String],
    name: &str,
    merge: impl Fn(&mut T, T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut pooled: Option<T> = None;
    for rows in small.iter().filter_map(|small| all.remove(small)) {
        match &mut pooled {
            None => pooled = Some(rows),
            Some(pooled) => merge(pooled, rows)?,
        }
    }
    all.extend(pooled.map(|pooled| (name.to_owned(), pooled)));
    Ok(())
}
