//! Intervals of figures of a ranking: Poisson draws over cells.
//!
//! Drawing each row Poisson(1) times and adding up a cell is one Poisson draw
//! with the cell's weight as its mean (Chamandy et al., 2012), so that a
//! resample costs cells, not rows.

use seatrial_rng::Stream;

use super::{Poisson, accelerated};
use crate::Error;
use crate::interval::{Estimate, Method, unseen};
use crate::metric::{Confidence, Figure, Scored};
use crate::table::{Mass, ScoreTable};

/// So many cells a resample. What rows share a cell moves alike, which loses a
/// part of the variance of the order of one over the square of this.
const CELLS: usize = 1024;

/// How to draw the weight of one cell: a multiple of a Poisson number, so that
/// rows of unequal weight vary as much as they do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    poisson: Poisson,
    scale: f64,
}

impl Recipe {
    /// `None` of a cell without weight.
    pub(crate) fn new(mass: Mass) -> Option<Self> {
        (mass.weight > 0.0).then(|| Self {
            poisson: Poisson::new(mass.effective_rows()),
            scale: mass.squared / mass.weight,
        })
    }

    pub(crate) fn draw(&self, stream: &mut Stream) -> f64 {
        self.scale * self.poisson.draw(stream)
    }
}

/// A figure, its cells, and what became of it in resamples.
struct Resampled {
    value: f64,
    coarse: Vec<Coarse>,
    of_coarse: f64,
    /// Of the coarse cells.
    drawn: Vec<f64>,
}

fn resampled(
    metric: &str,
    table: &ScoreTable,
    figure: &dyn Fn(&[Scored]) -> Figure,
    confidence: &Confidence,
) -> Result<Resampled, Error> {
    let undefined = |reason| Error::undefined(metric, reason);
    let value = figure(&scored(table)).map_err(undefined)?;
    let coarse = coarse(table, CELLS);
    let seen: Vec<Scored> = coarse.iter().map(Coarse::scored).collect();
    let of_coarse = figure(&seen).map_err(undefined)?;
    let drawn = draws(&coarse, metric, figure, confidence);
    Ok(Resampled {
        value,
        coarse,
        of_coarse,
        drawn,
    })
}

/// A figure of rows by their score, by BCa bootstrap (Efron, 1987), centred on
/// the figure of the finest cells there are, and widened by what those may hide.
pub(crate) fn ranking(
    metric: &str,
    table: &ScoreTable,
    figure: &dyn Fn(&[Scored]) -> Figure,
    confidence: &Confidence,
) -> Result<Estimate, Error> {
    let mut of = resampled(metric, table, figure, confidence)?;
    let hidden = hidden(table, figure);
    if vary_not(&of.drawn) {
        let totals = table.totals();
        return Ok(unvaried(of.value, totals, confidence.false_alarm).hiding(hidden));
    }
    of.drawn
        .iter_mut()
        .for_each(|drawn| *drawn += of.value - of.of_coarse);
    let acceleration = acceleration(&of.coarse, of.of_coarse, figure);
    let ends = accelerated(
        metric,
        of.value,
        of.drawn,
        acceleration,
        confidence.false_alarm,
    )?;
    Ok(Estimate::new(of.value, ends, Method::Bca).hiding(hidden))
}

/// Whether resampling changes nothing, but for rounding.
pub(crate) fn vary_not(drawn: &[f64]) -> bool {
    let finite = || drawn.iter().copied().filter(|figure| figure.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), figure| {
        (low.min(figure), high.max(figure))
    });
    high - low <= 1e-12 * high.abs().max(1.0)
}

/// For a figure that no resample changes, such as that of a perfect ranking:
/// what was seen in no row of the smaller class may yet be.
pub(crate) fn unvaried(value: f64, totals: [Mass; 2], false_alarm: f64) -> Estimate {
    let rows = totals.map(|total| total.effective_rows());
    let seen = rows.iter().copied().filter(|rows| *rows > 0.0);
    let half = value.abs().max(1.0) * unseen(seen.fold(f64::INFINITY, f64::min), false_alarm);
    Estimate::new(value, (value - half, value + half), Method::Wilson)
}

fn draws(
    coarse: &[Coarse],
    metric: &str,
    figure: &dyn Fn(&[Scored]) -> Figure,
    confidence: &Confidence,
) -> Vec<f64> {
    let recipes: Vec<_> = coarse
        .iter()
        .map(|cell| cell.mass.map(Recipe::new))
        .collect();
    let mut cells: Vec<Scored> = coarse.iter().map(Coarse::scored).collect();
    let mut stream = confidence.streams.stream(metric);
    (0..confidence.resamples)
        .map(|_| {
            for (cell, recipe) in cells.iter_mut().zip(&recipes) {
                cell.weights = recipe.map(|class| class.map_or(0.0, |c| c.draw(&mut stream)));
            }
            figure(&cells).unwrap_or(f64::NAN)
        })
        .collect()
}

