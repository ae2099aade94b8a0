//! What `no-drift` must catch, and what it must pass. The tables are those of
//! `tests/support`, spoiled in one way each.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a number that has moved",
            spec: r#"
                [dataset.then]
                path = "world.csv"
                label = "label"
                [dataset.now]
                path = "world-warmer.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["seen_at"]
            "#,
            says: "the column `warmth` has moved",
        },
        Fault {
            name: "drift in one category",
            spec: r#"
                [dataset.then]
                path = "world.csv"
                label = "label"
                [dataset.now]
                path = "world-more-jp.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["seen_at"]
            "#,
            says: "the column `country` has moved",
        },
        Fault {
            name: "a new category in the place of an old one",
            spec: r#"
                [dataset.then]
                path = "world.csv"
                label = "label"
                [dataset.now]
                path = "world-br.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["seen_at"]
            "#,
            says: "new: `br`",
        },
        Fault {
            name: "drift only in a correlation",
            spec: r#"
                [dataset.then]
                path = "world.csv"
                label = "label"
                [dataset.now]
                path = "world-uncorrelated.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["seen_at"]
            "#,
            says: "rows as a whole have moved",
        },
        Fault {
            name: "a label in words that no longer follows from what it did",
            spec: r#"
                [dataset.then]
                path = "habits.csv"
                label = "bought"
                [dataset.now]
                path = "habits-turned.csv"
                label = "bought"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
            says: "above all by `hour` with `bought`",
        },
        Fault {
            name: "categories that no longer go together",
            spec: r#"
                [dataset.then]
                path = "habits.csv"
                label = "bought"
                [dataset.now]
                path = "habits-apart.csv"
                label = "bought"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
            says: "above all by `place` with `way`",
        },
        Fault {
            name: "moments at other hours of the day",
            spec: r#"
                [dataset.then]
                path = "visits.parquet"
                label = "bought"
                [dataset.now]
                path = "visits-moved.parquet"
                label = "bought"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
            says: "the column `hour of came_at` has moved",
        },
        Fault {
            name: "moments that are no longer given",
            spec: r#"
                [dataset.then]
                path = "visits.parquet"
                label = "bought"
                [dataset.now]
                path = "visits-unknown.parquet"
                label = "bought"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
            says: "the column `came_at` has moved",
        },
        Fault {
            name: "another label",
            spec: r#"
                [dataset.then]
                path = "world.csv"
                label = "label"
                [dataset.now]
                path = "world-more-positive.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["seen_at"]
            "#,
            says: "the column `label` has moved",
        },
        Fault {
            name: "columns of another table",
            spec: r#"
                [dataset.then]
                path = "world.csv"
                label = "label"
                [dataset.now]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = []
            "#,
            says: "is missing in the current rows",
        },
        Fault {
            name: "a word in a column of numbers",
            spec: r#"
                [dataset.then]
                path = "log.csv"
                label = "label"
                [dataset.now]
                path = "log-words.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["id"]
            "#,
            says: "log-words.csv: column `score`, row 1235: `n/a` is no number",
        },
        Fault {
            name: "too few rows to tell",
            spec: r#"
                [dataset.then]
                path = "log-few.csv"
                label = "label"
                [dataset.now]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["id"]
            "#,
            says: "reference_rows 60 rows, expected ≥ 100",
        },
        Fault {
            name: "what a package predicts has moved",
            spec: packaged!(
                r#"
                check = "no-drift"
                package = "sound"
                reference = "seen"
                current = "open"
                except = ["id", "place", "dusk", "moon", "forest", "noise", "unicorn"]
            "#
            ),
            says: "the column `predicted_1` has moved",
        },
    ],
    sound: &[
        Sound {
            name: "two samples of one world",
            spec: r#"
                [dataset.then]
                path = "world.csv"
                label = "label"
                [dataset.now]
                path = "world-again.csv"
                label = "label"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
                except = ["seen_at"]
            "#,
        },
        Sound {
            name: "two samples of one habit, in words and with a column that is mostly missing",
            spec: r#"
                [dataset.then]
                path = "habits.csv"
                label = "bought"
                [dataset.now]
                path = "habits-again.csv"
                label = "bought"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
        },
        Sound {
            name: "later moments at the same hours of the day",
            spec: r#"
                [dataset.then]
                path = "visits.parquet"
                label = "bought"
                [dataset.now]
                path = "visits-later.parquet"
                label = "bought"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
        },
        Sound {
            name: "moments of one day, which say nothing of the hours of others",
            spec: r#"
                [dataset.then]
                path = "visits.parquet"
                label = "bought"
                [dataset.now]
                path = "visits-of-a-day.parquet"
                label = "bought"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
        },
        Sound {
            name: "a generated dataset and another of its seeds",
            spec: r#"
                [dataset.then]
                generator = "unicorn"
                rows = 3000
                scale = "standard"
                [dataset.now]
                generator = "unicorn"
                rows = 3000
                seed = 1
                scale = "standard"
                [test.x]
                check = "no-drift"
                reference = "then"
                current = "now"
            "#,
        },
        Sound {
            name: "what a package predicts of two samples of one world",
            spec: packaged!(
                r#"
                check = "no-drift"
                package = "sound"
                reference = "seen"
                current = "later"
                except = ["id"]
            "#
            ),
        },
    ],
};
