//! Tables: what is read, whatever wrote it, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampSecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use seatrial_data::table::{Table, TableWriter};
use seatrial_data::{Column, Offences};

fn sample(from: i64, rows: i64) -> RecordBatch {
    let ids = Int64Array::from_iter_values(from..from + rows);
    let scores = Float64Array::from_iter(
        (from..from + rows).map(|id| (id % 7 != 0).then_some(id as f64 / 8.0)),
    );
    let names =
        StringArray::from_iter_values((from..from + rows).map(|id| format!("n,\"{}\"", id % 3)));
    let flags = BooleanArray::from_iter((from..from + rows).map(|id| Some(id % 2 == 0)));
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(ids)),
        ("score", Arc::new(scores)),
        ("name", Arc::new(names)),
        ("flag", Arc::new(flags)),
    ];
    let fields = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

fn write(path: &Path, batches: &[RecordBatch]) {
    let mut writer = TableWriter::create(path, batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
}

/// All rows of a table, as one batch.
fn all(table: &Table) -> RecordBatch {
    let columns = table.columns();
    let batches: Vec<RecordBatch> = table
        .batches(&columns)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    arrow::compute::concat_batches(table.schema(), &batches).unwrap()
}

fn refusal(path: &Path) -> String {
    match Table::open(path) {
        Ok(table) => {
            let columns = table.columns();
            let read: Result<Vec<_>, _> = table.batches(&columns).unwrap().collect();
            read.expect_err("it was read").to_string()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_format_gives_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let rows = sample(0, 20_000);
    for ending in ["csv", "jsonl", "ndjson", "parquet"] {
        let path = folder.path().join(format!("table.{ending}"));
        write(&path, &[rows.slice(0, 5), rows.slice(5, 19_995)]);
        let table = Table::open(&path).unwrap();
        assert_eq!(table.rows(), 20_000, "{ending}");
        let read = all(&table);
        for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
            let found = read.column_by_name(field.name()).unwrap();
            assert_eq!(found, column, "{ending}: {}", field.name());
        }
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        4,
        "nothing else is left"
    );
}

#[test]
fn only_the_columns_asked_for_come_in_the_order_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for ending in ["csv", "jsonl", "parquet"] {
        let path = folder.path().join(format!("table.{ending}"));
        write(&path, &[sample(0, 10)]);
        let table = Table::open(&path).unwrap();
        let batch = table
            .batches(&["flag", "id"])
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        let names: Vec<_> = batch
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        assert_eq!(names, ["flag", "id"], "{ending}");
        assert_eq!(batch.column(1).as_primitive::<Int64Type>().value(3), 3);
        let none = table.batches::<&str>(&[]).unwrap();
        assert_eq!(
            none.map(|batch| batch.unwrap().num_rows()).sum::<usize>(),
            10,
            "{ending}"
        );
        let error = table.batches(&["flags"]).err().unwrap().to_string();
        assert!(error.contains("no column is named `flags`"), "{error}");
        assert!(error.contains("did you mean `flag`?"), "{error}");
        assert!(table.batches(&["id", "id"]).is_err());
    }
}

#[test]
fn every_compression_of_parquet_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let rows = sample(0, 3_000);
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4_RAW,
        Compression::LZ4,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    for compression in compressions {
        let path = folder.path().join("table.parquet");
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .build();
        let file = fs::File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties)).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        assert_eq!(all(&Table::open(&path).unwrap()), rows, "{compression:?}");
    }
}

#[test]
fn a_compression_that_is_not_read_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.parquet");
    // Written by pyarrow: the library here can write no such file either.
    fs::write(&path, include_bytes!("support/brotli.parquet")).unwrap();
    let error = refusal(&path);
    assert!(error.contains("`a` is compressed with brotli"), "{error}");
    assert!(error.contains("zstd, snappy, gzip or lz4"), "{error}");
}

