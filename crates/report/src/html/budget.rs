//! How much of each case a page shows, so that it stays light however many
//! cases there are. What is left out is said, and stays in the events.

use crate::Run;

/// What the points of all curves together may weigh.
const PLOTS_BYTES: usize = 200_000;
/// What a point of a curve weighs.
const POINT_BYTES: usize = 12;
/// Rows of measurements on the whole page.
const ROWS: usize = 1_200;
/// Characters of messages on the whole page.
const MESSAGES: usize = 400_000;
/// What all figures together may weigh, whatever they are made of.
pub(super) const FIGURES_BYTES: usize = 700_000;
/// Figures of a case.
pub(super) const FIGURES_MAX: usize = 24;

/// How much of each case is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Points a curve.
    pub(super) points: usize,
    /// Rows of measurements of a case that passed.
    pub(super) rows: usize,
    /// Rows of measurements of a case that is against.
    pub(super) rows_against: usize,
    /// Characters of a message.
    pub(super) message: usize,
}

impl Budget {
    /// For this run: what is against gets more.
    pub(super) fn of(run: &Run) -> Self {
        let cases = run.cases.len().max(1);
        let against = run.against().count().max(1);
        let curves = run
            .cases
            .iter()
            .map(|case| case.series.len() + 2 * case.figures.len());
        let curves = curves.sum::<usize>().max(1);
        Self {
            points: (PLOTS_BYTES / POINT_BYTES / curves).clamp(12, 300),
            rows: (ROWS / 2 / cases).clamp(1, 30),
            rows_against: (ROWS / 2 / against).clamp(1, 60),
            message: (MESSAGES / against).clamp(300, 12_000),
        }
    }
}
