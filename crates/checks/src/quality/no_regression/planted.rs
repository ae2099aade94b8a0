//! What `no-regression` must catch, and what it must pass. The tables are those of
//! `tests/support`, spoiled in one way each.

mod kinds;

use crate::planted::joined;
use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &joined::<_, { OF_ROWS.faults.len() + kinds::FAULTS.len() }>(
        OF_ROWS.faults,
        kinds::FAULTS,
    ),
    sound: &joined::<_, { OF_ROWS.sound.len() + kinds::SOUND.len() }>(OF_ROWS.sound, kinds::SOUND),
};

/// With one class or one number a row.
const OF_ROWS: Planted = Planted {
    faults: &[
        Fault {
            name: "the same scores, decided at a worse threshold",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                threshold = 0.9
                [predictions.before]
                path = "log-shuffled.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "accuracy"
                margin = 0.01
            "#,
            says: "accuracy worse_by",
        },
        Fault {
            name: "a hundred shops worse, each of a few rows",
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
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "accuracy"
                margin = 0.1
                slice_rows_min = 100
                slices = ["shop"]
            "#,
            says: "accuracy [shop=(fewer than 100 rows)] worse_by",
        },
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
            name: "versions that weigh a row differently",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                weight = "earlier"
                [predictions.before]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "earlier"
                weight = "age"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "log_loss"
                margin = 0.02
            "#,
            says: "column `earlier`, row 1: the weight is not the weight that the previous version's row",
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
        Fault {
            name: "a package that learnt less than the one before",
            spec: packaged!(
                r#"
                check = "no-regression"
                package = "hardly"
                dataset = "seen"
                previous = "sound"
                metric = "log_loss"
                margin = 0.02
            "#
            ),
            says: "log_loss worse_by",
        },
        Fault {
            name: "a pipeline whose package is worse than the one before",
            spec: trained!(
                2,
                r#"
                [dataset.seen]
                path = "seen.csv"
                label = "unicorn"
                [test.x]
                check = "no-regression"
                pipeline = "p"
                dataset = "seen"
                previous = "./packaged"
                metric = "roc_auc"
                margin = 0.02
            "#
            ),
            says: "roc_auc worse_by",
        },
    ],
    sound: &[
        Sound {
            name: "shops of a few rows compared together",
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
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "accuracy"
                margin = 0.1
                slice_rows_min = 100
                slices = ["shop"]
            "#,
        },
        Sound {
            name: "weights of two tables in different order",
            spec: r#"
                [predictions.candidate]
                path = "log.csv"
                key = "id"
                label = "label"
                score = "score"
                weight = "age"
                [predictions.before]
                path = "log-shuffled.csv"
                key = "id"
                label = "label"
                score = "earlier"
                weight = "age"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                metric = "log_loss"
                margin = 0.02
            "#,
        },
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
            name: "several rows of each user, with both versions in one table",
            spec: r#"
                [predictions.candidate]
                path = "log-users.csv"
                key = "id"
                label = "label"
                score = "score"
                cluster = "user"
                [predictions.before]
                path = "log-users.csv"
                key = "id"
                label = "label"
                score = "earlier"
                [test.x]
                check = "no-regression"
                predictions = "candidate"
                previous = "before"
                margins = { roc_auc = 0.03, log_loss = 0.05, accuracy = 0.06 }
            "#,
        },
        Sound {
            name: "several metrics of two columns of one table",
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
                margins = { roc_auc = 0.01, log_loss = 0.01, accuracy = 0.02 }
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
        Sound {
            name: "a package that learnt more than the one before",
            spec: packaged!(
                r#"
                check = "no-regression"
                package = "sound"
                dataset = "seen"
                previous = "./packaged-hardly"
                margins = { roc_auc = 0.01, log_loss = 0.01 }
                slices = ["place"]
            "#
            ),
        },
        Sound {
            name: "a package and a table of what another system said",
            spec: packaged!(
                r#"
                check = "no-regression"
                package = "sound"
                dataset = "seen"
                previous = "table"
                metric = "roc_auc"
                margin = 0.01
            "#
            ),
        },
    ],
};
