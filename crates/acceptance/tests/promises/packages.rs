//! What the gate promises of pipelines and packages, whose predictions it makes
//! itself.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Place, Ran};

/// `STEPS` of training on rows of the old world.
const PIPELINE: &str = r#"
[model.m]
family = "logistic"
optimizer = { kind = "adamw", learning_rate = 0.05 }

[pipeline.p.stage.raw]
kind = "load"
path = "train.csv"
[pipeline.p.stage.parted]
kind = "split"
in = "raw"
[pipeline.p.stage.scaled]
kind = "standardise"
in = "parted"
columns = ["x"]
[pipeline.p.stage.fit]
kind = "train"
in = "scaled"
model = "m"
label = "y"
features = ["x"]
steps = STEPS
[pipeline.p.stage.shipped]
kind = "package"
trained = "fit"

[dataset.validation]
path = "validation.csv"
label = "y"
[dataset.live]
path = "live.csv"
label = "y"

[test.good-enough]
check = "quality"
pipeline = "p"
dataset = "validation"
min = { accuracy = 0.85 }
[test.no-worse]
check = "no-regression"
pipeline = "p"
dataset = "validation"
previous = "blessed"
metric = "log_loss"
margin = 0.05
first_release = true
[test.current]
check = "validation-is-current"
dataset = "validation"
live = "live"
"#;

const PACKAGE: &str = r#"
[package.shipped]
path = "shipped"
[dataset.validation]
path = "validation.csv"
label = "y"

[test.good-enough]
check = "quality"
package = "shipped"
dataset = "validation"
min = { accuracy = 0.85 }
[test.no-worse]
check = "no-regression"
package = "shipped"
dataset = "validation"
previous = "blessed"
metric = "log_loss"
margin = 0.05
first_release = true
"#;

/// Rows whose `x` is spread over a hundred from there on; the upper half are
/// positive.
fn rows(from: usize) -> String {
    let mut text = "x,y\n".to_owned();
    for row in 0..600 {
        let x = row * 37 % 101;
        text.push_str(&format!("{},{}\n", from + x, u8::from(x > 50)));
    }
    text
}

fn place() -> Place {
    let place = Place::with(&PIPELINE.replace("STEPS", "300"));
    for name in ["train", "validation", "live"] {
        place.write(&format!("specs/area/{name}.csv"), &rows(0));
    }
    place
}

fn gate(place: &Place, more: &[&str]) -> Ran {
    let mut arguments = vec!["gate", "--filter", "area/file.toml"];
    arguments.extend(more);
    place.seatrial(&arguments)
}

/// Where the record says that the subject's content is.
fn content(place: &Place, subject: &str) -> PathBuf {
    let record = fs::read_to_string(place.path().join("release.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    let path = &record["candidate"]["subjects"][subject]["path"];
    PathBuf::from(path.as_str().unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn what_is_released_of_a_pipeline_is_its_package() {
    let place = place();
    let ran = gate(&place, &["--name", "one"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let kept = content(&place, "pipeline.p");
    assert!(kept.join("package.json").is_file(), "{}", kept.display());
    assert_eq!(place.seatrial(&["verify"]).code, 0);

    // The next version is held against the package that was kept, even when
    // everything else that was made is gone.
    fs::remove_dir_all(place.path().join(".seatrial/artifacts")).unwrap();
    let hardly = PIPELINE.replace("STEPS", "2");
    place.write("specs/area/file.toml", &hardly);
    let ran = gate(&place, &["--name", "two"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("log_loss worse_by"), "{}", ran.out);
    assert!(
        ran.out.contains("the blessed release before was one"),
        "{}",
        ran.out
    );

    // A package that was touched is no longer what was blessed.
    let manifest = kept.join("package.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("\"x\"", "\"z\"", 1)).unwrap();
    place.write("specs/area/file.toml", &PIPELINE.replace("STEPS", "301"));
    let ran = gate(&place, &["--name", "three"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("have been changed there"), "{}", ran.out);
}

#[test]
fn a_package_is_a_candidate_and_so_is_another_in_its_place() {
    let place = place();
    assert_eq!(gate(&place, &["--name", "pipeline"]).code, 0);
    copy(
        &content(&place, "pipeline.p"),
        &place.path().join("specs/area/shipped"),
    );
    place.write("specs/area/file.toml", &PIPELINE.replace("STEPS", "2"));
    assert_eq!(gate(&place, &["--name", "hardly"]).code, 1);
    let hardly = place.path().join("hardly");
    copy(&content(&place, "pipeline.p"), &hardly);

    place.write("specs/area/file.toml", PACKAGE);
    let ran = gate(&place, &["--name", "one"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = gate(&place, &["--candidate", "package.shipped=hardly"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("compared with the blessed release `one`"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("log_loss worse_by"), "{}", ran.out);
}

#[test]
fn a_model_that_passes_on_the_stale_set_alone_is_not_blessed() {
    let place = place();
    assert_eq!(gate(&place, &["--name", "one"]).code, 0);
    // The world moves: the set is stale, and nothing is blessed on it.
    place.write("specs/area/live.csv", &rows(60));
    let ran = gate(&place, &["--name", "two"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("the column `x` has moved"), "{}", ran.out);
    // On the next set the same threshold holds, and the same model fails it.
    let refreshed = place.seatrial(&["refresh-validation", "area/file.toml::current"]);
    assert_eq!(refreshed.code, 0, "{refreshed:?}");
    let ran = gate(&place, &["--name", "three"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("good-enough: accuracy 0."), "{}", ran.out);
    // Trained on the world as it is, it is blessed.
    place.write("specs/area/train.csv", &rows(60));
    let ran = gate(&place, &["--name", "four"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_case_names_one_thing_to_judge() {
    let place = place();
    for (from, to, says) in [
        (
            "pipeline = \"p\"\ndataset = \"validation\"\nmin",
            "min",
            "name what is judged",
        ),
        (
            "pipeline = \"p\"\ndataset = \"validation\"\nmin",
            "package = \"shipped\"\nmin",
            "name the `dataset` that the package is asked about",
        ),
        (
            "pipeline = \"p\"\ndataset = \"validation\"\nmin",
            "pipeline = \"p\"\npackage = \"shipped\"\ndataset = \"validation\"\nmin",
            "are both named",
        ),
    ] {
        place.write("specs/area/shipped/package.json", "{}");
        let spec = format!("{PIPELINE}\n[package.shipped]\npath = \"shipped\"\n");
        place.write(
            "specs/area/file.toml",
            &spec.replace("STEPS", "3").replace(from, to),
        );
        let ran = place.seatrial(&["lint"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}
