//! `seatrial verify`: whether a release record stands up.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use seatrial_ledger::FileHashes;
use seatrial_ledger::record::{Decision, ReleaseRecord};

use super::{Surroundings, evidence, read};
use crate::Error;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The release record.
    #[arg(value_name = "FILE", default_value = "release.json")]
    record: PathBuf,
}

pub(in crate::cli) fn run(
    arguments: &Arguments,
    surroundings: &Surroundings,
) -> Result<ExitCode, Error> {
    let path = arguments.record.display();
    let text = std::fs::read_to_string(&arguments.record)
        .map_err(|error| Error::Usage(format!("{path}: {error}")))?;
    let mut to = anstream::stdout().lock();
    let record = match ReleaseRecord::read(&text) {
        Ok(record) => record,
        Err(problem) => {
            writeln!(to, "not verified: {path}\n  {problem}")?;
            return Ok(ExitCode::from(1));
        }
    };
    let mut against = record.inconsistent();
    against.extend(record.moved(&mut FileHashes::new()));
    let identity = record.identity.to_string();
    let decided = read(&surroundings.state()?, |ledger| ledger.decided(&identity))?.flatten();
    let note = match decided.as_ref().and_then(evidence::text_of) {
        Some(kept) if kept == text => "the ledger has the same record",
        Some(_) => {
            against.push("the ledger has another record of this decision".into());
            ""
        }
        None => "this ledger does not know the decision: the record is judged by itself",
    };
    let word = if against.is_empty() {
        "verified"
    } else {
        "not verified"
    };
    writeln!(to, "{word}: {path}")?;
    for problem in &against {
        writeln!(to, "  {}", seatrial_report::plain(problem))?;
    }
    let decision = match record.decision {
        Decision::Blessed => "blessed",
        Decision::NotBlessed => "not blessed",
    };
    let (name, decided) = (&record.name, &record.decided);
    writeln!(
        to,
        "  {name}: {decision} on {decided}, {} cases",
        record.cases.len()
    )?;
    if let Some(forced) = &record.forced {
        writeln!(to, "  {}", seatrial_report::plain(&forced.to_string()))?;
    }
    if !note.is_empty() {
        writeln!(to, "  {note}")?;
    }
    Ok(ExitCode::from(u8::from(!against.is_empty())))
}
