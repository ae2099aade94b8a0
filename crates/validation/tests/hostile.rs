//! Rows that nobody planned for: refused, or an error with its reason, or an
//! interval that admits it knows nothing. Never a panic, never a figure that is
//! not finite, never a narrow interval made of overflow.
#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use seatrial_rng::Streams;
use seatrial_validation::drift::{Measure, Numbers, Profile, compare, rule};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, Classes, Evidence, Paired, PairedBinary, PairedClasses,
    PairedRegression, Queries, Query, Regression,
};
use seatrial_validation::interval::Estimate;
use seatrial_validation::metric::{Confidence, families};
use seatrial_validation::table::Scale;
use seatrial_validation::{Error, Metric};

/// Every metric by its name, and some variants.
fn metrics() -> Vec<Metric> {
    let names = families().iter().map(|family| family.about.names[0]);
    let variants = [
        "f1",
        "f1_macro",
        "recall_micro",
        "precision_weighted",
        "recall[b]",
        "ece@3",
    ];
    names
        .chain(variants)
        .filter_map(|name| Metric::parse(name).ok())
        .collect()
}

fn confidence() -> Confidence {
    Confidence {
        resamples: 30,
        ..Confidence::new(0.05, Streams::new(1))
    }
}

fn sound(at: &str, estimate: &Estimate) {
    assert!(estimate.value.is_finite(), "{at}: {estimate:?}");
    assert!(
        estimate.low <= estimate.value && estimate.value <= estimate.high,
        "{at}: {estimate:?}"
    );
    assert!(!estimate.hidden.is_nan(), "{at}: {estimate:?}");
}

fn ask_all(evidence: Evidence) {
    for metric in metrics() {
        if let Ok(estimate) = metric.estimate(evidence, &confidence()) {
            sound(metric.name(), &estimate);
            let value = metric.value(evidence).unwrap();
            assert!(
                (value - estimate.value).abs() <= 1e-12 * value.abs().max(1.0),
                "{}",
                metric.name()
            );
        }
    }
}

fn compare_all(paired: Paired) {
    for metric in metrics() {
        if let Ok(compared) = metric.compare(paired, &confidence()) {
            sound(metric.name(), &compared.difference);
        }
    }
}

/// The ends of every kind of number, as often as ordinary ones.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        prop::sample::select(vec![
            0.0,
            -0.0,
            1.0,
            0.5,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::MIN,
            f64::EPSILON,
            5e-324,
            f64::NAN,
            f64::INFINITY,
            1e200,
            1e-200,
            1e9 + 0.5,
        ]),
        -2.0..2.0_f64,
    ]
}

