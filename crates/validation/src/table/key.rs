//! Keys of cells: one score, or a pair of scores.

/// What rows are ordered by, with a way to leave out detail.
///
/// At each level a key tells apart half as much of every score that it is made
/// of. Keys that are equal at one level are neighbours at every finer one.
pub(crate) trait Key: Copy + Ord {
    /// The key of a row, before it is put in order.
    type Raw: Copy;

    /// In order.
    fn of(raw: Self::Raw) -> Self;

    /// So many levels up.
    fn coarser(self, levels: u32) -> Self;

    /// How many levels up two keys become equal.
    fn apart(self, other: Self) -> u32;

    /// Whether keys of a level have tiles: names of tiles have 64 bits.
    fn has_tiles(level: u32) -> bool;

    /// The tile of a row at a level, and its cell there.
    fn tile(raw: Self::Raw, level: u32) -> (u64, usize);

    /// The row's key at level 0 that this key stands for the lowest of.
    fn raw(self, level: u32) -> Self::Raw;

    /// The tile that a cell of a tile belongs to one level up, and its cell there.
    fn tile_above(tile: u64, cell: usize) -> (u64, usize);

    /// The key at a tile's level.
    fn of_tile(tile: u64, cell: usize) -> Self;
}

impl Key for u64 {
    type Raw = u64;

    fn of(raw: u64) -> Self {
        raw
    }

    fn coarser(self, levels: u32) -> Self {
        self.checked_shr(levels).unwrap_or(0)
    }

    fn apart(self, other: Self) -> u32 {
        64 - (self ^ other).leading_zeros()
    }

    fn has_tiles(level: u32) -> bool {
        (1..=52).contains(&level)
    }

    fn tile(raw: u64, level: u32) -> (u64, usize) {
        let key = raw >> level;
        (key >> 6, (key & 63) as usize)
    }

    fn raw(self, level: u32) -> u64 {
        self.checked_shl(level).unwrap_or(0)
    }

    fn tile_above(tile: u64, cell: usize) -> (u64, usize) {
        u64::tile(u64::of_tile(tile, cell), 1)
    }

    fn of_tile(tile: u64, cell: usize) -> Self {
        tile << 6 | cell as u64
    }
}

/// A pair of scores' keys, bit by bit in turn: the curve of Morton (1966). So
/// pairs that are equal when both lose their last bits stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair(u128);

impl Pair {
    /// The two keys.
    pub(crate) fn both(self) -> [u64; 2] {
        [closed(self.0 >> 1), closed(self.0)]
    }
}

impl Key for Pair {
    type Raw = [u64; 2];

    fn of([a, b]: [u64; 2]) -> Self {
        Self(spread(a) << 1 | spread(b))
    }

    fn coarser(self, levels: u32) -> Self {
        Self(self.0.checked_shr(2 * levels).unwrap_or(0))
    }

    fn apart(self, other: Self) -> u32 {
        (128 - (self.0 ^ other.0).leading_zeros()).div_ceil(2)
    }

    fn has_tiles(level: u32) -> bool {
        // Each half of a tile's name then has at most 32 bits.
        (29..=52).contains(&level)
    }

    fn tile([a, b]: [u64; 2], level: u32) -> (u64, usize) {
        let (a, b) = (a >> level, b >> level);
        ((a >> 3) << 32 | b >> 3, ((a & 7) << 3 | b & 7) as usize)
    }

    fn raw(self, level: u32) -> [u64; 2] {
        self.both().map(|key| key.checked_shl(level).unwrap_or(0))
    }

    fn tile_above(tile: u64, cell: usize) -> (u64, usize) {
        Self::tile(raw_of_tile(tile, cell), 1)
    }

    fn of_tile(tile: u64, cell: usize) -> Self {
        Self::of(raw_of_tile(tile, cell))
    }
}

/// The two keys of a cell of a tile, at the tile's level.
fn raw_of_tile(tile: u64, cell: usize) -> [u64; 2] {
    let (a, b) = (tile >> 32, tile & 0xffff_ffff);
    [a << 3 | (cell >> 3) as u64, b << 3 | (cell & 7) as u64]
}

/// How many levels up no more of these ascending, different keys differ than the
/// budget allows.
pub(super) fn level_that_fits<K: Key>(keys: &[K], budget: usize) -> u32 {
    // Two neighbours share a cell at the level at which they become equal:
    // count neighbours by it.
    let mut splits = [0_usize; 65];
    for pair in keys.windows(2) {
        splits[pair[0].apart(pair[1]) as usize] += 1;
    }
    let (mut cells, mut level) = (keys.len(), 0);
    while cells > budget && level < 64 {
        level += 1;
        cells -= splits[level];
    }
    level as u32
}

const MASKS: [u64; 5] = [
    0x0000_ffff_0000_ffff,
    0x00ff_00ff_00ff_00ff,
    0x0f0f_0f0f_0f0f_0f0f,
    0x3333_3333_3333_3333,
    0x5555_5555_5555_5555,
];

/// A zero before every bit.
fn spread(key: u64) -> u128 {
    let half = |mut bits: u64| {
        for (step, mask) in MASKS.iter().enumerate() {
            bits = (bits | bits << (16 >> step)) & mask;
        }
        bits
    };
    u128::from(half(key >> 32)) << 64 | u128::from(half(key & 0xffff_ffff))
}

/// Every second bit, the last one included.
fn closed(bits: u128) -> u64 {
    let half = |bits: u64| {
        let mut bits = bits & MASKS[4];
        for step in 0..5 {
            let mask = MASKS.get(3_usize.wrapping_sub(step)).copied();
            bits = (bits | bits >> (1 << step)) & mask.unwrap_or(0xffff_ffff);
        }
        bits
    };
    half((bits >> 64) as u64) << 32 | half(bits as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_keeps_both_keys_and_coarsens_both() {
        for keys in [
            [0, 0],
            [u64::MAX, 1],
            [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210],
        ] {
            let pair = Pair::of(keys);
            assert_eq!(pair.both(), keys);
            for level in [1, 7, 29, 40, 63] {
                assert_eq!(pair.coarser(level).both(), keys.map(|key| key >> level));
            }
            assert_eq!(pair.coarser(64).both(), [0, 0]);
            let (tile, cell) = Pair::tile(keys, 33);
            assert_eq!(Pair::of_tile(tile, cell), pair.coarser(33));
            let (tile, cell) = Pair::tile_above(tile, cell);
            assert_eq!(Pair::of_tile(tile, cell), pair.coarser(34));
        }
        let (tile, cell) = u64::tile(0x0123_4567_89ab_cdef, 9);
        assert_eq!(u64::of_tile(tile, cell), 0x0123_4567_89ab_cdef >> 9);
        let (tile, cell) = u64::tile_above(tile, cell);
        assert_eq!(u64::of_tile(tile, cell), 0x0123_4567_89ab_cdef >> 10);
    }

    #[test]
    fn keys_become_equal_as_many_levels_up_as_they_are_apart() {
        let keys = [[5, 9], [5, 8], [4, 9], [1 << 40, 9], [5, 9]];
        for a in keys {
            for b in keys {
                let levels = Pair::of(a).apart(Pair::of(b));
                assert_eq!(Pair::of(a).coarser(levels), Pair::of(b).coarser(levels));
                if levels > 0 {
                    let less = levels - 1;
                    assert_ne!(Pair::of(a).coarser(less), Pair::of(b).coarser(less));
                }
            }
        }
    }
}
