//! What happens in a run. `docs/events.md` documents it as a public interface.

use seatrial_verdict::{Figure, Measurement, Series, Status};
use serde::{Deserialize, Serialize};

/// Version of the stream: it goes up when a field changes its meaning or goes
/// away, not when one is added.
pub const VERSION: u32 = 1;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// First: what will run.
    Start(Start),
    /// A case finished. Cases come in the order in which they finish.
    Case(Box<Case>),
    /// Something is wrong with the run as it is told: a part of it is missing,
    /// or does not fit. It then does not pass.
    Trouble(Trouble),
    /// Last: how it went.
    End(End),
}

/// What will run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// [`VERSION`].
    pub version: u32,
    /// Version of the program that ran.
    pub seatrial: String,
    /// The spec tree.
    pub specs: String,
    /// How many cases will run or be skipped.
    pub cases: usize,
    /// How many others of the tree the selection left out: tier, filter,
    /// trigger, shard.
    pub left_out: usize,
    /// Name of the run in the ledger; `None` if it is not recorded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<String>,
    /// What the run rests on, as the ledger keeps it; `None` if it is not
    /// recorded, or by another process of the run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provenance: Option<serde_json::Value>,
    /// Which part of a plan this run is; `None` if it is all of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard: Option<Shard>,
}

/// One of several parts that are run apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1.
    pub index: usize,
    /// How many there are.
    pub of: usize,
    /// Cases of all parts together.
    pub cases: usize,
}

/// What keeps a run from passing without being a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// In a line.
    pub message: String,
}

/// A case that finished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Place in the plan, from 1.
    pub number: usize,
    /// Unique in the run.
    pub id: String,
    /// The check that it ran.
    pub check: String,
    /// The chapter that the check stands in.
    #[serde(default)]
    pub chapter: String,
    /// How often the check errs, in words.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub error_rates: String,
    /// `fast` or `slow`.
    pub tier: String,
    /// The outcome.
    pub status: Status,
    /// Wall time.
    pub seconds: f64,
    /// What was measured, in the order of measuring.
    pub measurements: Vec<Measurement>,
    /// Why it did not pass: what was expected, seen and missed, then hints, a
    /// line each. The reason, if it was skipped.
    pub message: String,
    /// The spec file, relative to the spec tree.
    pub file: String,
    /// Line of the case in that file, from 1; 0 if it is not known.
    pub line: usize,
    /// Root seed of all its randomness.
    pub seed: u64,
    /// What it is for, in its author's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub doc: Option<String>,
    /// The command that runs it alone, with its seed.
    pub replay: String,
    /// Curves, for plots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub series: Vec<Series>,
    /// What else there is to look at.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub figures: Vec<Figure>,
}

impl Case {
    /// Where it is written: the file, and the line if that is known.
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        }
    }

    /// The name within its file: what follows `::` in the id.
    pub fn name(&self) -> &str {
        self.id.split_once("::").map_or(&self.id, |(_, name)| name)
    }

    /// The first line of the message.
    pub fn first_line(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// How a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Cases that passed.
    pub passed: usize,
    /// Cases on the wrong side of a bound.
    pub failed: usize,
    /// Cases where the data could not tell.
    pub inconclusive: usize,
    /// Cases that were not run, for a reason that the spec gives.
    pub skipped: usize,
    /// Cases that could not measure.
    pub errors: usize,
    /// Wall time of the run.
    pub seconds: f64,
}

impl End {
    /// Counts one more outcome.
    pub fn count(&mut self, status: Status) {
        *match status {
            Status::Pass => &mut self.passed,
            Status::Fail => &mut self.failed,
            Status::Inconclusive => &mut self.inconclusive,
            Status::Skipped => &mut self.skipped,
            Status::Error => &mut self.errors,
        } += 1;
    }

    /// Cases that ran, whatever came of it.
    pub fn ran(&self) -> usize {
        self.passed + self.against()
    }

    /// Cases that ran and did not pass.
    pub fn against(&self) -> usize {
        self.failed + self.inconclusive + self.errors
    }

    /// Whether the run passes: something ran, and nothing is against.
    pub fn passes(&self) -> bool {
        self.passed > 0 && self.against() == 0
    }
}
