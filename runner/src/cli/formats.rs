//! The ways in which a run is written on the output stream.

use std::io::stdout;

use seatrial_report::{self as report, AtEnd, Github, Human, JsonLines, Progress, Renderer};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A line a case, and explanations of what did not pass.
    #[default]
    Human,
    /// An event a line, as docs/events.md says.
    Json,
    /// JUnit XML, as docs/junit.xsd says, when the run is over.
    Junit,
    /// Annotations on the lines of the specs, for GitHub Actions.
    Github,
    /// A summary for a pull request, when the run is over.
    Markdown,
}

impl Format {
    /// Writes on the output stream.
    pub(super) fn renderer(self) -> Box<dyn Renderer> {
        match self {
            Format::Human => {
                let human = Human::new(anstream::stdout(), Progress::on_terminal());
                Box::new(human.fitting(report::terminal_width()))
            }
            Format::Json => Box::new(JsonLines::new(stdout())),
            Format::Junit => Box::new(AtEnd::new(stdout(), report::junit)),
            Format::Github => Box::new(Github::new(stdout())),
            Format::Markdown => Box::new(AtEnd::new(stdout(), report::markdown)),
        }
    }
}
