#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;

use super::*;
use crate::table::Table;

/// All rows, as one batch.
fn all(table: &Table) -> RecordBatch {
    let batches = table.batches(&table.columns()).unwrap();
    let batches: Vec<RecordBatch> = batches.collect::<Result<_, _>>().unwrap();
    arrow::compute::concat_batches(table.schema(), &batches).unwrap()
}

/// A table of these rows, whose file is gone.
fn opened(rows: &str) -> crate::Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    fs::write(&path, rows).unwrap();
    Table::open(&path)
}

/// Why all columns of a table cannot be read.
fn refused(table: &Table) -> String {
    table.batches(&table.columns()).err().unwrap().to_string()
}

fn refusal(path: &Path) -> String {
    refused(&Table::open(path).unwrap())
}

#[test]
fn a_column_of_json_lines_has_values_of_one_type() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        refusal(&folder.path().join(name))
    };
    // Blank lines are no rows; what most rows hold is what was meant.
    let scores = "{\"s\": 0.1}\n\n{\"s\": \"0.2\"}\n{\"s\": 1}\n{\"s\": null}\n{\"s\": \"x\"}\n\
                  {\"s\": 2}\n";
    let said = refused("1.jsonl", scores);
    let told =
        "1.jsonl: column `s`, row 2: `0.2` is text, where 3 rows hold numbers; so is 1 row more";
    assert!(said.ends_with(told), "{said}");
    for (first, second, told) in [
        (
            "0",
            "true",
            "row 2: `true` is a truth value, where another row holds numbers",
        ),
        (
            "[1]",
            "\"a\"",
            "row 2: `a` is text, where another row holds lists",
        ),
        (
            "1",
            "{}",
            "row 2: the cell is a record, where another row holds numbers",
        ),
    ] {
        let said = refused(
            "2.jsonl",
            &format!("{{\"s\":{first}}}\n{{\"s\":{second}}}\n"),
        );
        assert!(said.ends_with(told), "{said}");
    }
    // Each type and each column is told.
    let said = refused(
        "2.jsonl",
        "{\"a\":1,\"b\":1}\n{\"a\":\"x\",\"b\":[1]}\n{\"a\":true}\n",
    );
    for told in [
        "`a`, row 2: `x` is text",
        "`b`, row 2: the cell is a list",
        "`a`, row 3: `true`",
    ] {
        assert!(said.contains(told), "{said}");
    }
    // Files that are sound alone need not be together.
    fs::write(
        folder.path().join("1.jsonl"),
        "{\"s\":1}\n{\"s\":2.5}\n{\"s\":null}\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("2.jsonl"),
        "{\"s\":null}\n{\"s\":\"3\"}\n",
    )
    .unwrap();
    let said = refusal(folder.path());
    let told = "2.jsonl: column `s`, row 2: `3` is text, where 2 rows hold numbers";
    assert!(said.ends_with(told), "{said}");
}

#[test]
fn a_column_that_is_not_read_may_hold_anything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    fs::write(&path, "{\"x\":1,\"m\":[1]}\n{\"x\":2,\"m\":\"a\"}\n").unwrap();
    let table = Table::open(&path).unwrap();
    let rows: usize = table
        .batches(&["x"])
        .unwrap()
        .map(|rows| rows.unwrap().num_rows())
        .sum();
    assert_eq!(rows, 2);
    assert!(refused(&table).contains("column `m`, row 2: `a` is text"));
}

#[test]
fn numbers_of_json_lines_are_one_type_and_text_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    let rows = "{\"x\":1,\"t\":\"1\",\"n\":null,\"l\":[1]}\n{\"t\":\"0.5\",\"x\":2.5,\"l\":[]}\n{\"x\":null}\n";
    fs::write(&path, rows).unwrap();
    let table = Table::open(&path).unwrap();
    let type_of = |name: &str| table.column(name).unwrap().data_type().clone();
    assert_eq!(table.columns(), ["l", "n", "t", "x"]);
    assert_eq!(type_of("n"), DataType::Null);
    assert_eq!(type_of("t"), DataType::Utf8);
    assert_eq!(type_of("x"), DataType::Float64);
    assert!(type_of("l").is_nested());
    let rows = all(&table);
    let x = rows
        .column_by_name("x")
        .unwrap()
        .as_primitive::<Float64Type>();
    assert_eq!(x.iter().collect::<Vec<_>>(), [Some(1.0), Some(2.5), None]);
}

#[test]
fn whole_numbers_that_fit_no_integer_keep_their_digits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.jsonl");
    let ids = [
        "9223372036854775808",
        "-9223372036854775809",
        "123456789012345678901234567890",
    ];
    for id in ids {
        fs::write(&path, format!("{{\"id\":{id}}}\n{{\"id\":7}}\n")).unwrap();
        // A file beside it whose numbers are all small is of the same column.
        fs::write(folder.path().join("2.jsonl"), "{\"id\":8}\n").unwrap();
        let rows = all(&Table::open(folder.path()).unwrap());
        let cells: Vec<_> = rows.column(0).as_string::<i32>().iter().flatten().collect();
        assert_eq!(cells, [id, "7", "8"]);
    }
}

#[test]
fn numbers_that_are_large_and_not_whole_stay_numbers() {
    let table = opened("{\"x\":1e+300}\n{\"x\":-1.5e19}\n{\"x\":7}\n").unwrap();
    assert_eq!(table.schema().field(0).data_type(), &DataType::Float64);
}

#[test]
fn a_key_that_an_object_names_twice_is_told() {
    let rows = "{\"s\":1,\"y\":0}\n{\"s\":1,\"y\":0,\"s\":2}\n{\"s\":null,\"s\":1,\"s\":1}\n";
    let said = refused(&opened(rows).unwrap());
    let told = "column `s`, row 2: a value is given twice in the object; so is 1 row more";
    assert!(said.ends_with(told), "{said}");
}
