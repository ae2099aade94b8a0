//! Built-in stages, each on rows of its own.

mod support;

use std::error::Error;
use std::ops::Deref;
use std::sync::Arc;

use arrow::array::{Array, Int64Array, RecordBatch, make_array};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use seatrial_data::table::{Table, TableWriter};
use seatrial_pipeline::{Options, Store, cells};

use support::{Bench, Claim, LOAD};

/// A table, and the folder that it lies in.
struct Made {
    table: Table,
    _bench: Bench,
}

impl Deref for Made {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}

/// The rows that a stage `s` of these keys makes of a file.
fn made(rows: &str, stage: &str) -> Result<Made, Box<dyn Error>> {
    let bench = bench(rows, stage)?;
    Ok(Made {
        table: bench.run()?.table("s")?,
        _bench: bench,
    })
}

fn refused(rows: &str, stage: &str) -> Result<String, Box<dyn Error>> {
    Ok(bench(rows, stage)?.error()?)
}

fn bench(rows: &str, stage: &str) -> Result<Bench, Box<dyn Error>> {
    let bench = Bench::new(&format!("{LOAD}[stage.s]\nin = \"raw\"\n{stage}"))?;
    bench.write("rows.csv", rows)?;
    Ok(bench)
}

/// A column as text; nothing where it is missing.
fn column(table: &Table, name: &str) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    let mut all = Vec::new();
    for batch in table.batches(&[name])? {
        let texts = cells::texts(batch?.column(0))?;
        let text = |row| (!texts.is_null(row)).then(|| texts.value(row).to_owned());
        all.extend((0..texts.len()).map(text));
    }
    Ok(all)
}

fn texts(table: &Table, name: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let all = column(table, name)?.into_iter();
    Ok(all.map(Option::unwrap_or_default).collect())
}

const ONE_HOT: &str = "kind = \"one-hot\"\ncolumns = [\"colour\"]\n";

#[test]
fn one_hot_makes_a_column_of_each_training_category_in_place_of_the_column() -> Claim {
    let rows = "id,colour,split\n1,red,train\n2,blue,train\n3,green,validation\n4,,train\n";
    let table = made(rows, ONE_HOT)?;
    assert_eq!(
        table.columns(),
        ["id", "split", "colour=blue", "colour=red"]
    );
    // What no training row has, and what is missing, is none of them.
    assert_eq!(texts(&table, "colour=red")?, ["1.0", "0.0", "0.0", "0.0"]);
    assert_eq!(texts(&table, "colour=blue")?, ["0.0", "1.0", "0.0", "0.0"]);
    Ok(())
}

#[test]
fn one_hot_refuses_an_unknown_category_when_told_to() -> Claim {
    let rows = "id,colour,split\n1,red,train\n2,blue,train\n3,green,validation\n";
    let error = refused(rows, &format!("{ONE_HOT}unknown = \"error\"\n"))?;
    let says = "stage `s`: column `colour` holds `green`, which no training row has";
    assert!(error.contains(says), "{error}");
    Ok(())
}

#[test]
fn bucketise_counts_intervals_from_zero_and_an_edge_belongs_above_it() -> Claim {
    let rows = "id,x\n1,-5\n2,0\n3,4.9\n4,5\n5,100\n6,\n";
    let keys = "kind = \"bucketise\"\ncolumns = [\"x\"]\nedges = [0, 5]\n";
    let table = made(rows, keys)?;
    let mut expected = ["0", "1", "1", "2", "2"]
        .map(|text| Some(text.to_owned()))
        .to_vec();
    // What is missing stays missing.
    expected.push(None);
    assert_eq!(column(&table, "x")?, expected);
    Ok(())
}

#[test]
fn bucketise_by_quantiles_fills_buckets_evenly_and_merges_repeated_edges() -> Claim {
    let values = |text: &str| format!("x\n{}\n", text.replace(' ', "\n"));
    let by = "kind = \"bucketise\"\ncolumns = [\"x\"]\nquantiles = 4\n";
    let table = made(&values("1 2 3 4 5 6 7 8"), by)?;
    assert_eq!(
        texts(&table, "x")?,
        ["0", "0", "1", "1", "2", "2", "3", "3"]
    );
    let table = made(&values("3 3 3 3"), by)?;
    let found = texts(&table, "x")?;
    assert!(found.iter().all(|bucket| *bucket == found[0]), "{found:?}");
    Ok(())
}

