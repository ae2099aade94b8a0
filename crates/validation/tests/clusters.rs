//! Rows in clusters.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use seatrial_rng::Streams;
use seatrial_validation::clustered::Clustered;
use seatrial_validation::evidence::{
    Binary, BinaryOptions, Evidence, PairedRegression, Regression,
};
use seatrial_validation::interval::Method;
use seatrial_validation::metric::Confidence;
use seatrial_validation::{Error, Metric};
use support::near;

fn surely() -> Confidence {
    Confidence::new(0.05, Streams::new(3))
}

/// Errors of so many users, the same for all of a user's rows.
fn users(count: u64, rows_each: usize) -> Clustered<Regression> {
    let mut stream = Streams::new(1).stream("users");
    let mut clustered = Clustered::new(&Regression::new());
    for user in 0..count {
        let error = stream.normal();
        let (p, y) = (vec![1.0 + error; rows_each], vec![1.0; rows_each]);
        clustered.table(user).unwrap().update(&p, &y, None).unwrap();
    }
    clustered
}

#[test]
fn repeating_a_users_rows_makes_nothing_surer() {
    let mae = Metric::parse("mae").unwrap();
    let of = |rows| {
        mae.estimate_clustered(&users(500, rows), &surely())
            .unwrap()
    };
    let (one, ten) = (of(1), of(10));
    assert!(near(one.value, ten.value, 1e-12));
    assert!(near(one.low, ten.low, 1e-9) && near(one.high, ten.high, 1e-9));
    // As wide as Student's interval over users is, but for the groups.
    let mut rows = Regression::new();
    let mut stream = Streams::new(1).stream("users");
    for _ in 0..500 {
        rows.update(&[1.0 + stream.normal()], &[1.0], None).unwrap();
    }
    let error = rows.absolute().squared_error_of_mean().unwrap().sqrt();
    let ratio = one.detectable() / (2.0 * error);
    assert!((0.75..1.3).contains(&ratio), "{ratio}");
}

#[test]
fn merging_parts_of_users_is_having_seen_them_together() {
    let whole = users(80, 2);
    let mut parts = users(80, 1);
    parts.merge(users(80, 1)).unwrap();
    let rmse = Metric::parse("rmse").unwrap();
    let of = |c| rmse.estimate_clustered(c, &surely()).unwrap();
    assert!(near(of(&whole).low, of(&parts).low, 1e-9));
}

#[test]
fn one_user_proves_nothing_and_none_is_an_error() {
    let mae = Metric::parse("mae").unwrap();
    let of = |count| mae.estimate_clustered(&users(count, 50), &surely());
    let alone = of(1).unwrap();
    assert!(alone.high.is_infinite(), "{alone:?}");
    assert!(matches!(of(0), Err(Error::Undefined { .. })));
}

#[test]
fn versions_are_compared_over_the_same_users() {
    let mut stream = Streams::new(2).stream("users");
    let mut clustered = Clustered::new(&PairedRegression::new());
    for user in 0..300 {
        let shared = stream.normal();
        let (a, b) = (
            shared + 0.1 * stream.normal(),
            shared + 0.1 * stream.normal() + 0.2,
        );
        clustered
            .table(user)
            .unwrap()
            .update(&[a; 3], &[b; 3], &[0.0; 3], None)
            .unwrap();
    }
    let mse = Metric::parse("mse").unwrap();
    let compared = mse.compare_clustered(&clustered, 0.05).unwrap();
    // What both versions find hard is no difference between them.
    let mut candidate = Clustered::new(&Regression::new());
    let mut stream = Streams::new(2).stream("users");
    for user in 0..300 {
        let score = stream.normal() + 0.1 * stream.normal();
        stream.normal();
        candidate
            .table(user)
            .unwrap()
            .update(&[score; 3], &[0.0; 3], None)
            .unwrap();
    }
    let alone = mse.estimate_clustered(&candidate, &surely()).unwrap();
    assert!(near(alone.value, compared.candidate, 1e-12));
    assert!(compared.difference.detectable() < alone.detectable());
}

/// Users of whom each has so many rows, the first so many of them wrong.
fn right_or_wrong(users: &[(usize, usize)]) -> Clustered<Binary> {
    let mut clustered = Clustered::new(&Binary::new(BinaryOptions::default()));
    for (user, &(rows, wrong)) in (0..).zip(users) {
        let label = |row| row % 2 == 0;
        let labels: Vec<bool> = (0..rows).map(label).collect();
        let scores: Vec<f64> = (0..rows)
            .map(|row| {
                if label(row) == (row >= wrong) {
                    0.9
                } else {
                    0.1
                }
            })
            .collect();
        let table = clustered.table(user).unwrap();
        table.update(&scores, &labels, None).unwrap();
    }
    clustered
}

