//! Two versions that are as good as each other, and a candidate that is worse.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use libtest_mimic::{Failed, Trial};
use seatrial_rng::Stream;

use crate::tally::{Tally, tally, write};
use crate::{ASKED, FALSE_ALARM};

/// What the two versions say of rows.
#[derive(Clone, Copy)]
enum Task {
    Binary,
    Classes,
    Numbers,
}

/// The rows of a trial, and what is asked about them.
#[derive(Clone, Copy)]
struct Asked {
    task: Task,
    metric: &'static str,
    rows: usize,
    repeats: usize,
    /// Whether every slice is judged too.
    sliced: bool,
    /// Rows of one user, which share what is hard about them.
    rows_a_user: usize,
    /// Whether the case leaves `false_alarm` at its default.
    as_it_comes: bool,
}

const SLICES: usize = 10;

pub fn trials(trials: &mut Vec<Trial>) {
    let one = |task, metric, rows, repeats| Asked {
        task,
        metric,
        rows,
        repeats,
        sliced: false,
        rows_a_user: 1,
        as_it_comes: false,
    };
    let mut all = Vec::new();
    for (rows, repeats) in [(100, 600), (10_000, 150), (1_000_000, 12)] {
        for metric in ["accuracy", "roc_auc", "log_loss"] {
            // Of a million rows a few must do, by the metric that costs least: they
            // tell the rate from one of a half.
            if rows < 1_000_000 || metric == "accuracy" {
                all.push(one(Task::Binary, metric, rows, repeats));
            }
        }
    }
    all.push(one(Task::Binary, "f1", 300, 600));
    all.push(one(Task::Binary, "average_precision", 300, 300));
    for metric in ["accuracy", "f1_macro", "log_loss"] {
        all.push(one(Task::Classes, metric, 500, 400));
    }
    for metric in ["mae", "rmse", "r2"] {
        all.push(one(Task::Numbers, metric, 300, 600));
    }
    for (task, metric) in [
        (Task::Binary, "accuracy"),
        (Task::Binary, "roc_auc"),
        (Task::Binary, "log_loss"),
        (Task::Classes, "f1_macro"),
        (Task::Numbers, "mae"),
    ] {
        all.push(Asked {
            sliced: true,
            ..one(task, metric, 1_000, 300)
        });
    }
    for metric in ["accuracy", "log_loss"] {
        all.push(Asked {
            rows_a_user: 8,
            ..one(Task::Binary, metric, 800, 300)
        });
    }
    for metric in ["accuracy", "roc_auc", "log_loss"] {
        all.push(Asked {
            sliced: true,
            as_it_comes: true,
            ..one(Task::Binary, metric, 1_000, 300)
        });
    }
    for asked in all {
        let name = format!("equal-versions-seldom-regress-by-{}", asked.name());
        let named = name.clone();
        trials.push(Trial::test(name, move || {
            // Without a margin, the strictest question there is: most cases are
            // inconclusive then, and none may fail more often than half of the rate.
            asked.tally(&named, 1.0)?.at_most(asked.rate() / 2.0)
        }));
    }
    for (task, metric) in [
        (Task::Binary, "accuracy"),
        (Task::Binary, "roc_auc"),
        (Task::Classes, "log_loss"),
        (Task::Numbers, "mae"),
    ] {
        for sliced in [false, true] {
            let asked = Asked {
                sliced,
                ..one(task, metric, 4_000, 40)
            };
            let name = format!("a-worse-version-regresses-by-{}", asked.name());
            let named = name.clone();
            trials.push(Trial::test(name, move || {
                asked.tally(&named, 2.5)?.nearly_all("worse_by")
            }));
        }
    }
}

impl Asked {
    fn name(&self) -> String {
        let task = match self.task {
            Task::Binary => "two-classes",
            Task::Classes => "four-classes",
            Task::Numbers => "numbers",
        };
        let sliced = if self.sliced { "-in-slices" } else { "" };
        let users = if self.rows_a_user > 1 {
            "-of-users"
        } else {
            ""
        };
        let comes = if self.as_it_comes { "-as-it-comes" } else { "" };
        format!(
            "{}-of-{task}{sliced}{users}-at-{}-rows{comes}",
            self.metric, self.rows
        )
    }

    fn rate(&self) -> f64 {
        if self.as_it_comes { 0.01 } else { FALSE_ALARM }
    }

    /// `blur` is how much less clearly the candidate sees than the version before.
    fn tally(self, name: &str, blur: f64) -> Result<Tally, Failed> {
        tally(name, &self.spec(), self.repeats, |stream, folder| {
            self.draw(stream, folder, blur)
        })
    }