#[test]
fn what_bucketise_declares_holds_together() -> Claim {
    let edges = |keys: &str| -> Result<Vec<String>, Box<dyn Error>> {
        Ok(bench(
            "x\n1\n",
            &format!("kind = \"bucketise\"\ncolumns = [\"x\"]\n{keys}"),
        )?
        .misfits())
    };
    assert!(edges("edges = [2, 1]\n")?[0].contains("edges rise"));
    assert!(edges("")?[0].contains("give either `edges` or `quantiles`"));
    assert!(edges("edges = [1]\nquantiles = 2\n")?[0].contains("give either"));
    assert!(edges("quantiles = 2\n")?.is_empty());
    Ok(())
}

#[test]
fn calendar_features_are_of_local_time_where_an_offset_is_given() -> Claim {
    // 2024-02-29 was a Thursday; two hours east it is already Friday, 1 March.
    let rows = "at,offset\n2024-02-29T23:30:00Z,7200\n2024-12-31T12:00:00Z,0\n,0\n";
    let keys = "kind = \"calendar\"\ncolumn = \"at\"\nprefix = \"at_\"\n\
                features = [\"hour\", \"weekday\", \"month\", \"is-weekend\", \"time-of-day\", \"day-of-year\"]\n";
    let local = made(rows, &format!("{keys}utc_offset_s = \"offset\"\n"))?;
    assert_eq!(texts(&local, "at_hour")?, ["1.0", "12.0", ""]);
    assert_eq!(texts(&local, "at_weekday")?, ["5.0", "2.0", ""]);
    assert_eq!(texts(&local, "at_month")?, ["3.0", "12.0", ""]);
    assert_eq!(texts(&local, "at_is_weekend")?, ["0.0", "0.0", ""]);
    let universal = made(rows, keys)?;
    assert_eq!(texts(&universal, "at_hour")?, ["23.0", "12.0", ""]);
    // Noon is opposite to midnight on the circle of a day.
    let cos: f64 = texts(&universal, "at_time_of_day_cos")?[1].parse()?;
    assert!((cos + 1.0).abs() < 1e-12, "{cos}");
    let last: f64 = texts(&universal, "at_day_of_year_cos")?[1].parse()?;
    assert!(
        last > 0.999,
        "the end of a year is near its beginning: {last}"
    );
    Ok(())
}

#[test]
fn moments_of_a_named_zone_are_read_shown_and_written_for_programs() -> Claim {
    // As pandas writes them.
    let zone = DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Berlin".into()));
    let moments = Int64Array::from(vec![0, 3_600_000_000]);
    let moments =
        arrow::compute::cast(&moments, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let schema = Schema::new(vec![Field::new("at", zone.clone(), true)]);
    let schema = Arc::new(schema);
    let typed = moments.to_data().into_builder().data_type(zone).build()?;
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![make_array(typed)])?;
    let bench = Bench::new(
        "[stage.raw]\nkind = \"load\"\npath = \"rows.csv\"\n[stage.s]\nkind = \"calendar\"\n\
         in = \"raw\"\ncolumn = \"at\"\nfeatures = [\"hour\"]\n[stage.c]\nkind = \"command\"\n\
         command = [\"cat\", \"{in.raw}\"]\nin = { raw = \"raw.csv\" }\nout = { c = \"c.csv\" }\n\
         stdout = \"c\"\n",
    )?;
    let file = bench.spec().join("rows.parquet");
    let mut writer = TableWriter::create(&file, schema)?;
    writer.write(&batch)?;
    writer.finish()?;
    let stop = || false;
    let options = Options {
        replaced: [("raw".to_owned(), file)].into(),
        ..Options::new(7, &stop)
    };
    let done = bench
        .pipeline()
        .run(&Store::open(&bench.artifacts())?, &options)?;
    assert_eq!(texts(&done.table("s")?, "hour")?, ["0.0", "1.0"]);
    let shown = texts(&done.table("raw")?, "at")?;
    assert_eq!(shown, ["1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"]);
    assert_eq!(texts(&done.table("c")?, "at")?, shown);
    Ok(())
}

#[test]
fn select_casts_text_to_moments() -> Claim {
    let keys = "kind = \"select\"\ncast = { at = \"timestamp\" }\n";
    let table = made(
        "at,x\n2024-02-29T23:30:00Z,1\n2024-03-01 01:30:00+02:00,2\n",
        keys,
    )?;
    assert!(table.column("at")?.data_type().is_temporal());
    assert_eq!(texts(&table, "at")?, ["2024-02-29T23:30:00Z"; 2]);
    Ok(())
}

