//! A classifier against its baselines.

use seatrial_data::{Dataset, Part};
use seatrial_verdict::{Bound, Measurement, Placement, Series, Verdict};

use super::super::outputs::{Outputs, features_of, train_on, validation_rows};
use super::{BeatsBaseline, controls, one_rule};
use crate::statistics::{Estimate, bounded_mean, mean, mean_of_estimates, values_needed};
use crate::{Context, Outcome};

pub(super) fn judge(
    check: &BeatsBaseline,
    context: &Context,
    dataset: &Dataset,
    names: &[String],
    labels: &[u32],
) -> Outcome {
    let rows = validation_rows(dataset)?;
    let truth: Vec<usize> = rows.iter().map(|&row| labels[row] as usize).collect();
    let absent = (0..names.len()).find(|class| !truth.contains(class));
    if let Some(class) = absent {
        return Ok(Verdict::fail(format!(
            "class `{}` has no row in the validation part: whether it is recognised cannot \
             be measured",
            names[class]
        )));
    }
    let asked = features_of(dataset, rows);
    let nothing = vec![0.0; asked.len()];
    let answers = |dataset: &Dataset, features: &[f32]| {
        let runs = (0..context.runs(1)).map(|run| {
            let mut learner = train_on(context, run, dataset, check.steps)?;
            Outputs::of(context, learner.as_mut(), features)
        });
        let runs = runs.collect::<Outcome<Vec<_>>>()?;
        Ok::<_, crate::Failure>(Answers::new(&runs, &truth, names.len()))
    };
    let model = answers(dataset, &asked)?;
    let blind = answers(&controls::zeroed(dataset), &nothing)?;
    let mut stream = context.streams(0).stream("shuffled-labels");
    let taught_wrong = answers(&controls::shuffled(dataset, &mut stream), &asked)?;

    let chance = 1.0 / names.len() as f64;
    let best = chance
        .max(blind.balanced_accuracy())
        .max(taught_wrong.balanced_probability());
    let allowed = |model: f64| {
        let lead = (model - chance) / (1.0 - chance);
        Bound::AtMost(chance + (1.0 - chance) * controls::allowed(lead))
    };
    let share = check.false_alarm.get() / (names.len() + 1) as f64;
    let recalls = model.recalls(share);
    let balanced = mean_of_estimates(&recalls);
    let goal = Bound::AtLeast(best + check.margin.get());

    let mut measurements = vec![
        Measurement::new("balanced_accuracy", balanced.mean)
            .bound(goal)
            .interval(balanced.low, balanced.high),
    ];
    for (name, recall) in names.iter().zip(&recalls) {
        let measurement = Measurement::new(format!("recall_{name}"), recall.mean)
            .bound(Bound::AtLeast(check.recall_min.get()))
            .interval(recall.low, recall.high);
        measurements.push(measurement);
    }
    measurements.push(
        Measurement::new("balanced_accuracy_zeroed_input", blind.balanced_accuracy())
            .bound(allowed(model.balanced_accuracy())),
    );
    measurements.push(
        Measurement::new(
            "balanced_probability_shuffled_labels",
            taught_wrong.balanced_probability(),
        )
        .bound(allowed(model.balanced_probability())),
    );
    let parts = (dataset.part(Part::Train), rows);
    let alone = one_rule::best_for_classes(dataset, parts, labels, names.len());
    let alone = alone.map(|alone| (dataset.features[alone.feature].as_str(), alone.score));
    let highest = check.single_feature_max.get();
    measurements.push(
        Measurement::new(
            "single_feature_balanced_accuracy",
            alone.map_or(f64::NAN, |(_, score)| score),
        )
        .bound(Bound::AtMost(highest)),
    );
    measurements.extend(accuracies(
        &model,
        &blind,
        &taught_wrong,
        &truth,
        names.len(),
    ));

    let per_run = Series {
        name: "balanced_accuracy".into(),
        x: "run".into(),
        values: model.balanced_accuracy_of_runs.clone(),
    };
    let mut verdict = Verdict::judge(measurements, context.spanning()).with_series([per_run]);
    if let Some((column, score)) = alone.filter(|(_, score)| *score > highest) {
        verdict = verdict.against(format!(
            "column `{column}` alone predicts `{}` with a balanced accuracy of {score:.3}: it \
             holds the label, or was made from it",
            dataset.label
        ));
    }
    for (class, recall) in recalls.iter().enumerate() {
        verdict = verdict.with_hint(about_recall(check, names, class, recall, &model, share));
    }
    if balanced.high < best {
        verdict = verdict.with_hint(
            "the model is worse than no model: are labels shuffled against their rows, or \
             outputs shifted against the classes?",
        );
    }
    let worth = (balanced.mean > best + check.margin.get()).then(|| {
        let (reach, way) = (
            balanced.mean - balanced.low,
            balanced.mean - best - check.margin.get(),
        );
        (rows.len() as f64 * (reach / way).powi(2)).ceil()
    });
    match worth.filter(|&needed| needed > rows.len() as f64) {
        Some(needed) => Ok(verdict.with_hint(format!(
            "balanced_accuracy: with {} validation rows the lead cannot be told from luck; \
             about {needed} would do",
            rows.len()
        ))),
        None => Ok(verdict),
    }
}

