//! A run as files in a folder: the page, the events, and what CI services read.
//!
//! Each file is whole at any time: it is written beside its place and then
//! renamed. From the moment a run begins, the folder tells of that run, first
//! as one that did not come to its end; so a run that is killed never leaves
//! the good news of an earlier one behind.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::markdown::markdown_compared;
use crate::run::Collector;
use crate::{Comparison, Event, JsonLines, Renderer, Run, html, html_compared, junit, markdown};

/// Makes a document of a run.
type Document = fn(&Run) -> io::Result<String>;

/// What the events are called.
pub const EVENTS: &str = "events.jsonl";
/// What the page is called.
const PAGE: &str = "report.html";
/// What the summary is called.
const SUMMARY: &str = "summary.md";
/// The documents: what they are called, and what makes them.
const DOCUMENTS: [(&str, Document); 3] = [(PAGE, html), ("junit.xml", junit), (SUMMARY, markdown)];

/// Keeps a folder that holds nothing else yet out of version control. A report in
/// a work tree is no change of the code: it must not make a run one of other code,
/// nor set off cases.
fn ignore(folder: &Path) -> io::Result<()> {
    if fs::read_dir(folder)?.next().is_none() {
        fs::write(folder.join(".gitignore"), "*\n")?;
    }
    Ok(())
}

/// Writes a run into a folder.
pub struct Folder {
    path: PathBuf,
    events: Option<JsonLines<File>>,
    collector: Collector,
}

impl Folder {
    /// Makes the folder, unless it is there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path).map_err(|error| at(path, &error))?;
        ignore(path).map_err(|error| at(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            events: None,
            collector: Collector::default(),
        })
    }

    /// Writes the documents of a run.
    fn write(&self, run: &Run) -> io::Result<()> {
        for (name, document) in DOCUMENTS {
            self.file(name, |file| file.write_all(document(run)?.as_bytes()))?;
        }
        Ok(())
    }

    /// Writes everything of a run that is over, and on the page and in the summary
    /// what is different from another.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep(&self, run: &Run, comparison: Option<&Comparison>) -> io::Result<()> {
        self.file(EVENTS, |file| {
            let mut lines = JsonLines::new(io::BufWriter::new(file));
            run.events().try_for_each(|event| lines.show(&event))
        })?;
        self.write(run)?;
        if let Some(comparison) = comparison {
            let page = html_compared(run, comparison)?;
            self.file(PAGE, |file| file.write_all(page.as_bytes()))?;
            let summary = markdown_compared(run, comparison)?;
            self.file(SUMMARY, |file| file.write_all(summary.as_bytes()))?;
        }
        Ok(())
    }

    /// Writes a file beside its place, then puts it there.
    fn file<T>(
        &self,
        name: &str,
        fill: impl FnOnce(&mut File) -> io::Result<T>,
    ) -> io::Result<File> {
        let place = self.path.join(name);
        let beside = self.path.join(format!(".{name}.{}", std::process::id()));
        let written = File::create(&beside).and_then(|mut file| {
            fill(&mut file)?;
            fs::rename(&beside, &place)?;
            Ok(file)
        });
        written.map_err(|error| {
            // What is left of it is of no use; if it cannot go, so be it.
            let _ = fs::remove_file(&beside);
            at(&place, &error)
        })
    }
}

impl Renderer for Folder {
    fn show(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Start(_) = event {
            self.write(&Run::of([event.clone()]))?;
        }
        let mut events = match self.events.take() {
            Some(events) => events,
            None => JsonLines::new(self.file(EVENTS, |_| Ok(()))?),
        };
        events
            .show(event)
            .map_err(|error| at(&self.path.join(EVENTS), &error))?;
        self.events = Some(events);
        match self.collector.take(event) {
            Some(run) => self.write(&run),
            None => Ok(()),
        }
    }
}

/// The error, with where it happened.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