#[test]
fn calendar_refuses_what_is_no_moment() -> Claim {
    let keys = "kind = \"calendar\"\ncolumn = \"at\"\nfeatures = [\"hour\"]\n";
    let error = refused("at,x\nyesterday,1\n", keys)?;
    assert!(
        error.contains("stage `s`: column `at` is no moment"),
        "{error}"
    );
    let error = refused("at,x\n9000000000000000000,1\n", keys)?;
    assert!(error.contains("no moment of any calendar"), "{error}");
    Ok(())
}

/// Forty rows: ten people with four rows each, two classes, one moment a row.
fn people() -> String {
    let row = |n: u32| {
        format!(
            "{n},p{},{},{}\n",
            n % 10,
            u32::from(n.is_multiple_of(4)),
            1000 - n
        )
    };
    let rows: String = (0..40).map(row).collect();
    format!("id,person,class,at\n{rows}")
}

fn parted_of(made: &Made, name: &str) -> Result<[Vec<String>; 2], Box<dyn Error>> {
    parted(made, name)
}

/// The values of a column in each of two parts.
fn parted(table: &Table, name: &str) -> Result<[Vec<String>; 2], Box<dyn Error>> {
    let parts = texts(table, "split")?;
    let of = |part: &str| -> Result<Vec<String>, Box<dyn Error>> {
        let rows = texts(table, name)?.into_iter().zip(&parts);
        Ok(rows
            .filter(|(_, of)| *of == part)
            .map(|(value, _)| value)
            .collect())
    };
    Ok([of("train")?, of("validation")?])
}

#[test]
fn a_split_by_group_keeps_each_group_on_one_side() -> Claim {
    let table = made(
        &people(),
        "kind = \"split\"\nby = \"group\"\ncolumn = \"person\"\n",
    )?;
    let [train, other] = parted(&table, "person")?;
    assert!(train.iter().all(|person| !other.contains(person)));
    assert_eq!((train.len(), other.len()), (32, 8));
    Ok(())
}

#[test]
fn a_split_by_time_trains_on_the_past_and_never_parts_a_moment() -> Claim {
    let keys = "kind = \"split\"\nby = \"time\"\ncolumn = \"at\"\ntrain = 0.5\nvalidation = 0.5\n";
    let table = made(&people(), keys)?;
    let [train, other] = parted(&table, "at")?;
    let number = |text: &String| text.parse::<i64>().unwrap_or(0);
    let latest = train.iter().map(number).max();
    assert!(latest < other.iter().map(number).min());
    assert_eq!(train.len(), 20);
    let table = made("at\n1\n2\n2\n2\n2\n3\n", keys)?;
    let [train, other] = parted(&table, "at")?;
    assert!(
        train.iter().all(|at| !other.contains(at)),
        "{train:?} {other:?}"
    );
    Ok(())
}

#[test]
fn a_stratified_split_keeps_the_share_of_each_class() -> Claim {
    let table = made(
        &people(),
        "kind = \"split\"\nby = \"stratified\"\ncolumn = \"class\"\n",
    )?;
    let ones = |values: &[String]| values.iter().filter(|class| *class == "1").count();
    let [train, other] = parted(&table, "class")?;
    assert_eq!((train.len(), ones(&train)), (32, 8));
    assert_eq!((other.len(), ones(&other)), (8, 2));
    Ok(())
}

#[test]
fn a_row_keeps_its_side_whatever_the_seed_of_the_case() -> Claim {
    let keys = "kind = \"split\"\n";
    let first = parted_of(&made(&people(), keys)?, "id")?;
    assert_eq!(first, parted_of(&made(&people(), keys)?, "id")?);
    let other = parted_of(&made(&people(), &format!("{keys}seed = 1\n"))?, "id")?;
    assert_ne!(first, other, "its own seed decides");
    Ok(())
}

#[test]
fn a_part_that_would_be_empty_is_refused_by_name() -> Claim {
    let error = refused("x\n1\n", "kind = \"split\"\n")?;
    assert!(
        error.contains("stage `s`: ") && error.contains("the part `"),
        "{error}"
    );
    let keys = "kind = \"split\"\nby = \"time\"\ncolumn = \"at\"\n";
    let error = refused("at,x\n1,1\n1,2\n1,3\n", keys)?;
    assert!(error.contains("leave the part `"), "{error}");
    let error = refused("at,x\n1,1\n,2\n3,3\n4,1\n5,1\n", keys)?;
    assert!(error.contains("the moment is missing"), "{error}");
    Ok(())
}
