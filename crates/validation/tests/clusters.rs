//! Rows in clusters.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use seatrial_rng::Streams;
use seatrial_validation::clustered::Clustered;
use seatrial_validation::evidence::{PairedRegression, Regression};
use seatrial_validation::{Error, Metric};
use support::near;

/// Errors of so many users, the same for all of a user's rows.
fn users(count: u64, rows_each: usize) -> Clustered<Regression> {
    let mut stream = Streams::new(1).stream("users");
    let mut clustered = Clustered::new(&Regression::new());
    for user in 0..count {
        let error = stream.normal();
        let (p, y) = (vec![1.0 + error; rows_each], vec![1.0; rows_each]);
        clustered.table(user).update(&p, &y, None).unwrap();
    }
    clustered
}

#[test]
fn repeating_a_users_rows_makes_nothing_surer() {
    let mae = Metric::parse("mae").unwrap();
    let of = |rows| mae.estimate_clustered(&users(500, rows), 0.05).unwrap();
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
    let of = |c| rmse.estimate_clustered(c, 0.05).unwrap();
    assert!(near(of(&whole).low, of(&parts).low, 1e-9));
}

#[test]
fn one_user_proves_nothing_and_none_is_an_error() {
    let mae = Metric::parse("mae").unwrap();
    let of = |count| mae.estimate_clustered(&users(count, 50), 0.05);
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
            .update(&[score; 3], &[0.0; 3], None)
            .unwrap();
    }
    let alone = mse.estimate_clustered(&candidate, 0.05).unwrap();
    assert!(near(alone.value, compared.candidate, 1e-12));
    assert!(compared.difference.detectable() < alone.detectable());
}
