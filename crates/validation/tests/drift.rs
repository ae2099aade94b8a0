//! Drift: as SciPy has it, without the bias of small samples, and silent on
//! columns that did not move.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use seatrial_rng::Streams;
use seatrial_validation::Error;
use seatrial_validation::comparison::{benjamini_hochberg, holm};
use seatrial_validation::drift::{
    Categories, ColumnDrift, Measure, Numbers, Profile, compare, rule,
};
use seatrial_validation::table::Mass;
use support::{near, numbers, reference};

fn of_numbers(values: &[f64]) -> Profile {
    let mut profile = Numbers::new(Numbers::BUDGET);
    profile.update(values, None).unwrap();
    Profile::Numbers(profile.finish())
}

fn of_counts(counts: &[(&str, u64)]) -> Profile {
    let mut profile = Categories::new(Categories::BUDGET);
    for (category, count) in counts {
        profile.add(Some(category), Mass::of_rows(*count)).unwrap();
    }
    Profile::Categories(profile)
}

fn seen(drift: &ColumnDrift, measure: Measure) -> Option<f64> {
    drift
        .measured
        .iter()
        .find(|m| m.measure == measure)
        .map(|m| m.seen)
}

#[test]
fn shifts_of_numbers_are_as_recorded() {
    for case in reference("drift")["numbers"].as_array().unwrap() {
        let [old, new] = ["reference", "current"].map(|key| of_numbers(&numbers(&case[key])));
        let drift = compare(&old, &new).unwrap();
        for measure in [Measure::KolmogorovSmirnov, Measure::Wasserstein] {
            let expected = case[measure.name()].as_f64();
            assert_eq!(
                seen(&drift, measure).is_some(),
                expected.is_some(),
                "{measure}"
            );
            if let Some(expected) = expected {
                let seen = seen(&drift, measure).unwrap();
                assert!(
                    near(seen, expected, 1e-12),
                    "{measure}: {seen} for {expected}"
                );
            }
        }
        assert!(near(
            drift.p_value,
            case["p_value"].as_f64().unwrap(),
            1e-12
        ));
    }
}

#[test]
fn shifts_of_categories_are_as_recorded() {
    for case in reference("drift")["categories"].as_array().unwrap() {
        let [old, new] = ["reference", "current"].map(|key| {
            let counts = numbers(&case[key]);
            let named: Vec<(&str, u64)> = ["a", "b", "c"]
                .into_iter()
                .zip(counts.iter().map(|n| *n as u64))
                .collect();
            of_counts(&named)
        });
        let drift = compare(&old, &new).unwrap();
        for measure in Measure::ALL.into_iter().filter(|m| !m.needs_numbers()) {
            let expected = case[measure.name()].as_f64().unwrap();
            let seen = seen(&drift, measure).unwrap();
            assert!(near(seen, expected, 1e-12), "{measure} {case}: {seen}");
        }
        assert!(
            near(drift.p_value, case["p_value"].as_f64().unwrap(), 1e-10),
            "{case}"
        );
    }
}

#[test]
fn corrections_are_as_recorded() {
    for case in reference("drift")["corrections"].as_array().unwrap() {
        let p = numbers(&case["p_values"]);
        for (seen, key) in [
            (holm(&p), "holm"),
            (benjamini_hochberg(&p), "benjamini_hochberg"),
        ] {
            let expected = numbers(&case[key]);
            assert!(
                seen.iter().zip(expected).all(|(a, b)| near(*a, b, 1e-12)),
                "{key} {seen:?}"
            );
        }
    }
    assert!(holm(&[f64::NAN, 0.01])[0].is_nan());
    assert_eq!(holm(&[f64::NAN, 0.01])[1], 0.02);
}

#[test]
fn what_small_samples_show_is_taken_off() {
    // Of samples of one distribution, at any size, the mean excess is nought.
    let mut stream = Streams::new(5).stream("drift");
    for rows in [20, 200] {
        let mut off = std::collections::BTreeMap::<Measure, (f64, f64)>::new();
        let repeats = 400;
        for _ in 0..repeats {
            let mut draw = || -> Vec<f64> { (0..rows).map(|_| stream.normal()).collect() };
            let drift = compare(&of_numbers(&draw()), &of_numbers(&draw())).unwrap();
            for m in &drift.measured {
                let (seen, expected) = off.entry(m.measure).or_default();
                let power = if matches!(
                    m.measure,
                    Measure::JensenShannon | Measure::Hellinger | Measure::ChiSquare
                ) {
                    2
                } else {
                    1
                };
                *seen += m.seen.powi(power) / f64::from(repeats);
                *expected += m.expected.powi(power) / f64::from(repeats);
            }
        }
        for (measure, (seen, expected)) in off {
            // Tenths of the reference are cut to fit it, which leaves a little less.
            assert!(
                expected / seen > 0.8 && expected / seen < 1.3,
                "{measure} {rows}: {seen} {expected}"
            );
        }
    }
}

