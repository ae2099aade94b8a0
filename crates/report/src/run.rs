//! A whole run, as its events told it.

use crate::{Case, End, Event, Renderer, Start, Trouble};

/// A whole run: what documents are rendered from.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What was to run; `None` if nothing told.
    pub start: Option<Start>,
    /// Every case that finished, in the order of the plan.
    pub cases: Vec<Case>,
    /// How it went; `None` if it did not come to its end.
    pub end: Option<End>,
    /// What is wrong with how it was told, in words.
    pub troubles: Vec<String>,
}

impl Run {
    /// The run that these events tell.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Self {
        let mut run = Self::default();
        events.into_iter().for_each(|event| run.add(event));
        run.closed()
    }

    /// The events that tell it again: what is missing is then a trouble.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let trouble = |message: &String| {
            let message = message.clone();
            Event::Trouble(Trouble { message })
        };
        let start = self.start.clone().map(Event::Start);
        let cases = self.cases.iter().cloned().map(Box::new).map(Event::Case);
        let troubles = self.troubles.iter().map(trouble);
        let events = start.into_iter().chain(cases).chain(troubles);
        events.chain([Event::End(self.counts())])
    }

    /// What happened next.
    pub(crate) fn add(&mut self, event: Event) {
        match event {
            Event::Start(start) => self.start = Some(start),
            Event::Case(case) => self.cases.push(*case),
            Event::Trouble(trouble) => self.troubles.push(trouble.message),
            Event::End(end) => self.end = Some(end),
        }
    }

    /// Nothing more is told: what is missing is a trouble.
    pub fn closed(mut self) -> Self {
        self.cases.sort_by_key(|case| case.number);
        if self.end.is_none() {
            self.troubles.push(match self.missing() {
                0 => "the run did not come to its end".into(),
                missing => format!(
                    "the run did not come to its end: {missing} of {} cases are not told of",
                    self.planned()
                ),
            });
        } else if self.missing() > 0 && self.troubles.is_empty() {
            self.troubles.push(format!(
                "{} of {} cases are not told of",
                self.missing(),
                self.planned()
            ));
        }
        self
    }

    /// The outcomes, counted from the cases themselves.
    pub fn counts(&self) -> End {
        let mut counts = End::default();
        self.cases.iter().for_each(|case| counts.count(case.status));
        counts.seconds = match &self.end {
            Some(end) => end.seconds,
            None => self.cases.iter().map(|case| case.seconds).sum(),
        };
        counts
    }

    /// How many cases were to run or be skipped.
    pub fn planned(&self) -> usize {
        let told = self.cases.len();
        let start = self.start.as_ref();
        start.map_or(told, |start| start.cases.max(told))
    }

    /// Cases that were to run and of which nothing is told.
    pub fn missing(&self) -> usize {
        self.planned() - self.cases.len()
    }

    /// How many others the selection left out.
    pub fn left_out(&self) -> usize {
        self.start.as_ref().map_or(0, |start| start.left_out)
    }

    /// The spec tree, as the one who ran it knows it; empty if nothing told.
    pub fn specs(&self) -> &str {
        let specs = self.start.as_ref().map(|start| start.specs.as_str());
        specs.unwrap_or_default().trim_end_matches('/')
    }

    /// A spec file, as the one who ran it finds it.
    pub fn path_of(&self, file: &str) -> String {
        match self.specs() {
            "" | "." => file.to_owned(),
            specs => format!("{specs}/{file}"),
        }
    }

    /// Cases that ran and did not pass.
    pub fn against(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.status.is_against())
    }
}

/// Takes in a run, for what can be written only when all of it is known.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    run: Run,
}

impl Collector {
    /// Takes in the next event; gives the run when it was the last.
    pub(crate) fn take(&mut self, event: &Event) -> Option<Run> {
        let last = matches!(event, Event::End(_));
        self.run.add(event.clone());
        last.then(|| std::mem::take(&mut self.run).closed())
    }
}

/// Writes a document when the run is over.
pub struct AtEnd<W, F> {
    out: W,
    document: F,
    collector: Collector,
}

impl<W, F> AtEnd<W, F> {
    /// Writes there what `document` makes of the run.
    pub fn new(out: W, document: F) -> Self {
        Self {
            out,
            document,
            collector: Collector::default(),
        }
    }
}

impl<W, F> Renderer for AtEnd<W, F>
where
    W: std::io::Write,
    F: Fn(&Run) -> std::io::Result<String>,
{
    fn show(&mut self, event: &Event) -> std::io::Result<()> {
        if let Some(run) = self.collector.take(event) {
            self.out.write_all((self.document)(&run)?.as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }
}
