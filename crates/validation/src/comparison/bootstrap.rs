//! The difference of two figures of a ranking on the same rows: Poisson draws
//! over cells of both scores.

use std::collections::BTreeMap;

use crate::Error;
use crate::evidence::{Evidence, Paired, PairedBinary};
use crate::interval::{Estimate, Method};
use crate::metric::{Confidence, Figure, Scored};
use crate::resample::{self, Coarse, Recipe, groups_of};
use crate::table::{JointCell, Mass};

/// So many groups of each version's scores.
const GROUPS: usize = 128;

/// Candidate less previous, with quantiles of the difference over resampled
/// rows. Rows are resampled by cells of [`GROUPS`] groups of either score;
/// the difference is centred on that of the finest cells.
///
/// # Errors
/// The figure is undefined for either version, or for too many resamples.
pub(crate) fn bootstrap(
    metric: &str,
    table: &PairedBinary,
    figure: &dyn Fn(&[Scored]) -> Figure,
    confidence: &Confidence,
) -> Result<Estimate, Error> {
    let undefined = |reason| Error::undefined(metric, reason);
    let paired = Paired::Binary(table);
    let fine = |evidence: Evidence| -> Result<f64, Error> {
        let cells = evidence.scores().map(resample::scored).unwrap_or_default();
        figure(&cells).map_err(undefined)
    };
    let value = fine(paired.candidate())? - fine(paired.previous())?;
    let Grouped { cells, mut sides } = grouped(table);
    let mut figures = |weights: &mut dyn FnMut(usize) -> [f64; 2]| -> Figure {
        for group in sides.iter_mut().flatten() {
            group.weights = [0.0; 2];
        }
        for (i, (groups, _)) in cells.iter().enumerate() {
            let weight = weights(i);
            for (side, &group) in sides.iter_mut().zip(groups) {
                side[group].weights[0] += weight[0];
                side[group].weights[1] += weight[1];
            }
        }
        Ok(figure(&sides[0])? - figure(&sides[1])?)
    };
    let shift = value - figures(&mut |i| cells[i].1.map(|mass| mass.weight)).map_err(undefined)?;
    let recipes: Vec<_> = cells
        .iter()
        .map(|(_, mass)| mass.map(Recipe::new))
        .collect();
    let mut stream = confidence.streams.stream(&format!("{metric}/difference"));
    let drawn = (0..confidence.resamples)
        .map(|_| {
            let mut draw = |i: usize| {
                recipes[i].map(|class: Option<Recipe>| class.map_or(0.0, |c| c.draw(&mut stream)))
            };
            figures(&mut draw).map_or(f64::NAN, |figure| figure + shift)
        })
        .collect();
    let ends = resample::ends(metric, value, drawn, confidence.false_alarm)?;
    let hidden = |evidence: Evidence| match evidence.scores() {
        Some(scores) if !scores.is_exact() => resample::hidden(scores, figure),
        _ => 0.0,
    };
    let hidden = hidden(paired.candidate()) + hidden(paired.previous());
    Ok(Estimate::new(value, ends, Method::Bootstrap).hiding(hidden))
}

/// Joint cells by groups of the candidate's and the previous version's scores,
/// and the scores of each version's groups.
struct Grouped {
    cells: Vec<([usize; 2], [Mass; 2])>,
    sides: [Vec<Scored>; 2],
}

fn grouped(table: &PairedBinary) -> Grouped {
    let cells = table.scores.cells();
    let mut sorted = BTreeMap::<[usize; 2], [Mass; 2]>::new();
    let groups = [0, 1].map(|version| groups_by(cells, version));
    let mut sides = [
        vec![Coarse::default(); GROUPS],
        vec![Coarse::default(); GROUPS],
    ];
    for (i, cell) in cells.iter().enumerate() {
        let mass = sorted.entry([groups[0][i], groups[1][i]]).or_default();
        mass[0] += cell.mass[0];
        mass[1] += cell.mass[1];
        for (version, side) in sides.iter_mut().enumerate() {
            let score = table.scores.score_of(cell.keys[version]);
            side[groups[version][i]].add(score, cell.mass);
        }
    }
    let used = |side: &Vec<Coarse>, groups: &[usize]| {
        let count = groups.iter().max().map_or(0, |last| last + 1);
        side[..count].iter().map(Coarse::scored).collect()
    };
    Grouped {
        cells: sorted.into_iter().collect(),
        sides: [used(&sides[0], &groups[0]), used(&sides[1], &groups[1])],
    }
}

/// The group of each cell by one version's score.
fn groups_by(cells: &[JointCell], version: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by_key(|&i| cells[i].keys[version]);
    let ties: Vec<&[usize]> = order
        .chunk_by(|&a, &b| cells[a].keys[version] == cells[b].keys[version])
        .collect();
    let masses = ties.iter().map(|tied| {
        tied.iter().fold([Mass::default(); 2], |sum, &i| {
            [sum[0] + cells[i].mass[0], sum[1] + cells[i].mass[1]]
        })
    });
    let mut group_of = vec![0; cells.len()];
    for (tied, group) in ties.iter().zip(groups_of(masses, GROUPS)) {
        for &i in *tied {
            group_of[i] = group;
        }
    }
    group_of
}
