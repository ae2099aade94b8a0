//! Runs that came to pass, from where they are told: a file of events, the
//! folder of a report, or the ledger.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use seatrial_ledger::{CaseRecord, ContentHash, FileHashes, Ledger};
use seatrial_report::{Case, EVENTS, Run, Start, VERSION};

use super::Surroundings;
use crate::{Error, Replay};

/// The run that a word means, and what it is called: a file of events, a folder
/// that `--report` wrote, or what [`Ledger::find`] knows.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(super) fn run(word: &str, surroundings: &Surroundings) -> Result<(String, Run), Error> {
    let path = Path::new(word);
    if path.is_dir() {
        return Ok((word.to_owned(), events(&path.join(EVENTS))?));
    }
    if path.is_file() {
        return Ok((word.to_owned(), events(path)?));
    }
    let ledger = ledger(surroundings).map_err(|error| {
        Error::Usage(format!(
            "`{word}` is no file of events and no folder of a report, and no run of the ledger: \
             {error}"
        ))
    })?;
    let name = ledger
        .find(word)
        .map_err(|error| Error::Usage(format!("{error}; nor is `{word}` a file or a folder")))?;
    let run = recorded(&ledger, &name, surroundings)?;
    Ok((format!("run {name}"), run))
}

/// The ledger of the state folder.
pub(super) fn ledger(surroundings: &Surroundings) -> Result<Ledger, Error> {
    Ledger::read(&surroundings.state()?).map_err(|error| Error::Usage(error.to_string()))
}

/// A run of the ledger, told as its events told it.
///
/// # Errors
/// When it cannot be read.
pub(super) fn recorded(
    ledger: &Ledger,
    name: &str,
    surroundings: &Surroundings,
) -> Result<Run, Error> {
    let run = ledger
        .run(name)
        .map_err(|error| Error::Usage(error.to_string()))?;
    let summary = run.summary;
    let replay = Replay::Command {
        specs: surroundings.named.clone(),
    };
    let written = written(&run.provenance.specs, surroundings);
    let cases = run.cases.into_iter().zip(1..);
    let mut told = Run {
        start: Some(Start {
            version: VERSION,
            seatrial: env!("CARGO_PKG_VERSION").into(),
            specs: summary.specs,
            cases: summary.planned,
            left_out: summary.left_out,
            run: Some(name.to_owned()),
            provenance: serde_json::to_value(&run.provenance).ok(),
            shard: None,
        }),
        cases: cases
            .map(|(case, number)| {
                let (line, doc) = written.get(&case.id).cloned().unwrap_or_default();
                let told = told_case(case, number, surroundings, &replay);
                Case { line, doc, ..told }
            })
            .collect(),
        ..Run::default()
    };
    if summary.state.is_over() {
        told.end = Some(told.counts());
    } else if told.missing() == 0 {
        told.troubles.push("the run did not come to its end".into());
    }
    Ok(told.closed())
}

/// Where cases are written and what they are for, by id: known of spec files that
/// are still as they were in the run. Others may say something else by now.
fn written(
    then: &BTreeMap<String, ContentHash>,
    surroundings: &Surroundings,
) -> BTreeMap<String, (usize, Option<String>)> {
    let Ok(root) = surroundings.root() else {
        return BTreeMap::new();
    };
    let vocabulary = surroundings.registry.vocabulary();
    let Ok(suite) = seatrial_spec::load(&root, &vocabulary) else {
        return BTreeMap::new();
    };
    let mut hashes = FileHashes::new();
    let cases = suite.cases.into_iter().filter(|case| {
        let then = then.get(&case.file);
        then.is_some_and(|then| {
            hashes
                .of(&root.join(&case.file))
                .is_ok_and(|now| now == *then)
        })
    });
    cases.map(|case| (case.id, (case.line, case.doc))).collect()
}

fn told_case(
    record: CaseRecord,
    number: usize,
    surroundings: &Surroundings,
    replay: &Replay,
) -> Case {
    let entry = surroundings.registry.entry(&record.check);
    let file = record.id.split("::").next().unwrap_or_default().to_owned();
    Case {
        number,
        replay: replay.command(&record.id),
        id: record.id,
        chapter: entry.map_or("", |entry| entry.about.chapter.word()).into(),
        error_rates: entry.map_or("", |entry| entry.about.error_rates).into(),
        check: record.check,
        tier: record.tier,
        status: record.status,
        seconds: record.seconds,
        measurements: record.measurements,
        message: record.message,
        file,
        line: 0,
        seed: record.seed,
        doc: None,
        series: record.series,
        figures: record.figures,
    }
}

fn events(path: &Path) -> Result<Run, Error> {
    let told = |error: String| Error::Usage(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(|error| told(format!("cannot read it: {error}")))?;
    Run::read(BufReader::new(file)).map_err(|error| told(error.to_string()))
}
