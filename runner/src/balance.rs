//! Cutting a plan into shards that take about the same time.

use std::collections::BTreeMap;

use seatrial_spec::Case;

use crate::Shard;

/// How long each case took, by id. None at all cuts a plan by turns.
pub type Durations = BTreeMap<String, f64>;

/// The cases of a shard, in the order of the plan. With durations: the longest
/// first, each to the shard with the least to do so far (Graham 1969, LPT:
/// the longest shard takes at most 4/3 of the ideal). A case whose duration is
/// not known counts as the median of those that are. The same plan and the
/// same durations give the same shards, on every machine.
pub(crate) fn part(cases: Vec<Case>, shard: Shard, durations: &Durations) -> Vec<Case> {
    if durations.is_empty() {
        return cases
            .into_iter()
            .skip(shard.index - 1)
            .step_by(shard.of)
            .collect();
    }
    let owners = owners(&cases, shard.of, durations);
    let own = cases.into_iter().zip(owners);
    own.filter_map(|(case, owner)| (owner == shard.index - 1).then_some(case))
        .collect()
}

/// Which shard each case goes to, from 0.
fn owners(cases: &[Case], of: usize, durations: &Durations) -> Vec<usize> {
    let unknown = median(durations);
    let weight = |case: &Case| match &case.skip {
        Some(_) => 0.0,
        None => durations
            .get(&case.id)
            .copied()
            .filter(|s| s.is_finite())
            .unwrap_or(unknown),
    };
    let mut order: Vec<_> = cases.iter().map(weight).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(cases[a.0].id.cmp(&cases[b.0].id)));
    let mut loads = vec![0.0_f64; of];
    let mut counts = vec![0_usize; of];
    let mut owners = vec![0; cases.len()];
    for (place, weight) in order {
        // Cases that take no time are spread too.
        let least = (0..of).min_by(|a, b| {
            let by_load = loads[*a].total_cmp(&loads[*b]);
            by_load.then(counts[*a].cmp(&counts[*b]))
        });
        let least = least.unwrap_or(0);
        loads[least] += weight;
        counts[least] += 1;
        owners[place] = least;
    }
    owners
}

fn median(durations: &Durations) -> f64 {
    let mut all: Vec<_> = durations
        .values()
        .copied()
        .filter(|s| s.is_finite())
        .collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(1.0)
}
