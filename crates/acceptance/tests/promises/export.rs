//! A pipeline's package: exported as ONNX, and asked about as such.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Place;

const SERVER: &str = "onnxruntime-1.23.2";

const SPEC: &str = r#"
[model.m]
family = "logistic"

[pipeline.p.stage.raw]
kind = "load"
path = "rows.csv"

[pipeline.p.stage.filled]
kind = "impute"
in = "raw"
columns = { x = "mean" }

[pipeline.p.stage.hot]
kind = "one-hot"
in = "filled"
columns = ["colour"]

[pipeline.p.stage.fit]
kind = "train"
in = "hot"
model = "m"
label = "label"
steps = 20

[pipeline.p.stage.metrics]
kind = "evaluate"
in = "hot"
trained = "fit"
part = "train"

[pipeline.p.stage.shipped]
kind = "package"
trained = "fit"

[test.trains]
check = "end-to-end"
pipeline = "p"
min = { accuracy = 0 }
"#;

const CASE: &str = r#"
[package.packed]
path = "packed"

[server.s]
catalogue = "onnxruntime-1.23.2"

[test.fits]
check = "ops-supported"
package = "packed"
server = "s"
"#;

/// A place in which a pipeline made a package, and the package.
fn place() -> (Place, PathBuf) {
    let place = Place::with(SPEC);
    let mut rows = "x,colour,label\n".to_owned();
    for row in 0..60 {
        let x = if row % 9 == 4 {
            String::new()
        } else {
            format!("{}", row % 11)
        };
        let colour = ["red", "green", "blue"][row % 3];
        rows.push_str(&format!("{x},{colour},{}\n", row % 2));
    }
    place.write("specs/area/rows.csv", &rows);
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let package = folder_with(&place.path().join(".seatrial"), "package.json");
    (place, package.unwrap())
}

fn folder_with(folder: &Path, file: &str) -> Option<PathBuf> {
    if folder.join(file).exists() {
        return Some(folder.to_owned());
    }
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let folders = entries.map(|entry| entry.path());
    folders
        .filter(|path| path.is_dir())
        .find_map(|path| folder_with(&path, file))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn a_package_is_exported_with_examples_of_what_it_answers() {
    let (place, package) = place();
    let package = package.to_str().unwrap();
    let arguments = ["export", package, "--out", "model.onnx"];
    let examples = [
        "--rows",
        "specs/area/rows.csv",
        "--examples",
        "examples.json",
    ];
    let ran = place.seatrial(&[&arguments[..], &examples, &["--count", "20"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = std::fs::read_to_string(place.path().join("examples.json")).unwrap();
    let examples: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(examples["inputs"][0]["name"], "numbers");
    assert_eq!(examples["inputs"][1]["name"], "colour");
    assert_eq!(examples["outputs"][0]["shape"], serde_json::json!([20, 2]));
    let ran = place.seatrial(&["ops", "--catalogue", SERVER, "model.onnx", package]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_package_that_is_not_whole_is_not_exported_and_fits_no_server() {
    let (place, package) = place();
    let packed = place.path().join("specs/area/packed");
    copy(&package, &packed);
    place.write("specs/area/fits.toml", CASE);
    let ran = place.seatrial(&["test", "--filter", "fits"]);
    assert_eq!(ran.code, 0, "{ran:?}");

    let entries = std::fs::read_dir(packed.join("model")).unwrap().flatten();
    let file = entries.map(|entry| entry.path()).next().unwrap();
    std::fs::write(file, "another model").unwrap();
    let ran = place.seatrial(&["test", "--filter", "fits"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("is not what was packaged"), "{ran:?}");
    let asked = place.seatrial(&["ops", "--catalogue", SERVER, "specs/area/packed"]);
    assert_eq!(asked.code, 1, "{asked:?}");
    assert!(asked.out.contains("unknown"), "{asked:?}");
    let exported = place.seatrial(&["export", "specs/area/packed", "--out", "model.onnx"]);
    assert_eq!(exported.code, 2, "{exported:?}");
    assert!(!place.path().join("model.onnx").exists());
}
