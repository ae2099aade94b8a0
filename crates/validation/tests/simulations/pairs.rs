//! Two versions of rankings, of predicted intervals and of several labels a row:
//! how often the interval of their difference holds the true one.

use libtest_mimic::{Failed, Trial};
use seatrial_rng::Stream;
use seatrial_validation::Metric;
use seatrial_validation::clustered::TwoVersions;
use seatrial_validation::evidence::{
    BinaryOptions, IntervalRows, PairedIntervals, PairedLabels, PairedQueries, Queries,
};

use super::{confidence, covers, streams};

/// So many rows that their difference is the true one for our purpose.
const TRUTH_ROWS: usize = 400_000;

const REPEATS: usize = 4000;

pub fn trials(trials: &mut Vec<Trial>) {
    let mut add = |metric: &'static str, of: &str, run: fn(&str) -> Result<(), Failed>| {
        let name = format!("a-95-percent-interval-of-two-versions-{metric}{of}-covers");
        trials.push(Trial::test(name, move || run(metric)));
    };
    for metric in ["ndcg@5", "mrr", "map@3"] {
        add(metric, "", rankings);
    }
    for metric in ["interval_coverage", "interval_width", "mae"] {
        add(metric, "", intervals);
    }
    for metric in ["f1_micro", "recall_micro", "accuracy", "hamming_loss"] {
        add(metric, "-of-labels-that-move-together", labels_together);
    }
    for metric in ["f1_micro", "recall_micro", "precision_micro"] {
        add(metric, "-of-labels-of-their-own", labels_apart);
    }
    add("f1_macro", "-of-labels-of-their-own", labels_averaged);
    for (together, how) in [(true, "that-move-together"), (false, "of-their-own")] {
        let name = format!("a-95-percent-interval-of-f1_micro-of-labels-{how}-covers-95-percent");
        trials.push(Trial::test(name, move || one_version(together)));
    }
}

/// In how many of the repeats the interval of a table holds the truth, which
/// comes of a large table made the same way.
fn covered<T: TwoVersions>(
    name: &str,
    rows: usize,
    make: impl Fn(&mut Stream, usize) -> Result<T, Failed>,
) -> Result<usize, Failed> {
    let metric = Metric::parse(name)?;
    let large = make(&mut streams("truth").stream(name), TRUTH_ROWS)?;
    let both = large.paired();
    let truth = metric.value(both.candidate())? - metric.value(both.previous())?;
    let mut covered = 0;
    for repeat in 0..REPEATS {
        let mut stream = streams(name).child("pairs").stream(&repeat.to_string());
        let table = make(&mut stream, rows)?;
        let compared = metric.compare(table.paired(), &confidence(0.05, repeat))?;
        let difference = compared.difference;
        covered += usize::from((difference.low..=difference.high).contains(&truth));
    }
    Ok(covered)
}

/// Queries of three to twelve documents, some of them without a relevant one.
/// Both versions see what makes a document relevant, the second less clearly.
fn rankings(name: &str) -> Result<(), Failed> {
    let query = Metric::parse(name)?.query().ok_or("no metric of queries")?;
    let make = |stream: &mut Stream, queries: usize| {
        let ranker = Queries::new(&[query]);
        let mut numbers = [Vec::new(), Vec::new()];
        for _ in 0..queries {
            let documents = 3 + (10.0 * stream.unit()) as usize;
            let (mut grades, mut a, mut b) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..documents {
                let worth = stream.normal();
                let grade = (worth + 0.3 * stream.normal()).floor().clamp(0.0, 3.0);
                grades.push(grade);
                let blur = stream.normal();
                a.push(worth + 0.7 * blur + 0.4 * stream.normal());
                b.push(worth + 0.7 * blur + 0.9 * stream.normal());
            }
            numbers[0].extend(ranker.numbers_of(&a, &grades)?);
            numbers[1].extend(ranker.numbers_of(&b, &grades)?);
        }
        let mut table = PairedQueries::new(&[query]);
        table.add(&numbers[0], &numbers[1], None)?;
        Ok(table)
    };
    covers(covered(name, 150, make)?, REPEATS)
}

