//! Rows of two classes by key, in so many cells at most.

use super::Mass;
use super::cell::{Cell, collapse, merged};
use super::key::Key;
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
    /// Rows of weight one that wait, as keys alone: the usual case, and faster.
    pending_ones: [Vec<K::Raw>; 2],
    /// Rows of weight one in place of `cells`.
    tiles: Option<Tiles>,
    /// Whether a row of another weight than one ever came.
    weighted: bool,
}

/// Rows wait until there are this many, or as many as there are cells.
const PENDING_MIN: usize = 1 << 14;

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
            pending_ones: [Vec::new(), Vec::new()],
            tiles: None,
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
        let ones = self.pending_ones.iter().map(Vec::len).sum::<usize>();
        self.pending.len() + ones + self.tiles.as_ref().map_or(0, Tiles::occupied)
    }

    /// Adds rows of weight one.
    pub fn add_ones(&mut self, rows: impl Iterator<Item = (K::Raw, bool)>) {
        let level = self.level;
        match &mut self.tiles {
            Some(tiles) => rows.for_each(|(raw, label)| {
                let (tile, cell) = K::tile(raw, level);
                tiles.add(tile, cell, usize::from(label), 1);
            }),
            None => rows.for_each(|(raw, label)| self.pending_ones[usize::from(label)].push(raw)),
        }
        self.make_room();
    }

    /// Adds a row of any positive weight.
    pub fn add_weighted(&mut self, raw: K::Raw, label: bool, weight: f64) {
        self.weighted = true;
        let cell = Cell::of_row(K::of(raw), label, Mass::of(weight));
        self.pending.push(cell);
        if self.pending.len() >= PENDING_MIN.max(self.cells.len()) {
            self.settle();
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
        self.weighted |= other.weighted;
        let only_ones = other.cells.is_empty() && other.pending.is_empty() && other.tiles.is_none();
        if only_ones && !(self.tiles.is_some() && self.weighted) {
            for (label, keys) in other.pending_ones.into_iter().enumerate() {
                self.add_ones(keys.into_iter().map(|key| (key, label == 1)));
            }
            return;
        }
        if let (Some(tiles), Some(others)) = (&mut self.tiles, &other.tiles)
            && self.level == other.level
            && !self.weighted
        {
            tiles.merge(others);
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
        let ones = std::mem::take(&mut self.pending_ones);
        for (label, rows) in ones.into_iter().enumerate() {
            let mut keys: Vec<K> = rows
                .into_iter()
                .map(|raw| K::of(raw).coarser(self.level))
                .collect();
            keys.sort_unstable();
            let runs = keys
                .chunk_by(|a, b| a == b)
                .map(|run| Cell::of_row(run[0], label == 1, Mass::of_rows(run.len() as u64)));
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

    /// Rows that may wait.
    fn patience(&self) -> usize {
        PENDING_MIN.max(self.budget).max(self.cells.len())
    }

    /// Counts what waits, if that is much, and coarsens what is too fine.
    fn make_room(&mut self) {
        let full = match &self.tiles {
            Some(tiles) => tiles.occupied() > self.budget || tiles.rows() > TILE_ROWS_MAX,
            None => self.waiting() >= self.patience(),
        };
        if full {
            self.settle();
            self.lay_out();
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
        if self.cells.len() <= self.budget {
            return;
        }
        // Two neighbours share a cell at the level at which they become equal:
        // count neighbours by it.
        let mut splits = [0_usize; 65];
        for pair in self.cells.windows(2) {
            splits[pair[0].key.apart(pair[1].key) as usize] += 1;
        }
        let mut cells = self.cells.len();
        let mut further = 0;
        while cells > self.budget && further < 64 {
            further += 1;
            cells -= splits[further];
        }
        self.coarsen_to(self.level + further as u32);
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
