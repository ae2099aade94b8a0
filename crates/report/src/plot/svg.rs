//! The few elements of SVG that drawings are made of.

use std::fmt::Write;

use crate::plain;

/// Where a text lies against its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing at work.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            body: String::new(),
            width,
            height,
        }
    }

    /// Makes it higher.
    pub(super) fn grow(&mut self, by: f64) {
        self.height += by;
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (short(from), short(to));
        self.add(format_args!(
            r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{class}"/>"#
        ));
    }

    pub(super) fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str) {
        let ((x, y), (w, h)) = (short(at), short((size.0.max(0.0), size.1.max(0.0))));
        self.add(format_args!(
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" class="{class}"/>"#
        ));
    }

    pub(super) fn dot(&mut self, at: (f64, f64), radius: f64, class: &str) {
        let (x, y) = short(at);
        self.add(format_args!(
            r#"<circle cx="{x}" cy="{y}" r="{radius}" class="{class}"/>"#
        ));
    }

    /// A cross, for what has no place.
    pub(super) fn cross(&mut self, (x, y): (f64, f64), class: &str) {
        self.line((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), class);
        self.line((x - 4.0, y + 4.0), (x + 4.0, y - 4.0), class);
    }

    /// A path in the language of `d`, which must hold numbers and letters only.
    pub(super) fn path(&mut self, d: &str, class: &str) {
        self.add(format_args!(r#"<path d="{d}" class="{class}"/>"#));
    }

    pub(super) fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let (x, y) = short(at);
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " mid",
            Anchor::End => " end",
        };
        let text = escape(text);
        self.add(format_args!(
            r#"<text x="{x}" y="{y}" class="{class}{anchor}">{text}</text>"#
        ));
    }

    /// The drawing, told in words for those who do not see it.
    pub(super) fn finish(self, class: &str, told: &str) -> String {
        let (width, height) = short((self.width, self.height));
        let (told, body) = (escape(told), self.body);
        format!(
            r#"<svg viewBox="0 0 {width} {height}" class="{class}" role="img" aria-label="{told}">{body}</svg>"#
        )
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(element);
    }
}

/// A number with a decimal: a tenth of a unit is less than the eye sees.
#[derive(Clone, Copy)]
pub(super) struct Tenths(pub(super) f64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        write!(f, "{}", if tenths == 0.0 { 0.0 } else { tenths })
    }
}

fn short((x, y): (f64, f64)) -> (Tenths, Tenths) {
    (Tenths(x), Tenths(y))
}

/// Text of data, as text of HTML and SVG.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
