//! Planted faults of the checks of predictions. They name tables of a made-up
//! log that `tests/support/predictions.rs` spoils in one way each.

use crate::{Fault, Planted, Sound};

pub(super) const QUALITY: Planted = Planted {
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
    ],
};

pub(super) const NO_REGRESSION: Planted = Planted {
    faults: &[
        Fault {
            name: "one slice ruined while the total holds",
            spec: r#"
                [predictions.candidate]
                path = "log-jp-ruined.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "log_loss"
                margin = 0.1
                slices = ["country"]
            "#,
            says: "log_loss [country=jp] worse_by",
        },
        Fault {
            name: "a previous version with a better tail",
            spec: r#"
                [predictions.candidate]
                path = "log-bad-tail.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "log_loss"
                margin = 0.02
            "#,
            says: "log_loss worse_by",
        },
        Fault {
            name: "a negative metric under a relative margin",
            spec: r#"
                [predictions.candidate]
                path = "prices.csv"
                key = "id"
                label = "price"
                prediction = "poorer"
                [predictions.before]
                path = "prices.csv"
                key = "id"
                label = "price"
                prediction = "poor"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "r2"
                margin_relative = 0.05
            "#,
            says: "r2 worse_by",
        },
        Fault {
            name: "a join that misaligned the pairs",
            spec: r#"
                [predictions.candidate]
                path = "log-misaligned.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "roc_auc"
                margin = 0.02
            "#,
            says: "is not the label that the previous version's row of this key has",
        },
        Fault {
            name: "a key without a partner",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log-short.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "roc_auc"
                margin = 0.02
            "#,
            says: "log.csv: column `id`, row 78: the key has no partner",
        },
        Fault {
            name: "a row of the previous version that is gone",
            spec: r#"
                [predictions.candidate]
                path = "log-short.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "roc_auc"
                margin = 0.02
            "#,
            says: "log.csv: column `id`, row 78: the key has no partner among the candidate's rows",
        },
        Fault {
            name: "a key that stands twice",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log-twice.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "roc_auc"
                margin = 0.02
            "#,
            says: "log-twice.csv: column `id`, row 79: the key stands in an earlier row too",
        },
        Fault {
            name: "no blessed version, and no word of a first release",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "blessed"
                metric = "roc_auc"
                margin = 0.02
            "#,
            says: "there is no blessed version",
        },
    ],
    sound: &[
        Sound {
            name: "better than the version before",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "roc_auc"
                margin = 0.005
                slices = ["country"]
            "#,
        },
        Sound {
            name: "the same version in another order",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "log-shuffled.csv"
                metric = "accuracy"
                margin = 0.01
            "#,
        },
        Sound {
            name: "a regression with a relative margin",
            spec: r#"
                [predictions.candidate]
                path = "prices.csv"
                key = "id"
                label = "price"
                prediction = "poor"
                [predictions.before]
                path = "prices.csv"
                key = "id"
                label = "price"
                prediction = "poorer"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "r2"
                margin_relative = 0.05
            "#,
        },
    ],
};
