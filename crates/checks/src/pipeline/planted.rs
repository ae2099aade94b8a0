//! The planted faults of this chapter.
//!
//! The programs that the stages run are awk and shell in `planted/pipeline/`,
//! which every POSIX system has.

use crate::{Fault, Planted, Sound};

/// What follows the features in every planted pipeline.
macro_rules! rest {
    () => {
        r#"
[pipeline.p.stage.parted]
kind = "split"
in = "features"
by = "stratified"
column = "unicorn"
[pipeline.p.stage.scaled]
kind = "standardise"
in = "parted"
columns = ["forest", "noise"]
[pipeline.p.stage.fit]
kind = "train"
in = "scaled"
model = "logistic"
label = "unicorn"
features = ["dusk", "moon", "forest", "noise"]
steps = 400
[pipeline.p.stage.metrics]
kind = "evaluate"
in = "scaled"
trained = "fit"
[pipeline.p.stage.shipped]
kind = "package"
trained = "fit"
[pipeline.p.contract.features]
columns.dusk = { type = "number", min = 0, max = 1 }
columns.moon = { type = "number", min = 0, max = 1 }
columns.forest = { type = "number" }
columns.noise = { type = "number" }
columns.unicorn = { values = ["0", "1"] }
"#
    };
}

/// Features of sightings by a program, then split, scaled, learnt from and
/// packaged. The program is given as the words of its command.
macro_rules! sightings {
    ($command:expr, $test:literal) => {
        concat!(
            r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = "#,
            $command,
            rest!(),
            r#"
[pipeline.p.contract.features.rows]
same_as = "raw"
[pipeline.p.contract.features.matches]
table = "raw"
key = ["id"]
columns = ["moon", "unicorn"]
[test.x]
pipeline = "p"
"#,
            $test
        )
    };
}

/// The same with a program that writes to standard output.
macro_rules! by_awk {
    ($file:literal, $test:literal) => {
        sightings!(
            concat!(
                "[\"awk\", \"-f\", \"",
                $file,
                "\", \"{in.raw}\"]\nstdout = \"features\"\n"
            ),
            $test
        )
    };
    ($test:literal) => {
        by_awk!("features.awk", $test)
    };
}

/// The same with a shell program that takes two paths.
macro_rules! by_shell {
    ($file:literal, $test:literal) => {
        sightings!(
            concat!(
                "[\"sh\", \"",
                $file,
                "\", \"{in.raw}\", \"{out.features}\"]\n"
            ),
            $test
        )
    };
}

/// A pipeline that reads a folder of files.
macro_rules! of_folder {
    ($file:literal, $test:literal) => {
        concat!(
            r#"
[pipeline.p.stage.features]
kind = "command"
files = { shards = "shards" }
out = { features = "features.csv" }
command = ["sh", ""#,
            $file,
            r#"", "{file.shards}", "{out.features}"]"#,
            rest!(),
            "\n[test.x]\npipeline = \"p\"\n",
            $test
        )
    };
}

/// Built-in stages alone; `scale` and `split` are the stages between clock and
/// model.
macro_rules! built_in {
    ($between:literal, $model_table:literal, $test:literal) => {
        concat!(
            r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.clock]
kind = "calendar"
in = "raw"
column = "seen_at_s"
utc_offset_s = "utc_offset_s"
features = ["time-of-day", "is-weekend"]
[pipeline.p.contract.clock]
columns.time_of_day_sin = { min = -1, max = 1 }
rows.same_as = "raw"
"#,
            $between,
            r#"
[pipeline.p.stage.fit]
kind = "train"
model = "mlp"
label = "unicorn"
features = ["time_of_day_*", "moon", "forest", "noise"]
steps = 150
in = ""#,
            $model_table,
            r#""
[pipeline.p.stage.metrics]
kind = "evaluate"
trained = "fit"
in = ""#,
            $model_table,
            r#""
[pipeline.p.stage.shipped]
kind = "package"
trained = "fit"
[test.x]
pipeline = "p"
"#,
            $test
        )
    };
    ($test:literal) => {
        built_in!(
            r#"
[pipeline.p.stage.parted]
kind = "split"
in = "clock"
by = "stratified"
column = "unicorn"
[pipeline.p.stage.filled]
kind = "impute"
in = "parted"
columns = { noise = "median" }
[pipeline.p.stage.scaled]
kind = "standardise"
in = "filled"
columns = ["noise"]
"#,
            "scaled",
            $test
        )
    };
}

