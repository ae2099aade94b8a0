//! Slices of a few rows each.

use crate::{Fault, Sound};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "a hundred shops ruined, each of a few rows",
        spec: r#"
                [predictions.candidate]
                path = "log-shops-ruined.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log-shops-ruined.csv"
                key = "id"
                label = "label"
                score = "earlier"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { roc_auc = 0.5 }
                slice_rows_min = 100
                slices = ["shop"]
            "#,
        says: "roc_auc [shop=(fewer than 100 rows)]",
    },
    Fault {
        name: "shops of a few rows, each judged by itself",
        spec: r#"
                [predictions.candidate]
                path = "log-shops.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log-shops.csv"
                key = "id"
                label = "label"
                score = "earlier"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { roc_auc = 0.5 }
                slices = ["shop"]
            "#,
        says: "roc_auc [shop=small-",
    },
];

pub(super) const SOUND: &[Sound] = &[Sound {
    name: "shops of a few rows judged together",
    spec: r#"
                [predictions.candidate]
                path = "log-shops.csv"
                key = "id"
                label = "label"
                score = "score"
                [predictions.before]
                path = "log-shops.csv"
                key = "id"
                label = "label"
                score = "earlier"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { roc_auc = 0.85 }
                slice_rows_min = 100
                slices = ["shop"]
            "#,
}];
