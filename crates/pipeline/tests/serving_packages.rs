//! A package answers raw rows as the pipeline did, and one that is not whole says
//! what is wrong with it.

mod support;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use seatrial_data::table::Table;
use seatrial_pipeline::{Package, cells};

use support::{Bench, Claim, LOAD, recipe};

const TEXT: &str = r#"
[stage.parted]
kind = "split"
in = "raw"
by = "stratified"
column = "label"
train = 0.5
validation = 0.5
[stage.filled]
kind = "impute"
in = "parted"
columns = { x = "mean" }
[stage.scaled]
kind = "standardise"
in = "filled"
columns = ["x"]
[stage.coded]
kind = "one-hot"
in = "scaled"
columns = ["colour"]
[stage.fit]
kind = "train"
in = "coded"
model = "logistic"
label = "label"
features = ["x", "colour=*"]
steps = 300
[stage.shipped]
kind = "package"
trained = "fit"
"#;

/// Forty rows in which `x` tells the class.
fn rows() -> String {
    let row = |n: i32| {
        let (class, colour) = (
            ["no", "yes"][n as usize % 2],
            ["red", "blue"][n as usize % 3 % 2],
        );
        let x = f64::from(n % 2) * 10.0 + f64::from(n) / 40.0;
        format!("{n},{x},{colour},{class}\n")
    };
    let rows: String = (0..40).map(row).collect();
    format!("id,x,colour,label\n{rows}")
}

struct Shipped {
    bench: Bench,
    folder: PathBuf,
}

