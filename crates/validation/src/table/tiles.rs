//! Rows counted in cells that are found by their address, not by sorting.

/// Cells of a tile: neighbours, so that few addresses lead to many cells.
const CELLS: usize = 64;

/// Cells that are found before any of them is counted in.
const AHEAD: usize = 128;

/// No tile.
const FREE: u32 = u32::MAX;

/// Counts of rows of two classes, in tiles of neighbouring cells. A tile takes
/// room once a row lies in it.
#[derive(Clone, Debug)]
pub(super) struct Tiles {
    /// Names of tiles with their place among the counts, hashed with open
    /// addressing; at most half of it is taken.
    index: Vec<(u64, u32)>,
    counts: Vec<[[u32; 2]; CELLS]>,
    /// Cells that hold rows.
    occupied: usize,
    rows: u64,
}

impl Tiles {
    pub fn new() -> Self {
        Self {
            index: vec![(0, FREE); 64],
            counts: Vec::new(),
            occupied: 0,
            rows: 0,
        }
    }

    /// Cells that hold rows.
    pub fn occupied(&self) -> usize {
        self.occupied
    }

    /// All rows: no cell can hold more.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds rows of one class to a cell of a tile.
    pub fn add(&mut self, tile: u64, cell: usize, class: usize, rows: u32) {
        let place = self.place(tile);
        let counts = &mut self.counts[place][cell % CELLS];
        self.occupied += usize::from(counts[0] | counts[1] == 0);
        counts[class % 2] += rows;
        self.rows += u64::from(rows);
    }

    /// Adds rows that count `each`: the tile, the cell in it and the class of every
    /// one.
    pub fn add_rows(&mut self, each: u32, rows: impl Iterator<Item = (u64, usize, usize)>) {
        let (mut rows, mut new) = (rows.fuse(), 0);
        let mut found = [(0, 0); AHEAD];
        loop {
            // Cells are found first and counted then: what is far away in memory
            // is fetched for many of them at once.
            let mut count = 0;
            for ((tile, cell, class), found) in rows.by_ref().take(AHEAD).zip(&mut found) {
                let cell = cell % CELLS * 2 + class % 2;
                *found = (self.place(tile) as u32, cell as u32);
                count += 1;
            }
            let counts = self.counts.as_mut_slice();
            for &(place, cell) in &found[..count] {
                let counts = &mut counts[place as usize][cell as usize / 2 % CELLS];
                new += usize::from(counts[0] | counts[1] == 0);
                counts[cell as usize % 2] += each;
            }
            self.rows += count as u64 * u64::from(each);
            if count < AHEAD {
                break;
            }
        }
        self.occupied += new;
    }

    /// Adds another's rows.
    pub fn merge(&mut self, other: &Self) {
        for &(tile, of_other) in other.index.iter().filter(|(_, place)| *place != FREE) {
            let place = self.place(tile);
            let (all, more) = (&mut self.counts[place], &other.counts[of_other as usize]);
            let mut new = 0;
            for (cell, more) in all.iter_mut().zip(more) {
                new += u32::from((cell[0] | cell[1] == 0) & (more[0] | more[1] != 0));
                cell[0] += more[0];
                cell[1] += more[1];
            }
            self.occupied += new as usize;
        }
        self.rows += other.rows;
    }

    /// The same rows in cells that `above` says: all of a tile lie in one tile
    /// there.
    pub fn coarser(&self, above: impl Fn(u64, usize) -> (u64, usize)) -> Self {
        let mut coarser = Self::new();
        coarser.rows = self.rows;
        for &(tile, place) in self.index.iter().filter(|(_, place)| *place != FREE) {
            let place_above = coarser.place(above(tile, 0).0);
            let (counts, all) = (
                &self.counts[place as usize],
                &mut coarser.counts[place_above],
            );
            let mut new = 0;
            for (cell, more) in counts.iter().enumerate() {
                let cell = &mut all[above(tile, cell).1 % CELLS];
                new += u32::from((cell[0] | cell[1] == 0) & (more[0] | more[1] != 0));
                cell[0] += more[0];
                cell[1] += more[1];
            }
            coarser.occupied += new as usize;
        }
        coarser
    }

    /// Cells that hold rows: tile, cell and counts; tiles ascend, and cells
    /// within them.
    pub fn cells(&self) -> impl Iterator<Item = (u64, usize, [u32; 2])> {
        let taken = self.index.iter().filter(|(_, place)| *place != FREE);
        let mut tiles: Vec<(u64, u32)> = taken.copied().collect();
        tiles.sort_unstable();
        tiles.into_iter().flat_map(|(tile, place)| {
            let cells = self.counts[place as usize].iter().enumerate();
            cells
                .filter(|(_, counts)| counts[0] | counts[1] > 0)
                .map(move |(cell, counts)| (tile, cell, *counts))
        })
    }

    #[inline]
    fn place(&mut self, tile: u64) -> usize {
        let mask = self.index.len() - 1;
        let mut at = hash(tile) & mask;
        loop {
            let (known, place) = self.index[at];
            if place == FREE {
                return self.insert(tile);
            }
            if known == tile {
                return place as usize;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn insert(&mut self, tile: u64) -> usize {
        if 2 * (self.counts.len() + 1) > self.index.len() {
            let bigger = vec![(0, FREE); 2 * self.index.len()];
            let old = std::mem::replace(&mut self.index, bigger);
            old.into_iter()
                .filter(|(_, place)| *place != FREE)
                .for_each(|(tile, place)| self.enter(tile, place));
        }
        let place = self.counts.len();
        self.enter(tile, place as u32);
        self.counts.push([[0; 2]; CELLS]);
        place
    }

    fn enter(&mut self, tile: u64, place: u32) {
        let mask = self.index.len() - 1;
        let mut at = hash(tile) & mask;
        while self.index[at].1 != FREE {
            at = (at + 1) & mask;
        }
        self.index[at] = (tile, place);
    }
}

fn hash(tile: u64) -> usize {
    scattered(tile) as usize
}

/// Fibonacci hashing (Knuth, volume 3, 6.4): neighbours go far apart.
pub(super) fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}
