//! Rankings, predicted intervals and several labels a row: what `no-regression` must
//! catch, and what it must pass.

use crate::{Fault, Sound};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "a ranking that is worse in one slice while the total holds",
        spec: r#"
                [predictions.candidate]
                path = "ranked-jp-reversed.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [predictions.before]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                margins = { "ndcg@5" = 0.15 }
                slices = ["country"]
            "#,
        says: "ndcg@5 [country=jp] worse_by",
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
                [predictions.before]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "mrr"
                margin = 0.02
            "#,
        says: "mrr worse_by",
    },
    Fault {
        name: "grades of other documents",
        spec: r#"
                [predictions.candidate]
                path = "ranked-misaligned.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [predictions.before]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "ndcg"
                margin = 0.02
            "#,
        says: "is not the label that the previous version's row of this key has",
    },
    Fault {
        name: "a document that the version before has not ranked",
        spec: r#"
                [predictions.candidate]
                path = "ranked-strange.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [predictions.before]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "ndcg"
                margin = 0.02
            "#,
        says: "ranked-strange.csv: column `document`, row ",
    },
    Fault {
        name: "intervals that hold less than before",
        spec: r#"
                [predictions.candidate]
                path = "loads-narrow.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                [predictions.before]
                path = "loads.csv"
                key = "id"
                label = "load"
                lower = "earlier_low"
                upper = "earlier_high"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "interval_coverage"
                margin = 0.02
            "#,
        says: "interval_coverage worse_by",
    },
    Fault {
        name: "intervals that are wider than before",
        spec: r#"
                [predictions.candidate]
                path = "loads-wide.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                [predictions.before]
                path = "loads.csv"
                key = "id"
                label = "load"
                lower = "earlier_low"
                upper = "earlier_high"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                margins = { interval_coverage = 0.02, interval_width = 0.1 }
            "#,
        says: "interval_width worse_by",
    },
    Fault {
        name: "two labels whose scores changed places",
        spec: r#"
                [predictions.candidate]
                path = "posts-swapped.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [predictions.before]
                path = "posts.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["q_spam", "q_advert", "q_news"]
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "f1_micro"
                margin = 0.02
            "#,
        says: "f1_micro worse_by",
    },
];

pub(super) const SOUND: &[Sound] = &[
    Sound {
        name: "rankings of two versions in one table, in slices and for users of several sessions",
        spec: r#"
                [predictions.candidate]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                cluster = "user"
                [predictions.before]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                margins = { "ndcg@5" = 0.06, mrr = 0.12, "map@3" = 0.12 }
                slices = ["country"]
            "#,
    },
    Sound {
        name: "rankings of two tables in different order",
        spec: r#"
                [predictions.candidate]
                path = "ranked.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                weight = "weight"
                [predictions.before]
                path = "ranked-shuffled.csv"
                key = "document"
                query = "session"
                label = "grade"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                margins = { "ndcg@5" = 0.001, mrr = 0.001 }
            "#,
    },
    Sound {
        name: "intervals with numbers beside them",
        spec: r#"
                [predictions.candidate]
                path = "loads.csv"
                key = "id"
                label = "load"
                lower = "low"
                upper = "high"
                prediction = "guess"
                [predictions.before]
                path = "loads.csv"
                key = "id"
                label = "load"
                lower = "earlier_low"
                upper = "earlier_high"
                prediction = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                margins = { interval_coverage = 0.08, interval_width = 0.1, mae = 0.1 }
                slices = ["site"]
            "#,
    },
    Sound {
        name: "several labels a row",
        spec: r#"
                [predictions.candidate]
                path = "posts.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["p_spam", "p_advert", "p_news"]
                [predictions.before]
                path = "posts.csv"
                key = "id"
                labels = ["is_spam", "is_advert", "is_news"]
                scores = ["q_spam", "q_advert", "q_news"]
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                margins = { f1_micro = 0.02, f1_macro = 0.03, hamming_loss = 0.02, accuracy = 0.03, "recall[spam]" = 0.05 }
            "#,
    },
];
