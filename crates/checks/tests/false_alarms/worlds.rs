//! Two halves of one sample, and two that are not of one world.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use libtest_mimic::{Failed, Trial};
use seatrial_rng::Stream;

use crate::tally::{Run, Tally, tally, write_rows};
use crate::{ASKED, FALSE_ALARM};

/// Rows of a sample, how often it is drawn, and the format of its tables. At a
/// million rows sixty samples must do: they tell a rate of 5% from one of 20%, and
/// so from the fault of tests that any difference of so many rows alarms.
const SIZES: [(usize, usize, &str); 3] = [
    (100, 1000, "csv"),
    (10_000, 300, "parquet"),
    (1_000_000, 60, "parquet"),
];

/// What is different in the second half.
#[derive(Clone, Copy)]
enum Moved {
    Nothing,
    /// The mean of a column of numbers, by so many deviations.
    Warmth(f64),
    /// So many of the rows are of another city.
    City(f64),
    /// How one column goes with another; each by itself stays.
    Together,
}

pub fn trials(trials: &mut Vec<Trial>) {
    let mut add = |name: String, run: Run| {
        let named = name.clone();
        trials.push(Trial::test(name, move || run(&named)));
    };
    for (rows, repeats, format) in SIZES {
        for check in ["no-drift", "validation-is-current"] {
            // Both ask the same; of large samples once is enough.
            if check == "validation-is-current" && rows > 10_000 {
                continue;
            }
            add(
                format!("two-halves-of-{rows}-rows-seldom-fail-{check}"),
                Box::new(move |name| {
                    let tally = halves(name, &strict(check, format), rows, repeats, Moved::Nothing);
                    hold(&tally?)
                }),
            );
        }
    }
    // With the defaults, the effect must be large too, so that next to none fails.
    for rows in [200, 10_000] {
        add(
            format!("two-halves-of-{rows}-rows-seldom-fail-no-drift-as-it-comes"),
            Box::new(move |name| {
                halves(
                    name,
                    &spec("no-drift", "csv", ""),
                    rows,
                    300,
                    Moved::Nothing,
                )?
                .at_most(0.01)
            }),
        );
    }
    let faults = [
        (100, 100, "warmth", Moved::Warmth(1.8)),
        (10_000, 50, "warmth", Moved::Warmth(0.15)),
        (1_000_000, 10, "warmth", Moved::Warmth(0.015)),
        (10_000, 50, "city", Moved::City(0.05)),
        (10_000, 50, "as a whole", Moved::Together),
    ];
    for (rows, repeats, says, moved) in faults {
        for check in ["no-drift", "validation-is-current"] {
            if check == "validation-is-current" && rows > 10_000 {
                continue;
            }
            let what = says.replace(' ', "-");
            add(
                format!("a-shift-of-{what}-fails-{check}-of-{rows}-rows"),
                Box::new(move |name| {
                    halves(name, &strict(check, "parquet"), rows, repeats, moved)?.nearly_all(says)
                }),
            );
        }
    }
}

/// Half of the rate is that of columns, half that of rows as a whole: held each to
/// its own, so that the one hides nothing of the other.
fn hold(tally: &Tally) -> Result<(), Failed> {
    tally.at_most(FALSE_ALARM)?;
    tally.saying("the column", FALSE_ALARM / 2.0)?;
    tally.saying("rows as a whole", FALSE_ALARM / 2.0)
}

fn spec(check: &str, format: &str, more: &str) -> String {
    let [then, now] = match check {
        "no-drift" => ["reference", "current"],
        _ => ["dataset", "live"],
    };
    format!(
        r#"
[dataset.then]
path = "then.{format}"
label = "bought"
[dataset.now]
path = "now.{format}"
label = "bought"
[test.x]
check = "{check}"
{then} = "then"
{now} = "now"
{more}
"#
    )
}

/// Any effect counts, however small, so that significance alone holds the rate.
fn strict(check: &str, format: &str) -> String {
    let more = format!("{ASKED}\neffect_max = 0.0\njoint_auc_max = 0.5\nrows_min = 50\n");
    spec(check, format, &more)
}

fn halves(
    name: &str,
    spec: &str,
    rows: usize,
    repeats: usize,
    moved: Moved,
) -> Result<Tally, Failed> {
    let format = if spec.contains("csv") {
        "csv"
    } else {
        "parquet"
    };
    tally(name, spec, repeats, |stream, folder| {
        let then = sample(stream, rows / 2, Moved::Nothing)?;
        let now = sample(stream, rows / 2, moved)?;
        write_rows(folder, &format!("then.{format}"), &then)?;
        write_rows(folder, &format!("now.{format}"), &now)
    })
}

/// Columns of every kind: numbers that are normal, long-tailed, tied and missing
/// in places, truth values, and text of few, of many and of very many values.
fn sample(stream: &mut Stream, rows: usize, moved: Moved) -> Result<RecordBatch, Failed> {
    let (mut warmth, mut price, mut visits, mut age) = (vec![], vec![], vec![], vec![]);
    let (mut member, mut country, mut city, mut shop) = (vec![], vec![], vec![], vec![]);
    let mut bought = vec![];
    for _ in 0..rows {
        let here = stream.normal();
        let along = match moved {
            Moved::Together => -0.5,
            _ => 0.5,
        };
        let own = stream.normal();
        warmth.push(match moved {
            Moved::Warmth(by) => here + by,
            _ => here,
        });
        price.push((2.0 * stream.normal()).exp());
        visits.push((6.0 * stream.unit().powi(2)) as i64);
        let years = 40.0 + 10.0 * (along * here + 0.75_f64.sqrt() * own);
        age.push((!stream.chance(0.1)).then_some(years));
        member.push(stream.chance(0.3));
        // Some frequent, most rare.
        let mut rank = |of: f64| (of * stream.unit().powi(3)) as usize;
        country.push(format!("country {}", rank(5.0)));
        let (of_city, of_shop) = (rank(50.0), rank(500.0));
        shop.push(format!("shop {of_shop}"));
        city.push(match moved {
            Moved::City(share) if stream.chance(share) => "city 7".to_owned(),
            _ => format!("city {of_city}"),
        });
        bought.push(["no", "yes"][usize::from(here + stream.normal() > 0.5)]);
    }
    let columns: [(&str, ArrayRef); 9] = [
        ("warmth", Arc::new(Float64Array::from(warmth))),
        ("price", Arc::new(Float64Array::from(price))),
        ("visits", Arc::new(Int64Array::from(visits))),
        ("age", Arc::new(Float64Array::from(age))),
        ("member", Arc::new(BooleanArray::from(member))),
        ("country", Arc::new(StringArray::from(country))),
        ("city", Arc::new(StringArray::from(city))),
        ("shop", Arc::new(StringArray::from(shop))),
        ("bought", Arc::new(StringArray::from(bought))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}
