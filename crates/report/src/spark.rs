//! A curve in a line of text.

/// The heights of a character.
pub(crate) const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Values further apart than this factor are shown by their logarithm.
const LOGARITHMIC_FROM: f64 = 1000.0;

/// The curve in at most `width` characters, from the least finite value to the
/// greatest; `×` where a value is not finite. Each character is the mean of its
/// stretch.
pub(crate) fn spark(values: &[f64], width: usize) -> String {
    let columns = width.min(values.len());
    let heights: Vec<f64> = (0..columns)
        .map(|column| {
            let from = column * values.len() / columns;
            let to = (column + 1) * values.len() / columns;
            let stretch = &values[from..to];
            // A sum that leaves the range of numbers is no mean either.
            stretch.iter().sum::<f64>() / stretch.len() as f64
        })
        .collect();
    let finite = || heights.iter().copied().filter(|height| height.is_finite());
    let least = finite().fold(f64::INFINITY, f64::min);
    let greatest = finite().fold(f64::NEG_INFINITY, f64::max);
    let logarithmic = least > 0.0 && greatest / least > LOGARITHMIC_FROM;
    let turn = |height: f64| if logarithmic { height.ln() } else { height };
    let span = turn(greatest) - turn(least);
    let character = |height: &f64| {
        if !height.is_finite() {
            return '×';
        }
        let share = (turn(*height) - turn(least)) / span;
        // Of a flat curve there is no share: it lies at the bottom.
        let place = (share * 7.0).round();
        HEIGHTS[if place.is_finite() { place as usize } else { 0 }.min(7)]
    };
    heights.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_falls_and_breaks_off() {
        assert_eq!(spark(&[8.0, 6.0, 4.0, 1.0, f64::NAN], 40), "█▆▄▁×");
        assert_eq!(spark(&[1e6, 1e3, 1.0], 40), "█▅▁");
    }

    #[test]
    fn any_values_fit_the_width() {
        for values in [
            &[][..],
            &[5.0; 300],
            &[f64::INFINITY; 9],
            &[-f64::MAX, f64::MAX],
        ] {
            assert!(spark(values, 32).chars().count() <= 32);
        }
        assert_eq!(spark(&[5.0; 300], 32).chars().count(), 32);
    }
}
