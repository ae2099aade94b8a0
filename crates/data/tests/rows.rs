//! Parts, scales, batches and generators: the same for everyone, always.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use proptest::prelude::*;
use seatrial_data::generate::unicorn::time_of_day;
use seatrial_data::{BatchOrder, Dataset, Part, Target};
use seatrial_rng::Streams;
use support::{File, load, refusal};

const PARTS: [Part; 3] = [Part::Train, Part::Validation, Part::Test];

/// Two features in other units, and a constant one that no binary number is.
fn measured() -> File {
    let mut text = "tall,wide,same,kind\n".to_owned();
    for row in 0..40 {
        let kind = if row % 4 == 0 { "x" } else { "y" };
        text += &format!("{},{},0.1,{kind}\n", 100 + row * row, row % 7);
    }
    File::new(text)
}

fn moments(dataset: &Dataset, feature: usize, part: Part) -> (f64, f64) {
    let values = dataset
        .part(part)
        .iter()
        .map(|&row| f64::from(dataset.row(row)[feature]));
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    (
        mean,
        (values.map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt(),
    )
}

#[test]
fn scaling_is_fitted_on_the_training_part_alone() {
    let scaled = measured()
        .load("label = 'kind'\nscale = 'standard'")
        .unwrap();
    for feature in 0..2 {
        let (mean, deviation) = moments(&scaled, feature, Part::Train);
        assert!(mean.abs() < 1e-6 && (deviation - 1.0).abs() < 1e-6);
        let (mean, deviation) = moments(&scaled, feature, Part::Validation);
        assert!(mean.abs() > 1e-3 || (deviation - 1.0).abs() > 1e-3);
    }
}

#[test]
fn a_constant_feature_becomes_zero_and_not_noise() {
    let scaled = measured()
        .load("label = 'kind'\nscale = 'standard'")
        .unwrap();
    assert!((0..scaled.rows()).all(|row| scaled.row(row)[2] == 0.0));
    assert_eq!(scaled.scale_of(2), 0.0);
    assert_eq!(scaled.unscaled(2, 0.0), None);
    assert!(scaled.unscaled(0, 1.0).is_some());
}

#[test]
fn values_go_to_the_scale_of_models_and_back() {
    let file = measured();
    let raw = file.load("label = 'kind'").unwrap();
    for keys in [
        "divide_by = 4",
        "scale = 'standard'",
        "divide_by = 4\nscale = 'standard'",
    ] {
        let dataset = file.load(&format!("label = 'kind'\n{keys}")).unwrap();
        for row in 0..raw.rows() {
            for feature in 0..2 {
                let (value, seen) = (raw.row(row)[feature], dataset.row(row)[feature]);
                assert_eq!(dataset.scaled(feature, value.into()), seen, "{keys}");
                let back = dataset.unscaled(feature, seen).unwrap();
                assert!((back - f64::from(value)).abs() < 1e-3, "{keys}");
                let more = dataset.scaled(feature, f64::from(value) + 1.0);
                assert!((f64::from(more - seen) - dataset.scale_of(feature)).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn further_rows_are_scaled_as_the_dataset_was_and_never_fitted_again() {
    let dataset = measured()
        .load("label = 'kind'\ndivide_by = 2\nscale = 'standard'")
        .unwrap();
    let table = File::new("note,kind,wide,same,tall\nfirst,y,3,0.1,500\nnext,x,0,0.7,100\n");
    let rows = dataset.further_rows(&table.path(), "kind").unwrap();
    assert_eq!(rows.cells, [(2, "y".to_owned()), (3, "x".to_owned())]);
    assert_eq!(
        rows.values[..3],
        [dataset.scaled(0, 500.0), dataset.scaled(1, 3.0), 0.0]
    );
    match rows.target(&dataset).unwrap() {
        Target::Classes { names, labels } => {
            assert_eq!((names[1].as_str(), labels), ("y", vec![1, 0]))
        }
        Target::Values(_) => unreachable!(),
    }
}

#[test]
fn further_rows_are_refused_as_a_file_of_their_own_is() {
    let dataset = measured().load("label = 'kind'").unwrap();
    for (content, line, what) in [
        (
            "tall,wide,kind\n1,2,x\n",
            1,
            "no column is named `same`; there are `tall`, `wide`, `kind`",
        ),
        ("tall,wide,same\n1,2,3\n", 1, "no column is named `kind`"),
        (
            "tall,wide,same,kind\n1,2,3,x\n1,two,3,x\n",
            3,
            "column `wide`: `two` is not a number",
        ),
        (
            "tall,wide,same,kind\n",
            1,
            "the file has a header and no rows",
        ),
    ] {
        let file = File::new(content);
        let error = dataset.further_rows(&file.path(), "kind").unwrap_err();
        let (at, message) = refusal(error, &file.path());
        assert!(at == line && message.starts_with(what), "{at}: {message}");
    }
    let file = File::new("tall,wide,same,kind\n1,2,3,x\n1,2,3,z\n");
    let rows = dataset.further_rows(&file.path(), "kind").unwrap();
    let (line, message) = refusal(rows.target(&dataset).unwrap_err(), &file.path());
    assert_eq!(
        (line, message.as_str()),
        (3, "column `kind`: `z` is not one of the classes `x`, `y`")
    );
}

#[test]
fn a_split_depends_on_the_dataset_and_its_seed_alone() {
    let file = measured();
    let split = |keys: &str| {
        let dataset = file.load(&format!("label = 'kind'\n{keys}")).unwrap();
        PARTS.map(|part| dataset.part(part).to_vec())
    };
    let usual = split("");
    assert_eq!(usual, split("features = ['wide']\nscale = 'standard'"));
    assert_ne!(usual, split("seed = 1"));
    assert_eq!(usual.each_ref().map(Vec::len), [32, 8, 0]);
    // One row in four is of the first class, in each part.
    assert_eq!(
        usual
            .each_ref()
            .map(|part| part.iter().filter(|&&r| r % 4 == 0).count()),
        [8, 2, 0]
    );
}

#[test]
fn generated_rows_are_these() {
    let fingerprint = |generator| {
        let dataset = load(&format!("generator = '{generator}'\nrows = 300")).unwrap();
        (generator, dataset.fingerprint().to_string())
    };
    let recorded = [
        ("blobs", "e4f58ffe2a850ec4c07483da2878b98b"),
        ("line", "6c455f5868e9cb41ad125e3ec07d7a3a"),
        ("unicorn", "8e298a7bef91a9daafed6f71a79a27c8"),
    ];
    assert_eq!(
        ["blobs", "line", "unicorn"].map(fingerprint),
        recorded.map(|(generator, recorded)| (generator, recorded.to_owned()))
    );
}

#[test]
fn exactly_one_sighting_in_a_hundred_is_a_unicorn() {
    for (rows, unicorns) in [(100, 1), (1_000, 10), (2_500, 25)] {
        let split = "split = { train = 1.0, validation = 0.0 }";
        let dataset = load(&format!("generator = 'unicorn'\nrows = {rows}\n{split}")).unwrap();
        let Target::Classes { names, labels } = &dataset.target else {
            unreachable!()
        };
        assert_eq!(names, &["0", "1"]);
        assert_eq!(labels.iter().filter(|&&label| label == 1).count(), unicorns);
    }
}

#[test]
fn time_of_day_is_local_whatever_the_offset_and_the_century() {
    let hour = 3_600;
    assert_eq!(time_of_day(0, 0), 0.0);
    assert_eq!(time_of_day(6 * hour, 0), 0.25);
    assert_eq!(time_of_day(0, -6 * hour), 0.75);
    assert_eq!(time_of_day(23 * hour, 2 * hour), 1.0 / 24.0);
    assert_eq!(time_of_day(-1, 0), 86_399.0 / 86_400.0);
    assert_eq!(time_of_day(-86_400 * 365 - 6 * hour, 0), 0.75);
    assert_eq!(time_of_day(0, 14 * hour), time_of_day(0, -10 * hour));
    for extreme in [i64::MIN, i64::MAX] {
        assert!((0.0..1.0).contains(&time_of_day(extreme, extreme)));
    }
}

proptest! {
    #[test]
    fn the_batch_of_a_step_does_not_depend_on_the_steps_before(
        seed: u64,
        rows in 1_usize..50,
        batch in 1_usize..70,
        steps in prop::collection::vec(0_usize..200, 1..10),
    ) {
        let rows: Vec<usize> = (0..rows).map(|row| row * 3).collect();
        let order = || BatchOrder::new(&Streams::new(seed), &rows, batch);
        let mut resumed = order();
        for step in steps {
            let fresh = order().step(step);
            prop_assert_eq!(fresh.len(), batch.min(rows.len()));
            prop_assert_eq!(resumed.step(step), fresh);
        }
    }

    #[test]
    fn an_epoch_has_every_row_once_in_an_order_of_its_own(seed: u64, batches in 1_usize..8) {
        let rows: Vec<usize> = (0..8 * batches).collect();
        let mut order = BatchOrder::new(&Streams::new(seed), &rows, 8);
        let mut epoch = |number: usize| -> Vec<usize> {
            (number * batches..(number + 1) * batches).flat_map(|step| order.step(step)).collect()
        };
        let (first, second) = (epoch(0), epoch(1));
        for mut epoch in [first.clone(), second.clone()] {
            epoch.sort_unstable();
            prop_assert_eq!(&epoch, &rows);
        }
        // The same order twice would be one in eight factorial at most.
        prop_assert_ne!(first, second);
    }
}

#[test]
fn without_rows_there_are_no_batches() {
    let mut order = BatchOrder::new(&Streams::new(0), &[], 8);
    assert!(order.step(0).is_empty() && order.step(5).is_empty());
}
