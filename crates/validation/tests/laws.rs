//! What holds for all rows.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use proptest::prelude::*;
use seatrial_rng::Streams;
use seatrial_validation::Metric;
use seatrial_validation::comparison::{Ruling, non_inferiority};
use seatrial_validation::drift::{Numbers, Profile, compare};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, Evidence, Paired, PairedBinary, PairedRegression, Regression,
};
use seatrial_validation::interval::{Estimate, delong};
use seatrial_validation::metric::{Confidence, Direction, families};
use seatrial_validation::table::{Moments, Scale};
use support::near;

/// Scores, labels and weights; few distinct scores, so that there are ties.
type Rows = Vec<(f64, bool, f64)>;

fn rows(len: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Rows> {
    let score = prop_oneof![
        (0..=20_u8).prop_map(|tenths| f64::from(tenths) / 20.0),
        0.0..=1.0_f64,
    ];
    let weight = (0..4_u8).prop_map(|halves| f64::from(halves) / 2.0);
    prop::collection::vec((score, any::<bool>(), weight), len)
}

fn options(budget: usize) -> BinaryOptions {
    BinaryOptions {
        budget,
        ..BinaryOptions::default()
    }
}

fn binary(rows: &[(f64, bool, f64)], budget: usize) -> Binary {
    let mut table = Binary::new(options(budget));
    // In small batches, as rows come from files.
    for batch in rows.chunks(7) {
        let scores: Vec<f64> = batch.iter().map(|row| row.0).collect();
        let labels: Vec<bool> = batch.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = batch.iter().map(|row| row.2).collect();
        table.update(&scores, &labels, Some(&weights)).unwrap();
    }
    table
}

/// Every metric of binary scores that these rows have.
fn figures(table: Binary) -> Vec<(String, Option<f64>)> {
    let table = table.finish();
    let names = families().iter().map(|family| family.about.names[0]);
    names
        .filter(|name| *name != "f_beta")
        .map(|name| {
            let metric = Metric::parse(name).unwrap();
            (name.to_owned(), metric.value(Evidence::Binary(&table)).ok())
        })
        .collect()
}

fn same(a: &[(String, Option<f64>)], b: &[(String, Option<f64>)]) -> Result<(), TestCaseError> {
    for ((name, a), (_, b)) in a.iter().zip(b) {
        match (a, b) {
            (Some(a), Some(b)) => prop_assert!(near(*a, *b, 1e-9), "{name}: {a} and {b}"),
            (a, b) => prop_assert_eq!(a.is_some(), b.is_some(), "{}", name),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative(
        a in rows(0..40), b in rows(0..40), c in rows(0..40), budget in 2..64_usize,
    ) {
        let of = |rows: &Rows| binary(rows, budget);
        let merged = |mut first: Binary, second: Binary| { first.merge(second).unwrap(); first };
        let left = merged(merged(of(&a), of(&b)), of(&c));
        let right = merged(of(&a), merged(of(&b), of(&c)));
        let back = merged(merged(of(&c), of(&b)), of(&a));
        let whole: Rows = [a.clone(), b.clone(), c.clone()].concat();
        let [left, right, back, whole] = [left, right, back, of(&whole)].map(Binary::finish);
        for other in [&right, &back, &whole] {
            // Cells are the same ones, not merely cells of the same figures.
            let (x, y) = (left.scores().cells(), other.scores().cells());
            prop_assert_eq!(x.len(), y.len());
            for (x, y) in x.iter().zip(y) {
                prop_assert_eq!(left.scores().range_of(x), other.scores().range_of(y));
                prop_assert!(near(x.mass[0].weight, y.mass[0].weight, 1e-12));
                prop_assert!(near(x.mass[1].weight, y.mass[1].weight, 1e-12));
            }
        }
        let empty = merged(Binary::new(options(budget)), left.clone());
        let left = figures(left);
        for other in [right, back, whole, empty] {
            same(&left, &figures(other))?;
        }
    }

    #[test]
    fn doubling_a_row_is_giving_it_twice_the_weight(all in rows(1..60)) {
        let doubled: Rows = all.iter().map(|row| (row.0, row.1, 2.0 * row.2)).collect();
        let twice: Rows = [all.clone(), all.clone()].concat();
        same(&figures(binary(&doubled, 1 << 10)), &figures(binary(&twice, 1 << 10)))?;
        // All weights doubled change no figure at all, nor any error.
        let (one, two) = (binary(&all, 1 << 10).finish(), binary(&doubled, 1 << 10).finish());
        if let (Ok(one), Ok(two)) = (delong(one.scores()), delong(two.scores())) {
            prop_assert!(near(one.value, two.value, 1e-12));
            match (one.variance, two.variance) {
                (Some(one), Some(two)) => prop_assert!(near(one, two, 1e-12)),
                (one, two) => prop_assert_eq!(one, two),
            }
        }
    }

    #[test]
    fn rows_of_weight_zero_leave_no_trace(all in rows(1..60)) {
        let some: Rows = all.iter().copied().filter(|row| row.2 > 0.0).collect();
        same(&figures(binary(&all, 1 << 10)), &figures(binary(&some, 1 << 10)))?;
    }

    #[test]
    fn the_area_of_reversed_scores_is_one_minus_it(all in rows(2..80)) {
        let mirrored: Rows = all.iter().map(|row| (1.0 - row.0, row.1, row.2)).collect();
        let flipped: Rows = all.iter().map(|row| (row.0, !row.1, row.2)).collect();
        let area = |rows: &Rows| delong(binary(rows, 1 << 10).finish().scores());
        if let Ok(auc) = area(&all) {
            for other in [area(&mirrored).unwrap(), area(&flipped).unwrap()] {
                prop_assert!(near(other.value, 1.0 - auc.value, 1e-12));
                if let (Some(a), Some(b)) = (auc.variance, other.variance) {
                    prop_assert!(near(a, b, 1e-12));
                }
            }
        }
    }

    #[test]
    fn coarse_cells_hide_no_more_than_they_say(all in rows(10..200), budget in 2..40_usize) {
        let area = |budget: usize| delong(binary(&all, budget).finish().scores());
        if let (Ok(exact), Ok(coarse)) = (area(1 << 12), area(budget)) {
            prop_assert_eq!(exact.hidden, 0.0);
            let off = (exact.value - coarse.value).abs();
            prop_assert!(off <= coarse.hidden + 1e-12, "off by {off}, {} said", coarse.hidden);
            let table = binary(&all, budget).finish();
            prop_assert!(table.scores().cells().len() <= budget);
        }
    }

    #[test]
    fn a_version_is_no_worse_than_itself(all in rows(5..60), seed: u64) {
        let scores: Vec<f64> = all.iter().map(|row| row.0).collect();
        let labels: Vec<bool> = all.iter().map(|row| row.1).collect();
        let mut table = PairedBinary::new(BinaryOptions::default());
        table.update(&scores, &scores, &labels, None).unwrap();
        let table = table.finish();
        let confidence = Confidence { resamples: 50, ..Confidence::new(0.1, Streams::new(seed)) };
        for name in ["accuracy", "f1", "log_loss", "brier", "roc_auc", "average_precision", "ece"] {
            let metric = Metric::parse(name).unwrap();
            if let Ok(compared) = metric.compare(Paired::Binary(&table), &confidence) {
                prop_assert_eq!(compared.difference.value, 0.0, "{}", name);
                prop_assert!(compared.difference.low <= 0.0 && compared.difference.high >= 0.0);
            }
        }
    }

    #[test]
    fn swapping_versions_turns_the_difference_round(
        all in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64, any::<bool>()), 6..60),
    ) {
        let (a, b): (Vec<f64>, Vec<f64>) = all.iter().map(|row| (row.0, row.1)).unzip();
        let labels: Vec<bool> = all.iter().map(|row| row.2).collect();
        let compared = |a: &[f64], b: &[f64], name: &str| {
            let mut table = PairedBinary::new(BinaryOptions::default());
            table.update(a, b, &labels, None).unwrap();
            let confidence = Confidence::new(0.1, Streams::new(1));
            let metric = Metric::parse(name).unwrap();
            metric.compare(Paired::Binary(&table.finish()), &confidence).ok()
        };
        for name in ["accuracy", "recall", "brier", "log_loss", "roc_auc"] {
            let (there, back) = (compared(&a, &b, name), compared(&b, &a, name));
            prop_assert_eq!(there.is_some(), back.is_some());
            if let (Some(there), Some(back)) = (there, back) {
                let (there, back) = (there.difference, back.difference);
                prop_assert!(near(there.value, -back.value, 1e-12), "{name}");
                prop_assert!(near(there.low, -back.high, 1e-9), "{name}: {there:?} {back:?}");
                prop_assert!(near(there.high, -back.low, 1e-9), "{name}: {there:?} {back:?}");
            }
        }
    }

    #[test]
    fn moments_do_not_depend_on_how_rows_are_cut(
        values in prop::collection::vec(-1e3..1e3_f64, 1..80), cut in 0..80_usize, origin in -1e9..1e9_f64,
    ) {
        let values: Vec<f64> = values.iter().map(|x| x + origin).collect();
        let of = |values: &[f64]| { let mut m = Moments::new(); m.update(values, None).unwrap(); m };
        let cut = cut.min(values.len());
        let mut parts = of(&values[cut..]);
        parts.merge(&of(&values[..cut]));
        let whole = of(&values);
        prop_assert!(near(parts.mean().unwrap(), whole.mean().unwrap(), 1e-14));
        // Rounding of the values themselves is all that may differ.
        let rounding = origin.abs().max(1.0) * 1e-15;
        prop_assert!(near(parts.variance().unwrap(), whole.variance().unwrap(), 1e-9 + rounding));
    }

    #[test]
    fn regressions_do_not_depend_on_how_rows_are_cut(
        all in prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64, 0..3_u8), 2..60),
        cut in 0..60_usize, origin in -1e6..1e6_f64,
    ) {
        let p: Vec<f64> = all.iter().map(|row| row.0 + origin).collect();
        let y: Vec<f64> = all.iter().map(|row| row.1 + origin).collect();
        let w: Vec<f64> = all.iter().map(|row| f64::from(row.2)).collect();
        let cut = cut.min(all.len());
        let of = |range: std::ops::Range<usize>| {
            let mut table = Regression::new();
            table.update(&p[range.clone()], &y[range.clone()], Some(&w[range])).unwrap();
            table
        };
        let mut parts = of(cut..all.len());
        parts.merge(of(0..cut)).unwrap();
        let whole = of(0..all.len());
        let confidence = Confidence::new(0.1, Streams::new(1));
        for name in ["mae", "rmse", "r2", "pinball@0.9"] {
            let metric = Metric::parse(name).unwrap();
            let estimate = |table| metric.estimate(Evidence::Regression(table), &confidence);
            match (estimate(&parts), estimate(&whole)) {
                (Ok(a), Ok(b)) => {
                    prop_assert!(near(a.value, b.value, 1e-8), "{name}: {a:?} {b:?}");
                    if b.high.is_finite() {
                        prop_assert!(near(a.high, b.high, 1e-6), "{name}: {a:?} {b:?}");
                    }
                }
                (a, b) => prop_assert_eq!(a.is_ok(), b.is_ok(), "{}", name),
            }
        }
        let mut paired = PairedRegression::new();
        paired.update(&p, &p, &y, Some(&w)).unwrap();
        for name in ["mae", "rmse", "r2", "pinball"] {
            let metric = Metric::parse(name).unwrap();
            if let Ok(compared) = metric.compare(Paired::Regression(&paired), &confidence) {
                prop_assert!(compared.difference.value.abs() < 1e-9, "{name}");
            }
        }
    }

    #[test]
    fn a_column_has_not_drifted_from_itself(values in prop::collection::vec(-1e6..1e6_f64, 1..200)) {
        let mut profile = Numbers::new(64);
        profile.update(&values, None).unwrap();
        let profile = Profile::Numbers(profile.finish());
        let drift = compare(&profile, &profile).unwrap();
        prop_assert_eq!(drift.p_value, 1.0);
        for measured in &drift.measured {
            prop_assert!(measured.effect == 0.0 && measured.seen.abs() < 1e-12, "{:?}", measured);
        }
    }

    #[test]
    fn any_finite_numbers_are_scores(values in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO, 2..60)) {
        let labels: Vec<bool> = (0..values.len()).map(|i| i % 2 == 0).collect();
        let mut table = Binary::new(BinaryOptions { scale: Scale::Real, ..options(1 << 10) });
        table.update(&values, &labels, None).unwrap();
        let table = table.finish();
        let seen: Vec<f64> = table.scores().cells().iter().map(|c| table.scores().range_of(c).0).collect();
        let mut expected: Vec<f64> = values.iter().map(|x| x + 0.0).collect();
        expected.sort_by(f64::total_cmp);
        expected.dedup();
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn a_ruling_depends_on_no_sign_and_no_scale(
        value in -1.0..1.0_f64, below in 0.0..1.0_f64, above in 0.0..1.0_f64, margin in 0.0..1.0_f64,
    ) {
        let estimate = |value: f64, low: f64, high: f64| Estimate {
            value, low, high, hidden: 0.0, method: seatrial_validation::interval::Method::DeLong,
        };
        let higher = estimate(value, value - below, value + above);
        let lower = estimate(-value, -value - above, -value + below);
        let a = non_inferiority(&higher, Direction::Higher, margin, 100);
        let b = non_inferiority(&lower, Direction::Lower, margin, 100);
        prop_assert_eq!(a, b);
        if a.ruling != Ruling::Inconclusive {
            prop_assert_eq!(a.rows_needed, None);
        }
    }
}

#[test]
fn what_is_not_a_number_is_not_decided() {
    for (value, low, high) in [
        (f64::NAN, 0.0, 0.0),
        (0.0, f64::NEG_INFINITY, f64::INFINITY),
        (0.0, f64::NAN, f64::NAN),
    ] {
        let estimate = Estimate {
            value,
            low,
            high,
            hidden: 0.0,
            method: seatrial_validation::interval::Method::Unknown,
        };
        for direction in [Direction::Higher, Direction::Lower] {
            let ruled = non_inferiority(&estimate, direction, 0.1, 10);
            assert_eq!(ruled.ruling, Ruling::Inconclusive, "{estimate:?}");
        }
    }
}
