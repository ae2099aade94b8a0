//! A curve in a few lines of text.
//!
//! A Braille pattern holds two dots by four: code point 0x2800 plus a bit for
//! each (the Unicode Standard, *Braille Patterns*).

use seatrial_verdict::Number;

/// Characters across; each holds two values.
const WIDTH: usize = 50;
/// Lines; each holds four levels.
const HEIGHT: usize = 4;
/// Bits of the dots of a character, by column, from the top.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The values from left to right, with the largest and the smallest beside the
/// lines they lie on. Where there are more than fit, each dot is the mean of its
/// neighbours; what is no finite number leaves a gap.
pub(super) fn lines(values: &[f64]) -> Vec<String> {
    let points = squeezed(values, 2 * WIDTH);
    let finite = || points.iter().copied().filter(|value| value.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return vec!["(no finite value)".into()];
    }
    if low == high {
        let columns = points.len().div_ceil(2);
        return vec![format!("{} {}", "⠒".repeat(columns), Number(low))];
    }
    let levels = 4 * HEIGHT;
    let mut cells = [[0u8; WIDTH]; HEIGHT];
    for (place, value) in points
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
    {
        let share = (value - low) / (high - low);
        let down = ((1.0 - share) * (levels - 1) as f64).round() as usize;
        cells[down / 4][place / 2] |= DOTS[place % 2][down % 4];
    }
    let columns = points.len().div_ceil(2);
    let label = |line: usize| match line {
        0 => Number(high).to_string(),
        line if line == HEIGHT - 1 => Number(low).to_string(),
        _ => String::new(),
    };
    let drawn = |bits: &u8| char::from_u32(0x2800 + u32::from(*bits)).unwrap_or(' ');
    let line = |(line, row): (usize, &[u8; WIDTH])| {
        let drawn: String = row[..columns].iter().map(drawn).collect();
        format!("{drawn} {}", label(line)).trim_end().to_owned()
    };
    cells.iter().enumerate().map(line).collect()
}

/// At most so many values, each the mean of its part.
fn squeezed(values: &[f64], at_most: usize) -> Vec<f64> {
    if values.len() <= at_most {
        return values.to_vec();
    }
    let part = |place: usize| {
        let (from, to) = (
            place * values.len() / at_most,
            (place + 1) * values.len() / at_most,
        );
        let part = &values[from..to];
        part.iter().sum::<f64>() / part.len() as f64
    };
    (0..at_most).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_rises_is_drawn_from_the_bottom_left_to_the_top_right() {
        let values: Vec<f64> = (0..16).map(f64::from).collect();
        assert_eq!(
            lines(&values),
            ["⠀⠀⠀⠀⠀⠀⡠⠊ 15", "⠀⠀⠀⠀⡠⠊⠀⠀", "⠀⠀⡠⠊⠀⠀⠀⠀", "⡠⠊⠀⠀⠀⠀⠀⠀ 0"]
        );
    }

    #[test]
    fn what_does_not_change_is_one_line() {
        assert_eq!(lines(&[0.5, 0.5, 0.5]), ["⠒⠒ 0.5"]);
    }

    #[test]
    fn what_is_no_number_leaves_a_gap() {
        assert_eq!(lines(&[f64::NAN, 1.0, 2.0])[0], "⠀⠁ 2");
        assert_eq!(lines(&[f64::NAN]), ["(no finite value)"]);
    }

    #[test]
    fn many_values_fit() {
        let values: Vec<f64> = (0..100_000).map(|n| f64::from(n % 7)).collect();
        assert_eq!(
            lines(&values)[0].chars().take_while(|c| *c != ' ').count(),
            WIDTH
        );
    }
}
