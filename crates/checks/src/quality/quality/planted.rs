//! What `quality` must catch, and what it must pass. The tables are those of
//! `tests/support`, spoiled in one way each.

mod kinds;
mod small;

use crate::planted::joined;
use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &joined::<_, { ROWS_AND_SMALL.faults.len() + kinds::FAULTS.len() }>(
        ROWS_AND_SMALL.faults,
        kinds::FAULTS,
    ),
    sound: &joined::<_, { ROWS_AND_SMALL.sound.len() + kinds::SOUND.len() }>(
        ROWS_AND_SMALL.sound,
        kinds::SOUND,
    ),
};

const ROWS_AND_SMALL: Planted = Planted {
    faults: &joined::<_, { OF_ROWS.faults.len() + small::FAULTS.len() }>(
        OF_ROWS.faults,
        small::FAULTS,
    ),
    sound: &joined::<_, { OF_ROWS.sound.len() + small::SOUND.len() }>(OF_ROWS.sound, small::SOUND),
};

/// With one class or one number a row.
const OF_ROWS: Planted = Planted {
    faults: &[
        Fault {
            name: "one slice ruined while the total holds",
            spec: r#"
                [predictions.candidate]
                path = "log-jp-ruined.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
                max = { log_loss = 0.6 }
                slice_min = { roc_auc = 0.8 }
                slices = ["country"]
            "#,
            says: "roc_auc [country=jp]",
        },
        Fault {
            name: "a row that stands twice",
            spec: r#"
                [predictions.candidate]
                path = "log-twice.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78 }
            "#,
            says: "log-twice.csv: column `id`, row 79: the key stands in an earlier row too",
        },
        Fault {
            name: "a weak slice that nobody declared",
            spec: r#"
                [predictions.candidate]
                path = "log-jp-ruined.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { roc_auc = 0.8 }
                find_weak = true
            "#,
            says: "roc_auc [country=jp]",
        },
        Fault {
            name: "a swapped label",
            spec: r#"
                [predictions.candidate]
                path = "log-label-swapped.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
            "#,
            says: "roc_auc 0.",
        },
        Fault {
            name: "sure of what is wrong, with the right order",
            spec: r#"
                [predictions.candidate]
                path = "log-overconfident.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                max = { log_loss = 0.45 }
            "#,
            says: "log_loss",
        },
        Fault {
            name: "a NaN in one score",
            spec: r#"
                [predictions.candidate]
                path = "log-nan.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
            "#,
            says: "log-nan.csv: column `score`, row 1235: NaN is not a finite number",
        },
        Fault {
            name: "a score that is text in one row",
            spec: r#"
                [predictions.candidate]
                path = "log-mixed.jsonl"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78 }
            "#,
            says: "column `score`, row 1235: `0.5` is text, where 3999 rows hold numbers",
        },
        Fault {
            name: "a NaN in one of several files",
            spec: r#"
                [predictions.candidate]
                path = "log-days-nan"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
            "#,
            says: "day=2/part-2.csv: column `score`, row 235: NaN is not a finite number",
        },
        Fault {
            name: "a row of no user, where users have several",
            spec: r#"
                [predictions.candidate]
                path = "log-users-gap.csv"
                key = "id"
                label = "label"
                score = "score"
                cluster = "user"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.75 }
            "#,
            says: "log-users-gap.csv: column `user`, row 1: the cell is missing",
        },
        Fault {
            name: "too bad for its users, however many rows each has",
            spec: r#"
                [predictions.candidate]
                path = "log-users.csv"
                key = "id"
                label = "label"
                score = "score"
                cluster = "user"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { roc_auc = 0.97 }
            "#,
            says: "roc_auc 0.",
        },
        Fault {
            name: "percentages where probabilities are claimed",
            spec: r#"
                [predictions.candidate]
                path = "log-percent.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
            "#,
            says: "is no probability; so are",
        },
        Fault {
            name: "a day on which it was bad, that nobody declared",
            spec: r#"
                [predictions.candidate]
                path = "log-dates.parquet"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.7 }
                find_weak = true
            "#,
            says: "accuracy [date=2024-01-03]",
        },
        Fault {
            name: "a bucket without a row",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.7 }
                slices = ["age"]
                buckets = { age = [30, 90] }
            "#,
            says: "the slice age=≥90 has no row",
        },
        Fault {
            name: "a slice that has vanished",
            spec: r#"
                [predictions.candidate]
                path = "log-no-jp.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
                slices = ["country"]
                slice_values = { country = ["de", "jp"] }
            "#,
            says: "the slice country=jp has no row",
        },
        Fault {
            name: "a missing column",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
                slices = ["region"]
            "#,
            says: "no column is named `region`",
        },
        Fault {
            name: "a label that is none of the classes",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                classes = ["no", "yes"]
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
            "#,
            says: "is not one of the classes",
        },
        Fault {
            name: "a package that has hardly learnt",
            spec: packaged!(
                r#"
                check = "quality"
                package = "hardly"
                dataset = "seen"
                min = { roc_auc = 0.75 }
            "#
            ),
            says: "roc_auc 0.",
        },
        Fault {
            name: "a package asked about rows without one of its features",
            spec: packaged!(
                r#"
                check = "quality"
                package = "sound"
                dataset = "no-moon"
                min = { roc_auc = 0.75 }
            "#
            ),
            says: "seen-no-moon.csv: ",
        },
        Fault {
            name: "a package asked about a row without a value",
            spec: packaged!(
                r#"
                check = "quality"
                package = "sound"
                dataset = "gap"
                min = { roc_auc = 0.75 }
            "#
            ),
            says: "`noise` is missing or no finite number in row 41",
        },
        Fault {
            name: "a package asked about labels that it does not know",
            spec: packaged!(
                r#"
                check = "quality"
                package = "sound"
                dataset = "not-the-label"
                min = { roc_auc = 0.75 }
            "#
            ),
            says: "sound on not-the-label.parquet: column `place`, row 1:",
        },
        Fault {
            name: "a pipeline that trains for two steps",
            spec: trained!(
                2,
                r#"
                [test.x]
                check = "quality"
                pipeline = "p"
                min = { roc_auc = 0.75 }
            "#
            ),
            says: "roc_auc 0.",
        },
        Fault {
            name: "a pipeline that fails",
            spec: trained!(
                2,
                r#"
                [pipeline.p.contract.raw]
                columns.moon = { type = "number", max = 0.5 }
                [test.x]
                check = "quality"
                pipeline = "p"
                min = { roc_auc = 0.75 }
            "#
            ),
            says: "stage `raw`: ",
        },
    ],
    sound: &[
        Sound {
            name: "within its bounds in every slice",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
                max = { log_loss = 0.45, brier = 0.15 }
                slices = ["country", "device", "country*device", "age"]
                buckets = { age = [30, 60] }
                slice_min = { roc_auc = 0.7 }
                slice_max = { log_loss = 0.7 }
            "#,
        },
        Sound {
            name: "several rows of each user, which say less than as many of their own",
            spec: r#"
                [predictions.candidate]
                path = "log-users.csv"
                key = "id"
                label = "label"
                score = "score"
                cluster = "user"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.75, roc_auc = 0.85 }
                max = { log_loss = 0.5 }
                slices = ["device"]
                slice_min = { roc_auc = 0.8 }
                slice_max = { log_loss = 0.6 }
            "#,
        },
        Sound {
            name: "a log in several files that a pattern matches",
            spec: r#"
                [predictions.candidate]
                path = "log-days/*/part-*.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.78, roc_auc = 0.88 }
                slice_min = { roc_auc = 0.8 }
                slices = ["day"]
            "#,
        },
        Sound {
            name: "no weak slice to find",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { roc_auc = 0.85 }
                find_weak = true
                except = ["earlier"]
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [predictions.candidate]
                path = "prices.csv"
                label = "price"
                prediction = "fair"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { r2 = 0.7 }
                max = { mae = 0.5 }
            "#,
        },
        Sound {
            name: "a package on a dataset",
            spec: packaged!(
                r#"
                check = "quality"
                package = "sound"
                dataset = "seen"
                min = { roc_auc = 0.75, accuracy = 0.6 }
                slices = ["place", "moon"]
                buckets = { moon = [0.5] }
                slice_min = { roc_auc = 0.7 }
            "#
            ),
        },
        Sound {
            name: "a pipeline on the rows that its split kept apart",
            spec: trained!(
                600,
                r#"
                [test.x]
                check = "quality"
                pipeline = "p"
                min = { roc_auc = 0.7 }
                slices = ["place"]
                slice_min = { roc_auc = 0.6 }
            "#
            ),
        },
    ],
};
