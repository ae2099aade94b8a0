//! What holds for two versions of rankings, of predicted intervals and of several
//! labels a row.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use proptest::prelude::*;
use seatrial_rng::Streams;
use seatrial_validation::clustered::TwoVersions;
use seatrial_validation::evidence::{
    BinaryOptions, Evidence, IntervalRows, Intervals, Paired, PairedBinary, PairedIntervals,
    PairedLabels, PairedQueries, Queries, Query, Regression,
};
use seatrial_validation::metric::{Confidence, Difference};
use seatrial_validation::{Error, Metric};
use support::near;

fn compared(name: &str, table: &impl TwoVersions) -> Result<Difference, Error> {
    let confidence = Confidence {
        resamples: 200,
        ..Confidence::new(0.1, Streams::new(1))
    };
    Metric::parse(name)
        .unwrap()
        .compare(table.paired(), &confidence)
}

/// That a table of all rows says what two tables of parts of them say together,
/// and that versions that change places turn the difference round.
fn holds<T: TwoVersions>(
    names: &[&str],
    rows: usize,
    cut: usize,
    of: impl Fn(std::ops::Range<usize>, bool) -> T,
) -> Result<(), TestCaseError> {
    let cut = cut.min(rows);
    let (whole, swapped) = (of(0..rows, false).finish(), of(0..rows, true).finish());
    let mut parts = of(cut..rows, false);
    parts.merge(of(0..cut, false)).unwrap();
    let parts = parts.finish();
    for name in names {
        let (a, b) = (compared(name, &whole), compared(name, &parts));
        prop_assert_eq!(a.is_ok(), b.is_ok(), "{}: {:?} {:?}", name, a, b);
        let (Ok(a), Ok(b)) = (a, b) else { continue };
        prop_assert!(
            near(a.difference.value, a.candidate - a.previous, 1e-12),
            "{name}"
        );
        prop_assert!(
            near(a.difference.value, b.difference.value, 1e-12),
            "{name}"
        );
        prop_assert!(
            near(a.difference.low, b.difference.low, 1e-9),
            "{name}: {a:?} {b:?}"
        );
        let back = compared(name, &swapped).unwrap();
        prop_assert!(
            near(a.difference.value, -back.difference.value, 1e-12),
            "{name}"
        );
    }
    Ok(())
}

const NUMBERS: [Query; 3] = [
    Query::Ndcg(Some(2)),
    Query::ReciprocalRank(None),
    Query::AveragePrecision(Some(3)),
];

/// A target, and two versions' centre and half of an interval, and number.
type Predicted = (f64, [f64; 3], [f64; 3]);

proptest! {
    #[test]
    fn rankings_do_not_depend_on_how_queries_are_cut(
        queries in prop::collection::vec(
            prop::collection::vec((0..9_u8, 0..9_u8, 0..3_u8), 1..6), 2..20),
        cut in 0..20_usize,
    ) {
        let ranker = Queries::new(&NUMBERS);
        let of = |range: std::ops::Range<usize>, swapped: bool| {
            let mut table = PairedQueries::new(&NUMBERS);
            for query in &queries[range] {
                let column = |of: fn(&(u8, u8, u8)) -> u8| -> Vec<f64> {
                    query.iter().map(|row| f64::from(of(row))).collect()
                };
                let grades = column(|row| row.2);
                let numbers = |scores: Vec<f64>| ranker.numbers_of(&scores, &grades).unwrap();
                let (a, b) = (numbers(column(|row| row.0)), numbers(column(|row| row.1)));
                let (a, b) = if swapped { (b, a) } else { (a, b) };
                table.add(&a, &b, None).unwrap();
            }
            table
        };
        holds(&["ndcg@2", "mrr", "map@3", "ndcg@7"], queries.len(), cut, of)?;
    }

    #[test]
    fn a_query_is_its_numbers(
        documents in prop::collection::vec((0..9_u8, 0..3_u8), 1..9), weight in 0.5..2.0_f64,
    ) {
        let (scores, grades): (Vec<f64>, Vec<f64>) = documents
            .iter()
            .map(|(score, grade)| (f64::from(*score), f64::from(*grade)))
            .unzip();
        let (mut ranked, mut added) = (Queries::new(&NUMBERS), Queries::new(&NUMBERS));
        ranked.update(&scores, &grades, weight).unwrap();
        added.add(&ranked.numbers_of(&scores, &grades).unwrap(), Some(&[weight])).unwrap();
        prop_assert_eq!(ranked.rows(), added.rows());
        for number in NUMBERS {
            prop_assert_eq!(ranked.moments(number), added.moments(number));
        }
    }

    #[test]
    fn intervals_do_not_depend_on_how_rows_are_cut(
        all in prop::collection::vec(
            (-3.0..3.0_f64, prop::array::uniform3(0.0..3.0_f64), prop::array::uniform3(0.0..3.0_f64)),
            2..40),
        cut in 0..40_usize,
    ) {
        let targets: Vec<f64> = all.iter().map(|row| row.0).collect();
        let version = |of: fn(&Predicted) -> [f64; 3]| {
            let ends = |end: fn([f64; 3]) -> f64| -> Vec<f64> { all.iter().map(|row| end(of(row))).collect() };
            [ends(|[centre, half, _]| centre - half), ends(|[centre, half, _]| centre + half), ends(|row| row[2])]
        };
        let versions = [version(|row| row.1), version(|row| row.2)];
        let of = |range: std::ops::Range<usize>, swapped: bool| {
            let rows = |at: usize| {
                let [lows, highs, numbers] = &versions[at];
                IntervalRows {
                    lows: &lows[range.clone()],
                    highs: &highs[range.clone()],
                    numbers: Some(&numbers[range.clone()]),
                }
            };
            let mut table = PairedIntervals::new();
            let (a, b) = (rows(usize::from(swapped)), rows(usize::from(!swapped)));
            table.update(&a, &b, &targets[range.clone()], None).unwrap();
            table
        };
        holds(&["interval_coverage", "interval_width", "mae", "rmse"], all.len(), cut, of)?;
    }

    #[test]
    fn several_labels_do_not_depend_on_how_rows_are_cut(
        all in prop::collection::vec(prop::array::uniform2((0..9_u8, 0..9_u8, any::<bool>())), 2..40),
        cut in 0..40_usize,
    ) {
        let names = ["a".to_owned(), "b".to_owned()];
        let of = |range: std::ops::Range<usize>, swapped: bool| {
            let cells = || all[range.clone()].iter().flatten();
            let scores = |of: fn(&(u8, u8, bool)) -> u8| -> Vec<f64> {
                cells().map(|cell| f64::from(of(cell)) / 8.0).collect()
            };
            let labels: Vec<bool> = cells().map(|cell| cell.2).collect();
            let (a, b) = (scores(|cell| cell.0), scores(|cell| cell.1));
            let (a, b) = if swapped { (b, a) } else { (a, b) };
            let mut table = PairedLabels::new(&names, BinaryOptions::default());
            table.update(&a, &b, &labels, None).unwrap();
            table
        };
        let names = ["accuracy", "hamming_loss", "recall_micro", "f1_micro", "recall[b]", "ece_macro@4"];
        holds(&names, all.len(), cut, of)?;
    }
}

