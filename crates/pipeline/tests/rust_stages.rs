//! Stages that a team writes in Rust and registers.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use arrow::array::RecordBatch;
use seatrial_data::table::Table;
use seatrial_pipeline::{PipelineError, Result, RustStage};
use serde_json::{Map, Value};

use support::{Bench, Claim, LOAD};

/// Hands on the first rows of its input, as its settings say.
struct First;

impl RustStage for First {
    fn run(
        &self,
        inputs: &BTreeMap<String, Table>,
        settings: &Map<String, Value>,
        write: &mut dyn FnMut(&str, &RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let rows = settings.get("rows").and_then(Value::as_u64);
        let rows = rows.ok_or_else(|| PipelineError::Stages("say how many `rows`".into()))?;
        let to = settings.get("to").and_then(Value::as_str).unwrap_or("s");
        let mut left = rows as usize;
        for table in inputs.values() {
            for batch in table.batches(&table.columns())? {
                let batch = batch?;
                let some = batch.slice(0, left.min(batch.num_rows()));
                left -= some.num_rows();
                write(to, &some)?;
            }
        }
        Ok(())
    }
}

fn bench(keys: &str) -> std::result::Result<Bench, Box<dyn Error>> {
    let mut bench = Bench::new(&format!(
        "{LOAD}[stage.s]\nkind = \"rust\"\ntype = \"first\"\nin = [\"raw\"]\n{keys}"
    ))?;
    bench.rust.insert("first".into(), Arc::new(First));
    Ok(bench)
}

#[test]
fn it_makes_tables_of_tables_by_its_settings() -> Claim {
    let bench = bench("with = { rows = 4 }\n")?;
    assert!(bench.misfits().is_empty(), "{:?}", bench.misfits());
    let table = bench.run()?.table("s")?;
    assert_eq!(
        (table.rows(), table.columns()),
        (4, vec!["id", "x", "label"])
    );
    let again = bench.run()?;
    assert!(again.stages.iter().all(|stage| stage.reused));
    Ok(())
}

#[test]
fn other_settings_make_another_artifact() -> Claim {
    let first = bench("with = { rows = 4 }\n")?;
    first.run()?;
    let mut other = first;
    other.declaration =
        toml::from_str(&toml::to_string(&other.declaration)?.replace("rows = 4", "rows = 3"))?;
    let done = other.run()?;
    let reused: Vec<_> = done.stages.iter().map(|stage| stage.reused).collect();
    assert_eq!(reused, [true, false]);
    assert_eq!(done.table("s")?.rows(), 3);
    Ok(())
}

#[test]
fn a_name_that_nobody_registered_is_said_before_anything_runs() -> Claim {
    let mut bench = bench("")?;
    bench.rust = [("frist".to_owned(), Arc::new(First) as Arc<dyn RustStage>)].into();
    assert_eq!(
        bench.misfits(),
        ["stage.s.type: no stage is registered as `first` (did you mean `frist`?)"]
    );
    Ok(())
}

#[test]
fn what_it_refuses_or_forgets_is_said_with_its_stage() -> Claim {
    for (keys, says) in [
        ("", "stage `s`: say how many `rows`"),
        (
            "with = { rows = 1, to = \"t\" }\n",
            "stage `s`: `t` is not in its `out`",
        ),
        (
            "with = { rows = 1 }\nout = [\"s\", \"t\"]\n",
            "stage `s`: it made no `t`",
        ),
        (
            "with = { rows = 0 }\n",
            "stage `s`: the contract of `s` does not hold: 0 rows",
        ),
    ] {
        let error = bench(keys)?.error()?;
        assert!(error.contains(says), "{keys}: {error}");
    }
    Ok(())
}
