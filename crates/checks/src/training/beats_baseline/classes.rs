//! A classifier against its baselines.

use seatrial_data::{Dataset, Part};
use seatrial_verdict::{Bound, Measurement, Placement, Series, Verdict};

use super::super::outputs::{Outputs, Train, features_of, train_on, trained, validation_rows};
use super::answers::Answers;
use super::{BeatsBaseline, controls, one_rule};
use crate::statistics::{Estimate, mean_of_estimates, values_needed};
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
    if let Some(class) = (0..names.len()).find(|class| !truth.contains(class)) {
        return Ok(Verdict::fail(format!(
            "class `{}` has no row in the validation part: whether it is recognised cannot \
             be measured",
            names[class]
        )));
    }
    let trained = Trained::of(check, context, dataset, &truth, names.len())?;
    let claims = Claims::of(check, &trained, names.len());
    let parts = (dataset.part(Part::Train), rows);
    let alone = one_rule::best_for_classes(dataset, parts, labels, names.len());
    let (column, alone) = one_rule::named(dataset, alone);
    let highest = check.single_feature_max.get();

    let mut measurements = claims.measurements(check, names);
    measurements.extend(trained.controls(names.len()));
    measurements.push(
        Measurement::new("single_feature_balanced_accuracy", alone).bound(Bound::AtMost(highest)),
    );
    measurements.extend(trained.accuracies(&truth, names.len()));
    let of_runs = trained.model.balanced_accuracy_of_runs.clone();
    let per_run = Series::over("run", "balanced_accuracy", of_runs);
    let mut verdict = Verdict::judge(measurements, context.spanning()).with_series([per_run]);
    if alone > highest {
        verdict = verdict.against(format!(
            "column `{column}` alone predicts `{}` with a balanced accuracy of {alone:.3}: it \
             holds the label, or was made from it",
            dataset.label
        ));
    }
    for (class, name) in names.iter().enumerate() {
        verdict = verdict.with_hint(claims.about_recall(check, &trained.model, names, class, name));
    }
    Ok(verdict.with_hint(claims.about_lead(rows.len())))
}

/// The model and its controls.
struct Trained {
    model: Answers,
    /// Trained and asked with every feature zero.
    blind: Answers,
    /// Trained with shuffled labels.
    taught_wrong: Answers,
}

impl Trained {
    fn of(
        check: &BeatsBaseline,
        context: &Context,
        dataset: &Dataset,
        truth: &[usize],
        classes: usize,
    ) -> Outcome<Self> {
        let answers = |dataset: &Dataset, train: Train| {
            let asked = features_of(dataset, validation_rows(dataset)?);
            let runs = (0..context.runs(1)).map(|run| {
                let mut learner = train(context, run, dataset, check.steps)?;
                Outputs::of(context, learner.as_mut(), &asked)
            });
            let runs = runs.collect::<Outcome<Vec<_>>>()?;
            Ok::<_, crate::Failure>(Answers::new(&runs, truth, classes))
        };
        let mut stream = context.streams(0).stream("shuffled-labels");
        Ok(Self {
            model: answers(dataset, trained)?,
            blind: answers(&controls::zeroed(dataset), train_on)?,
            taught_wrong: answers(&controls::shuffled(dataset, &mut stream), train_on)?,
        })
    }

    /// That neither control is good.
    fn controls(&self, classes: usize) -> [Measurement; 2] {
        let chance = 1.0 / classes as f64;
        let allowed = |model: f64| {
            let lead = (model - chance) / (1.0 - chance);
            Bound::AtMost(chance + (1.0 - chance) * controls::allowed(lead))
        };
        let blind = self.blind.balanced_accuracy();
        let taught_wrong = self.taught_wrong.balanced_probability();
        [
            Measurement::new("balanced_accuracy_zeroed_input", blind)
                .bound(allowed(self.model.balanced_accuracy())),
            Measurement::new("balanced_probability_shuffled_labels", taught_wrong)
                .bound(allowed(self.model.balanced_probability())),
        ]
    }

