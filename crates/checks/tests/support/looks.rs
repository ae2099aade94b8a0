//! What checks show: every figure holds together, and those that a check is to
//! show are there.

use std::collections::BTreeSet;

use seatrial_verdict::{Figure, Status, Verdict};

/// Checks that show a figure of this title whenever they measured anything.
const ALWAYS: [(&str, &str); 8] = [
    ("calibration", "reliability"),
    ("end-to-end", "stages of"),
    ("stage-contract", "stages of"),
    ("gradient-flow", "gradient of each matrix before training"),
    ("loss-decreases", "loss run=0"),
    ("memorizes", "loss run=0"),
    ("trend", "over the last"),
    ("serves", "phases of"),
];

/// Checks that show it for at least one of their planted faults.
pub const SOMETIMES: [(&str, &str); 9] = [
    ("quality", "ROC"),
    ("quality", "precision and recall"),
    ("quality", "most harmed first"),
    ("no-regression", "ROC"),
    ("no-regression", "most harmed first"),
    ("no-drift", "has moved"),
    ("validation-is-current", "has moved"),
    ("reproducible", "largest difference"),
    ("resume-equals-uninterrupted", "largest difference"),
];

/// Titles of everything that there is to look at.
pub fn titles(verdict: &Verdict) -> Vec<&str> {
    let curves = verdict.series.iter().map(|one| one.name.as_str());
    let figures = verdict.figures.iter().map(|figure| match figure {
        Figure::Lines(one) => one.title.as_str(),
        Figure::Histogram(one) => &one.title,
        Figure::Bars(one) => &one.title,
        Figure::Grid(one) => &one.title,
        Figure::Stages(one) => &one.title,
        Figure::Timeline(one) => &one.title,
        Figure::Unknown => "",
    });
    curves.chain(figures).collect()
}

/// Whether a verdict shows what it should, and all of it holds together.
pub fn hold_together(check: &str, verdict: &Verdict) -> Result<(), String> {
    let measured = !verdict.measurements.is_empty() && verdict.status == Status::Pass;
    for (of, title) in ALWAYS {
        let shown = titles(verdict).iter().any(|known| known.contains(title));
        if of == check && measured && !shown {
            return Err(format!("no figure `{title}`: {:?}", titles(verdict)));
        }
    }
    verdict.figures.iter().try_for_each(holds_together)
}

fn holds_together(figure: &Figure) -> Result<(), String> {
    let require = |holds: bool, what: &str| match holds {
        true => Ok(()),
        false => Err(format!("{what}: {figure:?}")),
    };
    match figure {
        Figure::Lines(lines) => {
            require(!lines.lines.is_empty(), "no line")?;
            for line in &lines.lines {
                require(line.x.len() == line.y.len(), "x and y of two lengths")?;
                require(line.x.len() <= 1_000, "points by the thousand")?;
                require(line.x.is_sorted(), "x falls")?;
            }
            Ok(())
        }
        Figure::Histogram(histogram) => {
            let bins = histogram.bins.len();
            require(bins > 0 && bins <= 40, "no bins, or too many")?;
            let counts = |counts: &[f64]| counts.len() == bins && counts.iter().sum::<f64>() > 0.0;
            let mut groups = histogram.groups.iter();
            require(groups.all(|group| counts(&group.counts)), "counts and bins")
        }
        Figure::Bars(bars) => require(!bars.bars.is_empty(), "no bar"),
        Figure::Grid(grid) => {
            let columns = grid.columns.len();
            let mut rows = grid.rows.iter();
            require(
                rows.all(|row| row.values.len() == columns),
                "rows and columns",
            )
        }
        Figure::Stages(stages) => {
            let names: BTreeSet<_> = stages.stages.iter().map(|stage| &stage.name).collect();
            let mut after = stages.stages.iter().flat_map(|stage| &stage.after);
            require(
                after.all(|name| names.contains(name)),
                "after what is not there",
            )?;
            require(names.len() == stages.stages.len(), "two of one name")
        }
        Figure::Timeline(timeline) => {
            let mut phases = timeline.phases.iter();
            require(
                phases.all(|one| 0.0 <= one.from_s && one.from_s <= one.to_s),
                "time runs back",
            )
        }
        Figure::Unknown => require(false, "of no kind"),
    }
}
