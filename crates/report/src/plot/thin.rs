//! Leaving points out where there are more than can be seen.

/// The places of at most `max` values (and never fewer than eight) that show
/// the shape of them all: of each of many stretches the least, the greatest
/// and the first that is not finite; and the very first and last. So no
/// extreme is lost, and no gap.
pub(super) fn thin(values: &[f64], max: usize) -> Vec<usize> {
    let max = max.max(8);
    if values.len() <= max {
        return (0..values.len()).collect();
    }
    let stretches = (max - 2) / 3;
    let mut kept = vec![0, values.len() - 1];
    for stretch in 0..stretches {
        let from = stretch * values.len() / stretches;
        let to = (stretch + 1) * values.len() / stretches;
        let finite = || (from..to).filter(|place| values[*place].is_finite());
        let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        kept.extend(finite().min_by(by_value));
        kept.extend(finite().max_by(by_value));
        kept.extend((from..to).find(|place| !values[*place].is_finite()));
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_points_become_few_and_no_extreme_is_lost() {
        let mut values: Vec<f64> = (0..1_000_000).map(|x| (f64::from(x) / 1e5).sin()).collect();
        values[123_456] = 9.0;
        values[654_321] = -7.0;
        values[777_777] = f64::NAN;
        let kept = thin(&values, 200);
        assert!(kept.len() <= 200, "{}", kept.len());
        for place in [0, 123_456, 654_321, 777_777, 999_999] {
            assert!(kept.contains(&place), "{place}");
        }
        assert!(kept.is_sorted());
    }

    #[test]
    fn few_points_stay_as_they_are() {
        assert_eq!(thin(&[1.0, 2.0, 1.0], 100), [0, 1, 2]);
        assert_eq!(thin(&[], 100), [0; 0]);
        assert!(thin(&[f64::NAN; 50], 8).len() <= 8);
    }
}
