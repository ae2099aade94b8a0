//! Datasets from tables of every format.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray, new_null_array,
};
use arrow::datatypes::DataType;
use seatrial_data::table::TableWriter;
use seatrial_data::{Dataset, Target};
use support::load;

const KEYS: &str = "label = 'kind'\nfeatures = ['a', 'b']\n\
                    split = { train = 1.0, validation = 0.0 }";

fn batch(b: Vec<f64>) -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "kind",
            Arc::new(StringArray::from(vec!["x", "y", "x", "y"])),
        ),
        ("b", Arc::new(Float64Array::from(b))),
        ("unused", new_null_array(&DataType::Utf8, 4)),
        ("a", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
        .unwrap()
}

fn write(path: &Path, batch: &RecordBatch) {
    let mut writer = TableWriter::create(path, batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
}

fn read(path: &Path, keys: &str) -> Result<Dataset, String> {
    let declared = format!("path = '{}'\n{keys}", path.display());
    load(&declared).map_err(|error| error.to_string())
}

fn rows(dataset: &Dataset) -> Vec<Vec<f32>> {
    (0..dataset.rows())
        .map(|row| dataset.row(row).to_vec())
        .collect()
}

#[test]
fn a_dataset_is_the_same_from_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<Dataset> = ["rows.csv", "rows.parquet", "rows.jsonl"]
        .map(|name| {
            let path = folder.path().join(name);
            write(&path, &batch(vec![0.5, -1.0, 2.5, 8.0]));
            read(&path, KEYS).unwrap()
        })
        .into();
    assert_eq!(all[0].features, ["a", "b"]);
    for other in &all[1..] {
        assert_eq!(other.features, all[0].features);
        assert_eq!(rows(other), rows(&all[0]));
        assert_eq!(other.target, all[0].target);
    }
    assert!(matches!(&all[1].target, Target::Classes { names, .. } if names == &["x", "y"]));
}

#[test]
fn a_folder_of_parquet_files_is_one_dataset() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("0.parquet"),
        &batch(vec![1.0, 2.0, 3.0, 4.0]),
    );
    write(
        &folder.path().join("1.parquet"),
        &batch(vec![5.0, 6.0, 7.0, 8.0]),
    );
    let dataset = read(folder.path(), KEYS).unwrap();
    assert_eq!(dataset.rows(), 8);
}

#[test]
fn what_is_no_number_is_refused_with_file_column_and_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    write(&path, &batch(vec![1.0, 2.0, f64::NAN, f64::NAN]));
    let refused = read(&path, KEYS).unwrap_err();
    let place = format!("{}: column `b`, row 3: ", path.display());
    assert!(refused.starts_with(&place), "{refused}");
    assert!(
        refused.contains("is not a finite number; so is 1 row more"),
        "{refused}"
    );

    write(&path, &batch(vec![1.0, 1e39, 3.0, 4.0]));
    let refused = read(&path, KEYS).unwrap_err();
    assert!(refused.contains("row 2: ") && refused.contains("beyond single precision"));

    let refused = read(&path, &KEYS.replace("'a'", "'nowhere'")).unwrap_err();
    assert!(refused.contains("nowhere"), "{refused}");
    let refused = read(&path, &KEYS.replace("'a'", "'unused'")).unwrap_err();
    assert!(
        refused.contains("column `unused`, row 1: the cell is missing"),
        "{refused}"
    );
}

#[test]
fn a_table_without_rows_or_cut_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    write(&path, &batch(vec![1.0; 4]).slice(0, 0));
    assert!(read(&path, KEYS).unwrap_err().contains("no row"));
    write(&path, &batch(vec![1.0; 4]));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert!(
        read(&path, KEYS)
            .unwrap_err()
            .contains("no whole Parquet file")
    );
    let lines = folder.path().join("rows.jsonl");
    std::fs::write(
        &lines,
        "{\"kind\": \"x\", \"a\": 1, \"b\": 2}\n{\"kind\": \"y\", \"a\"",
    )
    .unwrap();
    assert!(read(&lines, KEYS).unwrap_err().contains("line 2"));
}

#[test]
fn numbers_of_any_width_are_features() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("kind", Arc::new(Int64Array::from(vec![0, 1]))),
        ("a", Arc::new(Float32Array::from(vec![1.5, 2.5]))),
        ("b", Arc::new(StringArray::from(vec!["3", "4.5"]))),
    ];
    write(&path, &RecordBatch::try_from_iter(columns).unwrap());
    assert_eq!(read(&path, KEYS).unwrap().features, ["a", "b"]);
}
