//! The interval of a figure from its values with one unit left out each.
//!
//! A jackknife (Tukey, 1958; Shao and Tu, 1995, section 2.3), about the figure
//! itself, as Hansen (2025) recommends for few clusters of unequal size, where
//! resampling them gives too narrow intervals (Cameron, Gelbach and Miller, 2008).
//! Two things make it hold with twenty, as the `simulations` tests show:
//! - it is made on a scale on which the figure has no ends, the log-odds of a
//!   share and the logarithm of a loss, and its ends are carried back;
//! - Student's t has the degrees of freedom that the spread of the parts allows,
//!   few where a few clusters decide (Satterthwaite, 1946).

use crate::Error;
use crate::interval::student::student_critical;
use crate::interval::{Estimate, Method, unvaried};

/// On what the figures are symmetric, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// As they are.
    Plain,
    /// The log-odds of where they lie between two ends.
    LogOdds { low: f64, high: f64 },
    /// The logarithm of how far they are above an end.
    Above(f64),
    /// The logarithm of how far they are below an end, turned round.
    Below(f64),
}

impl Scale {
    /// For figures that can take these values.
    pub(super) fn of((low, high): (f64, f64)) -> Self {
        match (low.is_finite(), high.is_finite()) {
            (true, true) => Self::LogOdds { low, high },
            (true, false) => Self::Above(low),
            (false, true) => Self::Below(high),
            (false, false) => Self::Plain,
        }
    }

    /// Infinite at an end.
    fn to(self, figure: f64) -> f64 {
        match self {
            Self::Plain => figure,
            Self::LogOdds { low, high } => ((figure - low) / (high - figure)).ln(),
            Self::Above(low) => (figure - low).ln(),
            Self::Below(high) => -(high - figure).ln(),
        }
    }

    fn from(self, scaled: f64) -> f64 {
        match self {
            Self::Plain => scaled,
            Self::LogOdds { low, high } => low + (high - low) / (1.0 + (-scaled).exp()),
            Self::Above(low) => low + scaled.exp(),
            Self::Below(high) => high - (-scaled).exp(),
        }
    }

    /// The derivative of [`to`](Self::to).
    fn slope(self, figure: f64) -> f64 {
        match self {
            Self::Plain => 1.0,
            Self::LogOdds { low, high } => (high - low) / ((figure - low) * (high - figure)),
            Self::Above(low) => (figure - low).recip(),
            Self::Below(high) => (high - figure).recip(),
        }
    }
}

/// A figure, and what it is without each unit.
pub(super) struct LeftOut {
    pub value: f64,
    pub figures: Vec<Result<f64, Error>>,
    /// The values that it can take.
    pub range: (f64, f64),
    pub scale: Scale,
    /// See [`super::Clustered`].
    pub effective_units: f64,
}

impl LeftOut {
    /// With the interval that misses with this probability.
    ///
    /// # Errors
    /// As the figures say, unless they are undefined without a unit: then nothing
    /// is known but what the other units cannot tell.
    pub(super) fn estimate(self, false_alarm: f64) -> Result<Estimate, Error> {
        let mut figures = Vec::with_capacity(self.figures.len());
        let unknown = Estimate::new(self.value, self.range, Method::Unknown);
        for figure in self.figures {
            match figure {
                Ok(figure) => figures.push(figure),
                Err(Error::Undefined { .. }) => return Ok(unknown),
                Err(error) => return Err(error),
            }
        }
        if figures.len() < 2 {
            return Ok(unknown);
        }
        let apart = figures.iter().map(|figure| (figure - self.value).abs());
        if apart.fold(0.0, f64::max) <= 1e-12 * self.value.abs().max(1.0) {
            // All clusters say the same: few that do prove nothing of the next.
            let units = self.effective_units;
            return Ok(unvaried(self.value, self.range, units, false_alarm));
        }
        // At an end of the range there is no scale to go by.
        let scale = match self.scale.to(self.value).is_finite() {
            true => self.scale,
            false => Scale::Plain,
        };
        let middle = scale.to(self.value);
        let mut off: Vec<f64> = figures.iter().map(|x| scale.to(*x) - middle).collect();
        if off.iter().any(|off| !off.is_finite()) {
            // One cluster has all that keeps the figure off its end.
            let slope = scale.slope(self.value);
            off = figures.iter().map(|x| slope * (x - self.value)).collect();
        }
        let half = reach(&off, false_alarm);
        let ends = (scale.from(middle - half), scale.from(middle + half));
        Ok(Estimate::new(self.value, ends, Method::Jackknife).within(self.range))
    }
}

