//! A pipeline in which a command works.

use std::path::Path;

use super::place::Place;
use super::{Arguments, Draft, ask, refuse, table};
use crate::Error;

/// Endings of tables.
const TABLES: [&str; 3] = ["csv", "parquet", "jsonl"];

pub(super) fn draft(arguments: &Arguments, place: &mut Place) -> Result<Draft, Error> {
    let [raw] = ask::missing([(
        "--pipeline",
        "table that the pipeline begins with: CSV, Parquet or JSON lines",
        ask::path(arguments.pipeline.as_ref()),
    )])?;
    let command = ask::command(
        &arguments.command,
        "command, with {in} and {out} where it reads and writes",
    )?;
    let ending = Path::new(&raw).extension().and_then(|end| end.to_str());
    let ending = ending.filter(|end| TABLES.contains(end)).ok_or_else(|| {
        refuse(format!(
            "{raw} is no table: its name ends with none of .csv, .parquet and .jsonl"
        ))
    })?;
    let holds = |what: &str| command.iter().any(|word| word.contains(what));
    if !holds("{in}") {
        return Err(refuse(
            "the command does not say where it reads: put {in} there, and {out} where it writes, \
             unless it prints its table",
        ));
    }
    let path = place.take(Path::new(&raw))?;
    let words = super::files_of(&command, place, |word| {
        word.replace("{in}", "{in.raw}")
            .replace("{out}", "{out.made}")
    })?;
    let mut made = table([
        ("kind", "command".into()),
        ("command", words.into()),
        (
            "in",
            table([("raw", format!("raw.{ending}").into())]).into(),
        ),
        (
            "out",
            table([("made", format!("made.{ending}").into())]).into(),
        ),
    ]);
    if !holds("{out}") {
        made.insert("stdout".into(), "made".into());
    }
    let mut draft = Draft {
        explain: "stage-contract",
        ..Draft::default()
    };
    draft.table(
        "pipeline.pipeline.stage.raw",
        &table([("kind", "load".into()), ("path", path.into())]),
    );
    draft.table("pipeline.pipeline.stage.made", &made);
    draft.text.push_str(
        "\n# Say what the table must look like: columns with types and ranges, keys.\n\
         [pipeline.pipeline.contract.made]\nrows = { min = 1 }\n",
    );
    draft.table("defaults", &table([("pipeline", "pipeline".into())]));
    let none = toml::Table::new();
    draft.case(
        "runs-end-to-end",
        "end-to-end",
        "All stages run. With `subset = 200` it takes a few rows, the same every time.",
        &none,
    );
    draft.case(
        "tables-hold-their-contracts",
        "stage-contract",
        "On every row.",
        &none,
    );
    draft.case(
        "running-twice-is-running-once",
        "idempotent",
        "The same inputs give the same artifacts, whatever ran before.",
        &none,
    );
    draft.case(
        "trouble-is-a-clear-error",
        "stage-fault",
        "A missing column, an empty table, a full disk: an error, and no partial artifact.",
        &table([("tier", "slow".into())]),
    );
    Ok(draft)
}
