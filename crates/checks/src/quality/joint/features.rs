//! What the classifier is made of: of all that is seen of a row, and of all
//! products of two of that, what differs most between the sides.

/// What is multiplied with each other: the first of what is seen of a row.
const FACTORS_MAX: usize = 100;

/// Features of a classifier, at most.
const FEATURES_MAX: usize = 64;

/// Rows that each of them needs.
const ROWS_A_FEATURE: usize = 10;

/// So many are chosen whatever they show.
const CHOSEN_MIN: usize = 3;

/// A number that is seen of a row, or the product of two, in deviations.
#[derive(Clone, Copy)]
pub(super) struct Feature {
    of: Of,
    /// The deviation within either side.
    deviation: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    One(usize),
    Product(usize, usize),
}

impl Feature {
    /// Of what is seen of a row.
    pub fn of(&self, row: &[f64]) -> f64 {
        let x = match self.of {
            Of::One(a) => row[a],
            Of::Product(a, b) => row[a] * row[b],
        };
        x / self.deviation
    }

    /// What it is made of, the same twice where it is of one.
    pub fn parts(&self) -> [usize; 2] {
        match self.of {
            Of::One(a) => [a, a],
            Of::Product(a, b) => [a, b],
        }
    }
}

/// Those whose means differ most for their error, the most first, as many as
/// luck does not explain; with a product its factors and their squares, without
/// which it tells less (strong heredity: Bien, Taylor and Tibshirani, 2013).
pub(super) fn chosen(sides: [&[Vec<f64>]; 2], width: usize) -> Vec<Feature> {
    let factors = width.min(FACTORS_MAX);
    let products = (0..factors).flat_map(|a| (a..factors).map(move |b| Of::Product(a, b)));
    let all: Vec<Of> = (0..width).map(Of::One).chain(products).collect();
    let place = |of: Of| match of {
        Of::One(a) => a,
        Of::Product(a, b) => width + a * factors - a * a.saturating_sub(1) / 2 - a + b,
    };
    let [before, now] = sides.map(|rows| moments(rows, factors, all.len()));
    let counts = sides.map(|rows| rows.len() as f64);
    let gap = |at: usize| {
        let gap = (now[at].0 - before[at].0).powi(2);
        let error = before[at].1 / counts[0] + now[at].1 / counts[1];
        // Where neither side varies, any difference is beyond doubt.
        if gap > 0.0 { gap / error } else { 0.0 }
    };
    let feature = |of: Of| {
        let at = place(of);
        let within = before[at].1 * counts[0] + now[at].1 * counts[1];
        let within = within / (counts[0] + counts[1]);
        let deviation = if within > 0.0 { within.sqrt() } else { 1.0 };
        Feature { of, deviation }
    };
    let gaps = all.iter().map(|of| (gap(place(*of)), *of));
    let mut apart: Vec<(f64, Of)> = gaps.filter(|(gap, _)| *gap > 0.0).collect();
    apart.sort_by(|a, b| b.0.total_cmp(&a.0));
    // The largest of so many squares that luck is likely to show (Donoho and
    // Johnstone, 1994): what is below would only blur the rest.
    let luck = 2.0 * (all.len() as f64).ln();
    let beyond = apart.iter().filter(|(gap, _)| *gap > luck).count();
    let rows = sides.iter().map(|rows| rows.len()).sum::<usize>();
    let most = FEATURES_MAX.min((rows / ROWS_A_FEATURE).max(1));
    let mut features: Vec<Feature> = Vec::with_capacity(most);
    for (_, of) in apart.into_iter().take(beyond.max(CHOSEN_MIN)) {
        let (a, b) = match of {
            Of::One(a) => (a, a),
            Of::Product(a, b) => (a, b),
        };
        let family = [
            of,
            Of::One(a),
            Of::One(b),
            Of::Product(a, a),
            Of::Product(b, b),
        ];
        let family = match of {
            Of::One(_) => &family[..1],
            Of::Product(..) => &family[..],
        };
        for &of in family {
            let known = features.iter().any(|feature| feature.of == of);
            if !known && features.len() < most {
                features.push(feature(of));
            }
        }
    }
    features
}

/// The mean and the variance of each number, then of each product of two.
fn moments(rows: &[Vec<f64>], factors: usize, features: usize) -> Vec<(f64, f64)> {
    let mut sums = vec![[0.0; 2]; features];
    for row in rows {
        let products = (0..factors).flat_map(|a| row[a..factors].iter().map(move |x| x * row[a]));
        for (sums, x) in sums.iter_mut().zip(row.iter().copied().chain(products)) {
            sums[0] += x;
            sums[1] += x * x;
        }
    }
    let count = rows.len() as f64;
    let finish = |[sum, squares]: [f64; 2]| {
        let mean = sum / count;
        (mean, (squares / count - mean * mean).max(0.0))
    };
    sums.into_iter().map(finish).collect()
}

#[cfg(test)]
mod tests {
    use seatrial_rng::Streams;

    use super::*;

    #[test]
    fn a_product_that_changed_comes_first_with_its_family() {
        let mut draw = Streams::new(1).stream("rows");
        let mut side = |sign: f64| -> Vec<Vec<f64>> {
            let mut row = || {
                let (a, b, c) = (draw.normal(), draw.normal(), draw.normal());
                vec![b, a, c, sign * a + 0.5 * b]
            };
            (0..500).map(|_| row()).collect()
        };
        let (before, now) = (side(1.0), side(-1.0));
        let features = chosen([&before, &now], 4);
        let [first, ..] = features.as_slice() else {
            panic!("nothing differs");
        };
        assert_eq!(first.parts(), [1, 3]);
        for of in [Of::One(1), Of::One(3), Of::Product(1, 1), Of::Product(3, 3)] {
            assert!(features.iter().any(|feature| feature.of == of));
        }
    }

    #[test]
    fn of_rows_that_are_alike_few_features_are_chosen() {
        let mut draw = Streams::new(2).stream("rows");
        let mut side = || -> Vec<Vec<f64>> {
            let mut row = || (0..30).map(|_| draw.normal()).collect();
            (0..2_000).map(|_| row()).collect()
        };
        let (before, now) = (side(), side());
        let features = chosen([&before, &now], 30);
        assert!((1..=5 * CHOSEN_MIN).contains(&features.len()));
    }

    #[test]
    fn few_rows_give_few_features() {
        let rows = |x: f64| vec![vec![x, -x, x]; 10];
        assert_eq!(chosen([&rows(1.0), &rows(2.0)], 3).len(), 2);
        assert!(chosen([&rows(1.0), &rows(1.0)], 3).is_empty());
    }
}
