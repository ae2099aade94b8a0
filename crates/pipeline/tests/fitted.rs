//! What is fitted comes from the training rows alone.

mod support;

use std::error::Error;
use std::fs;

use serde_json::Value;

use support::{Bench, Claim, LOAD};

/// Rows to measure on that would change every statistic, were they looked at.
const ROWS: &str = "x,colour,split\n1,red,train\n2,red,train\n3,blue,train\n6,blue,train\n\
                    1000,green,validation\n2000,green,validation\n3000,green,test\n";

/// What a stage of these keys fitted on some rows.
fn fitted(rows: &str, stage: &str) -> Result<Value, Box<dyn Error>> {
    let bench = Bench::new(&format!("{LOAD}[stage.s]\nin = \"raw\"\n{stage}"))?;
    bench.write("rows.csv", rows)?;
    let step = bench.run()?.artifact("s#step")?.path.clone();
    Ok(serde_json::from_str(&fs::read_to_string(step)?)?)
}

const STAGES: [(&str, &str, &str); 6] = [
    (
        "kind = \"standardise\"\ncolumns = [\"x\"]\n",
        "/columns/x/mean",
        "3.0",
    ),
    (
        "kind = \"impute\"\ncolumns = { x = \"mean\" }\n",
        "/columns/x/value",
        "3.0",
    ),
    (
        "kind = \"impute\"\ncolumns = { x = \"median\" }\n",
        "/columns/x/value",
        "2.5",
    ),
    (
        "kind = \"impute\"\ncolumns = { colour = \"most-frequent\" }\n",
        "/columns/colour/value",
        "\"blue\"",
    ),
    (
        "kind = \"one-hot\"\ncolumns = [\"colour\"]\n",
        "/columns/colour",
        "[\"blue\",\"red\"]",
    ),
    (
        "kind = \"bucketise\"\ncolumns = [\"x\"]\nquantiles = 2\n",
        "/columns/x",
        "[3.0]",
    ),
];

#[test]
fn no_statistic_sees_a_row_that_is_measured_on() -> Claim {
    for (stage, place, expected) in STAGES {
        let of_parts = fitted(ROWS, stage)?;
        let found = of_parts.pointer(place).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(expected), "{stage}: {of_parts}");
        let train: String = ROWS
            .lines()
            .filter(|line| line.starts_with("x,") || line.ends_with("train"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(fitted(&train, stage)?, of_parts, "{stage}");
        // And this is not because they would not matter.
        let all = ROWS.replace("validation", "train").replace("test", "train");
        assert_ne!(fitted(&all, stage)?, of_parts, "{stage}");
    }
    Ok(())
}

#[test]
fn a_constant_column_says_nothing() -> Claim {
    let stage = "kind = \"standardise\"\ncolumns = [\"x\"]\n";
    let bench = Bench::new(&format!("{LOAD}[stage.s]\nin = \"raw\"\n{stage}"))?;
    bench.write("rows.csv", "x,split\n7,train\n7,train\n9,validation\n")?;
    let table = bench.run()?.table("s")?;
    for batch in table.batches(&["x"])? {
        let numbers = seatrial_pipeline::cells::numbers(batch?.column(0), "x")?;
        assert!(
            numbers.iter().all(|number| number == Some(0.0)),
            "{numbers:?}"
        );
    }
    Ok(())
}

#[test]
fn a_column_without_a_value_to_learn_from_is_refused_by_name() -> Claim {
    let missing = "x,colour,split\n,,train\n,,train\n1,red,validation\n";
    for (stage, ..) in STAGES {
        let bench = Bench::new(&format!("{LOAD}[stage.s]\nin = \"raw\"\n{stage}"))?;
        bench.write("rows.csv", missing)?;
        let error = bench.error()?;
        assert!(error.contains("stage `s`: column `"), "{stage}: {error}");
        assert!(
            error.contains("in the training rows to learn from"),
            "{stage}: {error}"
        );
    }
    Ok(())
}

#[test]
fn a_split_without_training_rows_is_refused_where_it_matters() -> Claim {
    let bench = Bench::new(&format!(
        "{LOAD}[stage.s]\nkind = \"train\"\nin = \"raw\"\nmodel = \"logistic\"\nlabel = \"label\"\n"
    ))?;
    bench.write("rows.csv", "x,label,split\n1,a,validation\n2,b,test\n")?;
    let error = bench.error()?;
    assert!(
        error.contains("stage `s`: there is no row to train on"),
        "{error}"
    );
    Ok(())
}
