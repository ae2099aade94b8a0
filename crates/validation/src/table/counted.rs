//! Rows of two classes by key, in so many cells at most.

use super::Mass;
use super::cell::{Cell, collapse, merged};
use super::key::{Key, level_that_fits};
use super::tiles::Tiles;

/// Rows by key and class.
///
/// Every distinct key has its own cell while there are no more of them than the
/// budget. Beyond that, neighbours share one: keys are told apart at the finest
/// level at which their cells fit the budget. Which keys share a cell depends on
/// the keys alone, not on the order in which they came, nor on how they were
/// held while they were counted.
///
/// Rows wait, unsorted, until they may be more than the budget has cells for;
/// from then on, where keys lie close enough, rows of weight one are counted
/// where they belong without being sorted at all.
#[derive(Clone, Debug)]
pub(super) struct Counted<K: Key> {
    budget: usize,
    /// How many levels up keys are told apart.
    level: u32,
    /// In ascending order.
    cells: Vec<Cell<K>>,
    pending: Vec<Cell<K>>,
    /// Rows that wait, as keys alone: negative and positive ones that count one,
    /// the usual case, then those that count `many`.
    pending_rows: [Vec<K::Raw>; 4],
    many: u32,
    /// Rows of weight one in place of `cells`.
    tiles: Option<Tiles>,
    /// A level that all rows will need, told before any came.
    known: Option<u32>,
    /// Whether a row of another weight than one ever came.
    weighted: bool,
}

/// Rows wait until there are this many, or as many as there are cells.
const PENDING_MIN: usize = 1 << 14;

/// Rows that come together in such numbers need not wait for others.
const AT_ONCE: usize = 1 << 12;

/// How many rows for each cell of the budget wait for tiles: so many find in the
/// processor's cache what those before them brought there, even if many tables
/// take turns.
const WAITING_OVER_CELLS: usize = 2;

/// Rows that are parted by class at once.
const WAITING: usize = 128;

/// Cells that share a tile, on average, where tiles are worth their room.
const TILE_SHARED: usize = 6;

/// Tiles count in 32 bits.
const TILE_ROWS_MAX: u64 = 1 << 31;

impl<K: Key> Counted<K> {
    pub fn new(budget: usize) -> Self {
        Self::of(budget, 0, Vec::new())
    }

    /// What [`settle`](Self::settle) left.
    pub fn of(budget: usize, level: u32, cells: Vec<Cell<K>>) -> Self {
        Self {
            budget,
            level,
            // Nobody knows whether they are of weight one: they stay cells.
            weighted: !cells.is_empty(),
            cells,
            pending: Vec::new(),
            pending_rows: [const { Vec::new() }; 4],
            many: 1,
            tiles: None,
            known: None,
        }
    }

    pub fn budget(&self) -> usize {
        self.budget
    }

    pub fn level(&self) -> u32 {
        self.level
    }

    /// In ascending order. Rows that wait are not among them.
    pub fn cells(&self) -> &[Cell<K>] {
        &self.cells
    }

    /// Rows and cells that [`settle`](Self::settle) would bring in.
    pub fn waiting(&self) -> usize {
        let ones = self.pending_rows.iter().map(Vec::len).sum::<usize>();
        self.pending.len() + ones + self.tiles.as_ref().map_or(0, Tiles::occupied)
    }

    /// How much [`add_many`](Self::add_many) counts each row.
    pub fn set_many(&mut self, many: u32) {
        self.many = many;
    }

    /// Adds rows of weight one.
    pub fn add_ones(&mut self, rows: impl Iterator<Item = (K::Raw, bool)>) {
        match &mut self.tiles {
            Some(tiles) if rows.size_hint().0 >= AT_ONCE => {
                let level = self.level;
                tiles.add_rows(
                    1,
                    rows.map(|(raw, label)| {
                        let (tile, cell) = K::tile(raw, level);
                        (tile, cell, usize::from(label))
                    }),
                );
            }
            _ => self.wait(0, rows),
        }
        self.make_room();
    }

    /// Adds rows each of which stands for many of weight one.
    pub fn add_many(&mut self, rows: impl Iterator<Item = (K::Raw, bool)>) {
        self.wait(2, rows);
        self.make_room();
    }

    /// Lets rows wait behind those of their kind, `first` for negative ones and the
    /// next for positive ones.
    fn wait(&mut self, first: usize, mut rows: impl Iterator<Item = (K::Raw, bool)>) {
        let Some(mut row) = rows.next() else {
            return;
        };
        // Every row is written to both classes and stays in one: which one nobody
        // could guess.
        let (mut negative, mut positive) = ([row.0; WAITING], [row.0; WAITING]);
        loop {
            let (mut negatives, mut all) = (0, 0);
            let ended = loop {
                negative[negatives] = row.0;
                positive[all - negatives] = row.0;
                negatives += usize::from(!row.1);
                all += 1;
                match rows.next() {
                    None => break true,
                    Some(next) => row = next,
                }
                if all == WAITING {
                    break false;
                }
            };
            self.pending_rows[first].extend_from_slice(&negative[..negatives]);
            self.pending_rows[first + 1].extend_from_slice(&positive[..all - negatives]);
            if ended {
                return;
            }
        }
    }

