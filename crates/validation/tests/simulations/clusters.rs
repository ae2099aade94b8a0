//! Rows that come in clusters: how often intervals hold the true figure with few
//! clusters and with some, of unequal size, whose rows are much alike.

use libtest_mimic::{Failed, Trial};
use seatrial_rng::Stream;
use seatrial_validation::Metric;
use seatrial_validation::clustered::Clustered;
use seatrial_validation::evidence::{Binary, BinaryOptions, Evidence, Paired, PairedBinary};
use seatrial_validation::interval::Estimate;

use super::{at_most, confidence, covers, streams};

/// Few, each a unit of its own; some, of which several make a group.
const CLUSTERS: [u64; 2] = [20, 100];

const REPEATS: usize = 5000;

const METRICS: [&str; 4] = ["accuracy", "f1", "log_loss", "roc_auc"];

pub fn trials(trials: &mut Vec<Trial>) {
    for clusters in CLUSTERS {
        let mut add = |name: &str, run: fn(u64) -> Result<(), Failed>| {
            let name = format!("{name}-of-{clusters}-users");
            trials.push(Trial::test(name, move || run(clusters)));
        };
        add("95-percent-intervals-cover-95-percent", one_version);
        add(
            "95-percent-intervals-of-two-versions-cover-95-percent",
            two_versions,
        );
        add("sound-probabilities-seldom-fail", sound_probabilities);
    }
}

/// Each user's rows have one probability and one label, drawn by it.
fn sound_probabilities(clusters: u64) -> Result<(), Failed> {
    let ece = Metric::parse("ece@10")?;
    let mut failed = 0;
    for repeat in 0..REPEATS {
        let mut stream = stream_of(clusters, repeat);
        let mut clustered = Clustered::new(&Binary::new(BinaryOptions::default()));
        for number in 0..clusters {
            let (probability, rows) = (stream.unit(), 1 + stream.below(20));
            let label = stream.chance(probability);
            let table = clustered.table(number)?;
            table.update(&vec![probability; rows], &vec![label; rows], None)?;
        }
        let estimate = ece.estimate_clustered(&clustered, &confidence(0.05, repeat))?;
        failed += usize::from(estimate.low > 0.0);
    }
    at_most(failed, REPEATS, 0.025, "sound versions failed")
}

/// One user's rows: the label and the scores of two versions.
struct User {
    labels: Vec<bool>,
    scores: [Vec<f64>; 2],
}

/// From one row to about thirty. Users differ in how often they are positive, in
/// what is hard for both versions, and in what is hard for one.
fn user(stream: &mut Stream) -> User {
    let rows = (2.0 + 0.5 * stream.normal()).exp().ceil() as usize;
    let [inclination, shared] = [stream.normal() - 0.4, 0.4 * stream.normal()];
    let own = [0.3 * stream.normal(), 0.3 * stream.normal()];
    let mut user = User {
        labels: Vec::new(),
        scores: [Vec::new(), Vec::new()],
    };
    for _ in 0..rows {
        let label = stream.chance(logistic(inclination));
        let row = if label { 0.6 } else { -0.2 } + shared + 0.6 * stream.normal();
        user.labels.push(label);
        for (scores, own) in user.scores.iter_mut().zip(own) {
            scores.push(probability(row + own + 0.3 * stream.normal()));
        }
    }
    user
}

/// In hundredths, so that tables are small, and there are many ties.
fn probability(log_odds: f64) -> f64 {
    (100.0 * logistic(log_odds)).round().clamp(1.0, 99.0) / 100.0
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// So many users.
fn users<'a>(stream: &'a mut Stream, count: u64) -> impl Iterator<Item = (u64, User)> + 'a {
    (0..count).map(|number| (number, user(stream)))
}

/// Both versions' figures of so many users that they are the true ones for our
/// purpose.
fn truth(metrics: &[Metric]) -> Result<Vec<[f64; 2]>, Failed> {
    let mut stream = streams("truth").stream("users");
    let mut table = PairedBinary::new(BinaryOptions::default());
    for (_, User { labels, scores }) in users(&mut stream, 400_000) {
        table.update(&scores[0], &scores[1], &labels, None)?;
    }
    let table = table.finish();
    let paired = Paired::Binary(&table);
    let figures = metrics.iter().map(|metric| {
        Ok([
            metric.value(paired.candidate())?,
            metric.value(paired.previous())?,
        ])
    });
    figures.collect()
}