#[test]
fn moments_are_the_same_text_and_key_in_every_zone() {
    let read = |zone: Option<&str>| {
        let moments = TimestampSecondArray::from(vec![Some(1_700_000_000), None]);
        let cells: ArrayRef = Arc::new(moments.with_timezone_opt(zone.map(Arc::<str>::from)));
        let column = Column {
            name: "seen_at",
            cells: &cells,
            first_row: 0,
        };
        let texts = column.texts().unwrap();
        assert!(texts.is_null(1));
        let key = column.keys(&mut Offences::default()).unwrap()[0];
        (texts.value(0).to_owned(), key)
    };
    let (text, key) = read(Some("Europe/Berlin"));
    assert_eq!(text, "2023-11-14T22:13:20Z");
    assert_eq!((text, key), read(Some("-08:00")));
    // Without a zone nobody knows which moment it was.
    assert_ne!(key, read(None).1);
}

#[test]
fn a_line_of_json_that_is_none_is_named_with_its_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    fs::write(&path, "{\"x\": 1}\n{\"x\": NaN}\n").unwrap();
    let error = refusal(&path);
    assert!(
        error.contains("line 2: column `x`: JSON has no `NaN`: write null"),
        "{error}"
    );
    fs::write(&path, "{\"x\": 1}\n{\"x\": 2,}\n").unwrap();
    let error = refusal(&path);
    assert!(
        error.ends_with("line 2: trailing comma at column 9, in or behind `x`"),
        "{error}"
    );
    for cut in ["{\"x\": 1}\n{\"x\": ", "{\"x\": 1}\n{\"x\": \"ab"] {
        fs::write(&path, cut).unwrap();
        let error = refusal(&path);
        let told =
            "line 2: the object does not end on its line, in or behind `x`: the file was cut";
        assert!(error.contains(told), "{error}");
    }
    fs::write(&path, b"{\"x\": \"a\"}\n{\"x\": \"\xff\"}\n").unwrap();
    let error = refusal(&path);
    assert!(error.contains("line 2: byte 8 is not UTF-8"), "{error}");
}

#[test]
fn a_folder_is_one_table_with_the_columns_that_its_folders_name() {
    let folder = tempfile::tempdir().unwrap();
    for (at, name) in [
        "country=de/day=1",
        "country=fr/day=2",
        "country=a%2Fb/day=1",
    ]
    .iter()
    .enumerate()
    {
        let inner = folder.path().join(name);
        fs::create_dir_all(&inner).unwrap();
        write(&inner.join("part-0.parquet"), &[sample(at as i64 * 10, 10)]);
        fs::write(inner.join("_SUCCESS"), "").unwrap();
        fs::write(inner.join(".part-0.parquet.crc"), "x").unwrap();
    }
    let table = Table::open(folder.path()).unwrap();
    assert_eq!(
        table.columns(),
        ["id", "score", "name", "flag", "country", "day"]
    );
    assert_eq!(table.column("day").unwrap().data_type(), &DataType::Int64);
    let rows = all(&table);
    let (ids, countries) = (
        rows.column(0).as_primitive::<Int64Type>(),
        rows.column(4).as_string::<i32>(),
    );
    let country_of: Vec<_> = (0..30)
        .map(|row| (ids.value(row), countries.value(row)))
        .collect();
    assert!(country_of.contains(&(3, "de")) && country_of.contains(&(13, "fr")));
    assert!(country_of.contains(&(23, "a/b")));
    assert_eq!(table.locate(10).1, 1);
    assert!(
        table
            .locate(10)
            .0
            .ends_with("country=de/day=1/part-0.parquet")
    );
}

#[test]
fn a_glob_is_one_table() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a-1.csv", "a-2.csv", "b-1.csv"] {
        write(&folder.path().join(name), &[sample(0, 10)]);
    }
    assert_eq!(
        Table::open(&folder.path().join("a-*.csv")).unwrap().rows(),
        20
    );
    assert_eq!(
        Table::open(&folder.path().join("*.csv")).unwrap().rows(),
        30
    );
    assert!(refusal(&folder.path().join("c-*.csv")).contains("there is no file"));
}

