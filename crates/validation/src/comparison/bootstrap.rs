//! The difference of two figures of a ranking on the same rows: Poisson draws
//! over cells of both scores.

use crate::Error;
use crate::evidence::{Evidence, Paired, PairedBinary};
use crate::interval::{Estimate, Method};
use crate::metric::{Confidence, Figure, Scored};
use crate::resample::{self, Coarse, Recipe, groups_of};
use crate::table::{JointScores, Mass};

/// So many groups of each version's scores. What a group hides of the variance
/// is of the order of one over the square of this.
const GROUPS: usize = 64;

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

/// The area under the ROC curve by bootstrap, for comparison with
/// [`delong`](super::delong), which takes its place in a metric's interval.
///
/// # Errors
/// As [`delong`](super::delong), or too few rows of a class.
pub fn bootstrap_roc_auc(table: &PairedBinary, confidence: &Confidence) -> Result<Estimate, Error> {
    bootstrap("roc_auc", table, &area, confidence)
}

fn area(cells: &[Scored]) -> Figure {
    let (mut negatives, mut positives, mut pairs) = (0.0, 0.0, 0.0);
    for cell in cells {
        let [n, p] = cell.weights;
        pairs += p * (negatives + 0.5 * n);
        negatives += n;
        positives += p;
    }
    if negatives > 0.0 && positives > 0.0 {
        Ok(pairs / (negatives * positives))
    } else {
        Err("all rows are of one class".to_owned())
    }
}

/// Joint cells by groups of the candidate's and the previous version's scores,
/// and the scores of each version's groups.
struct Grouped {
    cells: Vec<([usize; 2], [Mass; 2])>,
    sides: [Vec<Scored>; 2],
}

fn grouped(table: &PairedBinary) -> Grouped {
    let cells = table.scores.cells();
    let mut dense = vec![[Mass::default(); 2]; GROUPS * GROUPS];
    let groups = [0, 1].map(|version| groups_by(&table.scores, version));
    let mut sides = [
        vec![Coarse::default(); GROUPS],
        vec![Coarse::default(); GROUPS],
    ];
    for (i, cell) in cells.iter().enumerate() {
        let mass = &mut dense[groups[0][i] * GROUPS + groups[1][i]];
        mass[0] += cell.mass[0];
        mass[1] += cell.mass[1];
        for (version, side) in sides.iter_mut().enumerate() {
            let score = table.scores.score_of(cell.key()[version]);
            side[groups[version][i]].add(score, cell.mass);
        }
    }
    let used = |side: &Vec<Coarse>, groups: &[usize]| {
        let count = groups.iter().max().map_or(0, |last| last + 1);
        side[..count].iter().map(Coarse::scored).collect()
    };
    Grouped {
        cells: dense
            .into_iter()
            .enumerate()
            .filter(|(_, [n, p])| n.weight + p.weight > 0.0)
            .map(|(place, mass)| ([place / GROUPS, place % GROUPS], mass))
            .collect(),
        sides: [used(&sides[0], &groups[0]), used(&sides[1], &groups[1])],
    }
}

/// The group of each cell by one version's score.
fn groups_by(joint: &JointScores, version: usize) -> Vec<usize> {
    let cells = joint.cells();
    let order = joint.order_by(version);
    let ties: Vec<&[(u64, u32)]> = order.chunk_by(|a, b| a.0 == b.0).collect();
    let masses = ties.iter().map(|tied| {
        tied.iter().fold([Mass::default(); 2], |sum, &(_, i)| {
            let mass = cells[i as usize].mass;
            [sum[0] + mass[0], sum[1] + mass[1]]
        })
    });
    let mut group_of = vec![0; cells.len()];
    for (tied, group) in ties.iter().zip(groups_of(masses, GROUPS)) {
        for &(_, i) in *tied {
            group_of[i as usize] = group;
        }
    }
    group_of
}