#[test]
fn a_few_users_who_are_all_served_well_prove_no_perfection() {
    let accuracy = Metric::parse("accuracy").unwrap();
    let of = |users: &[_]| accuracy.estimate_clustered(&right_or_wrong(users), &surely());
    // As Wilson's interval of as many rows as there are users.
    let perfect = of(&[(1000, 0); 20]).unwrap();
    assert!(near(perfect.low, 0.8389, 1e-4), "{perfect:?}");
    // Most rows are one user's: hardly more is known than of one.
    let one = of(&[(100_000, 0), (10, 0), (10, 0), (10, 0)]).unwrap();
    assert!(one.low < 0.25, "{one:?}");
}

#[test]
fn one_user_who_holds_half_of_all_rows_is_no_hundred_users() {
    let accuracy = Metric::parse("accuracy").unwrap();
    let of = |users: &[_]| {
        let clustered = right_or_wrong(users);
        accuracy.estimate_clustered(&clustered, &surely()).unwrap()
    };
    let mut users = [(10, 1); 40];
    users.iter_mut().step_by(2).for_each(|user| user.1 = 3);
    let even = of(&users);
    let mut half = users.to_vec();
    half.push((400, 120));
    let half = of(&half);
    assert!(
        half.detectable() > 3.0 * even.detectable(),
        "{even:?} {half:?}"
    );
}

#[test]
fn what_rests_on_one_user_is_unknown() {
    // All positive rows are one user's.
    let mut clustered = Clustered::new(&Binary::new(BinaryOptions::default()));
    for user in 0..20 {
        let labels = [user == 7; 10];
        let scores = [0.2 + 0.03 * user as f64; 10];
        let table = clustered.table(user).unwrap();
        table.update(&scores, &labels, None).unwrap();
    }
    let auc = Metric::parse("roc_auc").unwrap();
    let estimate = auc.estimate_clustered(&clustered, &surely()).unwrap();
    assert_eq!((estimate.low, estimate.high), (0.0, 1.0));
    assert_eq!(estimate.method, Method::Unknown);
}

#[test]
fn the_order_in_which_users_are_merged_says_nothing() {
    let mut stream = Streams::new(4).stream("users");
    let errors: Vec<f64> = (0..90).map(|_| stream.normal()).collect();
    let part = |users: std::ops::Range<usize>| {
        let mut clustered = Clustered::new(&Regression::new());
        for user in users {
            let table = clustered.table(user as u64).unwrap();
            table.update(&[errors[user]], &[0.0], None).unwrap();
        }
        clustered
    };
    let rmse = Metric::parse("rmse").unwrap();
    let of = |mut parts: Vec<Clustered<Regression>>| {
        let mut whole = parts.remove(0);
        parts
            .into_iter()
            .for_each(|part| whole.merge(part).unwrap());
        rmse.estimate_clustered(&whole, &surely()).unwrap().low
    };
    // Few become many in one part, in the other, or by being put together.
    let whole = of(vec![part(0..90)]);
    for cuts in [[1, 2], [30, 60], [10, 80], [70, 75]] {
        let parts = || vec![part(0..cuts[0]), part(cuts[0]..cuts[1]), part(cuts[1]..90)];
        let mut turned = parts();
        turned.reverse();
        assert!(near(of(parts()), whole, 1e-9), "{cuts:?}");
        assert!(near(of(turned), whole, 1e-9), "{cuts:?}");
    }
}

#[test]
fn sound_probabilities_of_users_are_not_taken_for_unsound() {
    // Each user's rows have one probability, and all of them one label.
    let ece = Metric::parse("ece@10").unwrap();
    let mut stream = Streams::new(5).stream("users");
    let mut rows = Binary::new(BinaryOptions::default());
    let mut clustered = Clustered::new(&rows);
    for user in 0..30 {
        let probability = stream.unit();
        let label = stream.chance(probability);
        let (scores, labels) = ([probability; 50], [label; 50]);
        rows.update(&scores, &labels, None).unwrap();
        let table = clustered.table(user).unwrap();
        table.update(&scores, &labels, None).unwrap();
    }
    // Thirty labels in ten bins are far from their probabilities by chance alone.
    let by_rows = ece.estimate(Evidence::Binary(&rows.finish()), &surely());
    assert!(by_rows.unwrap().low > 0.15);
    let estimate = ece.estimate_clustered(&clustered, &surely()).unwrap();
    assert!(estimate.low < 0.05, "{estimate:?}");
    assert_eq!(estimate.method, Method::Bootstrap);
}