#[test]
fn a_shift_is_seen_and_its_absence_is_not() {
    let mut stream = Streams::new(6).stream("drift");
    let mut draw =
        |shift: f64| -> Vec<f64> { (0..2000).map(|_| stream.normal() + shift).collect() };
    let old = of_numbers(&draw(0.0));
    let same = compare(&old, &of_numbers(&draw(0.0))).unwrap();
    let moved = compare(&old, &of_numbers(&draw(0.6))).unwrap();
    for measure in Measure::ALL {
        let columns = [
            (&same, measure, measure.threshold()),
            (&moved, measure, measure.threshold()),
        ];
        let ruled = rule(&columns, 0.01).unwrap();
        assert!(
            !ruled[0].drifted && ruled[1].drifted,
            "{measure}: {ruled:?}"
        );
    }
}

#[test]
fn a_large_shift_of_few_rows_is_no_alarm() {
    let drift = compare(&of_numbers(&[0.0, 1.0, 2.0]), &of_numbers(&[1.0, 3.0])).unwrap();
    let ruled = rule(&[(&drift, Measure::Wasserstein, 0.1)], 0.01).unwrap();
    assert!(!ruled[0].drifted, "{ruled:?}");
    assert!(
        drift.detectable(0.01) > 1.0,
        "nothing can be told from five rows"
    );
}

#[test]
fn missing_values_are_a_shift() {
    let old = of_numbers(&(0..500).map(f64::from).collect::<Vec<_>>());
    let mut half = Numbers::new(Numbers::BUDGET);
    half.update(
        &(0..250).map(|i| f64::from(2 * i)).collect::<Vec<_>>(),
        None,
    )
    .unwrap();
    half.add_missing(Mass::of_rows(250));
    let drift = compare(&old, &Profile::Numbers(half.finish())).unwrap();
    assert_eq!(drift.missing, [0.0, 0.5]);
    assert!(drift.p_value < 1e-9 && drift.effect(Measure::KolmogorovSmirnov).unwrap() > 0.4);
    let mut none = Numbers::new(Numbers::BUDGET);
    none.add_missing(Mass::of_rows(9));
    let drift = compare(&old, &Profile::Numbers(none.finish())).unwrap();
    assert_eq!(seen(&drift, Measure::KolmogorovSmirnov), Some(1.0));
}

#[test]
fn new_and_vanished_categories_are_named() {
    let old = of_counts(&[("tea", 500), ("coffee", 400), ("mate", 30)]);
    let new = of_counts(&[("tea", 480), ("coffee", 390), ("cocoa", 60), ("milk", 1)]);
    let drift = compare(&old, &new).unwrap();
    let names = |all: &[seatrial_validation::drift::Novelty]| -> Vec<String> {
        all.iter().map(|n| n.category.clone()).collect()
    };
    assert_eq!(names(&drift.new), ["cocoa", "milk"]);
    assert_eq!(names(&drift.vanished), ["mate"]);
    assert!(drift.new[0].p_value < 1e-10 && drift.new[1].p_value > 0.4);
}

#[test]
fn a_saved_profile_stands_for_its_rows() {
    let mut stream = Streams::new(7).stream("profile");
    let mut draw = || -> Vec<f64> { (0..9000).map(|_| stream.normal()).collect() };
    let (old, new) = (of_numbers(&draw()), of_numbers(&draw()));
    let text = serde_json::to_string(&old).unwrap();
    let read: Profile = serde_json::from_str(&text).unwrap();
    let (a, b) = (compare(&old, &new).unwrap(), compare(&read, &new).unwrap());
    for (a, b) in a.measured.iter().zip(&b.measured) {
        assert!(near(a.seen, b.seen, 1e-9), "{a:?} {b:?}");
    }
}

#[test]
fn nothing_is_not_like_anything() {
    let some = of_numbers(&[1.0, 2.0]);
    let none = of_numbers(&[]);
    assert!(matches!(
        compare(&some, &none),
        Err(Error::Undefined { .. })
    ));
    assert!(matches!(
        compare(&none, &some),
        Err(Error::Undefined { .. })
    ));
    let categories = of_counts(&[("a", 1)]);
    assert!(matches!(compare(&some, &categories), Err(Error::Unlike(_))));
    let mut few = Categories::new(2);
    few.add(Some("a"), Mass::of_rows(1)).unwrap();
    few.add(Some("b"), Mass::of_rows(1)).unwrap();
    assert!(matches!(
        few.add(Some("c"), Mass::of_rows(1)),
        Err(Error::TooMany { .. })
    ));
    let mut profile = Numbers::new(8);
    assert!(matches!(
        profile.update(&[1.0, f64::NAN], None),
        Err(Error::Row { row: 1, .. })
    ));
}