#[test]
fn numbers_beside_intervals_are_read_by_metrics_of_numbers() {
    let (targets, numbers) = ([1.0, 2.0, 4.0], [1.5, 2.0, 2.0]);
    let mut rows = IntervalRows {
        lows: &[0.0; 3],
        highs: &[3.0; 3],
        numbers: Some(&numbers),
    };
    let (mut both, mut alone, mut regression) =
        (Intervals::new(), Intervals::new(), Regression::new());
    both.update(&rows, &targets, None).unwrap();
    regression.update(&numbers, &targets, None).unwrap();
    let value = |name: &str, table: Evidence<'_>| Metric::parse(name).unwrap().value(table);
    for name in ["mae", "rmse", "r2", "mape", "pinball@0.9"] {
        let expected = value(name, Evidence::Regression(&regression)).unwrap();
        let seen = value(name, Evidence::Intervals(&both));
        assert_eq!(seen, Ok(expected), "{name}");
    }
    let covered = value("interval_coverage", Evidence::Intervals(&both));
    assert!(near(covered.unwrap(), 2.0 / 3.0, 1e-15));
    rows.numbers = None;
    alone.update(&rows, &targets, None).unwrap();
    let missing = value("mae", Evidence::Intervals(&alone)).unwrap_err();
    let said = "mae needs predicted numbers, which predicted intervals do not have";
    assert_eq!(missing.to_string(), said);
    // Rows of both kinds: those numbers are of some rows only.
    both.merge(alone).unwrap();
    assert!(value("mae", Evidence::Intervals(&both)).is_err());
}

#[test]
fn one_version_without_numbers_beside_its_intervals_is_refused_whole() {
    let with = IntervalRows {
        lows: &[0.0],
        highs: &[1.0],
        numbers: Some(&[0.5]),
    };
    let without = IntervalRows {
        numbers: None,
        ..with
    };
    let reversed = IntervalRows {
        lows: &[2.0],
        ..with
    };
    let mut table = PairedIntervals::new();
    for (a, b) in [
        (with, without),
        (without, with),
        (with, reversed),
        (reversed, with),
    ] {
        assert!(table.update(&a, &b, &[0.5], None).is_err());
        assert!(table.update(&with, &with, &[f64::NAN], None).is_err());
        assert!(table.update(&with, &with, &[0.5], Some(&[-1.0])).is_err());
    }
    assert_eq!(Paired::Intervals(&table).candidate().rows(), 0);
    assert_eq!(Paired::Intervals(&table).previous().rows(), 0);
}

#[test]
fn a_rate_of_all_decisions_on_one_label_is_that_of_the_label() {
    let (a, b) = ([0.9, 0.2, 0.7, 0.6, 0.1], [0.8, 0.6, 0.3, 0.4, 0.7]);
    let truths = [true, true, true, false, true];
    let mut labels = PairedLabels::new(&["a".to_owned()], BinaryOptions::default());
    let mut binary = PairedBinary::new(BinaryOptions::default());
    labels.update(&a, &b, &truths, None).unwrap();
    binary.update(&a, &b, &truths, None).unwrap();
    let (labels, binary) = (labels.finish(), binary.finish());
    for (micro, plain) in [
        ("recall_micro", "recall"),
        ("specificity_micro", "specificity"),
    ] {
        let (seen, expected) = (compared(micro, &labels), compared(plain, &binary));
        assert_eq!(seen.unwrap(), expected.unwrap(), "{micro}");
    }
}

#[test]
fn numbers_that_were_not_asked_for_are_no_figures() {
    let mut table = PairedQueries::new(&[Query::Ndcg(None)]);
    table.add(&[0.5, 1.0], &[0.5, 0.25], None).unwrap();
    assert_eq!(compared("ndcg", &table).unwrap().difference.value, 0.375);
    assert!(compared("ndcg@3", &table).is_err());
    assert!(compared("accuracy", &table).is_err());
    assert!(table.add(&[f64::NAN], &[0.5], None).is_err());
    assert!(table.add(&[0.5], &[0.5, 0.5], None).is_err());
    assert!(table.add(&[0.5], &[0.5], Some(&[-1.0])).is_err());
    assert_eq!(Paired::Queries(&table).previous().rows(), 2);
}
