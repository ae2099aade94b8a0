//! What a declaration says of the task, and with which columns.

use std::collections::BTreeSet;

use seatrial_spec::Misfit;

use super::{PredictionsDeclaration, Task};
use crate::TaskKind;

/// What a declaration says of the task.
pub(super) enum Kind {
    Known(Task),
    /// Classes that are taken from the label where none are named.
    DecisionsOf(Option<Vec<String>>),
}

/// What a declaration says, and the columns that say it.
pub(super) struct Said {
    pub kind: Kind,
    /// With what is true.
    pub truths: Vec<String>,
    /// With what is predicted.
    pub values: Vec<String>,
}

impl PredictionsDeclaration {
    /// What does not hold together, by key.
    pub fn misfits(&self) -> Vec<Misfit> {
        said(self).err().into_iter().collect()
    }
}

/// What a declaration says.
pub(super) fn said(declaration: &PredictionsDeclaration) -> Result<Said, Misfit> {
    let PredictionsDeclaration {
        label,
        labels,
        lower,
        upper,
        query,
        classes,
        ..
    } = declaration;
    if let Some(classes) = classes {
        distinct(classes, "classes")?;
    }
    let truths = match (label, labels) {
        (Some(label), None) => vec![label.clone()],
        (None, Some(labels)) => labels.clone(),
        (None, None) => return wrong("", "names neither `label` nor `labels`"),
        (Some(_), Some(_)) => return wrong("labels", "names both `label` and `labels`"),
    };
    let (kind, values) = match (lower, upper) {
        _ if query.is_some() => ranking(declaration)?,
        _ if labels.is_some() => of_labels(declaration, &truths)?,
        (Some(lower), Some(upper)) => intervals(declaration, lower, upper)?,
        (Some(_), None) => return wrong("lower", "names `lower` without `upper`"),
        (None, Some(_)) => return wrong("upper", "names `upper` without `lower`"),
        (None, None) => single(declaration)?,
    };
    Ok(Said {
        kind,
        truths,
        values,
    })
}

fn ranking(declaration: &PredictionsDeclaration) -> Result<(Kind, Vec<String>), Misfit> {
    goes_with(declaration, "query", &["label", "score"])?;
    match &declaration.score {
        Some(score) => Ok((Kind::Known(Task::Ranking), vec![score.clone()])),
        None => wrong(
            "query",
            "names a `query` and no `score` to rank its documents by",
        ),
    }
}

fn of_labels(
    declaration: &PredictionsDeclaration,
    labels: &[String],
) -> Result<(Kind, Vec<String>), Misfit> {
    let keys = ["labels", "scores", "classes", "threshold", "scale"];
    goes_with(declaration, "labels", &keys)?;
    let Some(scores) = declaration.scores.clone() else {
        return wrong(
            "labels",
            "names `labels` and no `scores`, a column for each of them",
        );
    };
    if labels.is_empty() {
        return wrong("labels", "`labels` name no column");
    }
    distinct(labels, "labels")?;
    let names = declaration.classes.clone();
    let names = names.unwrap_or_else(|| endings(labels));
    for (count, key) in [(scores.len(), "scores"), (names.len(), "classes")] {
        if count != labels.len() {
            let labels = labels.len();
            return wrong(
                key,
                format!("{count} `{key}` are named for {labels} `labels`"),
            );
        }
    }
    let task = Task::Labels {
        names,
        threshold: threshold(declaration)?,
        scale: declaration.scale.unwrap_or_default(),
    };
    Ok((Kind::Known(task), scores))
}

fn intervals(
    declaration: &PredictionsDeclaration,
    lower: &str,
    upper: &str,
) -> Result<(Kind, Vec<String>), Misfit> {
    let keys = ["label", "lower", "upper", "prediction", "task"];
    goes_with(declaration, "lower", &keys)?;
    if declaration.task == Some(TaskKind::Classification) {
        let message = "`task` is of classes, and intervals from `lower` to `upper` are of numbers";
        return wrong("task", message);
    }
    let numbers = declaration.prediction.is_some();
    let mut values = vec![lower.to_owned(), upper.to_owned()];
    values.extend(declaration.prediction.clone());
    Ok((Kind::Known(Task::Intervals { numbers }), values))
}

