//! A check that does whatever its case says: pass, crash, hang …
//!
//! The binaries of this package are the test target and the `seatrial` command
//! with this check added, built like those of any team that depends on `runner`
//! as a library. They live apart from `runner`, whose one test target stays the
//! spec tree.

use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use runner::Registry;
use schemars::JsonSchema;
use seatrial_checks::{About, Chapter, Check, Context, Failure, Outcome, Planted, Recording};
use seatrial_spec::SpecPath;
use seatrial_verdict::{Bound, Measurement, Series, Spanning, Verdict};
use serde::Deserialize;

/// What comes with Sea Trial, and [`Act`].
pub fn registry() -> Registry {
    Registry::new().check::<Act>()
}

/// Does what the case says.
///
/// Only for tests of the harness.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Act {
    /// What to do.
    how: How,
    /// What to read.
    file: Option<SpecPath>,
}

/// What to do.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum How {
    #[default]
    Pass,
    Fail,
    NotANumber,
    Inconclusive,
    CannotMeasure,
    Panic,
    /// Until told to stop.
    Wait,
    /// Whatever it is told.
    Hang,
    /// Says something that a terminal would obey.
    Escape,
    /// Counts the parts of its work that ran on another thread.
    Spread,
    /// Says whether recorded values are rewritten.
    Record,
    /// Measures the number in the file; waits until it holds one.
    Read,
    /// What the file `mood` in the current folder says, which nobody records:
    /// pass, fail, lost (cannot measure), gone (ends the process).
    Mood,
}

impl Check for Act {
    const ABOUT: About = About {
        name: "act",
        chapter: Chapter::Training,
        figure: "",
        needs: &[],
        method: "None.",
        error_rates: "None.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let measured = |value: f64| {
            let bound = Bound::AtMost(1.0);
            Measurement::new("value", value).unit("s").bound(bound)
        };
        let judged = |measurement| Verdict::judge(vec![measurement], Spanning::Inconclusive);
        Ok(match self.how {
            How::Pass => judged(measured(0.5)).with_series([Series::over_steps("loss", vec![1.0])]),
            How::Fail => judged(measured(1.5)).with_hint("look at the value"),
            How::NotANumber => judged(measured(f64::NAN)),
            How::Inconclusive => judged(measured(0.5).interval(0.0, 2.0)),
            How::CannotMeasure => return Err(Failure::Case("there is nothing to see".into())),
            How::Panic => panic!("the act fell over"),
            How::Wait => {
                while !context.host.stopped() {
                    thread::sleep(Duration::from_millis(1));
                }
                context.keep_going()?;
                judged(measured(0.5))
            }
            How::Hang => loop {
                thread::sleep(Duration::from_secs(1));
            },
            How::Escape => Verdict::fail("\u{1b}[2Jcleared"),
            How::Spread => {
                judged(Measurement::new("parts_elsewhere", spread()).bound(Bound::Equal(0.0)))
            }
            How::Record => {
                let rewrite = context.host.recording() == Recording::Rewrite;
                judged(measured(f64::from(u8::from(rewrite))))
            }
            How::Mood => match std::fs::read_to_string("mood").as_deref() {
                Ok("pass") => judged(measured(0.5)),
                Ok("fail") => judged(measured(1.5)),
                Ok("gone") => std::process::exit(3),
                _ => return Err(Failure::Case("it is lost".into())),
            },
            How::Read => {
                let number = Measurement::new("value", self.number(context)?);
                judged(number.bound(Bound::AtMost(1.0)))
            }
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: &[],
            sound: &[],
        }
    }
}

impl Act {
    fn number(&self, context: &Context) -> Outcome<f64> {
        let none = || Failure::Case("there is no file to read".into());
        let file = self.file.as_ref().ok_or_else(none)?.as_path();
        loop {
            let text = std::fs::read_to_string(file);
            let text = text.map_err(|error| Failure::Host(error.to_string()))?;
            if let Ok(number) = text.trim().parse() {
                return Ok(number);
            }
            context.keep_going()?;
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// How many of many parts, each slow enough to be stolen, ran elsewhere.
fn spread() -> f64 {
    let here = thread::current().id();
    let parts = (0..64).into_par_iter().filter(|_| {
        thread::sleep(Duration::from_micros(200));
        thread::current().id() != here
    });
    parts.count() as f64
}
