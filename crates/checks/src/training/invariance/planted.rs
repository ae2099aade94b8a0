//! What `invariance` must catch, and what it must pass.

use crate::{Fault, Planted, Sound};

pub(super) const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a feature that matters and should not",
            spec: r#"
                [test.x]
                check = "invariance"
                dataset = "loans"
                model = "logistic"
                features = ["income"]
                perturb = { shift = 15 }
            "#,
            says: "`income`",
        },
        Fault {
            name: "a perturbation of a feature among others",
            spec: r#"
                [test.x]
                check = "invariance"
                dataset = "loans"
                model = "mlp"
                features = ["debt", "age"]
                perturb = { noise = 2 }
            "#,
            says: "moves P(",
        },
        Fault {
            name: "pairs that should be alike and are not",
            spec: r#"
                [test.x]
                check = "invariance"
                dataset = "loans"
                model = "logistic"
                table = "loan-pairs-unlike.csv"
            "#,
            says: "pair `half the income`: `income` 60.0000 → 30.0000 moves P(",
        },
        Fault {
            name: "a model that says the same of everything",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "logistic" }
                fault = "always-majority"
                [test.x]
                check = "invariance"
                dataset = "loans"
                model = "broken"
                features = ["age"]
                perturb = { scale = 1.1 }
            "#,
            says: "proves nothing",
        },
    ],
    sound: &[
        Sound {
            name: "logistic under a little noise",
            spec: r#"
                [test.x]
                check = "invariance"
                dataset = "loans"
                model = "logistic"
                features = ["a*", "visits"]
                perturb = { noise = 0.05 }
                flip_max = 0.02
            "#,
        },
        Sound {
            name: "mlp on rescaled noise",
            spec: r#"
                [test.x]
                check = "invariance"
                dataset = "blobs"
                model = "mlp"
                features = ["x_*"]
                perturb = { scale = 1.001 }
            "#,
        },
        Sound {
            name: "a regression that a small shift moves little",
            spec: r#"
                [test.x]
                check = "invariance"
                dataset = "line"
                model = "mlp"
                features = ["x_0"]
                perturb = { shift = 0.01 }
            "#,
        },
        Sound {
            name: "pairs that are alike",
            spec: r#"
                [test.x]
                check = "invariance"
                dataset = "loans"
                model = "logistic"
                table = "loan-pairs.csv"
                change_max = 0.1
            "#,
        },
    ],
};
