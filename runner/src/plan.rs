//! Which cases of a suite a run is about.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use seatrial_report as report;
use seatrial_spec::{Case, Suite, Tier, Trigger};

use crate::Since;
use crate::balance::{self, Durations};
use crate::record::cause;

/// The cases of a run, in the order of the tree.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The spec tree.
    pub root: Arc<Path>,
    /// What runs or is skipped.
    pub cases: Vec<Arc<Case>>,
    /// The files that were read, relative to the tree.
    pub files: Vec<String>,
    /// How many others the selection left out.
    pub left_out: usize,
    /// Which part of what was asked for it is.
    pub shard: Option<report::Shard>,
}

/// What a run asks for. By default, everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of these tiers.
    pub tiers: Tiers,
    /// Whose id contains one of these; all of them if there is none.
    pub filters: Vec<String>,
    /// Set off by this; all of them if `None`.
    pub on: Option<Trigger>,
    /// Of what is then left, this part.
    pub shard: Option<Shard>,
    /// Resting on something that changed since a commit; all of them if `None`.
    pub since: Option<Since>,
    /// How long each case took, so that the parts take about the same time.
    pub durations: Durations,
}

/// Tiers to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Tiers {
    /// What runs on every commit.
    Fast,
    /// What runs nightly.
    Slow,
    /// Both.
    #[default]
    All,
}

/// One of several parts that together are all cases, each in one part: of about
/// the same duration where durations are known, else every `of`-th case,
/// beginning with the `index`-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    /// How many parts there are.
    pub of: usize,
}

impl Plan {
    /// What the selection takes of the suite.
    pub fn new(suite: Suite, selection: &Selection) -> Self {
        let all = suite.cases.len();
        let taken = suite.cases.into_iter().filter(|case| selection.takes(case));
        let taken: Vec<_> = taken.collect();
        let shard = selection.shard.map(|shard| report::Shard {
            index: shard.index,
            of: shard.of,
            cases: taken.len(),
        });
        let part = match selection.shard {
            Some(shard) => balance::part(taken, shard, &selection.durations),
            None => taken,
        };
        let cases: Vec<_> = part.into_iter().map(Arc::new).collect();
        Self {
            root: suite.root.into(),
            left_out: all - cases.len(),
            cases,
            shard,
            files: suite.files,
        }
    }
}

/// In words.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tiers.words())?;
        for filter in &self.filters {
            write!(f, ", filter {filter}")?;
        }
        if let Some(on) = self.on {
            write!(f, ", on {}", cause(on))?;
        }
        if let Some(since) = &self.since {
            write!(f, ", since {}", since.revision)?;
        }
        if let Some(Shard { index, of }) = self.shard {
            write!(f, ", shard {index}/{of}")?;
        }
        Ok(())
    }
}

impl Tiers {
    fn words(self) -> &'static str {
        match self {
            Tiers::Fast => "tier fast",
            Tiers::Slow => "tier slow",
            Tiers::All => "all tiers",
        }
    }
}

impl Selection {
    fn takes(&self, case: &Case) -> bool {
        let tier = match self.tiers {
            Tiers::Fast => case.tier == Tier::Fast,
            Tiers::Slow => case.tier == Tier::Slow,
            Tiers::All => true,
        };
        let named = self.filters.is_empty() || self.filters.iter().any(|f| case.id.contains(f));
        let affected = self.since.as_ref().is_none_or(|since| since.affects(case));
        tier && named && affected && self.on.is_none_or(|on| case.on.contains(&on))
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, of)| {
            let (index, of) = (index.parse().ok()?, of.parse().ok()?);
            (1..=of).contains(&index).then_some(Self { index, of })
        });
        parsed.ok_or_else(|| "a shard is written i/n, with i from 1 to n, such as 1/4".into())
    }
}