#[test]
fn guessed_types_widen_over_files_and_stated_types_must_agree() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("1.csv"), "x,y,z\n1,1,\n2,2,\n").unwrap();
    fs::write(folder.path().join("2.csv"), "z,y,x\n7,b,0.5\n").unwrap();
    let table = Table::open(folder.path()).unwrap();
    let types: Vec<_> = table
        .schema()
        .fields()
        .iter()
        .map(|f| f.data_type().clone())
        .collect();
    assert_eq!(types, [DataType::Float64, DataType::Utf8, DataType::Int64]);
    assert_eq!(all(&table).column(1).as_string::<i32>().value(2), "b");

    let stated = tempfile::tempdir().unwrap();
    let whole =
        RecordBatch::try_from_iter([("x", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    let number =
        RecordBatch::try_from_iter([("x", Arc::new(Float64Array::from(vec![1.0])) as ArrayRef)]);
    write(&stated.path().join("1.parquet"), &[whole.unwrap()]);
    write(&stated.path().join("2.parquet"), &[number.unwrap()]);
    let error = refusal(stated.path());
    assert!(
        error.contains("2.parquet: column `x`: holds Float64 here, and Int64 elsewhere"),
        "{error}"
    );
}

#[test]
fn dictionaries_and_plain_text_are_one_column() {
    let folder = tempfile::tempdir().unwrap();
    let coded: DictionaryArray<Int32Type> = vec!["a", "b", "a"].into_iter().collect();
    let coded = RecordBatch::try_from_iter([("c", Arc::new(coded) as ArrayRef)]).unwrap();
    let text =
        RecordBatch::try_from_iter([("c", Arc::new(StringArray::from(vec!["c"])) as ArrayRef)])
            .unwrap();
    write(&folder.path().join("1.parquet"), &[coded]);
    write(&folder.path().join("2.parquet"), &[text]);
    let rows = all(&Table::open(folder.path()).unwrap());
    let cells: Vec<_> = rows.column(0).as_string::<i32>().iter().flatten().collect();
    assert_eq!(cells, ["a", "b", "a", "c"]);
}

#[test]
fn what_is_cut_short_or_not_a_table_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("good.parquet");
    write(&path, &[sample(0, 5_000)]);
    let whole = fs::read(&path).unwrap();
    for length in [0, 3, 100, whole.len() / 2, whole.len() - 1] {
        let cut = folder.path().join("cut.parquet");
        fs::write(&cut, &whole[..length]).unwrap();
        let error = refusal(&cut);
        assert!(
            error.contains("cut.parquet: no whole Parquet file"),
            "{length}: {error}"
        );
        // One bad file spoils a folder of good ones, and is named.
        let error = refusal(folder.path());
        assert!(error.contains("cut.parquet"), "{error}");
    }
    let refused = |name: &str, text: &str, says: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let error = refusal(&path);
        assert!(error.contains(name) && error.contains(says), "{error}");
    };
    refused("a.csv", "", "the file has no column");
    refused(
        "b.csv",
        "x,y\n1,2\n3\n",
        "row 2 has 1 cells, the header has 2",
    );
    refused(
        "c.csv",
        "x,x\n1,2\n",
        "column `x`: two columns have this name",
    );
    refused("d.csv", ",x\n1,2\n", "column 1 has no name");
    refused("g.csv", "x;y\n1,5;2\n", "parted by commas, and here by `;`");
    refused("e.jsonl", "{\"x\": 1}\n{\"x\": ", "line 2");
    refused(
        "f.jsonl",
        "{\"x\": 1}\n[1]\n",
        "line 2: an object was expected",
    );
    refused("g.jsonl", "", "the file holds no row");
    refused("h.txt", "x\n1\n", "its ending names no format");
    let absent = Table::open(&folder.path().join("absent.csv"))
        .unwrap_err()
        .to_string();
    assert!(absent.contains("absent.csv"), "{absent}");
    let empty = tempfile::tempdir().unwrap();
    assert!(refusal(empty.path()).contains("there is no file of a table here"));
}

