//! Every figure as scikit-learn, SciPy and statsmodels have it: see
//! `reference/record.py`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use seatrial_rng::Streams;
use seatrial_validation::comparison::{self, tango};
use seatrial_validation::evidence::{
    Binary, BinaryOptions, Classes, Evidence, IntervalRows, Intervals, Labels, PairedBinary,
    Queries, Query, Regression,
};
use seatrial_validation::interval::{clopper_pearson, delong, wilson};
use seatrial_validation::metric::Confidence;
use seatrial_validation::table::{Mass, Moments};
use seatrial_validation::{Error, Metric};
use serde_json::Value;
use support::{near, numbers, reference};

fn weights(case: &Value) -> Option<Vec<f64>> {
    (!case["weights"].is_null()).then(|| numbers(&case["weights"]))
}

/// Holds a metric's value, and the one in its interval, against the recorded.
fn agree(case: &Value, evidence: Evidence) {
    let confidence = Confidence {
        resamples: 200,
        ..Confidence::new(0.1, Streams::new(1))
    };
    let figures = case["figures"].as_object().unwrap();
    assert!(!figures.is_empty());
    for (name, expected) in figures {
        let metric = Metric::parse(name).unwrap();
        let at = format!("{name} of {}", case["name"]);
        let value = metric.value(evidence);
        let Some(expected) = expected.as_f64() else {
            assert!(
                matches!(value, Err(Error::Undefined { .. })),
                "{at}: {value:?}"
            );
            assert!(metric.estimate(evidence, &confidence).is_err(), "{at}");
            continue;
        };
        let value = value.unwrap_or_else(|error| panic!("{at}: {error}"));
        assert!(near(value, expected, 1e-11), "{at}: {value} for {expected}");
        match metric.estimate(evidence, &confidence) {
            Ok(estimate) => {
                assert_eq!(estimate.value, value, "{at}");
                assert!(
                    estimate.low <= value && value <= estimate.high,
                    "{at}: {estimate:?}"
                );
            }
            Err(error) => assert!(error.to_string().contains("too few rows"), "{at}: {error}"),
        }
    }
}

#[test]
fn metrics_of_binary_scores_are_as_recorded() {
    for case in reference("metrics")["binary"].as_array().unwrap() {
        let labels: Vec<bool> = numbers(&case["labels"]).iter().map(|y| *y == 1.0).collect();
        let mut table = Binary::new(BinaryOptions::default());
        table
            .update(
                &numbers(&case["predictions"]),
                &labels,
                weights(case).as_deref(),
            )
            .unwrap();
        agree(case, Evidence::Binary(&table.finish()));
    }
}

#[test]
fn metrics_of_several_classes_are_as_recorded() {
    for case in reference("metrics")["classes"].as_array().unwrap() {
        let labels: Vec<u32> = numbers(&case["labels"]).iter().map(|y| *y as u32).collect();
        let probabilities = numbers(&case["predictions"]);
        let classes = probabilities.len() / labels.len();
        let names: Vec<String> = (0..classes).map(|c| format!("class {c}")).collect();
        let mut table = Classes::new(&names);
        table
            .update(&probabilities, &labels, weights(case).as_deref())
            .unwrap();
        agree(case, Evidence::Classes(&table.finish()));
    }
}

#[test]
fn metrics_of_regressions_are_as_recorded() {
    for case in reference("metrics")["regression"].as_array().unwrap() {
        let mut table = Regression::new();
        let (p, y) = (numbers(&case["predictions"]), numbers(&case["labels"]));
        table.update(&p, &y, weights(case).as_deref()).unwrap();
        agree(case, Evidence::Regression(&table.finish()));
    }
}

#[test]
fn metrics_of_several_labels_are_as_recorded() {
    for case in reference("metrics")["labels"].as_array().unwrap() {
        let labels: Vec<bool> = numbers(&case["labels"]).iter().map(|y| *y == 1.0).collect();
        let names: Vec<String> = (0..3).map(|label| format!("label {label}")).collect();
        let mut table = Labels::new(&names, BinaryOptions::default());
        let scores = numbers(&case["predictions"]);
        table
            .update(&scores, &labels, weights(case).as_deref())
            .unwrap();
        agree(case, Evidence::Labels(&table.finish()));
    }
}

#[test]
fn metrics_of_rankings_are_as_recorded() {
    for case in reference("metrics")["queries"].as_array().unwrap() {
        let names = case["figures"].as_object().unwrap().keys();
        let asked: Vec<Query> = names
            .map(|name| Metric::parse(name).unwrap().query().unwrap())
            .collect();
        let mut table = Queries::new(&asked);
        for query in case["queries"].as_array().unwrap() {
            let (scores, relevances) = (numbers(&query["scores"]), numbers(&query["relevances"]));
            table
                .update(&scores, &relevances, query["weight"].as_f64().unwrap())
                .unwrap();
        }
        agree(case, Evidence::Queries(&table.finish()));
    }
}

#[test]
fn coverage_counts_targets_inside_their_intervals() {
    let mut table = Intervals::new();
    let lows = [0.0, 1.0, 2.0, 3.0];
    let highs = [1.0, 1.5, 2.0, 4.0];
    let predicted = IntervalRows {
        lows: &lows,
        highs: &highs,
        numbers: None,
    };
    table
        .update(
            &predicted,
            &[1.0, 1.6, 2.0, 2.9],
            Some(&[1.0, 1.0, 2.0, 1.0]),
        )
        .unwrap();
    let value = |name: &str| {
        Metric::parse(name)
            .unwrap()
            .value(Evidence::Intervals(&table))
    };
    assert_eq!(value("interval_coverage").unwrap(), 0.6);
    assert!(near(value("interval_width").unwrap(), 0.5, 1e-15));
    let reversed = IntervalRows {
        lows: &[1.0],
        highs: &[0.0],
        numbers: None,
    };
    assert!(table.update(&reversed, &[0.5], None).is_err());
}