/// Refuses what has no meaning beside a key.
fn goes_with(
    declaration: &PredictionsDeclaration,
    key: &str,
    others: &[&str],
) -> Result<(), Misfit> {
    let named = [
        ("label", declaration.label.is_some()),
        ("labels", declaration.labels.is_some()),
        ("score", declaration.score.is_some()),
        ("scores", declaration.scores.is_some()),
        ("prediction", declaration.prediction.is_some()),
        ("lower", declaration.lower.is_some()),
        ("upper", declaration.upper.is_some()),
        ("task", declaration.task.is_some()),
        ("classes", declaration.classes.is_some()),
        ("threshold", declaration.threshold.is_some()),
        ("scale", declaration.scale.is_some()),
    ];
    let mut astray = named
        .iter()
        .filter(|(name, is)| *is && !others.contains(name));
    match astray.next() {
        Some((other, _)) => wrong(other, format!("`{other}` does not go with `{key}`")),
        None => Ok(()),
    }
}

/// Half, unless told.
fn threshold(declaration: &PredictionsDeclaration) -> Result<f64, Misfit> {
    match declaration.threshold.unwrap_or(0.5) {
        threshold if threshold.is_finite() => Ok(threshold),
        _ => wrong("threshold", "`threshold` is not a finite number"),
    }
}

/// One prediction a row, of one class or one number.
fn single(declaration: &PredictionsDeclaration) -> Result<(Kind, Vec<String>), Misfit> {
    let PredictionsDeclaration {
        score,
        scores,
        prediction,
        classes,
        ..
    } = declaration;
    if declaration.task.is_some() && prediction.is_none() {
        return wrong("task", "`task` goes with `prediction`");
    }
    for (key, named) in [
        ("threshold", declaration.threshold.is_some()),
        ("scale", declaration.scale.is_some()),
    ] {
        if named && score.is_none() {
            return wrong(key, format!("`{key}` goes with `score` or `labels`"));
        }
    }
    match (score, scores, prediction) {
        (Some(score), None, None) => {
            let classes = match classes.as_deref() {
                None => ["0".to_owned(), "1".to_owned()],
                Some([negative, positive]) => [negative.clone(), positive.clone()],
                Some(_) => return wrong("classes", "with `score` there are two `classes`"),
            };
            let task = Task::Binary {
                classes,
                threshold: threshold(declaration)?,
                scale: declaration.scale.unwrap_or_default(),
            };
            Ok((Kind::Known(task), vec![score.clone()]))
        }
        (None, Some(scores), None) => {
            let classes = classes.clone().unwrap_or_else(|| endings(scores));
            if scores.len() < 2 {
                return wrong("scores", "`scores` are those of two classes or more");
            }
            if classes.len() != scores.len() {
                let (classes, scores) = (classes.len(), scores.len());
                let message = format!("{classes} `classes` are named for {scores} `scores`");
                return wrong("classes", message);
            }
            distinct(&classes, "classes")?;
            Ok((Kind::Known(Task::Probabilities(classes)), scores.clone()))
        }
        (None, None, Some(prediction)) => {
            let kind = match declaration.task {
                Some(TaskKind::Classification) => Kind::DecisionsOf(classes.clone()),
                _ if classes.is_some() => {
                    let message = "`classes` of a `prediction` need `task = \"classification\"`";
                    return wrong("classes", message);
                }
                _ => Kind::Known(Task::Regression),
            };
            Ok((kind, vec![prediction.clone()]))
        }
        (None, None, None) => {
            let message = "names none of `score`, `scores`, `prediction`, and `lower` with `upper`";
            wrong("", message)
        }
        _ => wrong(
            "",
            "names more than one of `score`, `scores` and `prediction`",
        ),
    }
}

