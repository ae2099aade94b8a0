//! Beginnings of planted specs about packages.

/// Packages that `tests/support/packages.rs` makes, and rows to ask them about.
macro_rules! packaged {
    ($test:literal) => {
        concat!(
            r#"
                [package.sound]
                path = "packaged"
                [package.hardly]
                path = "packaged-hardly"
                [dataset.seen]
                path = "seen.csv"
                label = "unicorn"
                [dataset.later]
                path = "seen-later.csv"
                label = "unicorn"
                [dataset.open]
                path = "seen-in-the-open.csv"
                label = "unicorn"
                [dataset.gap]
                path = "seen-gap.csv"
                label = "unicorn"
                [dataset.no-moon]
                path = "seen-no-moon.csv"
                label = "unicorn"
                [dataset.not-the-label]
                path = "seen.csv"
                label = "place"
                [predictions.table]
                path = "seen.csv"
                key = "id"
                label = "unicorn"
                score = "forest"
                [test.x]
            "#,
            $test
        )
    };
}

/// A pipeline of `steps` steps of training on such rows.
macro_rules! trained {
    ($steps:literal, $test:literal) => {
        concat!(
            r#"
                [pipeline.p.stage.raw]
                kind = "load"
                path = "seen-train.csv"
                [pipeline.p.stage.parted]
                kind = "split"
                in = "raw"
                [pipeline.p.stage.scaled]
                kind = "standardise"
                in = "parted"
                columns = ["noise"]
                [pipeline.p.stage.shipped]
                kind = "package"
                trained = "fit"
                [pipeline.p.stage.fit]
                kind = "train"
                in = "scaled"
                model = "logistic"
                label = "unicorn"
                features = ["dusk", "moon", "forest", "noise"]
                steps = "#,
            $steps,
            "\n",
            $test
        )
    };
}