/// Half the interval's width, from how far each part is off. Of k normal parts of
/// equal variance, the fourth powers add up to three times the square of the sum
/// of squares over k: that makes k of the degrees of freedom, of which one is the
/// mean's.
fn reach(off: &[f64], false_alarm: f64) -> f64 {
    let units = off.len() as f64;
    let squares: f64 = off.iter().map(|off| off.powi(2)).sum();
    // Relative, so that no power is too small for a number.
    let fourths: f64 = off.iter().map(|off| (off.powi(2) / squares).powi(2)).sum();
    let freedom = (3.0 / fourths).min(units - 1.0);
    let variance = (units - 1.0) / units * squares;
    student_critical(false_alarm, freedom) * variance.sqrt()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn left_out(value: f64, figures: &[f64], range: (f64, f64)) -> LeftOut {
        LeftOut {
            value,
            figures: figures.iter().copied().map(Ok).collect(),
            range,
            scale: Scale::of(range),
            effective_units: figures.len() as f64,
        }
    }

    #[test]
    fn every_scale_leads_there_and_back_as_its_slope_says() {
        let unbounded = f64::INFINITY;
        for range in [
            (0.0, 1.0),
            (-1.0, 1.0),
            (0.0, unbounded),
            (-unbounded, 1.0),
            (-unbounded, unbounded),
        ] {
            let scale = Scale::of(range);
            let (at, step) = (0.3, 1e-6);
            assert!((scale.from(scale.to(at)) - at).abs() < 1e-12, "{scale:?}");
            let slope = (scale.to(at + step) - scale.to(at - step)) / (2.0 * step);
            assert!((scale.slope(at) - slope).abs() < 1e-6, "{scale:?}");
        }
    }

    #[test]
    fn equal_parts_have_students_interval() {
        let figures: Vec<f64> = (0..20).map(|i| f64::from(i % 2) - 0.5).collect();
        let estimate = left_out(0.0, &figures, (f64::NEG_INFINITY, f64::INFINITY));
        let estimate = estimate.estimate(0.05).unwrap();
        // scipy.stats.t.ppf(0.975, 19) * sqrt(19 / 20 * 20 / 4)
        assert!((estimate.high - 4.5616).abs() < 1e-3, "{estimate:?}");
    }

    #[test]
    fn the_fewer_units_decide_the_wider_it_is() {
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        let spread = |figures: &[f64]| {
            let squares: f64 = figures.iter().map(|x| x * x).sum();
            let estimate = left_out(0.0, figures, all).estimate(0.05).unwrap();
            estimate.detectable() / squares.sqrt()
        };
        let even = spread(&[0.1; 20].map(|x: f64| x));
        let mut one = [0.001; 20];
        one[3] = 0.4;
        assert!(spread(&one) > 1.4 * even);
    }

    #[test]
    fn a_figure_that_rests_on_one_unit_is_unknown() {
        let mut one = left_out(0.8, &[0.8, 0.7, 0.9], (0.0, 1.0));
        one.figures[1] = Err(Error::undefined("recall", "no row is positive"));
        let estimate = one.estimate(0.05).unwrap();
        assert_eq!((estimate.low, estimate.high), (0.0, 1.0));
        assert_eq!(estimate.method, Method::Unknown);
    }

    #[test]
    fn a_part_at_an_end_has_an_interval_within_the_range() {
        let mut figures = [0.979; 20];
        figures[0] = 1.0;
        let estimate = left_out(0.98, &figures, (0.0, 1.0)).estimate(0.05).unwrap();
        assert!(estimate.high < 1.0 && estimate.low > 0.3, "{estimate:?}");
        assert!(
            estimate.low < 0.9,
            "one cluster of twenty is not rare: {estimate:?}"
        );
    }
}
