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
    ],
};

pub(super) const CALIBRATION: Planted = Planted {
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
    ],
};

pub(super) const NO_DRIFT: Planted = Planted {
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
            name: "an identifier among the columns",
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
    ],
};

pub(super) const VALIDATION_IS_CURRENT: Planted = Planted {
    faults: &[
        Fault {
            name: "live data that has moved",
            spec: r#"
                [dataset.validation]
                path = "world.csv"
                label = "label"
                [dataset.live]
                path = "world-warmer.csv"
                label = "label"
                [test.x]
                check = "validation-is-current"
                dataset = "validation"
                live = "live"
                except = ["seen_at"]
            "#,
            says: "the column `warmth` has moved",
        },
        Fault {
            name: "live data in which a correlation has changed",
            spec: r#"
                [dataset.validation]
                path = "world.csv"
                label = "label"
                [dataset.live]
                path = "world-uncorrelated.csv"
                label = "label"
                [test.x]
                check = "validation-is-current"
                dataset = "validation"
                live = "live"
                except = ["seen_at"]
            "#,
            says: "seatrial refresh-validation 'case.toml::x'",
        },
    ],
    sound: &[
        Sound {
            name: "live data of the same world",
            spec: r#"
                [dataset.validation]
                path = "world.csv"
                label = "label"
                [dataset.live]
                path = "world-again.csv"
                label = "label"
                [test.x]
                check = "validation-is-current"
                dataset = "validation"
                live = "live"
                except = ["seen_at"]
            "#,
        },
        Sound {
            name: "the validation set itself",
            spec: r#"
                [dataset.validation]
                path = "world.csv"
                label = "label"
                [dataset.live]
                path = "world.csv"
                label = "label"
                [test.x]
                check = "validation-is-current"
                dataset = "validation"
                live = "live"
                except = ["seen_at"]
            "#,
        },
    ],
};

pub(super) const TREND: Planted = Planted {
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
    ],
};

pub(super) const TABLE_SCHEMA: Planted = Planted {
    faults: &[
        Fault {
            name: "a missing column",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.region = { type = "text" }
            "#,
            says: "no column is named `region`",
        },
        Fault {
            name: "a number beyond its range",
            spec: r#"
                [dataset.log]
                path = "log-percent.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { type = "number", min = 0, max = 1 }
            "#,
            says: "is above the most allowed; so are",
        },
        Fault {
            name: "a value that stands twice",
            spec: r#"
                [dataset.log]
                path = "log-twice.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.id = { type = "integer", unique = true }
            "#,
            says: "row 79: the value stands in an earlier row too",
        },
        Fault {
            name: "another type",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { type = "integer" }
            "#,
            says: "column `score`: holds Float64, not Integer",
        },
        Fault {
            name: "a value that is none of those allowed",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.country = { values = ["de", "fr", "us"] }
            "#,
            says: "`jp` is none of the values allowed",
        },
        Fault {
            name: "a missing cell",
            spec: r#"
                [dataset.log]
                path = "log-gap.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.country = { type = "text" }
            "#,
            says: "country missing",
        },
        Fault {
            name: "a NaN in one score",
            spec: r#"
                [dataset.log]
                path = "log-nan.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.score = { min = 0, max = 1 }
            "#,
            says: "row 1235: NaN is no number",
        },
        Fault {
            name: "a column too many",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                closed = true
                columns.id = { type = "integer" }
            "#,
            says: "column `age`: is not declared",
        },
    ],
    sound: &[
        Sound {
            name: "a table as declared",
            spec: r#"
                [dataset.log]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                closed = true
                rows_min = 4000
                columns.id = { type = "integer", unique = true, min = 0 }
                columns.label = { values = ["0", "1"] }
                columns.score = { type = "number", min = 0, max = 1 }
                columns.earlier = { type = "number" }
                columns.country = { values = ["de", "fr", "us", "jp"] }
                columns.device = { type = "text" }
                columns.age = { min = 18, max = 90 }
            "#,
        },
        Sound {
            name: "a cell that may be missing",
            spec: r#"
                [dataset.log]
                path = "log-gap.csv"
                label = "label"
                [test.x]
                check = "table-schema"
                dataset = "log"
                columns.country = { type = "text", missing_max = 0.001 }
            "#,
        },
    ],
};