/// The skewness of what one row contributes, over six (Efron, 1987, eq. 6.6):
/// rows of a cell contribute alike, so that one of each is left out in turn.
fn acceleration(coarse: &[Coarse], value: f64, figure: &dyn Fn(&[Scored]) -> Figure) -> f64 {
    let mut cells: Vec<Scored> = coarse.iter().map(Coarse::scored).collect();
    let (mut squares, mut cubes) = (0.0, 0.0);
    for (i, cell) in coarse.iter().enumerate() {
        for class in 0..2 {
            let rows = cell.mass[class].effective_rows();
            if rows <= 0.0 {
                continue;
            }
            let one = cell.mass[class].squared / cell.mass[class].weight;
            cells[i].weights[class] -= one;
            let off = value - figure(&cells).unwrap_or(value);
            cells[i].weights[class] += one;
            squares += rows * off * off;
            cubes += rows * off * off * off;
        }
    }
    if squares > 0.0 {
        cubes / (6.0 * squares.powf(1.5))
    } else {
        0.0
    }
}

/// How far the figure could be off if all positive rows of each cell scored
/// above, or below, all its negative ones.
pub(crate) fn hidden(table: &ScoreTable, figure: &dyn Fn(&[Scored]) -> Figure) -> f64 {
    if table.is_exact() {
        return 0.0;
    }
    let value = figure(&scored(table)).unwrap_or(f64::INFINITY);
    let ordered = |first: usize| {
        let mut cells = Vec::with_capacity(2 * table.cells().len());
        for cell in scored(table) {
            for class in [first, 1 - first] {
                let mut one = Scored {
                    weights: [0.0; 2],
                    ..cell
                };
                one.weights[class] = cell.weights[class];
                cells.push(one);
            }
        }
        figure(&cells).map_or(f64::INFINITY, |extreme| (extreme - value).abs())
    };
    ordered(0).max(ordered(1))
}

/// Neighbouring cells as one, with their mean score.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coarse {
    score_sum: f64,
    pub(crate) mass: [Mass; 2],
}

impl Coarse {
    pub(crate) fn add(&mut self, score: f64, mass: [Mass; 2]) {
        self.score_sum += score * (mass[0].weight + mass[1].weight);
        self.mass[0] += mass[0];
        self.mass[1] += mass[1];
    }

    pub(crate) fn scored(&self) -> Scored {
        let weights = self.mass.map(|mass| mass.weight);
        let total = weights[0] + weights[1];
        let score = if total > 0.0 {
            self.score_sum / total
        } else {
            0.0
        };
        Scored { score, weights }
    }
}

/// The cells of a unit that is resampled whole, fewer where there are many units.
pub(crate) fn coarse_scored(table: &ScoreTable, units: usize) -> Vec<Scored> {
    const UNIT_CELLS_MIN: usize = 64;
    let budget = (CELLS / units).max(UNIT_CELLS_MIN);
    coarse(table, budget).iter().map(Coarse::scored).collect()
}

/// Neighbouring cells joined into at most so many, each with about as much of
/// the two classes' shares as any other: a rare class keeps its resolution.
fn coarse(table: &ScoreTable, budget: usize) -> Vec<Coarse> {
    let cells = table.cells();
    let mut groups: Vec<Coarse> = Vec::with_capacity(budget.min(cells.len()));
    for (cell, group) in cells
        .iter()
        .zip(groups_of(cells.iter().map(|c| c.mass), budget))
    {
        if group == groups.len() {
            groups.push(Coarse::default());
        }
        if let Some(last) = groups.last_mut() {
            last.add(table.middle_of(cell), cell.mass);
        }
    }
    groups
}

/// The cells of a table as figures read them.
pub(crate) fn scored(table: &ScoreTable) -> Vec<Scored> {
    let cells = table.cells().iter();
    cells
        .map(|cell| Scored {
            score: table.middle_of(cell),
            weights: cell.mass.map(|mass| mass.weight),
        })
        .collect()
}

/// A group for each of some ascending cells: 0, 1, 2 … without a gap, at most
/// `groups` of them. Cells stay alone where there are few enough.
pub(crate) fn groups_of(
    cells: impl ExactSizeIterator<Item = [Mass; 2]> + Clone,
    groups: usize,
) -> Vec<usize> {
    if cells.len() <= groups {
        return (0..cells.len()).collect();
    }
    let total = cells.clone().fold([0.0; 2], |sum, cell| {
        [sum[0] + cell[0].weight, sum[1] + cell[1].weight]
    });
    let share = |cell: [Mass; 2]| {
        let of = |class: usize| {
            if total[class] > 0.0 {
                cell[class].weight / total[class]
            } else {
                0.0
            }
        };
        0.5 * (of(0) + of(1))
    };
    let (mut below, mut last, mut group) = (0.0, None, 0);
    cells
        .map(|cell| {
            let step = ((below * groups as f64) as usize).min(groups - 1);
            below += share(cell);
            if last.is_some_and(|last| step > last) {
                group += 1;
            }
            last = Some(step);
            group
        })
        .collect()
}
