//! One case, run on tables that are drawn anew each time.

use std::fs;
use std::path::Path;

use arrow::array::{ArrayRef, RecordBatch};
use libtest_mimic::Failed;
use seatrial_checks::{Recording, Registry, Session};
use seatrial_data::table::TableWriter;
use seatrial_rng::{Stream, Streams};
use seatrial_verdict::Status;

use crate::host::TestHost;

/// What a trial does, told its name.
pub type Run = Box<dyn FnOnce(&str) -> Result<(), Failed> + Send>;

/// How a case came out.
pub struct Tally {
    name: String,
    repeats: usize,
    inconclusive: usize,
    /// What those said that failed.
    failed: Vec<String>,
}

/// Runs the one case of a spec so often, each time on the tables that `draw` puts
/// beside it and with a seed of its own.
///
/// # Errors
/// A case that could not be judged.
pub fn tally(
    name: &str,
    spec: &str,
    repeats: usize,
    draw: impl Fn(&mut Stream, &Path) -> Result<(), Failed>,
) -> Result<Tally, Failed> {
    let (tree, state) = (tempfile::tempdir()?, tempfile::tempdir()?);
    fs::write(tree.path().join("seatrial.toml"), "")?;
    let host = TestHost {
        recording: Recording::Compare,
        tree: tree.path().to_owned(),
        state: state.path().to_owned(),
    };
    let streams = Streams::new(17).child(name);
    let mut tally = Tally {
        name: name.to_owned(),
        repeats,
        inconclusive: 0,
        failed: Vec::new(),
    };
    for repeat in 0..repeats {
        draw(&mut streams.stream(&repeat.to_string()), tree.path())?;
        let seeded = format!("{spec}\nseed = {repeat}\n");
        fs::write(tree.path().join("case.toml"), seeded)?;
        // Anew, so that nothing is left of the tables before.
        let session = Session::new(Registry::new());
        let suite = seatrial_spec::load(tree.path(), &session.registry().vocabulary())?;
        let [case] = suite.cases.as_slice() else {
            return Err("the spec holds one case".into());
        };
        let verdict = session.run(&suite.root, case, &host);
        match verdict.status {
            Status::Pass => {}
            Status::Inconclusive => tally.inconclusive += 1,
            Status::Fail => tally.failed.push(verdict.message),
            status => return Err(format!("{}: {}", status.word(), verdict.message).into()),
        }
    }
    Ok(tally)
}

impl Tally {
    #[expect(clippy::print_stdout, reason = "a night shows the rates themselves")]
    fn tell(&self, failed: usize, says: &str) {
        let what = if says.is_empty() {
            String::new()
        } else {
            format!(" by `{says}`")
        };
        println!(
            "{}: {failed} of {} failed{what}, {} were inconclusive",
            self.name, self.repeats, self.inconclusive
        );
    }

    /// Holds the share of cases that failed to a rate.
    ///
    /// # Errors
    /// More than it, by more than luck explains.
    pub fn at_most(&self, rate: f64) -> Result<(), Failed> {
        self.saying("", rate)
    }

    /// Holds the share of cases that failed and said so to a rate.
    ///
    /// # Errors
    /// As [`at_most`](Self::at_most).
    pub fn saying(&self, says: &str, rate: f64) -> Result<(), Failed> {
        let mut failed = self.failed.iter().filter(|message| message.contains(says));
        let repeats = self.repeats as f64;
        let allowed = rate + 5.0 * (rate * (1.0 - rate) / repeats).sqrt();
        let seen = failed.clone().count();
        self.tell(seen, says);
        if seen as f64 <= allowed * repeats {
            return Ok(());
        }
        let first = failed.next().map_or("", String::as_str);
        let of = self.repeats;
        Err(format!("{seen} of {of} cases failed, the rate is {rate}; the first: {first}").into())
    }

    /// Of subjects that are not sound, nine in ten fail, and say why.
    ///
    /// # Errors
    /// Fewer.
    pub fn nearly_all(&self, says: &str) -> Result<(), Failed> {
        let told = self.failed.iter().filter(|message| message.contains(says));
        let told = told.count();
        self.tell(told, says);
        if told as f64 >= 0.9 * self.repeats as f64 {
            return Ok(());
        }
        let of = self.repeats;
        let first = self.failed.first().map_or("", String::as_str);
        Err(format!("{told} of {of} cases say `{says}`; the first that failed: {first}").into())
    }
}

/// Puts a table into a folder, in the format that its name says.
///
/// # Errors
/// Columns of different lengths, or a folder that cannot be written to.
pub fn write(folder: &Path, name: &str, columns: Vec<(&str, ArrayRef)>) -> Result<(), Failed> {
    let rows = RecordBatch::try_from_iter(columns)?;
    write_rows(folder, name, &rows)
}

/// As [`write()`], of columns that are together already.
///
/// # Errors
/// A folder that cannot be written to.
pub fn write_rows(folder: &Path, name: &str, rows: &RecordBatch) -> Result<(), Failed> {
    let mut writer = TableWriter::create(&folder.join(name), rows.schema())?;
    writer.write(rows)?;
    Ok(writer.finish()?)
}
