//! Intervals of figures of a ranking: Poisson draws over cells.
//!
//! Drawing each row Poisson(1) times and adding up a cell is one Poisson draw
//! with the cell's weight as its mean (Chamandy et al., 2012), so that a
//! resample costs cells, not rows.

use seatrial_rng::Stream;

use super::{Poisson, ends};
use crate::Error;
use crate::interval::{Estimate, Method};
use crate::metric::Confidence;
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

/// A figure of the ranking by bootstrap, centred on the figure of the finest
/// cells there are, and widened by what those may hide.
pub(crate) fn ranking(
    metric: &str,
    table: &ScoreTable,
    figure: impl Fn(&[[f64; 2]]) -> Result<f64, String>,
    confidence: &Confidence,
) -> Result<Estimate, Error> {
    let undefined = |reason| Error::undefined(metric, reason);
    let value = figure(&weights(table)).map_err(undefined)?;
    let coarse = coarse(table);
    let of_coarse: Vec<[f64; 2]> = coarse.iter().map(|cell| cell.map(|m| m.weight)).collect();
    let shift = value - figure(&of_coarse).map_err(undefined)?;
    let recipes: Vec<_> = coarse.iter().map(|cell| cell.map(Recipe::new)).collect();
    let mut stream = confidence.streams.stream(metric);
    let mut cells = of_coarse;
    let mut drawn = Vec::with_capacity(confidence.resamples);
    for _ in 0..confidence.resamples {
        for (cell, recipe) in cells.iter_mut().zip(&recipes) {
            *cell = recipe.map(|class| class.map_or(0.0, |class| class.draw(&mut stream)));
        }
        drawn.push(figure(&cells).map_or(f64::NAN, |figure| figure + shift));
    }
    let ends = ends(metric, value, drawn, confidence.false_alarm)?;
    let hidden = hidden(table, figure);
    Ok(Estimate::new(value, ends, Method::Bootstrap).hiding(hidden))
}

/// How far the figure could be off if all positive rows of each cell scored
/// above, or below, all its negative ones.
pub(crate) fn hidden(
    table: &ScoreTable,
    figure: impl Fn(&[[f64; 2]]) -> Result<f64, String>,
) -> f64 {
    if table.is_exact() {
        return 0.0;
    }
    let value = figure(&weights(table)).unwrap_or(f64::INFINITY);
    let ordered = |first: usize| {
        let mut cells = Vec::with_capacity(2 * table.cells().len());
        for cell in weights(table) {
            for class in [first, 1 - first] {
                let mut one = [0.0; 2];
                one[class] = cell[class];
                cells.push(one);
            }
        }
        figure(&cells).map_or(f64::INFINITY, |extreme| (extreme - value).abs())
    };
    ordered(0).max(ordered(1))
}

/// Neighbouring cells joined into at most [`CELLS`], each with about as much of
/// the two classes' shares as any other: a rare class keeps its resolution.
fn coarse(table: &ScoreTable) -> Vec<[Mass; 2]> {
    let cells = table.cells();
    let mut groups: Vec<[Mass; 2]> = Vec::with_capacity(CELLS.min(cells.len()));
    for (cell, group) in cells
        .iter()
        .zip(groups_of(cells.iter().map(|c| c.mass), CELLS))
    {
        if group == groups.len() {
            groups.push([Mass::default(); 2]);
        }
        if let Some(last) = groups.last_mut() {
            last[0] += cell.mass[0];
            last[1] += cell.mass[1];
        }
    }
    groups
}

/// The weights of negative and positive rows in each cell.
pub(crate) fn weights(table: &ScoreTable) -> Vec<[f64; 2]> {
    let cells = table.cells().iter();
    cells
        .map(|cell| cell.mass.map(|mass| mass.weight))
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
