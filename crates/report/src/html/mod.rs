//! A run as one page: the decision first, then what it rests on.
//!
//! The page needs nothing but itself: no network, no script to be read. All
//! that comes from data is escaped by the template engine or by
//! [`plot`](crate::plot), and the page's own policy lets
//! nothing run but its own script, which is named by its hash.
//!
//! What does not live here: drawing, which is [`plot`](crate::plot), and
//! deciding, which is [`Decision`](crate::Decision).

mod budget;
mod case;
mod facts;
mod view;

use std::io;

use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;

use crate::{Comparison, Run};
use view::Page;

const TEMPLATE: &str = include_str!("page.html");

/// The run as a page.
///
/// # Errors
/// When the template does not fit, which is a mistake of this program.
pub fn html(run: &Run) -> io::Result<String> {
    render(&Page::new(run, None))
}

/// The run as a page, with what is different from another.
///
/// # Errors
/// As [`html`].
pub fn html_compared(run: &Run, comparison: &Comparison) -> io::Result<String> {
    render(&Page::new(run, Some(comparison)))
}

fn render(page: &Page) -> io::Result<String> {
    let text = || {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?;
        environment.set_syntax(syntax);
        environment.add_template("page.html", TEMPLATE)?;
        let template = environment.get_template("page.html")?;
        template.render(Serde(page))
    };
    text().map_err(io::Error::other)
}
