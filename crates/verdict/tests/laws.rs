//! What holds for every number: nothing passes that was not shown to be right.

use proptest::prelude::*;
use seatrial_verdict::{Bound, Measurement, Placement, Spanning, Status, Verdict};

/// Any number at all: ordinary, special, and near one another.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -3.0_f64..3.0,
        2 => (-3_i32..3).prop_map(f64::from),
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MAX]),
    ]
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        number().prop_map(Bound::AtMost),
        number().prop_map(Bound::AtLeast),
        number().prop_map(Bound::Below),
        number().prop_map(Bound::Above),
        (number(), number()).prop_map(|(low, high)| Bound::Between(low, high)),
        number().prop_map(Bound::Equal),
    ]
}

fn judge(measurement: Measurement, spanning: Spanning) -> Status {
    Verdict::judge(vec![measurement], spanning).status
}

proptest! {
    #[test]
    fn no_bound_allows_what_is_not_a_finite_number(bound in bound()) {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            prop_assert!(!bound.allows(value));
            let measurement = Measurement::new("x", value).bound(bound);
            prop_assert_eq!(judge(measurement, Spanning::Pass), Status::Fail);
        }
    }

    #[test]
    fn a_miss_is_zero_for_what_is_allowed_and_only_at_an_open_end_else(
        bound in bound(),
        value in number(),
    ) {
        let missed = bound.missed_by(value);
        let open_end = match bound {
            Bound::Below(end) | Bound::Above(end) => value == end,
            _ => false,
        };
        prop_assert_eq!(missed == 0.0, bound.allows(value) || (open_end && value.is_finite()));
        prop_assert!(missed.is_nan() || missed >= 0.0);
    }

    #[test]
    fn a_larger_miss_is_further_away(bound in bound(), a in -5.0_f64..5.0, b in -5.0_f64..5.0) {
        // Along a line away from an allowed value, a miss never shrinks.
        let (near, far) = if a.abs() <= b.abs() { (a, b) } else { (b, a) };
        if bound.allows(0.0) && near * far >= 0.0 {
            prop_assert!(bound.missed_by(near) <= bound.missed_by(far));
        }
    }

    #[test]
    fn an_interval_inside_holds_only_what_is_allowed(
        bound in bound(),
        low in number(),
        high in number(),
        share in 0.0_f64..=1.0,
    ) {
        let within = low + (high - low) * share;
        let is_interval = low <= high && within.is_finite();
        match bound.place(low, high) {
            Placement::Inside => prop_assert!(!is_interval || bound.allows(within)),
            Placement::Outside => prop_assert!(!is_interval || !bound.allows(within)),
            Placement::Spanning => prop_assert!(!(bound.allows(low) && bound.allows(high))),
        }
    }

    #[test]
    fn a_point_never_spans(bound in bound(), value in -5.0_f64..5.0) {
        let inside = bound.place(value, value) == Placement::Inside;
        prop_assert_eq!(inside, bound.allows(value));
        if !matches!(bound, Bound::Between(..)) {
            prop_assert_ne!(bound.place(value, value), Placement::Spanning);
        }
    }

    #[test]
    fn a_narrower_interval_is_never_less_certain(
        bound in bound(),
        centre in -3.0_f64..3.0,
        narrow in 0.0_f64..2.0,
        more in 0.0_f64..2.0,
    ) {
        let place = |half: f64| bound.place(centre - half, centre + half);
        let (narrow, wide) = (place(narrow), place(narrow + more));
        if wide != Placement::Spanning && narrow != Placement::Spanning {
            prop_assert_eq!(narrow, wide);
        }
        prop_assert!(wide == Placement::Spanning || narrow == wide);
    }

    #[test]
    fn a_pass_means_that_every_measurement_is_right_throughout(
        all in prop::collection::vec(
            (number(), prop::option::of(bound()), prop::option::of((number(), number()))),
            0..5,
        ),
        passing: bool,
    ) {
        let measurements: Vec<Measurement> = all
            .iter()
            .map(|(value, bound, interval)| {
                let mut measurement = Measurement::new("x", *value);
                measurement.bound = *bound;
                match interval {
                    Some((low, high)) => measurement.interval(*low, *high),
                    None => measurement,
                }
            })
            .collect();
        let spanning = if passing { Spanning::Pass } else { Spanning::Inconclusive };
        let verdict = Verdict::judge(measurements, spanning);
        prop_assert_eq!(verdict.status == Status::Pass, verdict.message.is_empty());
        if verdict.status == Status::Pass {
            prop_assert!(all.iter().any(|(_, bound, _)| bound.is_some()));
            for (value, bound, interval) in all {
                let (low, high) = interval.unwrap_or((value, value));
                prop_assert!(low.is_finite() && high.is_finite());
                prop_assert!(low <= value && value <= high);
                if let (Some(bound), false) = (bound, passing) {
                    prop_assert!(bound.allows(low) && bound.allows(value) && bound.allows(high));
                }
            }
        }
    }

    #[test]
    fn one_bad_measurement_spoils_any_number_of_good_ones(
        good in prop::collection::vec(-1.0_f64..1.0, 1..5),
        place in 0_usize..5,
        bad in number(),
    ) {
        prop_assume!(bad.is_nan() || bad.abs() > 1.0);
        let within = Bound::Between(-1.0, 1.0);
        let measure = |value| Measurement::new("x", value).bound(within);
        let mut measurements: Vec<_> = good.into_iter().map(measure).collect();
        measurements.insert(place.min(measurements.len()), measure(bad));
        let verdict = Verdict::judge(measurements, Spanning::Pass);
        prop_assert_eq!(verdict.status, Status::Fail);
        prop_assert!(verdict.message.contains("expected in [-1, 1]"));
    }
}

