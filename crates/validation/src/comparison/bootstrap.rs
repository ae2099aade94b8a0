//! The difference of two figures of a ranking on the same rows: Poisson draws
//! over cells of both scores.

use crate::Error;
use crate::evidence::{Evidence, Paired, PairedBinary};
use crate::interval::{Estimate, Method, half_of_equal};
use crate::metric::{Confidence, Figure, Scored};
use crate::resample::{self, Coarse, Recipe, groups_of};
use crate::table::{Mass, ScoreTable};

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
    let drawn: Vec<f64> = (0..confidence.resamples)
        .map(|_| {
            let mut draw = |i: usize| {
                recipes[i].map(|class: Option<Recipe>| class.map_or(0.0, |c| c.draw(&mut stream)))
            };
            figures(&mut draw).map_or(f64::NAN, |figure| figure + shift)
        })
        .collect();
    let hidden = |evidence: Evidence| match evidence.scores() {
        Some(scores) if !scores.is_exact() => resample::hidden(scores, figure),
        _ => 0.0,
    };
    let hidden = hidden(paired.candidate()) + hidden(paired.previous());
    if resample::vary_not(&drawn) {
        // Equal rankings of four rows prove nothing about the fifth.
        let (a, b) = (table.candidate().scores(), table.previous().scores());
        let alone = |scores| resample::ranking(metric, scores, figure, confidence);
        let rows = a.totals().map(|total| total.effective_rows());
        let half = half_of_equal(
            [alone(a)?, alone(b)?],
            rows[0] + rows[1],
            confidence.false_alarm,
        );
        let ends = (value - half, value + half);
        return Ok(Estimate::new(value, ends, Method::Bootstrap).hiding(hidden));
    }
    let ends = resample::ends(metric, value, drawn, confidence.false_alarm)?;
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
    let versions = [table.candidate().scores(), table.previous().scores()];
    let beginnings = versions.map(beginnings);
    let mut sides = beginnings
        .each_ref()
        .map(|keys| vec![Coarse::default(); keys.len() + 1]);
    for cell in cells {
        let keys = table.scores.first_keys(cell);
        let scores = table.scores.scores_of(cell);
        let mut groups = [0; 2];
        for (version, side) in sides.iter_mut().enumerate() {
            groups[version] = beginnings[version].partition_point(|begin| *begin <= keys[version]);
            side[groups[version]].add(scores[version], cell.mass);
        }
        let mass = &mut dense[groups[0] * GROUPS + groups[1]];
        mass[0] += cell.mass[0];
        mass[1] += cell.mass[1];
    }
    Grouped {
        cells: dense
            .into_iter()
            .enumerate()
            .filter(|(_, [n, p])| n.weight + p.weight > 0.0)
            .map(|(place, mass)| ([place / GROUPS, place % GROUPS], mass))
            .collect(),
        sides: sides.map(|side| side.iter().map(Coarse::scored).collect()),
    }
}

/// The keys at which groups of one version's scores begin, all but the first.
fn beginnings(scores: &ScoreTable) -> Vec<u64> {
    let groups = groups_of(scores.cells().iter().map(|cell| cell.mass), GROUPS);
    let mut last = 0;
    let cells = scores.cells().iter().zip(groups);
    cells
        .filter(|(_, group)| std::mem::replace(&mut last, *group) != *group)
        .map(|(cell, _)| scores.first_key(cell))
        .collect()
}