fn shipped() -> Result<Shipped, Box<dyn Error>> {
    let bench = Bench::new(&format!("{LOAD}{TEXT}"))?;
    bench.write("rows.csv", &rows())?;
    let made = bench.run()?.artifact("shipped")?.path.clone();
    // A copy to damage: artifacts are verified by themselves.
    let folder = bench.spec().join("../copy");
    copy(&made, &folder)?;
    Ok(Shipped { bench, folder })
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

impl Shipped {
    fn rows(&self, text: &str) -> Result<RecordBatch, Box<dyn Error>> {
        self.bench.write("live.csv", text)?;
        let table = Table::open(&self.bench.spec().join("live.csv"))?;
        let mut batches = table.batches(&table.columns())?;
        Ok(batches.next().ok_or("there is no row")??)
    }

    fn open(&self) -> Result<Package, String> {
        Package::open(&self.folder, &recipe).map_err(|error| error.to_string())
    }

    fn refusal(&self) -> Result<String, Box<dyn Error>> {
        match self.open() {
            Ok(_) => Err("it was opened".into()),
            Err(said) => Ok(said),
        }
    }
}

#[test]
fn raw_rows_without_a_label_get_a_probability_of_each_class() -> Claim {
    let shipped = shipped()?;
    let mut package = shipped.open()?;
    let rows = shipped.rows("id,x,colour\n1,0.1,red\n2,10.4,blue\n")?;
    let said = package.predict(&rows)?;
    assert_eq!(said.classes, Some(vec!["no".to_owned(), "yes".to_owned()]));
    assert_eq!(said.outputs.len(), 2);
    for row in &said.outputs {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{row:?}");
    }
    assert!(
        said.outputs[0][0] > 0.5 && said.outputs[1][1] > 0.5,
        "{said:?}"
    );
    assert!(package.predict(&rows.slice(0, 0))?.outputs.is_empty());
    Ok(())
}

#[test]
fn what_was_fitted_travels_in_the_package() -> Claim {
    let shipped = shipped()?;
    let mut package = shipped.open()?;
    // A missing number is the mean of the training rows: zero, once it is scaled.
    let rows = shipped.rows("id,x,colour\n1,,green\n2,5,red\n")?;
    let features = package.features(&rows)?;
    let names: Vec<String> = features
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    assert_eq!(names, ["x", "colour=blue", "colour=red"]);
    let first = |name: &str| -> Result<f64, Box<dyn Error>> {
        Ok(cells::numbers(cells::column_of(&features, name)?, name)?.value(0))
    };
    assert!(first("x")?.abs() < 1e-12);
    // An unseen category is none of those that were seen.
    assert_eq!((first("colour=blue")?, first("colour=red")?), (0.0, 0.0));
    // And says the same alone as among others.
    let (alone, all) = (package.predict(&rows.slice(0, 1))?, package.predict(&rows)?);
    assert_eq!(alone.outputs[0], all.outputs[0]);
    Ok(())
}

#[test]
fn rows_that_it_cannot_take_are_refused_with_the_column() -> Claim {
    let shipped = shipped()?;
    let mut package = shipped.open()?;
    let error = package.predict(&shipped.rows("id,colour\n1,red\n")?);
    let error = error.map_or_else(|error| error.to_string(), |said| format!("{said:?}"));
    assert!(error.contains("`x`"), "{error}");
    let error = package.predict(&shipped.rows("id,x,colour\n1,much,red\n")?);
    let error = error.map_or_else(|error| error.to_string(), |said| format!("{said:?}"));
    assert!(
        error.contains("stage `filled`: column `x` holds Utf8"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_damaged_package_names_the_file_and_what_is_wrong() -> Claim {
    let file = |shipped: &Shipped| -> Result<PathBuf, Box<dyn Error>> {
        let model = fs::read_dir(shipped.folder.join("model"))?;
        let paths = model.flatten().map(|entry| entry.path());
        Ok(paths
            .max_by_key(|path| fs::metadata(path).map_or(0, |m| m.len()))
            .ok_or("no file")?)
    };
    type Damage = fn(&Path) -> std::io::Result<()>;
    let cut: Damage = |path| {
        let bytes = fs::read(path)?;
        fs::write(path, &bytes[..bytes.len() / 2])
    };
    let flip: Damage = |path| {
        let mut bytes = fs::read(path)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes)
    };
    let remove: Damage = |path| fs::remove_file(path);
    for (damage, says) in [
        (cut, "is not what was packaged"),
        (flip, "is not what was packaged"),
        (remove, "No such file"),
    ] {
        let shipped = shipped()?;
        let damaged = file(&shipped)?;
        damage(&damaged)?;
        let said = shipped.refusal()?;
        let name = damaged
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        assert!(said.contains(says) && said.contains(&name), "{said}");
    }
    for (damage, says) in [(cut, "is damaged, or no package"), (remove, "No such file")] {
        let shipped = shipped()?;
        damage(&shipped.folder.join("package.json"))?;
        let said = shipped.refusal()?;
        assert!(
            said.contains(says) && said.contains("package.json"),
            "{said}"
        );
    }
    Ok(())
}

#[test]
fn a_description_that_was_edited_or_is_of_a_later_format_is_refused() -> Claim {
    let shipped = shipped()?;
    let file = shipped.folder.join("package.json");
    let text = fs::read_to_string(&file)?;
    let mean = text.find("\"mean\"").ok_or("it holds the mean")?;
    let digit = text[mean..]
        .find(|c: char| c.is_ascii_digit())
        .ok_or("a digit")?
        + mean;
    let other = if &text[digit..=digit] == "1" {
        "2"
    } else {
        "1"
    };
    let edited = format!("{}{other}{}", &text[..digit], &text[digit + 1..]);
    fs::write(&file, edited)?;
    let said = shipped.refusal()?;
    assert!(
        said.contains("package.json: does not match its checksum"),
        "{said}"
    );
    let later = text.replace("\"format\": 1", "\"format\": 2, \"more\": {}");
    fs::write(&file, later)?;
    let said = shipped.refusal()?;
    let says = "is a package of format 2, and this version of Sea Trial reads format 1";
    assert!(said.contains(says), "{said}");
    fs::write(&file, text)?;
    shipped.open()?;
    Ok(())
}