fn distinct(names: &[String], key: &str) -> Result<(), Misfit> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => wrong(key, format!("`{key}` name `{twice}` twice")),
        None => Ok(()),
    }
}

fn wrong<T>(key: &str, message: impl Into<String>) -> Result<T, Misfit> {
    Err(Misfit::at(key, message))
}

/// What names have beyond their common beginning: `p_cat` and `p_dog` give `cat`
/// and `dog`. It ends with a mark such as `_`, where there is one, so that `p_cat`
/// and `p_car` give `cat` and `car`; and never within a number.
fn endings(names: &[String]) -> Vec<String> {
    let first = names.first().map_or("", String::as_str);
    let shared = |length: &usize| names.iter().all(|name| name.starts_with(&first[..*length]));
    let ends = (0..=first.len()).filter(|&length| first.is_char_boundary(length));
    let length = ends.take_while(shared).last().unwrap_or(0);
    let beginning = first[..length].trim_end_matches(char::is_alphanumeric);
    let length = match beginning.len() {
        0 => first[..length]
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .len(),
        mark => mark,
    };
    // A name that is all beginning, such as a single one, has no ending.
    if names.iter().any(|name| name.len() == length) {
        return names.to_vec();
    }
    names.iter().map(|name| name[length..].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::predictions::{ScoreScale, Widths};

    fn said_of(keys: &str) -> Result<Said, Misfit> {
        said(&toml::from_str(&format!("path = 'x.csv'\n{keys}")).unwrap())
    }

    fn task(keys: &str) -> (Task, Vec<String>, Vec<String>) {
        let Said {
            kind: Kind::Known(task),
            truths,
            values,
        } = said_of(keys).unwrap()
        else {
            panic!("the classes are not known");
        };
        (task, truths, values)
    }

    #[test]
    fn a_score_of_a_query_ranks_documents() {
        let (task, truths, values) = task("query = 'q'\nlabel = 'grade'\nscore = 's'");
        assert_eq!(task, Task::Ranking);
        assert_eq!((truths, values), (vec!["grade".into()], vec!["s".into()]));
    }

    #[test]
    fn intervals_may_have_numbers_beside_them() {
        let (alone, _, ends) = task("label = 'y'\nlower = 'lo'\nupper = 'hi'");
        assert_eq!(alone, Task::Intervals { numbers: false });
        assert_eq!(ends, ["lo", "hi"]);
        let (both, _, values) = task("label = 'y'\nprediction = 'p'\nlower = 'lo'\nupper = 'hi'");
        assert_eq!(both, Task::Intervals { numbers: true });
        assert_eq!(values, ["lo", "hi", "p"]);
        let widths = Widths {
            labels: 1,
            values: 3,
        };
        assert_eq!(both.widths(), widths);
    }

    #[test]
    fn labels_are_called_as_their_columns_end_or_as_declared() {
        let columns = "labels = ['is_a', 'is_b']\nscores = ['x', 'y']\nthreshold = 0.4";
        let labels = |names: [&str; 2]| Task::Labels {
            names: names.map(str::to_owned).to_vec(),
            threshold: 0.4,
            scale: ScoreScale::Probability,
        };
        let (ends, truths, values) = task(columns);
        assert_eq!(ends, labels(["a", "b"]));
        assert_eq!(truths, ["is_a", "is_b"]);
        assert_eq!(values, ["x", "y"]);
        let (one, ..) = task("labels = ['is_a']\nscores = ['x']\nscale = 'real'");
        assert_eq!(one.classes(), ["a"]);
        let (named, ..) = task(&format!("{columns}\nclasses = ['cat', 'dog']"));
        assert_eq!(named, labels(["cat", "dog"]));
    }

    #[test]
    fn endings_are_what_tells_names_apart() {
        for (names, ends) in [
            (["p_cat", "p_dog"], ["cat", "dog"]),
            (["p_cat", "p_car"], ["cat", "car"]),
            (["is_a", "is_ab"], ["a", "ab"]),
            (["p_10", "p_11"], ["10", "11"]),
            (["p10", "p11"], ["10", "11"]),
            (["probcat", "probdog"], ["cat", "dog"]),
            (["p.x_cat", "p.x_dog"], ["cat", "dog"]),
            (["größe_ä", "größe_ö"], ["ä", "ö"]),
            (["p", "pq"], ["p", "pq"]),
            (["cat", "dog"], ["cat", "dog"]),
        ] {
            assert_eq!(endings(&names.map(str::to_owned)), ends);
        }
        assert_eq!(endings(&["p_cat".to_owned()]), ["cat"]);
    }

    #[test]
    fn what_does_not_go_together_is_refused_by_name() {
        for (keys, says) in [
            ("score = 's'", "names neither `label` nor `labels`"),
            (
                "label = 'y'\nlabels = ['a']\nscores = ['s']",
                "names both `label` and `labels`",
            ),
            (
                "label = 'y'",
                "names none of `score`, `scores`, `prediction`, and `lower` with `upper`",
            ),
            ("label = 'y'\nlower = 'lo'", "names `lower` without `upper`"),
            (
                "label = 'y'\nprediction = 'p'\nupper = 'hi'",
                "names `upper` without `lower`",
            ),
            (
                "label = 'y'\nscore = 's'\nlower = 'lo'\nupper = 'hi'",
                "`score` does not go with `lower`",
            ),
            (
                "label = 'y'\nlower = 'lo'\nupper = 'hi'\nclasses = ['a', 'b']",
                "`classes` does not go with `lower`",
            ),
            (
                "label = 'y'\nlower = 'lo'\nupper = 'hi'\ntask = 'classification'",
                "`task` is of classes, and intervals from `lower` to `upper` are of numbers",
            ),
            (
                "label = 'y'\nquery = 'q'",
                "names a `query` and no `score` to rank its documents by",
            ),
            (
                "label = 'y'\nquery = 'q'\nscores = ['a', 'b']",
                "`scores` does not go with `query`",
            ),
            (
                "label = 'y'\nquery = 'q'\nprediction = 'p'",
                "`prediction` does not go with `query`",
            ),
            (
                "labels = ['a']\nquery = 'q'\nscore = 's'",
                "`labels` does not go with `query`",
            ),
            (
                "label = 'y'\nquery = 'q'\nscore = 's'\nclasses = ['0', '1']",
                "`classes` does not go with `query`",
            ),
            (
                "labels = ['a', 'b']",
                "names `labels` and no `scores`, a column for each of them",
            ),
            (
                "labels = ['a', 'b']\nscore = 's'",
                "`score` does not go with `labels`",
            ),
            (
                "labels = ['a', 'b']\nscores = ['s']",
                "1 `scores` are named for 2 `labels`",
            ),
            (
                "labels = ['a', 'b']\nscores = ['s', 't']\nclasses = ['x']",
                "1 `classes` are named for 2 `labels`",
            ),
            (
                "labels = ['a', 'b']\nscores = ['s', 't']\nclasses = ['x', 'x']",
                "`classes` name `x` twice",
            ),
            (
                "labels = ['a', 'a']\nscores = ['s', 't']",
                "`labels` name `a` twice",
            ),
            ("labels = []\nscores = []", "`labels` name no column"),
            (
                "label = 'y'\nquery = 'q'\nscore = 's'\nthreshold = 0.3",
                "`threshold` does not go with `query`",
            ),
            (
                "label = 'y'\nprediction = 'p'\nscale = 'real'",
                "`scale` goes with `score` or `labels`",
            ),
            (
                "labels = ['a']\nscores = ['s']\nthreshold = nan",
                "`threshold` is not a finite number",
            ),
        ] {
            let misfit = said_of(keys).err().unwrap();
            assert_eq!(misfit.message, says, "{keys}");
            // Which key is underlined, unless one is missing.
            let at = says.starts_with("names neither") || says.starts_with("names none");
            assert!(at || says.contains(&misfit.path), "{keys}");
            assert_eq!(at, misfit.path.is_empty(), "{keys}");
        }
    }
}
