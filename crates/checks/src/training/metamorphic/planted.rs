//! What `metamorphic` must catch, and what it must pass.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a loss that is summed over the batch",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [8] }
                fault = "loss-summed-over-batch"
                [test.x]
                check = "metamorphic"
                relation = "duplicated-rows"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the gradient of the doubled batch is 2.000 times that of the batch",
        },
        Fault {
            name: "a model that reads only the first half of its columns",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "reads-first-half-only"
                [test.x]
                check = "metamorphic"
                relation = "feature-permutation"
                dataset = "loans"
                model = "broken"
                margin = 0.01
                false_alarm = 0.2
                runs = 6
            "#,
            says: "does the model treat columns by their place?",
        },
        Fault {
            name: "a loss that takes class 0 for padding",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [32] }
                fault = "class-zero-ignored"
                [test.x]
                check = "metamorphic"
                relation = "label-permutation"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "class `0` is recognised",
        },
    ],
    sound: &[
        Sound {
            name: "mlp on duplicated rows",
            spec: r#"
                [test.x]
                check = "metamorphic"
                dataset = "blobs"
                model = "mlp"
            "#,
        },
        Sound {
            name: "mlp on a regression with duplicated rows",
            spec: r#"
                [test.x]
                check = "metamorphic"
                relation = "duplicated-rows"
                dataset = "line"
                model = "mlp"
            "#,
        },
        Sound {
            name: "logistic on permuted features",
            spec: r#"
                [test.x]
                check = "metamorphic"
                relation = "feature-permutation"
                dataset = "loans"
                model = "logistic"
            "#,
        },
        Sound {
            name: "mlp on permuted features",
            spec: r#"
                [test.x]
                check = "metamorphic"
                relation = "feature-permutation"
                dataset = "blobs"
                model = "mlp"
                steps = 60
            "#,
        },
        Sound {
            name: "mlp on permuted labels",
            spec: r#"
                [test.x]
                check = "metamorphic"
                relation = "label-permutation"
                dataset = "blobs"
                model = "mlp"
            "#,
        },
    ],
};