fn stream_of(clusters: u64, repeat: usize) -> Stream {
    let of_count = streams("users").child(&clusters.to_string());
    of_count.stream(&repeat.to_string())
}

/// How many intervals held the truth, of each metric.
struct Covered {
    metrics: Vec<Metric>,
    truths: Vec<[f64; 2]>,
    counts: [usize; METRICS.len()],
}

impl Covered {
    fn new() -> Result<Self, Failed> {
        let metrics = METRICS.map(Metric::parse).into_iter();
        let metrics = metrics.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            truths: truth(&metrics)?,
            metrics,
            counts: [0; METRICS.len()],
        })
    }

    fn note(&mut self, of: usize, truth: f64, interval: &Estimate) {
        self.counts[of] += usize::from((interval.low..=interval.high).contains(&truth));
    }

    /// `pairs` are of a statistic of pairs of users: of few, its jackknife errs on
    /// the side of more variance (Efron and Stein, 1981).
    fn judge(&self, pairs: &str) -> Result<(), Failed> {
        let judged = METRICS.iter().zip(self.counts);
        let missed = judged.filter_map(|(metric, covered)| {
            let wide = *metric == pairs && covered * 100 > 95 * REPEATS;
            let missed = covers(covered, REPEATS).err().filter(|_| !wide)?;
            Some(format!(
                "{metric}: {}",
                missed.message().unwrap_or_default()
            ))
        });
        let missed: Vec<String> = missed.collect();
        match missed.is_empty() {
            true => Ok(()),
            false => Err(missed.join("\n").into()),
        }
    }
}

fn one_version(clusters: u64) -> Result<(), Failed> {
    let (mut of_users, mut of_rows) = (Covered::new()?, Covered::new()?);
    for repeat in 0..REPEATS {
        let mut stream = stream_of(clusters, repeat);
        let empty = Binary::new(BinaryOptions::default());
        let (mut rows, mut clustered) = (empty.clone(), Clustered::new(&empty));
        for (number, User { labels, scores }) in users(&mut stream, clusters) {
            rows.update(&scores[0], &labels, None)?;
            let table = clustered.table(number)?;
            table.update(&scores[0], &labels, None)?;
        }
        let rows = rows.finish();
        let how = confidence(0.05, repeat);
        for i in 0..METRICS.len() {
            let (metric, [truth, _]) = (&of_users.metrics[i], of_users.truths[i]);
            let by_users = metric.estimate_clustered(&clustered, &how)?;
            let by_rows = metric.estimate(Evidence::Binary(&rows), &how)?;
            of_users.note(i, truth, &by_users);
            of_rows.note(i, truth, &by_rows);
        }
    }
    if of_rows
        .counts
        .iter()
        .any(|covered| covered * 100 > 90 * REPEATS)
    {
        return Err("an interval over rows would have done: nothing was tested".into());
    }
    of_users.judge("none")
}

fn two_versions(clusters: u64) -> Result<(), Failed> {
    let mut covered = Covered::new()?;
    for repeat in 0..REPEATS {
        let mut stream = stream_of(clusters, repeat);
        let mut clustered = Clustered::new(&PairedBinary::new(BinaryOptions::default()));
        for (number, User { labels, scores }) in users(&mut stream, clusters) {
            let table = clustered.table(number)?;
            table.update(&scores[0], &scores[1], &labels, None)?;
        }
        for i in 0..METRICS.len() {
            let (metric, [candidate, previous]) = (&covered.metrics[i], covered.truths[i]);
            let compared = metric.compare_clustered(&clustered, 0.05)?;
            covered.note(i, candidate - previous, &compared.difference);
        }
    }
    covered.judge(if clusters == CLUSTERS[0] {
        "roc_auc"
    } else {
        "none"
    })
}
