//! `minimum-functionality`: simple cases that a trained model must get right.

use schemars::JsonSchema;
use seatrial_data::{Dataset, Target};
use seatrial_spec::{Count, Fraction, Positive, SpecPath, SubjectKind};
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::outputs::{Outputs, trained};
use crate::check::Failure;
use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// How many failing rows are described.
const SHOWN: usize = 5;

/// After training, a table of simple cases is answered as expected.
///
/// The table is a CSV file with the columns of the dataset's features, in its
/// unit, and its label; other columns, such as notes, are not read. Write down
/// what anyone in the field would answer without thinking: few rows, and none
/// of them near a border.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MinimumFunctionality {
    /// The CSV file of cases. Scaling is as fitted on the training rows.
    cases: Option<SpecPath>,
    /// The part of cases that must be right. The default of 1 asks for all of
    /// them: a simple case that may fail does not belong in the table.
    min: Fraction,
    /// For a regression: how far off an answer may be and still be right, in
    /// the label's unit. A regression must name it, as no number fits all.
    tolerance: Option<Positive>,
    /// Training steps before the model is asked.
    steps: Count,
}

impl Default for MinimumFunctionality {
    fn default() -> Self {
        Self {
            cases: None,
            min: constant(1.0),
            tolerance: None,
            steps: constant(200.0),
        }
    }
}

impl Check for MinimumFunctionality {
    const ABOUT: About = About {
        name: "minimum-functionality",
        chapter: Chapter::Training,
        figure: include_str!("figures/minimum-functionality.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "The minimum functionality test of Ribeiro et al. (2020, CheckList): a decision \
                 counts as right when the most probable class is the expected one, a value when \
                 it is within `tolerance`. With several `runs`, every case is asked in each.",
        error_rates: "Exact for these cases and seeds, and no claim beyond them. A sound model \
                      whose training sometimes misses a case fails then: use `runs` and `min`, \
                      or more `steps`.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let Some(cases) = &self.cases else {
            return Err(Failure::Case(
                "name the table of `cases`, a CSV file".into(),
            ));
        };
        let dataset = context.dataset()?;
        let cases = dataset.further_rows(cases.as_path(), &dataset.label)?;
        let expected = cases.target(&dataset)?;
        let (mut right, mut wrong) = (0, Vec::new());
        let runs = context.runs(1);
        for run in 0..runs {
            let mut learner = trained(context, run, &dataset, self.steps)?;
            let said = Outputs::of(context, learner.as_mut(), &cases.values)?;
            for (row, (line, _)) in cases.cells.iter().enumerate() {
                match self.mistake(&dataset, &expected, &said, row)? {
                    None => right += 1,
                    Some(mistake) => {
                        let of_run = if runs > 1 {
                            format!(", run {run}")
                        } else {
                            String::new()
                        };
                        wrong.push(format!("line {line}{of_run}: {mistake}"));
                    }
                }
            }
        }
        let asked = right + wrong.len();
        let measurements = vec![
            Measurement::new("cases", expected.len() as f64)
                .unit("rows")
                .bound(Bound::AtLeast(1.0)),
            Measurement::new("cases_right", right as f64 / asked as f64)
                .bound(Bound::AtLeast(self.min.get())),
        ];
        let further = wrong.len().saturating_sub(SHOWN);
        wrong.truncate(SHOWN);
        if further > 0 {
            wrong.push(format!("and {further} more"));
        }
        Ok(Verdict::judge(measurements, context.spanning()).with_hint(wrong.join("\n")))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

impl MinimumFunctionality {
    /// What is wrong with one answer, if anything is.
    fn mistake(
        &self,
        dataset: &Dataset,
        expected: &Target,
        said: &Outputs,
        row: usize,
    ) -> Outcome<Option<String>> {
        match expected {
            Target::Classes { names, labels } => {
                let (expected, answer) = (labels[row] as usize, said.decision(row));
                Ok((expected != answer).then(|| {
                    format!(
                        "`{}` expected, `{}` said, with P({}) = {:.4}",
                        names[expected],
                        names[answer],
                        names[expected],
                        said.row(row)[expected]
                    )
                }))
            }
            Target::Values(values) => {
                let Some(tolerance) = self.tolerance else {
                    let label = &dataset.label;
                    return Err(Failure::Case(format!(
                        "`{label}` is a number: say in `tolerance` how far off it may be"
                    )));
                };
                let (expected, answer) = (f64::from(values[row]), said.row(row)[0]);
                let off = (answer - expected).abs();
                let right = off <= tolerance.get();
                Ok((!right)
                    .then(|| format!("{expected} expected, {answer:.4} said: off by {off:.4}")))
            }
        }
    }
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a case that the data contradicts",
            spec: r#"
                [test.x]
                check = "minimum-functionality"
                dataset = "loans"
                model = "logistic"
                cases = "loan-cases-wrong.csv"
            "#,
            says: "line 3: `yes` expected, `no` said",
        },
        Fault {
            name: "a model that always names the most frequent class",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [16] }
                fault = "always-majority"
                [test.x]
                check = "minimum-functionality"
                dataset = "loans"
                model = "broken"
                cases = "loan-cases.csv"
            "#,
            says: "line 4: `yes` expected, `no` said",
        },
        Fault {
            name: "outputs that stand beside their classes",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [16] }
                fault = "argmax-off-by-one"
                [test.x]
                check = "minimum-functionality"
                dataset = "loans"
                model = "broken"
                cases = "loan-cases.csv"
            "#,
            says: "line 2: `no` expected, `yes` said",
        },
    ],
    sound: &[
        Sound {
            name: "logistic",
            spec: r#"
                [test.x]
                check = "minimum-functionality"
                dataset = "loans"
                model = "logistic"
                cases = "loan-cases.csv"
            "#,
        },
        Sound {
            name: "mlp in several runs",
            spec: r#"
                [test.x]
                check = "minimum-functionality"
                dataset = "loans"
                model = "mlp"
                cases = "loan-cases.csv"
                runs = 3
                steps = 60
            "#,
        },
    ],
};