    /// Counts rows that wait where tiles are.
    fn flush(&mut self) {
        if let Some(tiles) = &mut self.tiles {
            count::<K>(tiles, &self.pending_rows, self.many, self.level);
            self.pending_rows.iter_mut().for_each(Vec::clear);
        }
    }

    /// Adds a row of any positive weight.
    pub fn add_weighted(&mut self, raw: K::Raw, label: bool, mass: Mass) {
        if self.tiles.is_some() {
            self.settle();
        }
        self.weighted = true;
        let cell = Cell::of_row(K::of(raw), label, mass);
        self.pending.push(cell);
        if self.pending.len() >= PENDING_MIN.max(self.cells.len()) {
            self.settle();
        }
    }

    /// The level of a table that counts in tiles.
    pub fn known_level(&self) -> Option<u32> {
        self.tiles.as_ref().map(|_| self.level)
    }

    /// Begins, of no rows, at the level that a table of some of the same rows
    /// has: all of them will need it too, so that what comes of them is the same,
    /// and nothing need be sorted to find it.
    pub fn begin_at(&mut self, known: Option<u32>) {
        if self.waiting() == 0 && self.cells.is_empty() {
            self.known = known;
        }
    }

    /// At most so many cells from now on.
    pub fn shrink(&mut self, budget: usize) {
        self.budget = self.budget.min(budget);
        if self.tiles.is_none() && self.waiting() < self.patience() {
            self.fit();
        } else {
            self.make_room();
        }
    }

    pub fn merge(&mut self, mut other: Self) {
        self.budget = self.budget.min(other.budget);
        self.many = self.many.max(other.many);
        self.weighted |= other.weighted;
        let only_ones = other.cells.is_empty() && other.pending.is_empty() && other.tiles.is_none();
        if only_ones && !(self.tiles.is_some() && self.weighted) {
            for (all, more) in self.pending_rows.iter_mut().zip(other.pending_rows) {
                all.extend(more);
            }
            self.make_room();
            return;
        }
        if let (Some(tiles), Some(others)) = (&mut self.tiles, &other.tiles)
            && self.level == other.level
            && !self.weighted
        {
            tiles.merge(others);
            for (all, more) in self.pending_rows.iter_mut().zip(other.pending_rows) {
                all.extend(more);
            }
            self.make_room();
            return;
        }
        other.settle();
        if let Some(tiles) = &mut self.tiles
            && self.level >= other.level
            && !self.weighted
        {
            other.coarsen_to(self.level);
            tile_up(tiles, &other.cells);
            self.make_room();
            return;
        }
        self.settle();
        let level = self.level.max(other.level);
        self.coarsen_to(level);
        other.coarsen_to(level);
        self.cells = merged(std::mem::take(&mut self.cells), other.cells);
        self.fit();
        self.lay_out();
    }

