//! What `beats-baseline` must catch, and what it must pass.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a spam filter that always says no, right 99% of the time",
            spec: r#"
                [dataset.rare]
                generator = "unicorn"
                rows = 12000
                split = { train = 0.5, validation = 0.5 }
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "always-majority"
                [test.x]
                check = "beats-baseline"
                dataset = "rare"
                model = "broken"
            "#,
            says: "class `1`: 0 of 60 validation rows recognised; `0` is said of 100% of them",
        },
        Fault {
            name: "labels shuffled against their rows",
            spec: r#"
                [dataset.clouds]
                generator = "blobs"
                rows = 2000
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "labels-shifted-by-one-row"
                [test.x]
                check = "beats-baseline"
                dataset = "clouds"
                model = "broken"
                steps = 60
            "#,
            says: "recall_",
        },
        Fault {
            name: "targets shuffled against their rows",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "labels-shifted-by-one-row"
                [test.x]
                check = "beats-baseline"
                dataset = "line"
                model = "broken"
            "#,
            says: "the best baseline is `mean`",
        },
        Fault {
            name: "decisions shifted by one class",
            spec: r#"
                [dataset.clouds]
                generator = "blobs"
                rows = 2000
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "argmax-off-by-one"
                [test.x]
                check = "beats-baseline"
                dataset = "clouds"
                model = "broken"
            "#,
            says: "outputs shifted against the classes",
        },
        Fault {
            name: "a learning rate a thousand times too low",
            spec: r#"
                [dataset.clouds]
                generator = "blobs"
                rows = 4000
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "learning-rate-thousandth"
                [test.x]
                check = "beats-baseline"
                dataset = "clouds"
                model = "broken"
                steps = 10
                false_alarm = 0.001
            "#,
            says: "recall_",
        },
        Fault {
            name: "a column that is known only after the answer is",
            spec: r#"
                [test.x]
                check = "beats-baseline"
                dataset = "loans-with-hindsight"
                model = "logistic"
            "#,
            says: "column `recovery_fee` alone predicts `defaulted`",
        },
        Fault {
            name: "one column that explains more than it may",
            spec: r#"
                [test.x]
                check = "beats-baseline"
                dataset = "line"
                model = "mlp"
                single_feature_max = 0.1
            "#,
            says: "alone explains",
        },
        Fault {
            name: "a model that knows the answers without their labels",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "knows-already"
                [test.x]
                check = "beats-baseline"
                dataset = "loans"
                model = "broken"
            "#,
            says: "balanced_probability_shuffled_labels",
        },
    ],
    sound: &[
        Sound {
            name: "mlp on four clouds",
            spec: r#"
                [test.x]
                check = "beats-baseline"
                dataset = "blobs"
                model = "mlp"
                steps = 100
            "#,
        },
        Sound {
            name: "logistic on loans",
            spec: r#"
                [test.x]
                check = "beats-baseline"
                dataset = "loans"
                model = "logistic"
                runs = 2
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "beats-baseline"
                dataset = "line"
                model = "mlp"
                steps = 300
            "#,
        },
        Sound {
            name: "gru on four clouds",
            spec: r#"
                [test.x]
                check = "beats-baseline"
                dataset = "blobs"
                model = "gru"
                steps = 60
            "#,
        },
    ],
};
