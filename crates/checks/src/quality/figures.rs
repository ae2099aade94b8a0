//! What the checks of this chapter show: curves of rankings, reliability,
//! slices by harm, columns then and now. Numbers only; reports draw them.

use seatrial_validation::curve::{precision_recall, roc};
use seatrial_validation::drift::{PairedHistogram, Profile};
use seatrial_validation::evidence::{Evidence, Labels};
use seatrial_validation::metric::reliability_bins;
use seatrial_verdict::{Bar, Bars, Bound, Figure, Group, Histogram, Line, Lines};

/// Slices of one metric that are kept: the worst of them.
const SLICES_MAX: usize = 60;

type Curve = fn(Evidence) -> Result<Vec<(f64, f64)>, seatrial_validation::Error>;

/// The ROC curve and the curve of precision and recall of these versions, where
/// they rank rows of two classes.
pub(super) fn rankings(versions: &[(&str, Evidence)]) -> Vec<Figure> {
    let curves = |of: Curve| {
        let lines = versions.iter().filter_map(|(name, evidence)| {
            // Without scores, or with one class only, there is nothing to see.
            Some(line(name, of(*evidence).ok()?))
        });
        lines.collect::<Vec<_>>()
    };
    let roc = Lines {
        title: "ROC".into(),
        x: "false positive rate".into(),
        y: "true positive rate".into(),
        lines: curves(roc),
        bound: None,
        diagonal: true,
    };
    let precision_recall = Lines {
        title: "precision and recall".into(),
        x: "recall".into(),
        y: "precision".into(),
        lines: curves(precision_recall),
        ..Lines::default()
    };
    let both = [roc, precision_recall].into_iter();
    both.filter(|figure| !figure.lines.is_empty())
        .map(Figure::Lines)
        .collect()
}

/// The reliability diagram of these versions, where they give probabilities.
pub(super) fn reliability(versions: &[(&str, Evidence)], bins: usize) -> Option<Figure> {
    let lines = versions.iter().filter_map(|(name, evidence)| {
        let bins = reliability_bins(*evidence, bins).ok()?;
        let points = bins.iter().map(|bin| (bin.probability, bin.share));
        Some(line(name, points.collect()))
    });
    let lines: Vec<_> = lines.collect();
    (!lines.is_empty()).then(|| {
        Figure::Lines(Lines {
            title: "reliability".into(),
            x: "predicted probability".into(),
            y: "observed share".into(),
            lines,
            bound: None,
            diagonal: true,
        })
    })
}

/// Each of several labels on its own, as [`rankings`] and [`reliability`] take
/// versions.
pub(super) fn each_label(labels: &Labels) -> Vec<(&str, Evidence<'_>)> {
    let names = labels.names().iter().map(String::as_str);
    names
        .zip(labels.each().iter().map(Evidence::Binary))
        .collect()
}

fn line(name: &str, points: Vec<(f64, f64)>) -> Line {
    let (x, y) = points.into_iter().unzip();
    Line {
        name: name.to_owned(),
        x,
        y,
    }
}

/// A figure of one metric in one slice, or in all rows.
pub(super) struct InSlice {
    /// `country=de`; `None` for all rows.
    pub slice: Option<String>,
    /// What was measured there.
    pub value: f64,
    /// The interval of it.
    pub interval: (f64, f64),
    /// What it was before, if that is known.
    pub before: Option<f64>,
    /// Where it must lie.
    pub bound: Bound,
}

/// One metric in all rows and then in every slice, the most harmed first.
/// `None` without slices.
pub(super) fn slices(title: &str, mut all: Vec<InSlice>) -> Option<Figure> {
    let count = all.iter().filter(|one| one.slice.is_some()).count();
    if count == 0 {
        return None;
    }
    // What is not a number is the worst.
    let harm = |one: &InSlice| {
        let (from, to) = one.bound.ends();
        let below = from.map_or(f64::MIN, |from| from - one.value);
        let above = to.map_or(f64::MIN, |to| one.value - to);
        if one.value.is_nan() {
            f64::INFINITY
        } else {
            below.max(above)
        }
    };
    all.sort_by(|a, b| {
        let whole = |one: &InSlice| one.slice.is_some();
        (whole(a).cmp(&whole(b))).then(harm(b).total_cmp(&harm(a)))
    });
    let shown = match count > SLICES_MAX {
        true => format!(", the {SLICES_MAX} worst of {count}"),
        false => String::new(),
    };
    let bounds: Vec<Bound> = all.iter().map(|one| one.bound).collect();
    let kept = all.len() - count + SLICES_MAX;
    let bars = all.into_iter().take(kept).map(|one| Bar {
        name: one.slice.unwrap_or_else(|| "all rows".into()),
        value: one.value,
        low: Some(one.interval.0),
        high: Some(one.interval.1),
        before: one.before,
    });
    Some(Figure::Bars(Bars {
        title: format!("{title} by slice, most harmed first{shown}"),
        unit: "1".into(),
        bars: bars.collect(),
        // Where slices have bounds of their own, there is no one band.
        bound: bounds
            .iter()
            .all(|bound| *bound == bounds[0])
            .then(|| bounds[0]),
    }))
}

/// A column then and now. `None` for columns that cannot be compared.
pub(super) fn then_and_now(
    title: String,
    names: [&str; 2],
    reference: &Profile,
    current: &Profile,
) -> Option<Figure> {
    let PairedHistogram { bins, counts } = PairedHistogram::of(reference, current).ok()?;
    let groups = names.into_iter().zip(counts);
    let groups = groups.map(|(name, counts)| Group {
        name: name.to_owned(),
        counts,
    });
    Some(Figure::Histogram(Histogram {
        title,
        bins,
        groups: groups.collect(),
    }))
}