    /// Moves what waits into the cells.
    pub fn settle(&mut self) {
        self.flush();
        if let Some(tiles) = self.tiles.take() {
            let cell = |(tile, cell, counts): (u64, usize, [u32; 2])| {
                let mass = counts.map(|rows| Mass::of_rows(rows.into()));
                Cell::of_rows(K::of_tile(tile, cell), mass)
            };
            let mut cells: Vec<Cell<K>> = tiles.cells().map(cell).collect();
            drop(tiles);
            // The order of tiles is not everywhere the order of keys.
            cells.sort_unstable_by_key(Cell::key);
            self.cells = merged(std::mem::take(&mut self.cells), cells);
        }
        let rows = std::mem::take(&mut self.pending_rows);
        for (kind, rows) in rows.into_iter().enumerate() {
            let each = if kind < 2 { 1 } else { u64::from(self.many) };
            let mut keys: Vec<K> = rows
                .into_iter()
                .map(|raw| K::of(raw).coarser(self.level))
                .collect();
            keys.sort_unstable();
            let runs = keys
                .chunk_by(|a, b| a == b)
                .map(|run| (run[0], Mass::of_rows(each * run.len() as u64)))
                .map(|(key, mass)| Cell::of_row(key, kind % 2 == 1, mass));
            let cells: Vec<_> = runs.collect();
            self.cells = merged(std::mem::take(&mut self.cells), cells);
        }
        let mut pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            for cell in &mut pending {
                cell.key = cell.key.coarser(self.level);
            }
            // Stable: equal keys are added up in the order in which they came.
            pending.sort_by_key(Cell::key);
            collapse(&mut pending);
            self.cells = merged(std::mem::take(&mut self.cells), pending);
        }
        self.fit();
    }

    /// Rows that may wait: a few more than there are cells, so that the level
    /// shows.
    fn patience(&self) -> usize {
        let cells = self.budget.max(self.cells.len());
        PENDING_MIN.max(cells + cells / 4)
    }

    /// Counts what waits, if that is much, and coarsens what is too fine.
    fn make_room(&mut self) {
        let enough = AT_ONCE.max(WAITING_OVER_CELLS * self.budget);
        if self.pending_rows.iter().map(Vec::len).sum::<usize>() >= enough {
            self.flush();
        }
        let full = match &self.tiles {
            Some(tiles) => tiles.occupied() > self.budget || tiles.rows() > TILE_ROWS_MAX,
            None => self.waiting() >= self.patience(),
        };
        if !full {
            return;
        }
        if self.tiles.is_none() && self.only_ones_wait() {
            // Tiles by no more than being told so, or once the level shows.
            if let Some(level) = self.known.take().or_else(|| self.level_of_waiting()) {
                self.level = level;
                self.tiles = Some(Tiles::new());
                self.flush();
            }
        }
        self.coarsen_tiles();
        let full = match &self.tiles {
            Some(tiles) => tiles.rows() > TILE_ROWS_MAX,
            None => true,
        };
        if full {
            self.settle();
            self.lay_out();
        }
    }

    /// Whether there is nothing but rows of weight one that wait.
    fn only_ones_wait(&self) -> bool {
        !self.weighted && self.cells.is_empty() && self.pending.is_empty()
    }

    /// The level that rows which wait need, if tiles are worth it there.
    fn level_of_waiting(&self) -> Option<u32> {
        let rows = self.pending_rows.iter().flatten();
        let mut keys: Vec<K> = rows.map(|&raw| K::of(raw)).collect();
        keys.sort_unstable();
        keys.dedup();
        let level = level_that_fits(&keys, self.budget);
        let tile = |key: &K| K::tile(key.raw(0), level).0;
        if level == 0 || !K::has_tiles(level) {
            return None;
        }
        let cells = keys.chunk_by(|a, b| a.apart(*b) <= level).count();
        let tiles = keys.chunk_by(|a, b| tile(a) == tile(b)).count();
        (cells >= TILE_SHARED * tiles).then_some(level)
    }

    /// Coarsens tiles until their cells fit the budget.
    fn coarsen_tiles(&mut self) {
        while let Some(tiles) = &self.tiles
            && tiles.occupied() > self.budget
        {
            self.tiles = Some(tiles.coarser(K::tile_above));
            self.level += 1;
        }
    }

    /// Lays out cells in tiles, where that is worth it.
    fn lay_out(&mut self) {
        let large = |cell: &Cell<K>| cell.mass.iter().any(|mass| mass.weight > 1e9);
        if self.weighted || !K::has_tiles(self.level) || self.cells.iter().any(large) {
            return;
        }
        let mut tiles = Tiles::new();
        let tile = |cell: &Cell<K>| K::tile(cell.key.raw(0), 0).0;
        let shared = self.cells.chunk_by(|a, b| tile(a) == tile(b)).count();
        if self.cells.len() >= TILE_SHARED * shared {
            tile_up(&mut tiles, &self.cells);
            self.cells = Vec::new();
            self.tiles = Some(tiles);
        }
    }

    /// Coarsens until the cells fit the budget.
    fn fit(&mut self) {
        if self.cells.len() > self.budget {
            let keys: Vec<K> = self.cells.iter().map(Cell::key).collect();
            self.coarsen_to(self.level + level_that_fits(&keys, self.budget));
        }
    }

    pub fn coarsen_to(&mut self, level: u32) {
        let further = level - self.level;
        if further > 0 {
            for cell in &mut self.cells {
                cell.key = cell.key.coarser(further);
            }
            collapse(&mut self.cells);
            self.level = level;
        }
    }
}

/// Adds rows of weight one, negative and positive ones, to tiles of this level.
fn count<K: Key>(tiles: &mut Tiles, rows: &[Vec<K::Raw>; 4], many: u32, level: u32) {
    for (kind, rows) in rows.iter().enumerate() {
        let each = if kind < 2 { 1 } else { many };
        let cells = rows.iter().map(|&raw| K::tile(raw, level));
        tiles.add_rows(each, cells.map(|(tile, cell)| (tile, cell, kind % 2)));
    }
}

/// Adds cells of rows of weight one to tiles of the same level.
fn tile_up<K: Key>(tiles: &mut Tiles, cells: &[Cell<K>]) {
    for cell in cells {
        let (tile, place) = K::tile(cell.key.raw(0), 0);
        for (class, mass) in cell.mass.iter().enumerate() {
            if mass.weight > 0.0 {
                tiles.add(tile, place, class, mass.weight as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests;
