//! Predictions that any system wrote.

use std::path::Path;

use seatrial_data::predictions::{Predictions, PredictionsDeclaration};

use super::place::Place;
use super::{Arguments, Draft, ask, refuse, table};
use crate::Error;

/// How much worse a new version may be: of rankings and of shares explained, both
/// at most 1.
const MARGIN: f64 = 0.02;

pub(super) fn draft(arguments: &Arguments, place: &mut Place) -> Result<Draft, Error> {
    let score = arguments
        .prediction
        .clone()
        .or_else(|| (!arguments.score.is_empty()).then(|| arguments.score.join(",")));
    let [file, label, key, score] = ask::missing([
        (
            "--predictions",
            "file of predictions: CSV, Parquet or JSON lines",
            ask::path(arguments.predictions.as_ref()),
        ),
        ("--label", "column with the truth", arguments.label.clone()),
        (
            "--key",
            "column that names a row, once in the file",
            arguments.key.clone(),
        ),
        (
            "--score",
            "column with the score of the positive class, or those of all classes apart by \
             commas; give a predicted number with --prediction",
            score,
        ),
    ])?;
    let scores: Vec<_> = score.split(',').map(str::trim).collect();
    let says = |path: &str| {
        let mut says = table([
            ("path", path.into()),
            ("key", key.as_str().into()),
            ("label", label.as_str().into()),
        ]);
        match (arguments.prediction.is_some(), scores.as_slice()) {
            (true, _) => says.insert("prediction".into(), score.as_str().into()),
            (false, [one]) => says.insert("score".into(), (*one).into()),
            (false, several) => says.insert("scores".into(), several.to_vec().into()),
        };
        says
    };
    // A ranking of two classes is as good as guessing at 0.5, a number as good as
    // the mean at 0; the shares of several classes depend on them.
    let (metric, least) = match (arguments.prediction.is_some(), scores.len()) {
        (true, _) => ("r2", 0.0),
        (false, 1) => ("roc_auc", 0.5),
        (false, _) => ("accuracy", 1.0 / scores.len() as f64),
    };
    look_at(&says(&file))?;
    let candidate = place.take(Path::new(&file))?;
    let mut draft = Draft {
        explain: "quality",
        ..Draft::default()
    };
    draft.table("predictions.candidate", &says(&candidate));
    draft.table("defaults", &table([("predictions", "candidate".into())]));
    draft.case(
        "better-than-guessing",
        "quality",
        "Raise this to what a release needs; add `slices = [\"COLUMN\"]` for groups of rows.",
        &table([("min", table([(metric, least.into())]).into())]),
    );
    if let Some(previous) = &arguments.previous {
        let shown = previous.display().to_string();
        look_at(&says(&shown))?;
        let previous = place.take(previous)?;
        draft.case(
            "no-worse-than-before",
            "no-regression",
            "On the same rows, paired; by more than the margin it is worse.",
            &table([
                ("previous", previous.into()),
                ("metric", metric.into()),
                ("margin", MARGIN.into()),
            ]),
        );
    }
    Ok(draft)
}

/// Opens the file as the cases will, with its columns and keys.
fn look_at(says: &toml::Table) -> Result<(), Error> {
    let declaration: PredictionsDeclaration = seatrial_spec::parse(says.clone())
        .map_err(|misfit| refuse(format!("{}: {}", misfit.path, misfit.message)))?;
    let predictions = Predictions::open("candidate", &declaration);
    let checked = predictions.and_then(|predictions| predictions.check_keys(&|| false));
    checked.map_err(|error| refuse(error.to_string()))
}