fn probability() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0..=1.0_f64,
        prop::sample::select(vec![0.0, -0.0, 1.0, 0.5, 5e-324, 1.0 - f64::EPSILON / 2.0]),
    ]
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0..3.0_f64,
        prop::sample::select(vec![0.0, 1.0, 1e-300, 1e100, 1e12]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn binary_scores(
        rows in prop::collection::vec((probability(), probability(), any::<bool>(), weight()), 0..12),
        weighted: bool, budget in 0..6_usize,
    ) {
        let a: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let b: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.3).collect();
        let weights = weighted.then_some(&weights[..]);
        let options = BinaryOptions { budget, ..BinaryOptions::default() };
        let mut one = Binary::new(options);
        one.update(&a, &labels, weights).unwrap();
        ask_all(Evidence::Binary(&one.finish()));
        let mut two = PairedBinary::new(options);
        two.update(&a, &b, &labels, weights).unwrap();
        compare_all(Paired::Binary(&two.finish()));
    }

    #[test]
    fn scores_that_are_any_number(
        rows in prop::collection::vec((any_number(), any::<bool>()), 0..12),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let options = BinaryOptions { scale: Scale::Real, ..BinaryOptions::default() };
        let mut table = Binary::new(options);
        let bad = scores.iter().position(|score| !score.is_finite());
        match (table.update(&scores, &labels, None), bad) {
            (Ok(()), None) => ask_all(Evidence::Binary(&table.finish())),
            (Err(Error::Row { row, column: "score", .. }), Some(bad)) => {
                prop_assert_eq!(row, bad);
                prop_assert_eq!(table.rows(), 0);
            }
            (result, bad) => prop_assert!(false, "{result:?} for {bad:?}"),
        }
    }

    #[test]
    fn several_classes(
        rows in prop::collection::vec((prop::collection::vec(probability(), 3), 0..3_u32, weight()), 0..12),
        weighted: bool,
    ) {
        let mut p = Vec::new();
        for row in &rows {
            let sum: f64 = row.0.iter().sum();
            p.extend(row.0.iter().map(|x| if sum > 0.0 { x / sum } else { 1.0 / 3.0 }));
        }
        let labels: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let weights = weighted.then_some(&weights[..]);
        let names = ["a", "b", "c"].map(str::to_owned);
        let mut one = Classes::new(&names);
        one.update(&p, &labels, weights).unwrap();
        ask_all(Evidence::Classes(&one.finish()));
        let mut two = PairedClasses::new(&names);
        let turned: Vec<f64> = p.iter().rev().copied().collect();
        two.update(&p, &turned, &labels, weights).unwrap();
        compare_all(Paired::Classes(&two.finish()));
    }

    #[test]
    fn regressions(
        rows in prop::collection::vec((any_number(), any_number(), weight()), 0..12), weighted: bool,
    ) {
        let a: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let y: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let weights = weighted.then_some(&weights[..]);
        let mut one = Regression::new();
        if one.update(&a, &y, weights).is_ok() {
            ask_all(Evidence::Regression(&one));
        } else {
            prop_assert_eq!(one.rows(), 0);
        }
        let b: Vec<f64> = a.iter().map(|x| x / 2.0).collect();
        let mut two = PairedRegression::new();
        if two.update(&a, &b, &y, weights).is_ok() {
            compare_all(Paired::Regression(&two));
        }
    }

    #[test]
    fn queries(
        documents in prop::collection::vec((any_number(), any_number()), 0..9), weight in weight(),
    ) {
        let (scores, relevances): (Vec<f64>, Vec<f64>) = documents.into_iter().unzip();
        let mut table = Queries::new(&[Query::Ndcg(None), Query::ReciprocalRank(None), Query::AveragePrecision(None)]);
        if table.update(&scores, &relevances, weight).is_ok() {
            ask_all(Evidence::Queries(&table));
        } else {
            prop_assert_eq!(table.rows(), 0);
        }
    }

    #[test]
    fn columns(
        old in prop::collection::vec(any_number(), 0..12), new in prop::collection::vec(any_number(), 0..12),
        budget in 0..9_usize,
    ) {
        let profile = |values: &[f64]| {
            let mut profile = Numbers::new(budget);
            profile.update(values, None).is_ok().then(|| Profile::Numbers(profile.finish()))
        };
        if let (Some(old), Some(new)) = (profile(&old), profile(&new))
            && let Ok(drift) = compare(&old, &new)
        {
            prop_assert!((0.0..=1.0).contains(&drift.p_value), "{drift:?}");
            for measure in Measure::ALL {
                // An effect that cannot be computed is an error, not a zero.
                if let Ok(ruled) = rule(&[(&drift, measure, 0.1)], 0.05) {
                    prop_assert!(ruled[0].effect.is_finite());
                }
            }
        }
    }
}

