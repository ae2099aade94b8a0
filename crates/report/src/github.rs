//! A run on GitHub Actions: what is against, on the line of its spec.
//!
//! GitHub takes any line that begins with `::` as a command, wherever it comes
//! from, so no text of a case ever begins a line here. It shows ten errors a
//! step at most, so the last says how many there are.

use std::borrow::Cow;
use std::io::{self, Write};

use seatrial_verdict::Status;

use crate::{Case, Event, Renderer, Run, plain, run::Collector};

/// Writes an annotation for each case that is against, and one for the run.
pub struct Github<W> {
    out: W,
    collector: Collector,
}

impl<W: Write> Github<W> {
    /// Writes there.
    pub fn new(out: W) -> Self {
        Self {
            out,
            collector: Collector::default(),
        }
    }

    fn case(&mut self, case: &Case) -> io::Result<()> {
        let (word, id) = (case.status.word(), one_line(&case.id));
        writeln!(self.out, "{word:<5} {id}  {:.2} s", case.seconds)?;
        self.out.flush()
    }

    fn close(&mut self, run: &Run) -> io::Result<()> {
        let decision = run.decision();
        let level = if decision.passes { "notice" } else { "error" };
        let (title, text) = (property(decision.word), data(&decision.sentence));
        writeln!(self.out, "::{level} title={title}::{text}")?;
        for reason in decision.reasons.iter().filter(|one| one.case.is_none()) {
            writeln!(self.out, "::error title={title}::{}", data(&reason.text))?;
        }
        for case in run.cases.iter().filter(|case| case.status != Status::Pass) {
            self.annotate(run, case)?;
        }
        self.out.flush()
    }

    fn annotate(&mut self, run: &Run, case: &Case) -> io::Result<()> {
        let level = match case.status {
            Status::Skipped => "notice",
            _ => "error",
        };
        let mut text = case.message.clone();
        if case.status.is_against() {
            text.push_str(&format!("\nreplay: {}", case.replay));
        }
        let title = format!("{}: {}", case.status.word(), case.id);
        let path = run.path_of(&case.file);
        let line = match case.line {
            0 => String::new(),
            line => format!(",line={line}"),
        };
        writeln!(
            self.out,
            "::{level} file={}{line},title={}::{}",
            property(&path),
            property(&title),
            data(&text)
        )
    }
}

impl<W: Write> Renderer for Github<W> {
    fn show(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Case(case) = event {
            self.case(case)?;
        }
        match self.collector.take(event) {
            Some(run) => self.close(&run),
            None => Ok(()),
        }
    }
}

fn one_line(text: &str) -> String {
    plain(text).replace(['\n', '\t'], " ")
}

/// The text of a command: in one line, and nothing in it obeyed.
fn data(text: &str) -> String {
    let safe: Cow<'_, str> = plain(text);
    safe.replace('%', "%25").replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
