//! The one question of a run: does it pass, and if not, why?

use seatrial_verdict::Status;

use crate::{Case, Run};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it passes.
    pub passes: bool,
    /// The answer in two words at most.
    pub word: &'static str,
    /// The answer in a sentence.
    pub sentence: String,
    /// Why it does not pass, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// Something that keeps a run from passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Id of the case, if it is one.
    pub case: Option<String>,
    /// Its outcome, if it is a case.
    pub status: Option<Status>,
    /// In a line.
    pub text: String,
}

impl Run {
    /// Whether it passes: it came to its end, something ran, and nothing is
    /// against.
    pub fn decision(&self) -> Decision {
        let counts = self.counts();
        let mut reasons: Vec<_> = self.troubles.iter().cloned().map(bare).collect();
        if counts.ran() == 0 {
            reasons.push(bare(
                "nothing ran, and a run in which nothing ran does not pass".into(),
            ));
        }
        let mut against: Vec<_> = self.against().collect();
        against.sort_by_key(|case| (weight(case.status), case.number));
        reasons.extend(against.into_iter().map(of_case));
        let passes = reasons.is_empty();
        Decision {
            passes,
            word: if passes { "Passed" } else { "Not passed" },
            sentence: self.sentence(passes),
            reasons,
        }
    }

    fn sentence(&self, passes: bool) -> String {
        let counts = self.counts();
        let ran = counts.ran();
        let skipped = match counts.skipped {
            0 => String::new(),
            skipped => format!(", and {skipped} skipped"),
        };
        if passes {
            return match ran {
                1 => format!("The one case that ran passed{skipped}."),
                _ => format!("All {ran} cases that ran passed{skipped}."),
            };
        }
        let kinds = [
            (counts.failed, "failed"),
            (counts.errors, "could not measure"),
            (counts.inconclusive, "inconclusive"),
            (self.missing(), "not told of"),
        ];
        let kinds: Vec<_> = kinds
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        match kinds.is_empty() {
            true if ran == 0 => format!("Nothing ran{skipped}."),
            true => format!("{} of {} cases passed{skipped}.", counts.passed, ran),
            false => format!(
                "{} of {} cases passed: {}{skipped}.",
                counts.passed,
                self.planned() - counts.skipped,
                kinds.join(", ")
            ),
        }
    }
}

fn of_case(case: &Case) -> Reason {
    Reason {
        case: Some(case.id.clone()),
        status: Some(case.status),
        text: case.first_line().to_owned(),
    }
}

fn bare(text: String) -> Reason {
    Reason {
        case: None,
        status: None,
        text,
    }
}

/// What is known to be wrong comes before what is not known.
fn weight(status: Status) -> u8 {
    match status {
        Status::Fail => 0,
        Status::Error => 1,
        Status::Inconclusive => 2,
        Status::Skipped | Status::Pass => 3,
    }
}