#[test]
fn intervals_of_rates_are_as_recorded() {
    for case in reference("intervals")["rates"].as_array().unwrap() {
        let of = |key: &str| Mass::of_rows(case[key].as_u64().unwrap());
        let alpha = case["false_alarm"].as_f64().unwrap();
        type Interval = fn(Mass, Mass, f64) -> (f64, f64);
        let both: [(&str, Interval); 2] =
            [("wilson", wilson), ("clopper_pearson", clopper_pearson)];
        for (name, interval) in both {
            let (low, high) = interval(of("hits"), of("rows"), alpha);
            let expected = numbers(&case[name]);
            assert!(near(low, expected[0], 1e-9), "{name} {case}: {low}");
            assert!(near(high, expected[1], 1e-9), "{name} {case}: {high}");
        }
    }
}

#[test]
fn moments_are_as_recorded() {
    for case in reference("intervals")["means"].as_array().unwrap() {
        let mut moments = Moments::new();
        let values = numbers(&case["values"]);
        // In two parts, so that merging is held against it too.
        moments.update(&values[..3], None).unwrap();
        let mut rest = Moments::new();
        rest.update(&values[3..], None).unwrap();
        moments.merge(&rest);
        let of = |key: &str| case[key].as_f64().unwrap();
        assert!(near(moments.mean().unwrap(), of("mean"), 1e-13));
        let error = moments.squared_error_of_mean().unwrap().sqrt();
        assert!(near(error, of("standard_error"), 1e-13));
        assert!(near(moments.skewness(), of("skewness"), 1e-12));
    }
}

#[test]
fn areas_and_their_variances_are_as_all_pairs_say() {
    for case in reference("intervals")["areas"].as_array().unwrap() {
        let labels: Vec<bool> = numbers(&case["labels"]).iter().map(|y| *y == 1.0).collect();
        let mut table = Binary::new(BinaryOptions::default());
        table
            .update(&numbers(&case["predictions"]), &labels, None)
            .unwrap();
        let auc = delong(table.finish().scores()).unwrap();
        assert!(near(auc.value, case["value"].as_f64().unwrap(), 1e-13));
        let variance = case["variance"].as_f64().unwrap();
        assert!(
            near(auc.variance.unwrap(), variance, 1e-12),
            "{}",
            case["name"]
        );
    }
}

#[test]
fn differences_of_paired_rates_are_as_the_constrained_likelihood_says() {
    for case in reference("comparisons")["rates"].as_array().unwrap() {
        let cells: Vec<Mass> = numbers(&case["table"])
            .iter()
            .map(|n| Mass::of_rows(*n as u64))
            .collect();
        let masses = [[cells[3], cells[2]], [cells[1], cells[0]]];
        let estimate = tango(masses, case["false_alarm"].as_f64().unwrap());
        for (key, seen) in [
            ("value", estimate.value),
            ("low", estimate.low),
            ("high", estimate.high),
        ] {
            let expected = case[key].as_f64().unwrap();
            assert!(near(seen, expected, 1e-6), "{case}: {key} {seen}");
        }
    }
}

#[test]
fn differences_of_paired_areas_are_as_all_pairs_say() {
    for case in reference("comparisons")["areas"].as_array().unwrap() {
        let labels: Vec<bool> = numbers(&case["labels"]).iter().map(|y| *y == 1.0).collect();
        let mut table = PairedBinary::new(BinaryOptions::default());
        let (a, b) = (numbers(&case["candidate"]), numbers(&case["previous"]));
        table.update(&a, &b, &labels, None).unwrap();
        let difference = comparison::delong(&table.finish()).unwrap();
        let seen = difference.candidate - difference.previous;
        assert!(near(seen, case["difference"].as_f64().unwrap(), 1e-13));
        let variance = case["variance"].as_f64().unwrap();
        assert!(near(difference.variance.unwrap(), variance, 1e-12));
    }
}

#[test]
fn tests_over_pairs_and_runs_are_as_recorded() {
    let recorded = reference("comparisons");
    for case in recorded["mcnemar"].as_array().unwrap() {
        let of = |key: &str| case[key].as_u64().unwrap();
        let p = comparison::mcnemar(of("only_first"), of("only_second"));
        assert!(
            near(p, case["p_value"].as_f64().unwrap(), 1e-9),
            "{case}: {p}"
        );
    }
    for case in recorded["wilcoxon"].as_array().unwrap() {
        let p = comparison::wilcoxon(&numbers(&case["differences"])).unwrap();
        assert!(
            near(p, case["p_value"].as_f64().unwrap(), 1e-12),
            "{case}: {p}"
        );
    }
    for case in recorded["resampled"].as_array().unwrap() {
        let of = |key: &str| case[key].as_u64().unwrap();
        let differences = numbers(&case["differences"]);
        let (train, test) = (of("train_rows"), of("test_rows"));
        let estimate = comparison::corrected_resampled_t(&differences, train, test, 0.05).unwrap();
        for (key, seen) in [("low", estimate.low), ("high", estimate.high)] {
            assert!(
                near(seen, case[key].as_f64().unwrap(), 1e-9),
                "{case}: {seen}"
            );
        }
    }
    assert!(comparison::wilcoxon(&[0.0, 0.0]).is_err());
    assert!(
        comparison::corrected_resampled_t(&[0.1], 9, 1, 0.05)
            .unwrap()
            .high
            .is_infinite()
    );
}
