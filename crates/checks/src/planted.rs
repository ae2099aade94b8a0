//! Planted faults: the proof that a check can fail.
//!
//! Each check lists [`Fault`]s that it must catch and [`Sound`] subjects that
//! it must pass, as small specs. `tests/planted.rs` runs them all. They may
//! name the subjects declared in [`SUBJECTS`] and the broken models of
//! [`specimen`](crate::specimen).

/// Subjects that planted specs may name without declaring them.
pub const SUBJECTS: &str = include_str!("planted.toml");

/// Files that lie beside a planted spec, by name.
///
/// `loans.csv` is made up: whether a loan was paid back follows from income
/// and debt, not from age or visits, and `recovery_fee` is charged only once it
/// was not.
pub const FILES: &[(&str, &str)] = &[
    ("loans.csv", include_str!("planted/loans.csv")),
    ("loan-cases.csv", include_str!("planted/loan-cases.csv")),
    (
        "loan-cases-wrong.csv",
        include_str!("planted/loan-cases-wrong.csv"),
    ),
    ("loan-pairs.csv", include_str!("planted/loan-pairs.csv")),
    (
        "loan-pairs-unlike.csv",
        include_str!("planted/loan-pairs-unlike.csv"),
    ),
    ("append.sh", include_str!("planted/pipeline/append.sh")),
    (
        "as-listed.sh",
        include_str!("planted/pipeline/as-listed.sh"),
    ),
    ("checked.sh", include_str!("planted/pipeline/checked.sh")),
    ("fails.sh", include_str!("planted/pipeline/fails.sh")),
    (
        "features-centred.awk",
        include_str!("planted/pipeline/features-centred.awk"),
    ),
    (
        "features-doubled.awk",
        include_str!("planted/pipeline/features-doubled.awk"),
    ),
    (
        "features-noise.awk",
        include_str!("planted/pipeline/features-noise.awk"),
    ),
    (
        "features-off-by-one.awk",
        include_str!("planted/pipeline/features-off-by-one.awk"),
    ),
    (
        "features-renamed.awk",
        include_str!("planted/pipeline/features-renamed.awk"),
    ),
    (
        "features-trusting.awk",
        include_str!("planted/pipeline/features-trusting.awk"),
    ),
    (
        "features-utc.awk",
        include_str!("planted/pipeline/features-utc.awk"),
    ),
    (
        "features.awk",
        include_str!("planted/pipeline/features.awk"),
    ),
    (
        "half-done.sh",
        include_str!("planted/pipeline/half-done.sh"),
    ),
    ("in-order.sh", include_str!("planted/pipeline/in-order.sh")),
    (
        "sightings.csv",
        include_str!("planted/pipeline/sightings.csv"),
    ),
    (
        "shards/east.csv",
        include_str!("planted/pipeline/shards/east.csv"),
    ),
    (
        "shards/north.csv",
        include_str!("planted/pipeline/shards/north.csv"),
    ),
    (
        "shards/south.csv",
        include_str!("planted/pipeline/shards/south.csv"),
    ),
    (
        "shards/west.csv",
        include_str!("planted/pipeline/shards/west.csv"),
    ),
    ("loan-model.json", include_str!("planted/loan-model.json")),
    (
        "loan-model-examples.json",
        include_str!("planted/loan-model-examples.json"),
    ),
    (
        "loan-model-next.json",
        include_str!("planted/loan-model-next.json"),
    ),
    (
        "loan-model-next-examples.json",
        include_str!("planted/loan-model-next-examples.json"),
    ),
];

/// Parts a planted spec in two, for checks that compare with recorded values:
/// what the first part gives is recorded, then the second is judged.
pub const THEN: &str = "# then:";

/// Begins what is done to a planted tree in git before it is judged: `init`,
/// `write FILE` (adds a line to it), `ignore FILE`, `commit`, with `;` between.
pub const IN_GIT: &str = "# in git:";

/// A known bug that a check must catch.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Such as `gradient-never-cleared`.
    pub name: &'static str,
    /// A spec with one test, of this check.
    pub spec: &'static str,
    /// What the message must contain: it names the cause or the place.
    pub says: &'static str,
}

/// A subject that a check must pass.
#[derive(Clone, Copy, Debug)]
pub struct Sound {
    /// Such as `lstm`.
    pub name: &'static str,
    /// A spec with one test, of this check.
    pub spec: &'static str,
}

/// What proves that a check can fail, and that it need not.
#[derive(Clone, Copy, Debug)]
pub struct Planted {
    /// At least one.
    pub faults: &'static [Fault],
    /// At least two, of different families.
    pub sound: &'static [Sound],
}

/// Two lists as one of so many, for a check whose planted subjects fill more than
/// one file.
pub(crate) const fn joined<T: Copy, const COUNT: usize>(first: &[T], second: &[T]) -> [T; COUNT] {
    let mut all = [first[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        all[at] = match at < first.len() {
            true => first[at],
            false => second[at - first.len()],
        };
        at += 1;
    }
    all
}
