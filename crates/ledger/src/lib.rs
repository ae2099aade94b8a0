//! The history of runs: what ran, on which code, parameters, data and
//! environment, with which result.
//!
//! A [`Ledger`] is one SQLite file in WAL mode, in the state folder. Many
//! processes write to it at once, each through a [`RunWriter`]; one that is
//! killed leaves a readable ledger in which its run is seen as killed. Reading
//! gives [`RunSummary`] and [`Run`], the [`Past`] of a metric, and [`Release`]s.
//! [`compare`](mod@compare) says what differs between two runs.
//! [`Provenance`] is gathered here too: the state of the git work tree, content
//! hashes, the program, the machine.
//!
//! What does not live here: running cases, and judging them.

pub mod compare;
mod earlier;
mod error;
mod forget;
mod hash;
mod history;
mod name;
mod open;
mod party;
pub mod provenance;
mod read;
pub mod record;
mod release;
mod schedule;
mod schema;
mod texts;
pub mod time;
mod write;

pub use earlier::Earlier;
pub use error::LedgerError;
pub use hash::{ContentHash, FileHashes, name_from};
pub use history::{Metric, Past};
pub use open::Ledger;
pub use party::{Fate, Party};
pub use provenance::Provenance;
pub use read::{CODE, CaseRecord, Run, RunState, RunSummary};
pub use release::{Blessed, ForcedRelease, Release};
pub use schedule::{Interrupted, SCHEDULE, ScheduleLock};
pub use write::{Artifact, NewRun, RunWriter};