#[test]
fn a_byte_changed_inside_a_parquet_file_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("good.parquet");
    write(&path, &[sample(0, 300)]);
    let whole = fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        fs::write(&path, &damaged).unwrap();
        // It may be refused or read; a change in a value cannot be seen.
        if let Ok(table) = Table::open(&path) {
            let columns = table.columns();
            let _ = table.batches(&columns).unwrap().count();
        }
    }
}

#[test]
fn a_file_of_another_format_or_without_a_column_spoils_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("1.csv"), &[sample(0, 3)]);
    fs::write(folder.path().join("2.csv"), "id,score,name\n1,2,3\n").unwrap();
    let error = refusal(folder.path());
    assert!(
        error.contains("2.csv: column `flag`: is missing here"),
        "{error}"
    );
    fs::write(
        folder.path().join("2.csv"),
        "id,score,name,flag,more\n1,2,3,true,4\n",
    )
    .unwrap();
    let error = refusal(folder.path());
    assert!(
        error.contains("2.csv: column `more`: is missing in"),
        "{error}"
    );
    fs::remove_file(folder.path().join("2.csv")).unwrap();
    write(&folder.path().join("2.parquet"), &[sample(0, 3)]);
    assert!(refusal(folder.path()).contains("is of another format"));
}

#[test]
fn a_byte_order_mark_and_blank_lines_are_no_part_of_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, "\u{feff}x,y\r\n1,2\r\n\r\n3,4\r\n").unwrap();
    let table = Table::open(&path).unwrap();
    assert_eq!(table.columns(), ["x", "y"]);
    assert_eq!(all(&table).num_rows(), 2);
    let path = folder.path().join("t.jsonl");
    let rows = "\u{feff}{\"x\":1,\"y\":2}\r\n \r\n{\"y\":4,\"x\":3}\r\n";
    fs::write(&path, rows).unwrap();
    let rows = all(&Table::open(&path).unwrap());
    let y = rows.column(1).as_primitive::<Int64Type>();
    assert_eq!(y.values(), &[2, 4]);
}

#[test]
fn a_table_that_is_not_finished_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write(&path, &[sample(0, 3)]);
    let mut writer = TableWriter::create(&path, sample(0, 1).schema()).unwrap();
    writer.write(&sample(0, 100)).unwrap();
    drop(writer);
    assert_eq!(Table::open(&path).unwrap().rows(), 3);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let other: SchemaRef = Arc::new(Schema::new(vec![Field::new("z", DataType::Int64, true)]));
    let mut writer = TableWriter::create(&path, other).unwrap();
    assert!(writer.write(&sample(0, 1)).is_err());
    assert!(
        TableWriter::create(&folder.path().join("no/such/t.csv"), sample(0, 1).schema()).is_err()
    );
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    for ending in ["csv", "parquet"] {
        let path = folder.path().join(format!("t.{ending}"));
        TableWriter::create(&path, sample(0, 1).schema())
            .unwrap()
            .finish()
            .unwrap();
        let table = Table::open(&path).unwrap();
        assert_eq!((table.rows(), table.columns().len()), (0, 4), "{ending}");
        assert_eq!(table.batches(&["id"]).unwrap().count(), 0);
    }
}

#[test]
fn a_last_line_without_a_newline_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    for (text, is_open) in [
        ("a,b\n1,2.5\n", false),
        ("a,b\r\n1,2.5\r\n", false),
        ("a,b\n1,2.5", true),
        ("a,b\n1,\"2.5\"", true),
        ("a,b", true),
    ] {
        fs::write(&path, text).unwrap();
        let table = Table::open(&path).unwrap();
        assert_eq!(table.open_end().unwrap().is_some(), is_open, "{text:?}");
    }
    let path = folder.path().join("t.jsonl");
    fs::write(&path, "{\"a\": 1}").unwrap();
    // Cut anywhere, it is no JSON.
    assert!(Table::open(&path).unwrap().open_end().unwrap().is_none());
}