    /// Plain accuracies, for people to compare with.
    fn accuracies(&self, truth: &[usize], classes: usize) -> [Measurement; 5] {
        let of_class = |class| truth.iter().filter(|&&t| t == class).count() as f64;
        let share = |class| of_class(class) / truth.len() as f64;
        let shares = (0..classes).map(share);
        [
            ("accuracy", self.model.accuracy()),
            (
                "accuracy_majority_class",
                shares.clone().fold(0.0, f64::max),
            ),
            (
                "accuracy_stratified_guess",
                shares.map(|share| share * share).sum(),
            ),
            ("accuracy_zeroed_input", self.blind.accuracy()),
            ("accuracy_shuffled_labels", self.taught_wrong.accuracy()),
        ]
        .map(|(name, value)| Measurement::new(name, value))
    }
}

/// What is said of the model, with intervals.
struct Claims {
    recalls: Vec<Estimate>,
    balanced: Estimate,
    /// The balanced accuracy of the best baseline, and what it takes to beat it.
    best: f64,
    goal: f64,
    /// The false alarm rate of each interval.
    share: f64,
}

impl Claims {
    fn of(check: &BeatsBaseline, trained: &Trained, classes: usize) -> Self {
        let share = check.false_alarm.get() / (classes + 1) as f64;
        let recalls = trained.model.recalls(share);
        // Majority class and stratified guess, like all that ignores its input.
        let chance = 1.0 / classes as f64;
        let best = chance
            .max(trained.blind.balanced_accuracy())
            .max(trained.taught_wrong.balanced_probability());
        Self {
            balanced: mean_of_estimates(&recalls),
            recalls,
            best,
            goal: best + check.margin.get(),
            share,
        }
    }

    fn measurements(&self, check: &BeatsBaseline, names: &[String]) -> Vec<Measurement> {
        let judged = |name: String, estimate: &Estimate, least: f64| {
            Measurement::new(name, estimate.mean)
                .bound(Bound::AtLeast(least))
                .interval(estimate.low, estimate.high)
        };
        let balanced = judged("balanced_accuracy".into(), &self.balanced, self.goal);
        let recalls = names.iter().zip(&self.recalls);
        let recalls = recalls
            .map(|(name, recall)| judged(format!("recall_{name}"), recall, check.recall_min.get()));
        std::iter::once(balanced).chain(recalls).collect()
    }

    /// What is wrong with one class's recall, or how many rows it would take
    /// to say.
    fn about_recall(
        &self,
        check: &BeatsBaseline,
        model: &Answers,
        names: &[String],
        class: usize,
        name: &str,
    ) -> String {
        let (recall, floor) = (&self.recalls[class], check.recall_min.get());
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
                let more = match values_needed(recall.mean, floor, self.share) {
                    Some(needed) => format!("about {needed} would do"),
                    None => "its recall is right at the floor".to_owned(),
                };
                format!("class `{name}`: {rows} validation rows cannot tell; {more}")
            }
        }
    }

    /// Why the lead over the baselines is missing, or how many rows it would
    /// take to show it.
    fn about_lead(&self, rows: usize) -> String {
        if self.balanced.high < self.best {
            return "the model is worse than no model: are labels shuffled against their rows, \
                    or outputs shifted against the classes?"
                .to_owned();
        }
        let (way, reach) = (
            self.balanced.mean - self.goal,
            self.balanced.mean - self.balanced.low,
        );
        if way <= 0.0 || reach <= way {
            return String::new();
        }
        // Intervals narrow with the square root of the rows.
        let needed = (rows as f64 * (reach / way).powi(2)).ceil();
        format!(
            "{rows} validation rows cannot tell the lead over the best baseline from luck; about \
             {needed} would do"
        )
    }
}
