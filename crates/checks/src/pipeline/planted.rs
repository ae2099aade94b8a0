//! The pipelines that faults are planted in; each check's file says which.
//!
//! The programs that the stages run are awk and shell in `planted/pipeline/`,
//! which every POSIX system has.

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
            $crate::pipeline::planted::rest!(),
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
        $crate::pipeline::planted::sightings!(
            concat!(
                "[\"awk\", \"-f\", \"",
                $file,
                "\", \"{in.raw}\"]\nstdout = \"features\"\n"
            ),
            $test
        )
    };
    ($test:literal) => {
        $crate::pipeline::planted::by_awk!("features.awk", $test)
    };
}

/// The same with a shell program that takes two paths.
macro_rules! by_shell {
    ($file:literal, $test:literal) => {
        $crate::pipeline::planted::sightings!(
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
            $crate::pipeline::planted::rest!(),
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
        $crate::pipeline::planted::built_in!(
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

pub(super) use {built_in, by_awk, by_shell, of_folder, rest, sightings};
