//! The same histogram of several groups, side by side.

use seatrial_verdict::Histogram;

use super::scale::{Scale, short};
use super::svg::{Anchor, Svg};
use super::{COLOURS, WIDTH, fitted};

const HEIGHT: f64 = 190.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = WIDTH - 10.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 24.0;
/// Bins that are drawn; more are only counted.
const BINS_MAX: usize = 60;
/// Groups that are drawn.
const GROUPS_MAX: usize = 4;
/// Width of a character of a label.
const CHARACTER: f64 = 6.4;

/// Draws the share that each group has in each bin.
pub(super) fn histogram(figure: &Histogram) -> String {
    let bins = figure.bins.len().min(BINS_MAX);
    let groups = &figure.groups[..figure.groups.len().min(GROUPS_MAX)];
    let shares: Vec<Vec<f64>> = groups
        .iter()
        .map(|group| shares(&group.counts, bins))
        .collect();
    let highest = shares.iter().flatten().copied().fold(0.0, f64::max);
    let y = Scale::exactly((0.0, highest.max(1e-9) * 1.05), (BOTTOM, TOP));
    let mut svg = Svg::new(WIDTH, HEIGHT);
    for tick in y.ticks(4) {
        svg.line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), "rule");
        let percent = format!("{}%", short(100.0 * tick));
        svg.text(
            (LEFT - 6.0, y.at(tick) + 4.0),
            Anchor::End,
            "tick",
            &percent,
        );
    }
    let bin_width = (RIGHT - LEFT) / bins.max(1) as f64;
    let bar_width = bin_width * 0.84 / groups.len().max(1) as f64;
    for (place, shares) in shares.iter().enumerate() {
        let class = format!("bar c{}", place % COLOURS);
        for (bin, share) in shares.iter().enumerate() {
            let x = LEFT + bin_width * (bin as f64 + 0.08) + bar_width * place as f64;
            let top = y.at(*share);
            svg.rect((x, top), (bar_width, BOTTOM - top), &class);
        }
    }
    svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), "axis");
    labels(&mut svg, figure, bins, bin_width);
    let mut at = LEFT;
    for (place, group) in groups.iter().enumerate() {
        let name = fitted(&group.name, 30);
        svg.rect(
            (at, 6.0),
            (10.0, 10.0),
            &format!("bar c{}", place % COLOURS),
        );
        svg.text((at + 15.0, 15.0), Anchor::Start, "name", &name);
        at += 34.0 + CHARACTER * name.chars().count() as f64;
    }
    svg.finish("plot", &told(figure, groups.len()))
}

/// Of each bin, the share of the whole.
fn shares(counts: &[f64], bins: usize) -> Vec<f64> {
    let count = |count: &f64| {
        if count.is_finite() {
            count.max(0.0)
        } else {
            0.0
        }
    };
    let whole: f64 = counts.iter().map(count).sum();
    let shares = counts
        .iter()
        .take(bins)
        .map(|one| count(one) / whole.max(f64::MIN_POSITIVE));
    shares.collect()
}

/// The names of as many bins as there is room for.
fn labels(svg: &mut Svg, figure: &Histogram, bins: usize, bin_width: f64) {
    let longest = figure
        .bins
        .iter()
        .take(bins)
        .map(|name| name.chars().count())
        .max();
    let needed = CHARACTER * longest.unwrap_or(0).min(14) as f64 + 8.0;
    let every = ((needed / bin_width).ceil() as usize).max(1);
    for (bin, name) in figure.bins.iter().take(bins).enumerate() {
        // The last is what is missing, or all others: no neighbour tells.
        let last = bin + 1 == bins;
        if !last && (bin % every != 0 || bin + every >= bins) {
            continue;
        }
        let (x, anchor) = match last && every > 1 {
            true => (RIGHT, Anchor::End),
            false => (LEFT + bin_width * (bin as f64 + 0.5), Anchor::Middle),
        };
        svg.text((x, BOTTOM + 15.0), anchor, "tick", &fitted(name, 14));
    }
    if figure.bins.len() > bins {
        let more = format!("and {} more bins", figure.bins.len() - bins);
        svg.text((RIGHT, 15.0), Anchor::End, "name", &more);
    }
}

fn told(figure: &Histogram, groups: usize) -> String {
    let names = figure
        .groups
        .iter()
        .take(groups)
        .map(|group| group.name.as_str());
    let names: Vec<_> = names.collect();
    format!(
        "histogram of {} over {} bins: {}",
        figure.title,
        figure.bins.len(),
        names.join(" and ")
    )
}
