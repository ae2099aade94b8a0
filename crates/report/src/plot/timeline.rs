//! What happened when.

use seatrial_verdict::{Phase, Timeline};

use super::scale::{Scale, short};
use super::svg::{Anchor, Svg};
use super::{WIDTH, class, fitted};

const LEFT: f64 = 120.0;
const RIGHT: f64 = WIDTH - 84.0;
const TOP: f64 = 6.0;
const ROW: f64 = 22.0;
/// Phases that are drawn; more are only counted.
const DRAWN_MAX: usize = 40;

/// Draws a bar a phase, from its beginning to its end.
pub(super) fn timeline(figure: &Timeline) -> String {
    let drawn = &figure.phases[..figure.phases.len().min(DRAWN_MAX)];
    let bottom = TOP + ROW * drawn.len() as f64;
    let ends = drawn.iter().flat_map(|phase| [phase.from_s, phase.to_s]);
    let scale = Scale::linear(ends.chain([0.0]), (LEFT, RIGHT), 0.0);
    let mut svg = Svg::new(WIDTH, bottom + 22.0);
    for tick in scale.ticks(5) {
        svg.line((scale.at(tick), TOP), (scale.at(tick), bottom), "rule");
        let text = format!("{} s", short(tick));
        svg.text(
            (scale.at(tick), bottom + 15.0),
            Anchor::Middle,
            "tick",
            &text,
        );
    }
    for (place, phase) in drawn.iter().enumerate() {
        row(&mut svg, scale, TOP + ROW * place as f64, phase);
    }
    let more = figure.phases.len() - drawn.len();
    if more > 0 {
        svg.text(
            (LEFT - 8.0, bottom + 15.0),
            Anchor::End,
            "name",
            &format!("and {more} more"),
        );
    }
    svg.finish("plot", &told(figure))
}

fn row(svg: &mut Svg, scale: Scale, top: f64, phase: &Phase) {
    let text = top + 15.0;
    svg.text(
        (LEFT - 8.0, text),
        Anchor::End,
        "name",
        &fitted(&phase.name, 17),
    );
    if !(phase.from_s.is_finite() && phase.to_s.is_finite()) {
        svg.cross((LEFT + 8.0, top + ROW / 2.0), "not-finite");
        return;
    }
    let (from, to) = (scale.at(phase.from_s), scale.at(phase.to_s));
    // What took no time is still seen.
    let width = (to - from).max(2.0);
    svg.rect(
        (from, top + 4.0),
        (width, ROW - 8.0),
        &format!("bar {}", class(phase.status)),
    );
    let seconds = format!("{} s", short(phase.to_s - phase.from_s));
    svg.text((from + width + 6.0, text), Anchor::Start, "value", &seconds);
}

fn told(figure: &Timeline) -> String {
    let phases = figure.phases.iter().take(20).map(|phase| {
        format!(
            "{} from {} s to {} s: {}",
            phase.name,
            short(phase.from_s),
            short(phase.to_s),
            phase.status.word()
        )
    });
    let phases: Vec<_> = phases.collect();
    format!("{}: {}", figure.title, phases.join("; "))
}