    fn format(&self) -> &'static str {
        if self.rows < 1_000 { "csv" } else { "parquet" }
    }

    fn spec(&self) -> String {
        let says = match self.task {
            Task::Binary => "score = \"score\"\nclasses = [\"no\", \"yes\"]",
            Task::Classes => {
                "scores = [\"p_0\", \"p_1\", \"p_2\", \"p_3\"]\nclasses = [\"a\", \"b\", \"c\", \"d\"]"
            }
            Task::Numbers => r#"prediction = "said""#,
        };
        let cluster = if self.rows_a_user > 1 {
            "cluster = \"user\""
        } else {
            ""
        };
        let table = |name: &str| {
            format!(
                "[predictions.{name}]\npath = \"{name}.{}\"\nkey = \"id\"\nlabel = \
                 \"label\"\n{says}\n{cluster}\n",
                self.format()
            )
        };
        let slices = if self.sliced {
            "slices = [\"shop\"]"
        } else {
            ""
        };
        let rate = if self.as_it_comes { "" } else { ASKED };
        format!(
            r#"
{}
{}
[test.x]
check = "no-regression"
predictions = "candidate"
previous = "previous"
metric = "{}"
margin = 0.0
{slices}
{rate}
"#,
            table("candidate"),
            table("previous"),
            self.metric,
        )
    }

    /// Rows of which both versions see the same, and each something of its own.
    fn draw(&self, stream: &mut Stream, folder: &Path, blur: f64) -> Result<(), Failed> {
        let wide = match self.task {
            Task::Classes => 4,
            Task::Binary | Task::Numbers => 1,
        };
        let mut said = [(); 2].map(|()| vec![Vec::with_capacity(self.rows); wide]);
        let (mut texts, mut numbers, mut shops) = (vec![], vec![], vec![]);
        let mut of_user = [0.0; 2];
        for row in 0..self.rows {
            if row % self.rows_a_user == 0 {
                of_user = [(); 2].map(|()| stream.normal());
            }
            shops.push(format!("shop {}", stream.below(SLICES)));
            let own = |stream: &mut Stream, version: usize, blurred: f64| {
                let user = if self.rows_a_user > 1 {
                    of_user[version]
                } else {
                    0.0
                };
                blurred * (0.5 * stream.normal() + 0.5 * user)
            };
            let blurs = [blur, 1.0];
            match self.task {
                Task::Binary => {
                    let label = stream.chance(0.4);
                    texts.push(["no", "yes"][usize::from(label)]);
                    let both = 0.8 * stream.normal() + if label { 1.0 } else { -0.2 };
                    for (version, blurred) in blurs.into_iter().enumerate() {
                        let logit = both + own(stream, version, blurred);
                        said[version][0].push(1.0 / (1.0 + (-logit).exp()));
                    }
                }
                Task::Classes => {
                    let label = stream.below(4);
                    texts.push(["a", "b", "c", "d"][label]);
                    let both: Vec<f64> = (0..4)
                        .map(|class| stream.normal() + f64::from(u8::from(class == label)) * 1.5)
                        .collect();
                    for (version, blurred) in blurs.into_iter().enumerate() {
                        let odds: Vec<f64> = both
                            .iter()
                            .map(|logit| (logit + own(stream, version, blurred)).exp())
                            .collect();
                        let sum: f64 = odds.iter().sum();
                        for (column, odds) in said[version].iter_mut().zip(odds) {
                            column.push(odds / sum);
                        }
                    }
                }
                Task::Numbers => {
                    let label = 5.0 + 2.0 * stream.normal();
                    numbers.push(label);
                    let both = label + 0.6 * stream.normal();
                    for (version, blurred) in blurs.into_iter().enumerate() {
                        said[version][0].push(both + own(stream, version, blurred));
                    }
                }
            }
        }
        let label: ArrayRef = match self.task {
            Task::Numbers => Arc::new(Float64Array::from(numbers)),
            Task::Binary | Task::Classes => Arc::new(StringArray::from(texts)),
        };
        let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..self.rows as i64));
        let users = (0..self.rows).map(|row| (row / self.rows_a_user) as i64);
        let user: ArrayRef = Arc::new(Int64Array::from_iter_values(users));
        let shop: ArrayRef = Arc::new(StringArray::from(shops));
        let names: &[&str] = match self.task {
            Task::Binary => &["score"],
            Task::Classes => &["p_0", "p_1", "p_2", "p_3"],
            Task::Numbers => &["said"],
        };
        for (name, said) in ["candidate", "previous"].into_iter().zip(said) {
            let mut columns = vec![
                ("id", Arc::clone(&id)),
                ("label", Arc::clone(&label)),
                ("shop", Arc::clone(&shop)),
                ("user", Arc::clone(&user)),
            ];
            for (column, values) in names.iter().zip(said) {
                columns.push((*column, Arc::new(Float64Array::from(values)) as ArrayRef));
            }
            write(folder, &format!("{name}.{}", self.format()), columns)?;
        }
        Ok(())
    }
}
