//! From values to places, and the round numbers on an axis.

/// Values further apart than this factor are shown on a logarithmic axis.
const LOGARITHMIC_FROM: f64 = 1000.0;

/// Values beyond this are shown as this: their span would be no number.
const LARGEST: f64 = 1e300;

/// An axis: values from one end to the other, on a stretch of the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    values: (f64, f64),
    places: (f64, f64),
    pub(super) logarithmic: bool,
}

impl Scale {
    /// A linear axis that holds these values, with a margin of `pad` of their
    /// span on both sides. Values that are not finite are left out.
    pub(super) fn linear(
        values: impl IntoIterator<Item = f64>,
        places: (f64, f64),
        pad: f64,
    ) -> Self {
        let (low, high) = reach(values);
        let span = match high - low {
            span if span > 0.0 && span.is_finite() => span,
            _ => low.abs().max(1e-12),
        };
        let pad = if high > low { pad * span } else { span / 2.0 };
        Self {
            values: (low - pad, high + pad),
            places,
            logarithmic: false,
        }
    }

    /// A linear axis from one value to the other.
    pub(super) fn exactly(values: (f64, f64), places: (f64, f64)) -> Self {
        Self {
            values,
            places,
            logarithmic: false,
        }
    }

    /// An axis that fits these values: logarithmic where all are above zero
    /// and far apart.
    pub(super) fn fitting(values: impl Iterator<Item = f64> + Clone, places: (f64, f64)) -> Self {
        let (low, high) = reach(values.clone());
        if low > 0.0 && high / low > LOGARITHMIC_FROM && (high / low).is_finite() {
            let room = (high / low).powf(0.05);
            return Self {
                values: (low / room, high * room),
                places,
                logarithmic: true,
            };
        }
        Self::linear(values, places, 0.06)
    }

    /// Where a value lies.
    pub(super) fn at(&self, value: f64) -> f64 {
        if value.is_nan() {
            // Callers mark what is no number; its place must still be one.
            return self.places.0;
        }
        let turn = |value: f64| if self.logarithmic { value.ln() } else { value };
        let (from, to) = (turn(self.values.0), turn(self.values.1));
        let share = (turn(value.clamp(-LARGEST, LARGEST)) - from) / (to - from);
        self.places.0 + share * (self.places.1 - self.places.0)
    }

    /// Where a value lies, or the end of the axis on its side.
    pub(super) fn within(&self, value: f64) -> f64 {
        self.at(value.clamp(self.values.0, self.values.1))
    }

    /// Whether a value lies on the axis.
    pub(super) fn holds(&self, value: f64) -> bool {
        (self.values.0..=self.values.1).contains(&value)
    }

    /// Round values on the axis: about `count`, never more than twice that.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        let (from, to) = self.values;
        if self.logarithmic {
            let (first, last) = (from.log10().ceil() as i32, to.log10().floor() as i32);
            let step = (last - first).max(0) as usize / count.max(1) + 1;
            return (first..=last)
                .step_by(step)
                .map(|e| 10f64.powi(e))
                .collect();
        }
        let rough = (to - from) / count.max(1) as f64;
        if !(rough.is_finite() && rough > 0.0) {
            return Vec::new();
        }
        let decade = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|round| round * decade);
        let step = step
            .into_iter()
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(rough);
        let first = (from / step).ceil();
        let ticks = (0..2 * count).map(|place| (first + place as f64) * step);
        ticks.take_while(|tick| *tick <= to + step * 1e-9).collect()
    }
}

/// The least and the greatest of the finite values; zero to one without any.
fn reach(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let finite = finite.map(|value| value.clamp(-LARGEST, LARGEST));
    let reach = finite.fold(None, |reach, value| match reach {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    });
    reach.unwrap_or((0.0, 1.0))
}

/// A value in few characters: four digits that matter at most.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "not a number".into()
        } else {
            format!("{value}")
        };
    }
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{value:.2e}").replace(".00e", "e");
    }
    let decimals = match size {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        size if size >= 1.0 => 3,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let scale = Scale::exactly((0.03, 0.97), (0.0, 100.0));
        let ticks: Vec<_> = scale.ticks(4).into_iter().map(short).collect();
        assert_eq!(ticks, ["0.5"]);
        let ticks: Vec<_> = scale.ticks(5).into_iter().map(short).collect();
        assert_eq!(ticks, ["0.2", "0.4", "0.6", "0.8"]);
    }

    #[test]
    fn values_far_apart_are_shown_on_a_logarithmic_axis() {
        let scale = Scale::fitting([2.0, 1e-6].into_iter(), (0.0, 100.0));
        assert!(scale.logarithmic);
        assert!(scale.at(1e-6) > 0.0 && scale.at(2.0) < 100.0);
        assert!(scale.ticks(4).len() <= 8);
    }

    #[test]
    fn one_value_lies_in_the_middle_and_none_does_no_harm() {
        let one = Scale::linear([5.0], (0.0, 100.0), 0.1);
        assert_eq!(one.at(5.0), 50.0);
        let none = Scale::linear([f64::NAN], (0.0, 100.0), 0.1);
        assert!(none.at(0.5).is_finite());
        for extreme in [0.0, f64::MAX, -f64::MAX, f64::MIN_POSITIVE] {
            let scale = Scale::linear([extreme], (0.0, 100.0), 0.1);
            assert!(scale.at(extreme).is_finite(), "{extreme}");
        }
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.83, 1234.5, 1e-7, 2.5e9, -0.00001, 0.0, 12.0].map(short);
        assert_eq!(
            shown,
            ["0.83", "1234", "1e-7", "2.50e9", "-1e-5", "0", "12"]
        );
    }
}