#[test]
fn a_value_outside_its_own_interval_is_no_evidence() {
    let beside = Measurement::new("x", 5.0)
        .bound(Bound::AtMost(1.0))
        .interval(0.0, 1.0);
    let verdict = Verdict::judge(vec![beside], Spanning::Pass);
    assert_eq!(verdict.status, Status::Fail);
    assert!(
        verdict
            .message
            .ends_with("the value lies outside its own interval")
    );
}

#[test]
fn half_an_interval_is_judged_with_the_value_as_its_other_end() {
    let mut half = Measurement::new("x", 0.5).bound(Bound::AtMost(1.0));
    half.high = Some(2.0);
    assert_eq!(
        judge(half.clone(), Spanning::Inconclusive),
        Status::Inconclusive
    );
    half.high = Some(0.9);
    assert_eq!(judge(half, Spanning::Inconclusive), Status::Pass);
}

#[test]
fn an_interval_without_end_fails_and_says_so() {
    let endless = Measurement::new("mean", 0.5)
        .bound(Bound::AtMost(1.0))
        .interval(f64::NEG_INFINITY, f64::INFINITY);
    let verdict = Verdict::judge(vec![endless], Spanning::Pass);
    assert_eq!(verdict.status, Status::Fail);
    assert!(verdict.message.ends_with("its interval has no finite end"));
}

#[test]
fn a_reason_against_comes_first_and_hints_last() {
    let measured = Measurement::new("x", 2.0).bound(Bound::AtMost(1.0));
    let verdict = Verdict::judge(vec![measured], Spanning::Pass)
        .with_hint("the likely cause")
        .against("column `a`");
    let lines: Vec<&str> = verdict.message.lines().collect();
    assert_eq!(
        lines,
        [
            "column `a`",
            "x 2, expected ≤ 1: missed by 1",
            "the likely cause"
        ]
    );
    let passed = Measurement::new("x", 0.0).bound(Bound::AtMost(1.0));
    let passed = Verdict::judge(vec![passed], Spanning::Pass).with_hint("no cause");
    assert_eq!((passed.status, passed.message.as_str()), (Status::Pass, ""));
    assert_eq!(passed.against("but").status, Status::Fail);
}

#[test]
fn numbers_are_shown_as_people_read_them() {
    let shown = |value| Measurement::new("x", value).to_string();
    assert_eq!(shown(0.0), "x 0");
    assert_eq!(shown(1234567.0), "x 1234567");
    assert_eq!(shown(0.1 + 0.2), "x 0.3");
    assert_eq!(shown(-2.5), "x -2.5");
    assert_eq!(shown(0.000123456), "x 0.00012346");
    assert_eq!(shown(1.5e-7), "x 1.5000e-7");
    assert_eq!(shown(123456.78), "x 123457");
    assert_eq!(shown(f64::NAN), "x NaN");
}