/// Intervals about a number that misses; the second version's are narrower, of
/// unequal width, and miss more often.
fn intervals(name: &str) -> Result<(), Failed> {
    let make = |stream: &mut Stream, rows: usize| {
        let mut columns: [Vec<f64>; 7] = Default::default();
        for _ in 0..rows {
            let target = 10.0 + 3.0 * stream.normal();
            let shared = 0.8 * stream.normal();
            columns[0].push(target);
            for (version, half) in [1.9, 1.4].into_iter().enumerate() {
                let centre = target + shared + 0.6 * stream.normal();
                let half = half * (0.3 * stream.normal()).exp();
                let row = [centre - half, centre + half, centre];
                let of = &mut columns[1 + 3 * version..4 + 3 * version];
                of.iter_mut()
                    .zip(row)
                    .for_each(|(column, x)| column.push(x));
            }
        }
        let [targets, columns @ ..] = &columns;
        let of = |version: usize| IntervalRows {
            lows: &columns[3 * version],
            highs: &columns[3 * version + 1],
            numbers: Some(&columns[3 * version + 2]),
        };
        let mut table = PairedIntervals::new();
        table.update(&of(0), &of(1), targets, None)?;
        Ok(table)
    };
    covers(covered(name, 400, make)?, REPEATS)
}

const LABELS: usize = 4;

/// Rows with several labels: `together`, each row says one thing so many times.
fn labels(stream: &mut Stream, rows: usize, together: bool) -> Result<PairedLabels, Failed> {
    let names: Vec<String> = (0..LABELS).map(|label| format!("label {label}")).collect();
    let (mut truths, mut a, mut b) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let mut cell = (false, 0.0, 0.0);
        for label in 0..LABELS {
            if label == 0 || !together {
                let truth = stream.chance(0.35);
                let shared = 0.7 * stream.normal() + if truth { 1.0 } else { -0.6 };
                let mut score = |noise: f64| {
                    let noise = noise * stream.normal();
                    1.0 / (1.0 + (-(shared + noise)).exp())
                };
                cell = (truth, score(0.4), score(0.9));
            }
            truths.push(cell.0);
            a.push(cell.1);
            b.push(cell.2);
        }
    }
    let mut table = PairedLabels::new(&names, BinaryOptions::default());
    table.update(&a, &b, &truths, None)?;
    Ok(table.finish())
}

fn labels_together(name: &str) -> Result<(), Failed> {
    let make = |stream: &mut Stream, rows| labels(stream, rows, true);
    covers(covered(name, 400, make)?, REPEATS)
}

fn labels_apart(name: &str) -> Result<(), Failed> {
    let make = |stream: &mut Stream, rows| labels(stream, rows, false);
    covers(covered(name, 300, make)?, REPEATS)
}

fn one_version(together: bool) -> Result<(), Failed> {
    let metric = Metric::parse("f1_micro")?;
    let large = labels(&mut streams("truth").stream("labels"), TRUTH_ROWS, together)?;
    let truth = metric.value(large.paired().candidate())?;
    let mut covered = 0;
    for repeat in 0..REPEATS {
        let mut stream = streams("labels").stream(&format!("{together}/{repeat}"));
        let table = labels(&mut stream, 300, together)?;
        let estimate = metric.estimate(table.paired().candidate(), &confidence(0.05, repeat))?;
        covered += usize::from((estimate.low..=estimate.high).contains(&truth));
    }
    covers(covered, REPEATS)
}

/// How labels of a row hang together is not kept for other averages, so that their
/// intervals are too wide where they do not: never too narrow.
fn labels_averaged(name: &str) -> Result<(), Failed> {
    let make = |stream: &mut Stream, rows| labels(stream, rows, false);
    let covered = covered(name, 400, make)?;
    if covered * 100 < 94 * REPEATS {
        return Err(format!("only {covered} of {REPEATS} intervals hold the true figure").into());
    }
    Ok(())
}
