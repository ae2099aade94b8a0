//! What `calibration` must catch, and what it must pass. The tables are those of
//! `tests/support`, spoiled in one way each.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "calibration broken with the ranking intact",
            spec: r#"
                [predictions.candidate]
                path = "log-overconfident.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "calibration"
                predictions = "candidate"
            "#,
            says: "ece",
        },
        Fault {
            name: "one slice that is given any probability",
            spec: r#"
                [predictions.candidate]
                path = "log-jp-ruined.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "calibration"
                predictions = "candidate"
                ece_max = 0.15
                slices = ["country"]
            "#,
            says: "ece [country=jp]",
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
                check = "calibration"
                predictions = "candidate"
            "#,
            says: "ece",
        },
        Fault {
            name: "a package whose probabilities say nothing",
            spec: packaged!(
                r#"
                check = "calibration"
                package = "hardly"
                dataset = "seen"
                ece_max = 0.06
            "#
            ),
            says: "ece",
        },
        Fault {
            name: "one of several labels that is too sure",
            spec: r#"
                [predictions.candidate]
                path = "posts-news-too-sure.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [test.x]
                check = "calibration"
                predictions = "candidate"
                ece_max = 0.08
            "#,
            says: "ece[news] 0.",
        },
        Fault {
            name: "a ranking, whose scores are no probabilities",
            spec: r#"
                [predictions.candidate]
                path = "ranked.csv"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "calibration"
                predictions = "candidate"
            "#,
            says: "ece@15 needs probabilities, which ranked queries do not have",
        },
    ],
    sound: &[
        Sound {
            name: "calibrated",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "calibration"
                predictions = "candidate"
            "#,
        },
        Sound {
            name: "calibrated in every slice",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "calibration"
                predictions = "candidate"
                ece_max = 0.15
                slices = ["country"]
                bins = 10
            "#,
        },
        Sound {
            name: "a package",
            spec: packaged!(
                r#"
                check = "calibration"
                package = "sound"
                dataset = "seen"
                ece_max = 0.08
            "#
            ),
        },
        Sound {
            name: "several labels a row",
            spec: r#"
                [predictions.candidate]
                path = "posts.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [test.x]
                check = "calibration"
                predictions = "candidate"
                ece_max = 0.08
            "#,
        },
    ],
};
