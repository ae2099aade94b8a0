//! Order statistics of more numbers than memory holds.
//!
//! What does not live here: tables. Numbers come as keys, handed over anew for each
//! pass.

use std::collections::BTreeMap;

use crate::{PipelineError, Result};

/// So many numbers are kept and sorted; of more, memory holds counts.
pub(crate) const HELD_MAX: usize = 1 << 22;
/// So many bits of a number are told apart in one pass.
const BITS: u32 = 16;
/// So many histograms are filled in one pass: 32 MiB.
const HISTOGRAMS_MAX: usize = 64;

/// A number as a key that sorts as [`f64::total_cmp`] does.
pub(crate) fn key_of(number: f64) -> u64 {
    let bits = number.to_bits();
    // Of two negative numbers the one with the higher bits is lower.
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// The number of a key.
pub(crate) fn number_of(key: u64) -> f64 {
    let bits = if key >> 63 == 1 {
        key & !(1 << 63)
    } else {
        !key
    };
    f64::from_bits(bits)
}

/// A whole number as a key that sorts as it does.
pub(crate) fn key_of_whole(number: i64) -> u64 {
    number.cast_unsigned() ^ 1 << 63
}

/// The whole number of a key.
pub(crate) fn whole_of(key: u64) -> i64 {
    (key ^ 1 << 63).cast_signed()
}

/// A rank that is looked for: among the keys whose first `known` bits are `prefix`.
#[derive(Clone, Copy)]
struct Wanted {
    prefix: u64,
    known: u32,
    rank: u64,
}

/// The keys at the ranks that `ranks` chooses, knowing how many keys there are;
/// ranks count from 0. Exact, at any number of keys: `read` is called for each
/// pass, and must hand over the same keys each time.
///
/// Up to `held_max` keys are sorted as they are. Of more, each pass counts how often
/// sixteen further bits occur behind those that are known of a rank (a radix
/// selection), until the keys that can still be meant are few enough to be sorted.
///
/// # Errors
/// When `read` fails, or hands over other keys than before.
pub(crate) fn order_statistics(
    held_max: usize,
    mut read: impl FnMut(&mut dyn FnMut(u64)) -> Result<()>,
    ranks: impl FnOnce(u64) -> Vec<u64>,
) -> Result<Vec<u64>> {
    let (mut count, mut held) = (0_u64, Vec::new());
    read(&mut |key| {
        count += 1;
        if held.len() <= held_max {
            held.push(key);
        }
    })?;
    let ranks = ranks(count);
    if held.len() <= held_max {
        held.sort_unstable();
        return ranks.iter().map(|&rank| nth(&held, rank)).collect();
    }
    drop(held);
    let start = |&rank: &u64| Wanted {
        prefix: 0,
        known: 0,
        rank,
    };
    let mut wanted: Vec<Wanted> = ranks.iter().map(start).collect();
    // How many keys begin with each prefix of a wanted rank.
    let mut sizes = BTreeMap::from([(0, count)]);
    let mut known = 0;
    while known < u64::BITS && sizes.values().sum::<u64>() > held_max as u64 {
        known += BITS;
        let prefixes: Vec<u64> = sizes.keys().copied().collect();
        sizes = BTreeMap::new();
        for prefixes in prefixes.chunks(HISTOGRAMS_MAX) {
            narrow(&mut read, known, prefixes, &mut wanted, &mut sizes)?;
        }
    }
    if known == u64::BITS {
        return Ok(wanted.iter().map(|wanted| wanted.prefix).collect());
    }
    let mut held: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    read(&mut |key| {
        let prefix = leading(key, known);
        if sizes.contains_key(&prefix) {
            held.entry(prefix).or_default().push(key);
        }
    })?;
    held.values_mut().for_each(|keys| keys.sort_unstable());
    let find = |wanted: &Wanted| {
        let keys = held.get(&wanted.prefix).map_or(&[][..], Vec::as_slice);
        nth(keys, wanted.rank)
    };
    wanted.iter().map(find).collect()
}

/// Finds sixteen further bits of the ranks with one of these prefixes, of which
/// `known` bits are known afterwards.
fn narrow(
    read: &mut impl FnMut(&mut dyn FnMut(u64)) -> Result<()>,
    known: u32,
    prefixes: &[u64],
    wanted: &mut [Wanted],
    sizes: &mut BTreeMap<u64, u64>,
) -> Result<()> {
    let mut histograms = vec![vec![0_u64; 1 << BITS]; prefixes.len()];
    read(&mut |key| {
        if let Ok(place) = prefixes.binary_search(&leading(key, known - BITS)) {
            let bits = leading(key, known) & ((1 << BITS) - 1);
            histograms[place][bits as usize] += 1;
        }
    })?;
    for wanted in wanted.iter_mut().filter(|wanted| wanted.known < known) {
        let Ok(place) = prefixes.binary_search(&wanted.prefix) else {
            continue;
        };
        let mut before = 0;
        let found = histograms[place].iter().position(|&count| {
            before += count;
            before > wanted.rank
        });
        let bits = found.ok_or_else(changed)?;
        let size = histograms[place][bits];
        *wanted = Wanted {
            prefix: wanted.prefix << BITS | bits as u64,
            known,
            rank: wanted.rank - (before - size),
        };
        sizes.insert(wanted.prefix, size);
    }
    Ok(())
}

/// The first `bits` bits of a key.
fn leading(key: u64, bits: u32) -> u64 {
    key.checked_shr(u64::BITS - bits).unwrap_or(0)
}

fn nth(sorted: &[u64], rank: u64) -> Result<u64> {
    let found = usize::try_from(rank).ok().and_then(|rank| sorted.get(rank));
    found.copied().ok_or_else(changed)
}

fn changed() -> PipelineError {
    PipelineError::Stages("the table changed while it was read".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranked(keys: &[u64], held_max: usize, ranks: &[u64]) -> Vec<u64> {
        let read = |each: &mut dyn FnMut(u64)| {
            keys.iter().for_each(|&key| each(key));
            Ok(())
        };
        order_statistics(held_max, read, |_| ranks.to_vec()).unwrap_or_default()
    }

    proptest! {
        #[test]
        fn a_key_sorts_as_its_number_does(a: f64, b: f64) {
            prop_assert_eq!(key_of(a).cmp(&key_of(b)), a.total_cmp(&b));
            prop_assert_eq!(number_of(key_of(a)).to_bits(), a.to_bits());
        }

        #[test]
        fn a_key_sorts_as_its_whole_number_does(a: i64, b: i64) {
            prop_assert_eq!(key_of_whole(a).cmp(&key_of_whole(b)), a.cmp(&b));
            prop_assert_eq!(whole_of(key_of_whole(a)), a);
        }
    }

    proptest! {
        // A histogram for each number is much work.
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn passes_that_hold_few_keys_find_what_sorting_all_finds(
            numbers in prop::collection::vec(
                prop_oneof![any::<f64>(), Just(0.5), (0_i32..9).prop_map(f64::from)],
                1..80,
            ),
            held_max in 0_usize..40,
        ) {
            let keys: Vec<u64> = numbers.iter().map(|&number| key_of(number)).collect();
            let ranks: Vec<u64> = (0..keys.len() as u64).collect();
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            prop_assert_eq!(ranked(&keys, held_max, &ranks), sorted);
        }
    }

    #[test]
    fn a_rank_that_is_not_there_is_an_error_and_no_panic() {
        assert!(ranked(&[1, 2, 3], 1, &[3]).is_empty());
        assert!(ranked(&[1, 2, 3], 9, &[3]).is_empty());
    }
}
