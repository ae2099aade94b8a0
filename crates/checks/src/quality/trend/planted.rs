//! What `trend` must catch, and what it must pass. The tables are those of
//! `tests/support`, spoiled in one way each.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a slow slide of 0.2% a version",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "log_loss"
                decline_max = 0.01
                history = "history-slide.csv"
            "#,
            says: "log_loss decline",
        },
        Fault {
            name: "too few versions for a line",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "log_loss"
                decline_max = 0.01
                history = "history-short.csv"
            "#,
            says: "a line needs 8 versions, and there are 3",
        },
        Fault {
            name: "no history, and no word of a first release",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "log_loss"
                decline_max = 0.01
            "#,
            says: "there are 1",
        },
        Fault {
            name: "a ranking that slides slowly",
            spec: r#"
                [predictions.candidate]
                path = "ranked.csv"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "ndcg@5"
                decline_max = 0.02
                history = "ranked-slide.csv"
            "#,
            says: "ndcg@5 decline",
        },
        Fault {
            name: "a package at the end of a slow slide",
            spec: packaged!(
                r#"
                check = "trend"
                package = "sound"
                dataset = "seen"
                metric = "log_loss"
                decline_max = 0.01
                history = "seen-history-slide.csv"
            "#
            ),
            says: "log_loss decline",
        },
    ],
    sound: &[
        Sound {
            name: "a metric that only scatters",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "log_loss"
                decline_max = 0.01
                history = "history-flat.csv"
            "#,
        },
        Sound {
            name: "a history of rounded values that are all the same",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "log_loss"
                decline_max = 0.01
                history = "history-rounded.csv"
            "#,
        },
        Sound {
            name: "a slide that is allowed",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "log_loss"
                decline_max = 0.05
                history = "history-slide.csv"
            "#,
        },
        Sound {
            name: "a ranking that only scatters",
            spec: r#"
                [predictions.candidate]
                path = "ranked.csv"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "trend"
                predictions = "candidate"
                metric = "ndcg@5"
                decline_max = 0.02
                history = "ranked-flat.csv"
            "#,
        },
        Sound {
            name: "a package that only scatters about the ones before",
            spec: packaged!(
                r#"
                check = "trend"
                package = "sound"
                dataset = "seen"
                metric = "log_loss"
                decline_max = 0.01
                history = "seen-history-flat.csv"
            "#
            ),
        },
    ],
};
