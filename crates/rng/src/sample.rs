//! Permutations, splits and resamples of row indices.

use crate::{Stream, Streams};

impl Stream {
    /// Shuffles in place, every order equally likely (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// The numbers 0 .. `len` in random order.
    pub fn permutation(&mut self, len: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        self.shuffle(&mut order);
        order
    }
}

/// `len` row indices drawn with replacement: one bootstrap resample.
pub fn bootstrap_indices(stream: &mut Stream, len: usize) -> Vec<usize> {
    (0..len).map(|_| stream.below(len)).collect()
}

/// How often each of `len` rows occurs in one bootstrap resample of `len` draws.
pub fn bootstrap_counts(stream: &mut Stream, len: usize) -> Vec<u32> {
    let mut counts = vec![0; len];
    for _ in 0..len {
        counts[stream.below(len)] += 1;
    }
    counts
}

/// Row indices of each part of a split, ascending within a part.
pub type Split = Vec<Vec<usize>>;

/// Splits rows into parts of these fractions, each class in proportion.
///
/// A class's rows are shuffled by a stream named after the class, so rows of
/// one class never move because another class grew. Within a class, part sizes
/// are rounded so that they add up (largest remainder); classes with few rows
/// give their first row to the first part, the second to the second, so that a
/// rare class reaches every part that it can.
///
/// `fractions` need not add up to one: what is left over is dropped.
pub fn stratified_split(streams: &Streams, classes: &[u32], fractions: &[f64]) -> Split {
    let mut rows_of_class = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    for (row, class) in classes.iter().enumerate() {
        rows_of_class.entry(*class).or_default().push(row);
    }
    let mut parts = vec![Vec::new(); fractions.len()];
    for (class, mut rows) in rows_of_class {
        streams.stream(&format!("class/{class}")).shuffle(&mut rows);
        let mut rows = rows.into_iter();
        for (part, size) in parts.iter_mut().zip(part_sizes(rows.len(), fractions)) {
            part.extend(rows.by_ref().take(size));
        }
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    parts
}

/// Whole part sizes for `len` rows: largest remainder, then at least one row
/// for every part with a positive fraction, as far as rows go.
fn part_sizes(len: usize, fractions: &[f64]) -> Vec<usize> {
    let ideal: Vec<f64> = fractions.iter().map(|f| f.max(0.0) * len as f64).collect();
    let mut sizes: Vec<usize> = ideal.iter().map(|i| (i + 1e-9).floor() as usize).collect();
    let total = (ideal.iter().sum::<f64>() + 1e-9).round().min(len as f64) as usize;
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by(|&a, &b| {
        let rest = |i: usize| ideal[i] - sizes[i] as f64;
        rest(b).total_cmp(&rest(a)).then(a.cmp(&b))
    });
    let missing = total.saturating_sub(sizes.iter().sum());
    for &part in by_remainder.iter().take(missing) {
        sizes[part] += 1;
    }
    for part in 0..sizes.len() {
        if sizes[part] == 0 && fractions[part] > 0.0 {
            // From what would be dropped; else from the largest part.
            let largest = (0..sizes.len()).max_by_key(|&i| (sizes[i], std::cmp::Reverse(i)));
            if sizes.iter().sum::<usize>() < len {
                sizes[part] += 1;
            } else if let Some(largest) = largest.filter(|&i| sizes[i] > 1) {
                sizes[largest] -= 1;
                sizes[part] += 1;
            }
        }
    }
    sizes
}
