//! Rankings, predicted intervals and several labels a row: what `quality` must
//! catch, and what it must pass.

use crate::{Fault, Sound};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "a ranking reversed in one slice while the total holds",
        spec: r#"
                [predictions.candidate]
                path = "ranked-jp-reversed.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.85 }
                slice_min = { "ndcg@5" = 0.8 }
                slices = ["country"]
            "#,
        says: "ndcg@5 [country=jp]",
    },
    Fault {
        name: "a ranking reversed in a slice that nobody declared",
        spec: r#"
                [predictions.candidate]
                path = "ranked-jp-reversed.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.85 }
                find_weak = true
            "#,
        says: "ndcg@5 [country=jp]",
    },
    Fault {
        name: "documents ranked as they stood on the page",
        spec: r#"
                [predictions.candidate]
                path = "ranked-by-place.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { mrr = 0.7, "map@3" = 0.6 }
            "#,
        says: "mrr 0.",
    },
    Fault {
        name: "a NaN in the score of one document",
        spec: r#"
                [predictions.candidate]
                path = "ranked-nan.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.8 }
            "#,
        says: "ranked-nan.csv: column `score`, row ",
    },
    Fault {
        name: "a grade below zero",
        spec: r#"
                [predictions.candidate]
                path = "ranked-below-zero.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.8 }
            "#,
        says: ": -1 is a negative grade",
    },
    Fault {
        name: "a query in two slices",
        spec: r#"
                [predictions.candidate]
                path = "ranked-torn.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.8 }
                slices = ["country"]
            "#,
        says: ": `atlantis` is not what the first row of its query has",
    },
    Fault {
        name: "a query of two users",
        spec: r#"
                [predictions.candidate]
                path = "ranked-two-users.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                cluster = "user"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.8 }
            "#,
        says: "column `user`, row ",
    },
    Fault {
        name: "a query of two weights",
        spec: r#"
                [predictions.candidate]
                path = "ranked-two-weights.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                weight = "weight"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.8 }
            "#,
        says: "column `weight`, row ",
    },
    Fault {
        name: "a document that stands twice in its query",
        spec: r#"
                [predictions.candidate]
                path = "ranked-twice.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.8 }
            "#,
        says: "ranked-twice.csv: column `document`, row ",
    },
    Fault {
        name: "a metric of decisions asked of a ranking",
        spec: r#"
                [predictions.candidate]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { accuracy = 0.5 }
            "#,
        says: "accuracy needs classes, which ranked queries do not have",
    },
    Fault {
        name: "intervals that are too narrow",
        spec: r#"
                [predictions.candidate]
                path = "loads-narrow.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { interval_coverage = 0.87 }
            "#,
        says: "interval_coverage 0.",
    },
    Fault {
        name: "intervals too narrow in one slice while the total holds",
        spec: r#"
                [predictions.candidate]
                path = "loads-narrow-north.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { interval_coverage = 0.8 }
                slices = ["site"]
            "#,
        says: "interval_coverage [site=north]",
    },
    Fault {
        name: "intervals that hold everything",
        spec: r#"
                [predictions.candidate]
                path = "loads-wide.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { interval_coverage = 0.87 }
                max = { interval_width = 3.6 }
            "#,
        says: "interval_width ",
    },
    Fault {
        name: "ends of intervals that changed places",
        spec: r#"
                [predictions.candidate]
                path = "loads-crossed.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { interval_coverage = 0.8 }
            "#,
        says: "is above the high end of its interval; so are 2 rows more",
    },
    Fault {
        name: "a metric of numbers asked of intervals alone",
        spec: r#"
                [predictions.candidate]
                path = "loads.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                [test.x]
                check = "quality"
                predictions = "candidate"
                max = { mae = 2 }
            "#,
        says: "mae needs predicted numbers, which predicted intervals do not have",
    },
    Fault {
        name: "two labels whose scores changed places",
        spec: r#"
                [predictions.candidate]
                path = "posts-swapped.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { f1_micro = 0.7 }
                max = { hamming_loss = 0.25 }
            "#,
        says: "f1_micro 0.",
    },
    Fault {
        name: "labels mixed up in one slice while the total holds",
        spec: r#"
                [predictions.candidate]
                path = "posts-fi-ruined.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "recall[news]" = 0.6 }
                slices = ["language"]
            "#,
        says: "recall[news] [language=fi]",
    },
    Fault {
        name: "a label that is neither 0 nor 1",
        spec: r#"
                [predictions.candidate]
                path = "posts-two.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { f1_micro = 0.7 }
            "#,
        says: "posts-two.csv: column `is_advert`, row 8: `2` is neither 0 nor 1",
    },
];

pub(super) const SOUND: &[Sound] = &[
    Sound {
        name: "a ranking within its bounds, whatever order its documents stand in",
        spec: r#"
                [predictions.candidate]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                cluster = "user"
                weight = "weight"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { "ndcg@5" = 0.85, ndcg = 0.85, mrr = 0.75, "map@3" = 0.7 }
                slices = ["country"]
                slice_min = { "ndcg@5" = 0.5 }
                find_weak = true
            "#,
    },
    Sound {
        name: "intervals that hold nine of ten loads at every site",
        spec: r#"
                [predictions.candidate]
                path = "loads.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                prediction = "guess"
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { interval_coverage = 0.87, r2 = 0.9 }
                max = { interval_coverage = 0.93, interval_width = 3.6, mae = 1 }
                slices = ["site"]
                slice_min = { interval_coverage = 0.75 }
                slice_max = { interval_width = 4 }
            "#,
    },
    Sound {
        name: "several labels a row, each and all of them",
        spec: r#"
                [predictions.candidate]
                path = "posts.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [test.x]
                check = "quality"
                predictions = "candidate"
                min = { f1_micro = 0.7, f1_macro = 0.7, "recall[spam]" = 0.6, roc_auc_macro = 0.85, accuracy = 0.4 }
                max = { hamming_loss = 0.25, ece_macro = 0.06 }
                slices = ["language"]
                slice_min = { f1_micro = 0.6 }
                slice_max = { hamming_loss = 0.3 }
            "#,
    },
];
