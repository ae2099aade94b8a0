//! What `validation-is-current` must catch, and what it must pass. The tables are those of
//! `tests/support`, spoiled in one way each.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
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
        Fault {
            name: "live rows of another table",
            spec: r#"
                [dataset.validation]
                path = "world.csv"
                label = "label"
                [dataset.live]
                path = "log.csv"
                label = "label"
                [test.x]
                check = "validation-is-current"
                dataset = "validation"
                live = "live"
                except = []
            "#,
            says: "is missing in the live rows",
        },
        Fault {
            name: "predictions of the last set",
            spec: r#"
                [dataset.validation]
                path = "log-few.csv"
                label = "label"
                [dataset.live]
                path = "log.csv"
                label = "label"
                [predictions.model]
                path = "log-later.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "validation-is-current"
                dataset = "validation"
                live = "live"
                predictions = "model"
                except = ["id"]
                rows_min = 50
            "#,
            says: "row 1: the row has no prediction; so are 59 rows more",
        },
    ],
    sound: &[
        Sound {
            name: "predictions of the set, in another order",
            spec: r#"
                [dataset.validation]
                path = "log.csv"
                label = "label"
                [dataset.live]
                path = "log.csv"
                label = "label"
                [predictions.model]
                path = "log-shuffled.csv"
                key = "id"
                label = "label"
                score = "score"
                [test.x]
                check = "validation-is-current"
                dataset = "validation"
                live = "live"
                predictions = "model"
                except = ["id"]
            "#,
        },
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