#[test]
fn every_refusal_names_the_row_and_what_is_allowed() {
    let mut table = Binary::new(BinaryOptions::default());
    let labels = [true, false, true];
    for (scores, weights, says) in [
        (
            [0.1, 1.5, 2.0],
            None,
            "row 1: score is 1.5, but must be between 0 and 1",
        ),
        (
            [0.1, 0.2, f64::NAN],
            None,
            "row 2: score is NaN, but must be between 0 and 1",
        ),
        (
            [0.1, 0.2, 0.3],
            Some([1.0, -1.0, 1.0]),
            "row 1: weight is -1, but must be between 0 and 1e100",
        ),
    ] {
        let weights = weights.as_ref().map(|weights| &weights[..]);
        assert_eq!(
            table
                .update(&scores, &labels, weights)
                .unwrap_err()
                .to_string(),
            says
        );
    }
    assert_eq!(
        table.update(&[0.1], &labels, None).unwrap_err().to_string(),
        "label has 3 values for 1 rows"
    );
    assert_eq!(table.rows(), 0);
    let mut classes = Classes::new(&["a", "b"].map(str::to_owned));
    for (p, label, says) in [
        (
            [0.5, 0.4],
            0,
            "row 0: probability is a sum of 0.9, but must be probabilities that add up to 1",
        ),
        (
            [0.5, 0.5],
            2,
            "row 0: label is class 2, but must be below 2, the number of classes",
        ),
    ] {
        assert_eq!(
            classes.update(&p, &[label], None).unwrap_err().to_string(),
            says
        );
    }
}

#[test]
fn a_metric_that_rows_cannot_answer_says_what_it_needs() {
    let mut table = Classes::new(&["a", "b", "c"].map(str::to_owned));
    table
        .update_decisions(&[0, 1, 2], &[0, 1, 1], None)
        .unwrap();
    let says = |name: &str| {
        let metric = Metric::parse(name).unwrap();
        metric
            .estimate(Evidence::Classes(&table), &confidence())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        says("log_loss"),
        "log_loss needs probabilities, which class decisions without probabilities do not have"
    );
    assert_eq!(
        says("mae"),
        "mae needs predicted numbers, which class decisions without probabilities do not have"
    );
    assert!(
        says("precision").contains("`precision_macro` or `precision[CLASS]`"),
        "{}",
        says("precision")
    );
    assert_eq!(
        says("recall[z]"),
        "recall[z] is undefined: there is no class `z`"
    );
    assert_eq!(
        says("recall[c]"),
        "recall[c] is undefined: no row is labelled positive"
    );
}

#[test]
fn an_error_rate_that_is_none_is_refused() {
    let mut table = Regression::new();
    table.update(&[1.0, 2.0], &[1.5, 2.0], None).unwrap();
    for rate in [0.0, 1.0, -0.1, f64::NAN] {
        let confidence = Confidence::new(rate, Streams::new(1));
        let mae = Metric::parse("mae").unwrap();
        assert!(matches!(
            mae.estimate(Evidence::Regression(&table), &confidence),
            Err(Error::Argument { .. })
        ));
    }
}

#[test]
fn four_right_answers_prove_no_perfection() {
    let (scores, labels) = ([0.1, 0.2, 0.8, 0.9], [false, false, true, true]);
    let mut one = Binary::new(BinaryOptions::default());
    one.update(&scores, &labels, None).unwrap();
    let one = one.finish();
    let mut two = PairedBinary::new(BinaryOptions::default());
    two.update(&scores, &scores, &labels, None).unwrap();
    let two = two.finish();
    for name in [
        "accuracy",
        "recall",
        "precision",
        "f1",
        "balanced_accuracy",
        "matthews_corrcoef",
        "cohen_kappa",
        "roc_auc",
        "average_precision",
        "recall_at_precision",
    ] {
        let metric = Metric::parse(name).unwrap();
        let estimate = metric
            .estimate(Evidence::Binary(&one), &confidence())
            .unwrap();
        assert_eq!(estimate.value, 1.0, "{name}");
        assert!(estimate.low < 0.8, "{name}: {estimate:?}");
        let compared = metric.compare(Paired::Binary(&two), &confidence()).unwrap();
        assert!(compared.difference.low < -0.1, "{name}: {compared:?}");
    }
}