pub(super) const END_TO_END: Planted = Planted {
    faults: &[
        Fault {
            name: "a stage that fails",
            spec: by_shell!("fails.sh", "check = \"end-to-end\""),
            says: "stage `features`: `sh` ended with exit code 3; on standard error:\nthe disk of \
                   sightings is not mounted",
        },
        Fault {
            name: "a renamed column",
            spec: by_awk!("features-renamed.awk", "check = \"end-to-end\""),
            says: "the contract of `features` does not hold: there is no column `dusk`",
        },
        Fault {
            name: "features that say nothing",
            spec: concat!(
                r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["awk", "-f", "features-noise.awk", "{in.raw}"]
stdout = "features"
"#,
                rest!(),
                "[test.x]\npipeline = \"p\"\ncheck = \"end-to-end\"\nmin = { balanced_accuracy = 0.7 }"
            ),
            says: "balanced_accuracy",
        },
        Fault {
            name: "a metric that no stage gives",
            spec: by_awk!("check = \"end-to-end\"\nmin = { f1 = 0.1 }"),
            says: "no stage gives the metric `f1`",
        },
    ],
    sound: &[
        Sound {
            name: "features by awk",
            spec: by_awk!("check = \"end-to-end\"\nmin = { balanced_accuracy = 0.7 }"),
        },
        Sound {
            name: "built-in stages, on a subset with a simpler model",
            spec: built_in!(
                "check = \"end-to-end\"\nsubset = 200\nmodel = \"logistic\"\nmax = { log_loss = 1 }"
            ),
        },
    ],
};

pub(super) const STAGE_CONTRACT: Planted = Planted {
    faults: &[
        Fault {
            name: "a renamed column",
            spec: by_awk!("features-renamed.awk", "check = \"stage-contract\""),
            says: "there is no column `dusk`",
        },
        Fault {
            name: "an off-by-one join",
            spec: by_awk!("features-off-by-one.awk", "check = \"stage-contract\""),
            says: "differs from the row of `raw` with the same key",
        },
        Fault {
            name: "rows given twice",
            spec: by_awk!("features-doubled.awk", "check = \"stage-contract\""),
            says: "600 rows, expected 300 as in `raw`",
        },
        Fault {
            name: "a value out of range",
            spec: built_in!(
                r#"check = "stage-contract"
[pipeline.p.contract.raw]
columns.moon = { max = 0.5 }
"#
            ),
            says: "column `moon` is above 0.5",
        },
    ],
    sound: &[
        Sound {
            name: "features by awk",
            spec: by_awk!("check = \"stage-contract\""),
        },
        Sound {
            name: "built-in stages",
            spec: built_in!("check = \"stage-contract\"\nsubset = 200"),
        },
    ],
};

pub(super) const IDEMPOTENT: Planted = Planted {
    faults: &[
        Fault {
            name: "a stage that appends on a second run",
            spec: concat!(
                r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["sh", "append.sh", "{in.raw}", "{out.features}"]
"#,
                rest!(),
                "[test.x]\npipeline = \"p\"\ncheck = \"idempotent\""
            ),
            says: "stage `features` made another `features` than before: 300 rows, then 600",
        },
        Fault {
            name: "a stage that depends on the file order of a directory",
            spec: of_folder!("as-listed.sh", "check = \"idempotent\""),
            says: "its folders were listed in another order",
        },
        Fault {
            name: "a stage that depends on the moment",
            spec: sightings!(
                r#"["sh", "-c", "cp $0 $1; date +%s%N >> when.txt; awk -F, -v OFS=, -v w=$(wc -l < when.txt) 'NR == 1 {{ print $0, \"dusk\" }} NR > 1 {{ print $0, w / 1000 }}' $0 > $1", "{in.raw}", "{out.features}"]
"#,
                "check = \"idempotent\""
            ),
            says: "stage `features` made another `features`",
        },
    ],
    sound: &[
        Sound {
            name: "features by awk",
            spec: by_awk!("check = \"idempotent\""),
        },
        Sound {
            name: "a folder that is read in the order of names",
            spec: of_folder!("in-order.sh", "check = \"idempotent\""),
        },
        Sound {
            name: "built-in stages",
            spec: built_in!("check = \"idempotent\"\ntimes = 3"),
        },
    ],
};

