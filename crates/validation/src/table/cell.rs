//! Rows of two classes that share a key, in ascending lists.

use serde::{Deserialize, Serialize};

use super::Mass;

/// The rows of one key, or of a range of keys that are counted as one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell<K> {
    pub(super) key: K,
    /// The negative and the positive rows.
    pub mass: [Mass; 2],
}

impl<K: Copy + Ord> Cell<K> {
    pub(super) fn of_row(key: K, label: bool, mass: Mass) -> Self {
        let mut cell = Self {
            key,
            mass: [Mass::default(); 2],
        };
        cell.mass[usize::from(label)] = mass;
        cell
    }

    pub(super) fn of_rows(key: K, mass: [Mass; 2]) -> Self {
        Self { key, mass }
    }

    pub(crate) fn key(&self) -> K {
        self.key
    }

    fn join(&mut self, other: &Self) {
        self.mass[0] += other.mass[0];
        self.mass[1] += other.mass[1];
    }
}

/// Joins neighbours with the same key.
pub(super) fn collapse<K: Copy + Ord>(cells: &mut Vec<Cell<K>>) {
    cells.dedup_by(|next, kept| {
        let same = next.key == kept.key;
        if same {
            kept.join(next);
        }
        same
    });
}

/// Two ascending lists as one.
pub(super) fn merged<K: Copy + Ord>(a: Vec<Cell<K>>, b: Vec<Cell<K>>) -> Vec<Cell<K>> {
    if a.is_empty() {
        return b;
    }
    if b.is_empty() {
        return a;
    }
    let mut all: Vec<Cell<K>> = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let mut cell = *x.min_by_key(y);
        let (take_a, take_b) = (x.key <= y.key, y.key <= x.key);
        if take_a && take_b {
            cell.join(y);
        }
        if take_a {
            a.next();
        }
        if take_b {
            b.next();
        }
        all.push(cell);
    }
    all.extend(a);
    all.extend(b);
    all
}

impl<K: Copy + Ord> Cell<K> {
    /// The one with the smaller key, the first of equals.
    fn min_by_key<'a>(&'a self, other: &'a Self) -> &'a Self {
        if other.key < self.key { other } else { self }
    }
}