/// What is wrong with one class's recall, or how many rows it would take to say.
fn about_recall(
    check: &BeatsBaseline,
    names: &[String],
    class: usize,
    recall: &Estimate,
    model: &Answers,
    share: f64,
) -> String {
    let (name, floor) = (&names[class], check.recall_min.get());
    let rows = model.right[class].len();
    match Bound::AtLeast(floor).place(recall.low, recall.high) {
        Placement::Inside => String::new(),
        Placement::Outside => {
            let (said, part) = model.usual_mistake(class);
            format!(
                "class `{name}`: {:.0} of {rows} validation rows recognised; `{}` is said of \
                 {:.0}% of them",
                recall.mean * rows as f64,
                names[said],
                100.0 * part
            )
        }
        Placement::Spanning => {
            let more = match values_needed(recall.mean, floor, share) {
                Some(needed) => format!("about {needed} would do"),
                None => "and its recall is right at the floor".to_owned(),
            };
            format!("class `{name}`: {rows} validation rows cannot tell; {more}")
        }
    }
}

/// Plain accuracies, for people to compare with.
fn accuracies(
    model: &Answers,
    blind: &Answers,
    taught_wrong: &Answers,
    truth: &[usize],
    classes: usize,
) -> Vec<Measurement> {
    let share = |class| truth.iter().filter(|&&t| t == class).count() as f64 / truth.len() as f64;
    let shares: Vec<f64> = (0..classes).map(share).collect();
    let majority = shares.iter().copied().fold(0.0, f64::max);
    let stratified = shares.iter().map(|share| share * share).sum();
    let shown = [
        ("accuracy", model.accuracy()),
        ("accuracy_majority_class", majority),
        ("accuracy_stratified_guess", stratified),
        ("accuracy_zeroed_input", blind.accuracy()),
        ("accuracy_shuffled_labels", taught_wrong.accuracy()),
    ];
    shown
        .map(|(name, value)| Measurement::new(name, value))
        .into()
}

/// What the models of all runs said of the validation rows, by true class.
struct Answers {
    /// For each class and each of its rows, the part of runs that was right.
    right: Vec<Vec<f64>>,
    /// For each class and each of its rows, the mean probability of the truth.
    probability: Vec<Vec<f64>>,
    /// For each true class, how often each class was said.
    said: Vec<Vec<usize>>,
    balanced_accuracy_of_runs: Vec<f64>,
}

impl Answers {
    fn new(runs: &[Outputs], truth: &[usize], classes: usize) -> Self {
        let mut answers = Self {
            right: vec![Vec::new(); classes],
            probability: vec![Vec::new(); classes],
            said: vec![vec![0; classes]; classes],
            balanced_accuracy_of_runs: Vec::new(),
        };
        for (row, &class) in truth.iter().enumerate() {
            let part =
                |of: &dyn Fn(&Outputs) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
            let right = |outputs: &Outputs| f64::from(u8::from(outputs.decision(row) == class));
            answers.right[class].push(part(&right));
            answers.probability[class].push(part(&|outputs| outputs.row(row)[class]));
            for outputs in runs {
                answers.said[class][outputs.decision(row)] += 1;
            }
        }
        for outputs in runs {
            let recall = |class| {
                let mut rows = (0..truth.len()).filter(|&row| truth[row] == class);
                let all = rows.clone().count();
                let right = rows.by_ref().filter(|&row| outputs.decision(row) == class);
                right.count() as f64 / all as f64
            };
            let recalls: Vec<f64> = (0..classes).map(recall).collect();
            answers.balanced_accuracy_of_runs.push(mean(&recalls));
        }
        answers
    }

    fn recalls(&self, false_alarm: f64) -> Vec<Estimate> {
        let recall = |right: &Vec<f64>| bounded_mean(right, false_alarm);
        self.right.iter().map(recall).collect()
    }

    fn balanced_accuracy(&self) -> f64 {
        balanced(&self.right)
    }

    fn balanced_probability(&self) -> f64 {
        balanced(&self.probability)
    }

    fn accuracy(&self) -> f64 {
        mean(&self.right.concat())
    }

    /// The wrong class that is said most often of a class, and how often.
    fn usual_mistake(&self, class: usize) -> (usize, f64) {
        let said = &self.said[class];
        let wrong = (0..said.len()).filter(|&other| other != class);
        let usual = wrong.max_by_key(|&other| said[other]).unwrap_or(class);
        (
            usual,
            said[usual] as f64 / said.iter().sum::<usize>() as f64,
        )
    }
}

fn balanced(by_class: &[Vec<f64>]) -> f64 {
    mean(&by_class.iter().map(|rows| mean(rows)).collect::<Vec<_>>())
}
