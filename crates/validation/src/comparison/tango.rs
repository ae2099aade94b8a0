//! The difference of two rates on the same rows.

use crate::interval::student::normal_critical;
use crate::interval::{Estimate, Method};
use crate::table::Mass;

/// The first rate less the second, with the score interval of Tango (1998),
/// which keeps its level where few rows differ, and has width where none does.
///
/// `masses[a][b]` are the rows with a hit of the first version (a = 1) and of
/// the second (b = 1). Weighted rows count as their effective number. Without
/// rows nothing is known.
pub fn tango(masses: [[Mass; 2]; 2], false_alarm: f64) -> Estimate {
    let total: Mass = masses.iter().flatten().copied().sum();
    let rows = total.effective_rows();
    if rows <= 0.0 {
        return Estimate::new(f64::NAN, (-1.0, 1.0), Method::Unknown);
    }
    let share = |mass: Mass| mass.weight / total.weight;
    let (b, c) = (rows * share(masses[1][0]), rows * share(masses[0][1]));
    let value = (b - c) / rows;
    let z = normal_critical(false_alarm);
    // The score statistic falls as the difference rises (Tango, 1998, eq. 8).
    let score = |delta: f64| {
        let linear = -b - c + (2.0 * rows - b + c) * delta;
        let constant = -c * delta * (1.0 - delta);
        let root = (linear * linear - 8.0 * rows * constant).max(0.0).sqrt();
        let q = (root - linear) / (4.0 * rows);
        let variance = rows * (2.0 * q + delta * (1.0 - delta));
        let off = b - c - rows * delta;
        if off == 0.0 {
            0.0
        } else {
            off / variance.max(0.0).sqrt()
        }
    };
    let end = |towards: f64| {
        let (mut inside, mut outside) = (value, towards);
        if score(outside).abs() <= z {
            return outside;
        }
        for _ in 0..60 {
            let middle = 0.5 * (inside + outside);
            if score(middle).abs() <= z {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        inside
    };
    Estimate::new(value, (end(-1.0), end(1.0)), Method::Tango)
}
