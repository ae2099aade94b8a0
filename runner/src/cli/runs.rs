//! `seatrial runs`: what the ledger holds.

use std::io::Write;

use seatrial_ledger::provenance::Code;
use seatrial_ledger::{CaseRecord, Ledger, Run, RunState, RunSummary, time};
use seatrial_report::plain;

use super::Surroundings;
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One run in full: its name or the beginning of it, `last`, `last~1` …, a
    /// commit or `HEAD` [default: a list of the latest].
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// How many runs to list.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: super::Format,
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let ledger = Ledger::read(&surroundings.state()?)?;
    let mut out = std::io::BufWriter::new(anstream::stdout().lock());
    match &arguments.run {
        Some(word) => {
            let run = ledger.run(&find(&ledger, word, surroundings)?)?;
            match arguments.format {
                super::Format::Human => in_full(&mut out, &run)?,
                super::Format::Json => super::object(&mut out, &run)?,
            }
        }
        None => {
            for run in ledger.runs(arguments.limit)? {
                match arguments.format {
                    super::Format::Human => writeln!(out, "{}", line(&run))?,
                    super::Format::Json => super::object(&mut out, &run)?,
                }
            }
        }
    }
    Ok(out.flush()?)
}

/// The run that a word means; also one that git knows as a commit.
pub(super) fn find(
    ledger: &Ledger,
    word: &str,
    surroundings: &Surroundings,
) -> Result<String, Error> {
    let first = match ledger.find(word) {
        Ok(name) => return Ok(name),
        Err(error) => error,
    };
    let commit = surroundings
        .root()
        .ok()
        .and_then(|root| seatrial_ledger::provenance::commit(&root, word).ok());
    match commit {
        Some(commit) => ledger.find(&commit).map_err(|_| {
            let short = commit.get(..12).unwrap_or(&commit);
            Error::Usage(format!("no run is recorded on `{word}`, which is {short}"))
        }),
        None => Err(first.into()),
    }
}

/// `lusab-babad  2026-03-01 04:05:06Z  1f2e3d4c5b6a  12 passed …`, and on a line of its
/// own who blessed a release against that, if somebody did.
pub(super) fn line(run: &RunSummary) -> String {
    let commit = run
        .commit
        .as_deref()
        .map_or("no commit", |c| c.get(..12).unwrap_or(c));
    let why = run.caused_by.as_deref().unwrap_or("by hand");
    let forced = run.forced.as_ref();
    let forced = forced.map_or(String::new(), |forced| format!("\n  {forced}"));
    let told = format!(
        "{}  {}  {commit:<12}  {}{}  ({}, {why}; {}){forced}",
        run.run,
        time::utc(run.began_ms),
        counts(run),
        state(run),
        run.command,
        run.selection,
    );
    plain(&told).into_owned()
}

fn counts(run: &RunSummary) -> String {
    let words = [
        ("pass", "passed"),
        ("fail", "failed"),
        ("inconclusive", "inconclusive"),
        ("skipped", "skipped"),
        ("error", "errors"),
    ];
    let count = |word: &str| run.counts.get(word).copied().unwrap_or(0);
    let told = words
        .iter()
        .filter(|(word, _)| *word == "pass" || count(word) > 0);
    let told: Vec<_> = told
        .map(|(word, said)| format!("{} {said}", count(word)))
        .collect();
    told.join(", ")
}

fn state(run: &RunSummary) -> String {
    let of = format!("after {} of {} cases", run.judged(), run.planned);
    match run.state {
        RunState::Finished if run.judged() >= run.planned => String::new(),
        RunState::Finished => format!(", finished {of}"),
        RunState::Ended => format!(", ended {of}; cargo-nextest does not say if that was all"),
        RunState::Running => format!(", running: {of}"),
        RunState::Killed => format!(", killed {of}"),
        RunState::Unknown => format!(", not finished {of}"),
    }
}

fn in_full(out: &mut impl Write, run: &Run) -> Result<(), Error> {
    let told = |text: String| plain(&text).into_owned();
    writeln!(out, "{}", line(&run.summary))?;
    let provenance = &run.provenance;
    writeln!(
        out,
        "{}",
        told(format!("  code      {}", code(&provenance.code)))
    )?;
    for (name, hash) in &provenance.locks {
        writeln!(
            out,
            "{}",
            told(format!("  lock      {name} {}", hash.short()))
        )?;
    }
    let program = &provenance.program;
    let executable = program
        .executable
        .as_ref()
        .map_or("unknown", |hash| hash.short());
    let built = format!(
        "  program   seatrial {} {executable}, {}, {}, {}",
        program.seatrial, program.compiler, program.target, program.built
    );
    writeln!(out, "{}", told(built))?;
    let machine = &provenance.machine;
    let ran = format!(
        "  machine   {}, {} ({}), {} cores, {} threads a case",
        machine.system,
        machine.cpu,
        machine.cpu_features.join(" "),
        machine.cores,
        machine.threads
    );
    writeln!(out, "{}", told(ran))?;
    writeln!(
        out,
        "  specs     {} files in {}",
        provenance.specs.len(),
        run.summary.specs
    )?;
    for case in &run.cases {
        writeln!(out)?;
        write_case(out, case)?;
    }
    Ok(())
}

fn write_case(out: &mut impl Write, case: &CaseRecord) -> Result<(), Error> {
    let head = format!(
        "{:<5} {}  {:.2} s  seed {}",
        case.status.word(),
        case.id,
        case.seconds,
        case.seed
    );
    writeln!(out, "{}", plain(&head))?;
    for line in case.message.lines() {
        writeln!(out, "    {}", plain(line))?;
    }
    for measurement in &case.measurements {
        writeln!(out, "    {}", plain(&measurement.to_string()))?;
    }
    for (name, hash) in &case.inputs {
        let short = hash.get(..12).filter(|_| hash.len() == 64).unwrap_or(hash);
        writeln!(out, "    reads {} {}", plain(name), plain(short))?;
    }
    for artifact in &case.artifacts {
        writeln!(
            out,
            "    made {} {}",
            plain(&artifact.name),
            plain(&artifact.hash)
        )?;
    }
    Ok(())
}

/// The state of the code in words.
fn code(code: &Code) -> String {
    match code {
        Code::Unknown { why } => format!("not known: {why}"),
        Code::Git {
            commit,
            branch,
            shallow,
            changes,
            changed,
            difference,
        } => {
            let mut told = commit.clone().unwrap_or_else(|| "no commit yet".into());
            if let Some(branch) = branch {
                told += &format!(" on {branch}");
            }
            if *shallow {
                told += ", in a shallow clone";
            }
            if let Some(difference) = difference {
                let names: Vec<_> = changes.iter().take(5).map(|c| c.path.as_str()).collect();
                let more = if *changed > names.len() { ", …" } else { "" };
                let (short, names) = (difference.short(), names.join(", "));
                told += &format!("; {changed} not as committed ({short}): {names}{more}");
            }
            told
        }
    }
}
