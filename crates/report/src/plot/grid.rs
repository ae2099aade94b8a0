//! A value for each row and column, where zero is what should be.

use seatrial_verdict::Grid;

use super::scale::short;
use super::svg::{Anchor, Svg};
use super::{WIDTH, fitted};

const LEFT: f64 = 170.0;
const RIGHT: f64 = WIDTH - 10.0;
const TOP: f64 = 6.0;
const ROW: f64 = 18.0;
/// Rows and columns that are drawn; more are only counted.
const ROWS_MAX: usize = 40;
const COLUMNS_MAX: usize = 50;
/// Shades between zero and the greatest value.
const SHADES: f64 = 4.0;

/// Draws a square for each value: empty at zero, darker the further from it,
/// crossed where it is not finite; the first column with any is outlined.
pub(super) fn grid(figure: &Grid) -> String {
    let rows = &figure.rows[..figure.rows.len().min(ROWS_MAX)];
    let columns = figure.columns.len().min(COLUMNS_MAX);
    let width = ((RIGHT - LEFT) / columns.max(1) as f64).min(40.0);
    let bottom = TOP + ROW * rows.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 38.0);
    let sizes = rows
        .iter()
        .flat_map(|row| row.values.iter().map(|value| value.abs()));
    let shades = Shades::of(sizes.filter(|size| size.is_finite() && *size > 0.0));
    for (place, row) in rows.iter().enumerate() {
        let top = TOP + ROW * place as f64;
        svg.text(
            (LEFT - 8.0, top + 13.0),
            Anchor::End,
            "name",
            &fitted(&row.name, 25),
        );
        for (column, value) in row.values.iter().take(columns).enumerate() {
            let at = (LEFT + width * column as f64, top);
            let class = format!("cell s{}", shades.shade(*value));
            svg.rect((at.0 + 1.0, at.1 + 1.0), (width - 2.0, ROW - 2.0), &class);
            if !value.is_finite() {
                svg.cross((at.0 + width / 2.0, top + ROW / 2.0), "not-finite");
            }
        }
    }
    let every = ((26.0 / width).ceil() as usize).max(1);
    for (column, name) in figure
        .columns
        .iter()
        .take(columns)
        .enumerate()
        .step_by(every)
    {
        let x = LEFT + width * (column as f64 + 0.5);
        svg.text((x, bottom + 14.0), Anchor::Middle, "tick", &fitted(name, 8));
    }
    let first = first_column(figure, rows.len());
    if let Some(column) = first.filter(|column| *column < columns) {
        let at = (LEFT + width * column as f64, TOP - 1.0);
        svg.rect(at, (width, bottom - TOP + 2.0), "outline");
    }
    svg.text(
        (LEFT, bottom + 31.0),
        Anchor::Start,
        "name",
        &fitted(&figure.x, 30),
    );
    more(&mut svg, figure, (rows.len(), columns), bottom + 31.0);
    svg.finish("plot", &told(figure, first))
}

/// Says what is not drawn.
fn more(svg: &mut Svg, figure: &Grid, (rows, columns): (usize, usize), y: f64) {
    let more = [
        (figure.rows.len() - rows, &figure.y),
        (figure.columns.len() - columns, &figure.x),
    ];
    let more = more.iter().filter(|(count, _)| *count > 0);
    let more: Vec<_> = more
        .map(|(count, what)| format!("{count} more of {what}"))
        .collect();
    if !more.is_empty() {
        let text = format!("not shown: {}", more.join(", "));
        svg.text((RIGHT, y), Anchor::End, "name", &text);
    }
}

/// The first column in which something is not zero.
fn first_column(figure: &Grid, rows: usize) -> Option<usize> {
    let firsts = figure.rows[..rows].iter();
    let firsts = firsts.filter_map(|row| row.values.iter().position(|value| *value != 0.0));
    firsts.min()
}

/// From sizes to shades, by orders of magnitude.
struct Shades {
    least: f64,
    greatest: f64,
}

impl Shades {
    fn of(sizes: impl Iterator<Item = f64>) -> Self {
        let (least, greatest) = sizes
            .fold((f64::MAX, f64::MIN_POSITIVE), |(least, greatest), size| {
                (size.min(least), size.max(greatest))
            });
        Self { least, greatest }
    }

    /// From 0 for zero to the number of shades.
    fn shade(&self, value: f64) -> u8 {
        if value == 0.0 {
            return 0;
        }
        if !value.is_finite() || self.greatest <= self.least {
            return SHADES as u8;
        }
        let share = (value.abs() / self.least).ln() / (self.greatest / self.least).ln();
        (1.0 + share * (SHADES - 1.0)).round() as u8
    }
}

fn told(figure: &Grid, first: Option<usize>) -> String {
    let Some(column) = first else {
        return format!("{}: zero everywhere", figure.title);
    };
    let at = |row: &seatrial_verdict::Row| row.values.get(column).copied().unwrap_or(0.0);
    let rows = figure.rows.iter().filter(|row| at(row) != 0.0).take(8);
    let rows: Vec<_> = rows
        .map(|row| format!("{} {}", row.name, short(at(row))))
        .collect();
    let name = figure.columns.get(column).map_or("", String::as_str);
    format!(
        "{}: first at {} {name}: {}",
        figure.title,
        figure.x,
        rows.join(", ")
    )
}
