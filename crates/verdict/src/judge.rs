//! From measurements to a verdict: the only place where a case can pass.

use crate::bound::Number;
use crate::{Measurement, Placement, Status, Verdict};

/// What an interval that spans its bound means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Spanning {
    /// The data cannot tell, and the case does not pass.
    #[default]
    Inconclusive,
    /// The case says that this may pass.
    Pass,
}

impl Verdict {
    /// Passes if something bounded was measured, every measurement is finite
    /// and every bound holds for the whole interval.
    ///
    /// Any value that is not finite fails, bounded or not: a number that
    /// nobody can read is no evidence.
    pub fn judge(measurements: Vec<Measurement>, spanning: Spanning) -> Self {
        let mut against = Vec::new();
        let mut unsure = Vec::new();
        for measurement in &measurements {
            match measurement.placement() {
                Placement::Inside => {}
                Placement::Outside => against.push(explain(measurement)),
                Placement::Spanning => unsure.push(explain(measurement)),
            }
        }
        let bounded = measurements.iter().filter(|m| m.bound.is_some()).count();
        let (status, message) = if bounded == 0 {
            (
                Status::Error,
                "nothing was measured against a bound".to_owned(),
            )
        } else if !against.is_empty() {
            (Status::Fail, against.join("\n"))
        } else if !unsure.is_empty() && spanning == Spanning::Inconclusive {
            (Status::Inconclusive, unsure.join("\n"))
        } else {
            (Status::Pass, String::new())
        };
        Self {
            status,
            message,
            measurements,
            series: Vec::new(),
            figures: Vec::new(),
        }
    }
}

impl Measurement {
    /// How it lies against its bound, all of its interval: outside if it is
    /// not finite or contradicts itself, inside if it is not judged.
    pub fn placement(&self) -> Placement {
        let (low, high) = ends(self);
        // A value outside its own interval is a mistake of the check: no evidence.
        let ordered = low <= self.value && self.value <= high;
        if !(ordered && low.is_finite() && high.is_finite()) {
            return Placement::Outside;
        }
        let place = |bound: crate::Bound| bound.place(low, high);
        self.bound.map_or(Placement::Inside, place)
    }
}

/// The interval; without one, the value itself.
fn ends(measurement: &Measurement) -> (f64, f64) {
    let end = |end: Option<f64>| end.unwrap_or(measurement.value);
    (end(measurement.low), end(measurement.high))
}

/// `loss_ratio 0.83, expected ≤ 0.7: missed by 0.13`.
fn explain(measurement: &Measurement) -> String {
    let (value, (low, high)) = (measurement.value, ends(measurement));
    if !value.is_finite() {
        return format!("{measurement}: not a finite number");
    }
    if !(low.is_finite() && high.is_finite()) {
        return format!("{measurement}: its interval has no finite end");
    }
    if value < low || high < value {
        return format!("{measurement}: the value lies outside its own interval");
    }
    match measurement.bound.map(|bound| bound.missed_by(value)) {
        Some(missed) if missed > 0.0 => format!("{measurement}: missed by {}", Number(missed)),
        Some(_) if low < high => {
            format!("{measurement}: the interval reaches beyond the bound")
        }
        Some(_) => format!("{measurement}: the bound itself is excluded"),
        None => measurement.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bound;

    fn judge(measurement: Measurement) -> Status {
        Verdict::judge(vec![measurement], Spanning::Inconclusive).status
    }

    #[test]
    fn nothing_measured_is_an_error() {
        let none = Verdict::judge(Vec::new(), Spanning::Pass);
        assert_eq!(none.status, Status::Error);
        assert_eq!(judge(Measurement::new("loss", 1.0)), Status::Error);
    }

    #[test]
    fn not_a_number_never_passes_even_without_a_bound() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let bounds = [
                Bound::AtMost(1.0),
                Bound::AtLeast(1.0),
                Bound::Between(0.0, 1.0),
            ];
            for bound in bounds {
                assert_eq!(judge(Measurement::new("x", bad).bound(bound)), Status::Fail);
            }
            let good = Measurement::new("y", 0.0).bound(Bound::AtMost(1.0));
            let verdict = Verdict::judge(
                vec![good.clone(), Measurement::new("x", bad)],
                Spanning::Pass,
            );
            assert_eq!(verdict.status, Status::Fail);
            assert_eq!(judge(good.interval(-1.0, bad)), Status::Fail);
        }
    }

    #[test]
    fn the_whole_interval_must_lie_inside() {
        let at_most_one = |low, high| {
            judge(
                Measurement::new("x", 0.5)
                    .bound(Bound::AtMost(1.0))
                    .interval(low, high),
            )
        };
        assert_eq!(at_most_one(0.0, 1.0), Status::Pass);
        assert_eq!(at_most_one(0.0, 1.1), Status::Inconclusive);
        assert_eq!(at_most_one(1.1, 1.2), Status::Fail);
    }

    #[test]
    fn a_failure_says_by_how_much() {
        let bound = Bound::AtMost(0.7);
        let verdict = Verdict::judge(
            vec![Measurement::new("loss_ratio", 0.83).bound(bound)],
            Spanning::Inconclusive,
        );
        assert_eq!(
            verdict.message,
            "loss_ratio 0.83, expected ≤ 0.7: missed by 0.13"
        );
    }
}
