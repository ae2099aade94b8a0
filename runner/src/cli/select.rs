//! Options that choose cases.

use std::io::Write;

use seatrial_report::plain;
use seatrial_spec::Trigger;

use super::{Surroundings, plural, told};
use crate::settings::trigger;
use crate::{Durations, Error, Plan, Selection, Shard, Since, Tiers};

/// Which cases.
#[derive(Debug, clap::Args)]
pub(super) struct Select {
    /// Only cases of this tier.
    #[arg(long, value_enum)]
    pub(super) tier: Option<Tiers>,

    /// Only cases whose id contains this; may be given several times, and then
    /// takes what contains any.
    #[arg(long, value_name = "SUBSTRING")]
    filter: Vec<String>,

    /// Only cases that rest on something that changed since this commit: their
    /// spec, the data and files that they name, or code.
    #[arg(long, value_name = "REV")]
    pub(super) since: Option<String>,

    /// Only this part of the cases, such as 1/4 on the first of four machines.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,

    /// Cut shards that take about the same time, by how long each case took in
    /// this run: a file of events, a folder of a report, or a run of the
    /// ledger by its name. The same for all shards, or they do not fit.
    #[arg(long, value_name = "RUN", requires = "shard")]
    durations: Option<String>,

    /// Only cases that this sets off: commit, release or schedule
    /// [default: SEATRIAL_ON, else whatever sets them off].
    #[arg(long, value_name = "TRIGGER", value_parser = trigger)]
    on: Option<Trigger>,
}

impl Select {
    /// What the options ask for.
    pub(super) fn selection(
        &self,
        surroundings: &Surroundings,
        tiers: Tiers,
    ) -> Result<Selection, Error> {
        Ok(Selection {
            tiers: self.tier.unwrap_or(tiers),
            filters: self.filter.clone(),
            on: self.on.or(surroundings.settings.on),
            shard: self.shard,
            durations: self.durations(surroundings)?,
            since: None,
        })
    }

    /// The plan for the whole tree.
    ///
    /// # Errors
    /// When the specs are wrong, or the options take no case at all.
    pub(super) fn plan(&self, surroundings: &Surroundings, tiers: Tiers) -> Result<Plan, Error> {
        let root = surroundings.root()?;
        let suite = seatrial_spec::load(&root, &surroundings.registry.vocabulary())?;
        let mut selection = self.selection(surroundings, tiers)?;
        let Some(revision) = &self.since else {
            return not_empty(Plan::new(suite, &selection), &selection);
        };
        // A mistaken filter is told, whatever changed.
        let whole = not_empty(Plan::new(suite.clone(), &selection), &selection)?;
        let since = Since::new(revision, &suite)?;
        tell(&since, &whole);
        selection.since = Some(since);
        Ok(Plan::new(suite, &selection))
    }
}

fn not_empty(plan: Plan, selection: &Selection) -> Result<Plan, Error> {
    if plan.cases.is_empty() {
        return Err(Error::Usage(none_taken(&plan, selection)));
    }
    Ok(plan)
}

/// Cases left out that are named; more are only counted.
const LEFT_OUT_MAX: usize = 50;

/// Says, on the error stream, what is left out because nothing changed.
fn tell(since: &Since, whole: &Plan) {
    let mut to = std::io::stderr().lock();
    let revision = plain(&since.revision);
    let left: Vec<_> = whole
        .cases
        .iter()
        .filter(|case| !since.affects(case))
        .collect();
    // If nobody reads it, the counts of the run still tell.
    let _ = match &since.all {
        Some(file) => writeln!(
            to,
            "since {revision}: `{}` changed, on which every case may rest",
            plain(&file.display().to_string())
        ),
        None => writeln!(
            to,
            "since {revision}: {} left out, for nothing that they rest on changed",
            plural(left.len(), "case")
        ),
    };
    for case in left.iter().take(LEFT_OUT_MAX) {
        let _ = writeln!(to, "  left out: {}", plain(&case.id));
    }
    if left.len() > LEFT_OUT_MAX {
        let _ = writeln!(to, "  and {} more", left.len() - LEFT_OUT_MAX);
    }
}

impl Select {
    /// How long each case took in the run that is named.
    fn durations(&self, surroundings: &Surroundings) -> Result<Durations, Error> {
        let Some(word) = &self.durations else {
            return Ok(Durations::new());
        };
        let (_, run) = told::run(word, surroundings)?;
        Ok(run
            .cases
            .into_iter()
            .map(|case| (case.id, case.seconds))
            .collect())
    }
}

/// Says which options took nothing of what there is.
fn none_taken(plan: &Plan, selection: &Selection) -> String {
    let mut options = Vec::new();
    match selection.tiers {
        Tiers::Fast => options.push("the fast tier (--tier all takes both)".to_owned()),
        Tiers::Slow => options.push("the slow tier".to_owned()),
        Tiers::All => {}
    }
    options.extend(
        selection
            .filters
            .iter()
            .map(|filter| format!("--filter {filter}")),
    );
    if selection.on.is_some() {
        options.push("this trigger".to_owned());
    }
    if let Some(Shard { index, of }) = selection.shard {
        options.push(format!("shard {index}/{of}"));
    }
    let all = plan.left_out;
    format!(
        "no case is left: the tree has {all}, and taken was only {}",
        options.join(", ")
    )
}
