//! A value a name: slices from the worst, layers from the first.

use seatrial_verdict::{Bar, Bars, Placement};

use super::scale::{Scale, short};
use super::svg::{Anchor, Svg, Tenths};
use super::{WIDTH, fitted};

const LEFT: f64 = 150.0;
const RIGHT: f64 = WIDTH - 66.0;
const TOP: f64 = 6.0;
const ROW: f64 = 20.0;
/// Bars that are drawn; more are only counted.
const DRAWN_MAX: usize = 40;

/// Draws a bar a name, with its interval, and what it was before.
pub(super) fn bars(figure: &Bars) -> String {
    let drawn = &figure.bars[..figure.bars.len().min(DRAWN_MAX)];
    let bottom = TOP + ROW * drawn.len() as f64;
    let (from, to) = figure.bound.map_or((None, None), |bound| bound.ends());
    let values = drawn.iter().flat_map(|bar| {
        let ends = [bar.low, bar.high, bar.before];
        ends.into_iter().flatten().chain([bar.value])
    });
    let edges = [from, to].into_iter().flatten();
    let scale = Scale::fitting(
        values.chain(edges.clone()).chain(zero(drawn)),
        (LEFT, RIGHT),
    );
    let mut svg = Svg::new(WIDTH, bottom + 24.0);
    if figure.bound.is_some() {
        let left = from.map_or(LEFT, |from| scale.within(from));
        let right = to.map_or(RIGHT, |to| scale.within(to));
        svg.rect((left, TOP), (right - left, bottom - TOP), "allowed");
    }
    for tick in scale.ticks(5) {
        svg.line((scale.at(tick), TOP), (scale.at(tick), bottom), "rule");
        svg.text(
            (scale.at(tick), bottom + 14.0),
            Anchor::Middle,
            "tick",
            &short(tick),
        );
    }
    for edge in edges {
        svg.line((scale.at(edge), TOP), (scale.at(edge), bottom), "bound");
    }
    for (place, bar) in drawn.iter().enumerate() {
        let ends = (bar.low.unwrap_or(bar.value), bar.high.unwrap_or(bar.value));
        let class = match figure.bound.map(|bound| bound.place(ends.0, ends.1)) {
            None => "c0",
            Some(Placement::Inside) => "good",
            Some(Placement::Outside) => "bad",
            Some(Placement::Spanning) => "unsure",
        };
        row(&mut svg, scale, TOP + ROW * place as f64, bar, class);
    }
    let more = figure.bars.len() - drawn.len();
    if more > 0 {
        svg.text(
            (LEFT - 8.0, bottom + 14.0),
            Anchor::End,
            "name",
            &format!("and {more} more"),
        );
    }
    svg.finish("plot", &told(figure))
}

/// Zero belongs on the axis unless the values are far apart, or far from it.
fn zero(bars: &[Bar]) -> Option<f64> {
    let values = || bars.iter().map(|bar| bar.value).filter(|v| v.is_finite());
    let (low, high) = (
        values().fold(f64::MAX, f64::min),
        values().fold(f64::MIN, f64::max),
    );
    (low <= high && (low <= 0.0 || low < high / 3.0 && high / low < 1000.0)).then_some(0.0)
}

fn row(svg: &mut Svg, scale: Scale, top: f64, bar: &Bar, class: &str) {
    let middle = top + ROW / 2.0;
    let text = middle + 4.0;
    svg.text(
        (LEFT - 8.0, text),
        Anchor::End,
        "name",
        &fitted(&bar.name, 22),
    );
    svg.text(
        (RIGHT + 8.0, text),
        Anchor::Start,
        "value",
        &short(bar.value),
    );
    if !bar.value.is_finite() {
        svg.cross((LEFT + 8.0, middle), "not-finite");
        return;
    }
    // From zero if that is on the axis, else from its near end.
    let (zero, end) = (
        scale.within(0.0_f64.max(if scale.logarithmic {
            f64::MIN_POSITIVE
        } else {
            0.0
        })),
        scale.at(bar.value),
    );
    svg.rect(
        (zero.min(end), top + 4.0),
        ((zero - end).abs(), ROW - 8.0),
        &format!("bar {class}"),
    );
    if let (Some(low), Some(high)) = (bar.low, bar.high)
        && low.is_finite()
        && high.is_finite()
    {
        svg.line(
            (scale.at(low), middle),
            (scale.at(high), middle),
            "whisker ink",
        );
    }
    if let Some(before) = bar.before.filter(|before| before.is_finite()) {
        let x = Tenths(scale.at(before));
        svg.path(
            &format!("M{x} {}v{}", Tenths(top + 1.0), ROW - 2.0),
            "before",
        );
    }
}

/// The same in words: the first bars.
fn told(figure: &Bars) -> String {
    let first = figure
        .bars
        .iter()
        .take(12)
        .map(|bar| format!("{} {}", bar.name, short(bar.value)));
    let first: Vec<_> = first.collect();
    format!("{}: {}", figure.title, first.join(", "))
}