pub(super) const NO_SPLIT_LEAK: Planted = Planted {
    faults: &[
        Fault {
            name: "statistics fitted before the split",
            spec: built_in!(
                r#"
[pipeline.p.stage.scaled]
kind = "standardise"
in = "clock"
columns = ["noise"]
[pipeline.p.stage.parted]
kind = "split"
in = "scaled"
by = "stratified"
column = "unicorn"
"#,
                "parted",
                "check = \"no-split-leak\"\nkey = [\"id\"]"
            ),
            says: "stage `scaled` lets rows that are measured on reach rows to train on: when only \
                   the former change, column `noise` changes",
        },
        Fault {
            name: "a mean over all rows, by a program",
            spec: sightings!(
                "[\"awk\", \"-f\", \"features-centred.awk\", \"{in.raw}\", \"{in.raw}\"]\nstdout = \"features\"\n",
                "check = \"no-split-leak\"\nkey = [\"id\"]"
            ),
            says: "stage `features` lets rows",
        },
        Fault {
            name: "a duplicated row on both sides",
            spec: concat!(
                r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["awk", "-f", "features-doubled.awk", "{in.raw}"]
stdout = "features"
"#,
                rest!(),
                "[test.x]\npipeline = \"p\"\ncheck = \"no-split-leak\"\nkey = [\"id\"]"
            ),
            says: "to measure on is the same as row",
        },
        Fault {
            name: "a future timestamp in training",
            spec: built_in!("check = \"no-split-leak\"\nkey = [\"id\"]\ntime = \"seen_at_s\""),
            says: "training rows are later than rows to measure on",
        },
    ],
    sound: &[
        Sound {
            name: "features by awk",
            spec: by_awk!("check = \"no-split-leak\"\nkey = [\"id\"]"),
        },
        Sound {
            name: "built-in stages, rows told apart by place",
            spec: built_in!("check = \"no-split-leak\""),
        },
        Sound {
            name: "a split by time",
            spec: built_in!(
                r#"
[pipeline.p.stage.parted]
kind = "split"
in = "clock"
by = "time"
column = "seen_at_s"
[pipeline.p.stage.scaled]
kind = "standardise"
in = "parted"
columns = ["noise"]
"#,
                "scaled",
                "check = \"no-split-leak\"\nkey = [\"id\"]\ntime = \"seen_at_s\""
            ),
        },
    ],
};

pub(super) const SERVING_SKEW: Planted = Planted {
    faults: &[
        Fault {
            name: "a feature computed differently when serving",
            spec: by_awk!(
                r#"check = "serving-skew"
raw = "raw"
features = "features"
columns = ["dusk", "moon"]
command = ["sh", "-c", "awk -f features-utc.awk $0 > $1", "{in}", "{out}"]
"#
            ),
            says: "feature `dusk` is computed differently when serving",
        },
        Fault {
            name: "a feature that serving does not compute",
            spec: by_awk!(
                r#"check = "serving-skew"
raw = "raw"
features = "features"
columns = ["dusk", "moon"]
command = ["sh", "-c", "awk -f features-renamed.awk $0 > $1", "{in}", "{out}"]
"#
            ),
            says: "serving computes no feature `dusk`",
        },
        Fault {
            name: "a feature that depends on the other rows of a batch",
            spec: by_awk!(
                r#"check = "serving-skew"
raw = "raw"
features = "features"
columns = ["moon", "unicorn"]
command = ["sh", "-c", "awk -F, -v OFS=, 'NR == 1 { print \"moon\", \"unicorn\" } NR > 1 { print $4 - (NR == 2 && n++ ? 0 : last), $7; last = 0 } NR == 2 { last = 0.001 }' $0 > $1", "{in}", "{out}"]
"#
            ),
            says: "feature `moon` is computed differently when serving",
        },
    ],
    sound: &[
        Sound {
            name: "the package of built-in stages",
            spec: built_in!("check = \"serving-skew\""),
        },
        Sound {
            name: "the same program for training and serving",
            spec: by_awk!(
                r#"check = "serving-skew"
raw = "raw"
features = "features"
command = ["sh", "-c", "awk -f features.awk $0 > $1", "{in}", "{out}"]
"#
            ),
        },
    ],
};

pub(super) const STAGE_FAULT: Planted = Planted {
    faults: &[
        Fault {
            name: "a stage that leaves a partial file",
            spec: by_shell!(
                "half-done.sh",
                "check = \"stage-fault\"\nfaults = [\"killed\"]"
            ),
            says: "what was left half done",
        },
        Fault {
            name: "a missing column that is taken for nothing",
            spec: by_awk!(
                "features-trusting.awk",
                "check = \"stage-fault\"\nfaults = [\"missing-column\"]"
            ),
            says: "it ends well and gives another `features`, where it should have refused",
        },
        Fault {
            name: "an input cut short that is taken for whole",
            spec: concat!(
                r#"
[pipeline.p.stage.raw]
kind = "load"
path = "sightings.csv"
[pipeline.p.stage.features]
kind = "command"
in = { raw = "raw.csv" }
out = { features = "features.csv" }
command = ["sh", "-c", "cut -d, -f1,4- $0 | sed 's/^id/id,dusk/; t; s/,/,0.5,/' | awk -F, 'NF == 6' > $1", "{in.raw}", "{out.features}"]
"#,
                rest!(),
                "[test.x]\npipeline = \"p\"\ncheck = \"stage-fault\"\nfaults = [\"truncated-file\"]"
            ),
            says: "when its input is cut short it ends well",
        },
    ],
    sound: &[
        Sound {
            name: "features by awk",
            spec: by_awk!("check = \"stage-fault\""),
        },
        Sound {
            name: "a shell program that checks its parts",
            spec: by_shell!(
                "checked.sh",
                "check = \"stage-fault\"\nfaults = [\"missing-column\", \"full-disk\", \"killed\"]"
            ),
        },
    ],
};
