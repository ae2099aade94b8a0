//! Whether a server can run a model, told on paper: the model's operations
//! against the server's catalogue.
//!
//! What does not live here: reading either of them, and running anything.

mod decide;
mod reasons;

use std::path::Path;

use serde::Serialize;

use crate::Inventory;
use crate::catalogue::Catalogue;
use crate::onnx::OnnxModel;
use crate::onnx::walk::{Call, Next, Place, Visitor, walk};
use decide::{Decision, decide};
pub use reasons::Reason;
use reasons::{Reasons, first_version_that_reads, first_version_with};

/// What can be said of a model and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Every operation has a kernel.
    Supported,
    /// Every operation has one, or is made of such, or is cast to such.
    Rewritten,
    /// That cannot be told from the file and the catalogue.
    Unknown,
    /// The server will refuse to load it.
    Unsupported,
}

impl Answer {
    /// Whether the server will load it.
    pub fn is_for(self) -> bool {
        matches!(self, Answer::Supported | Answer::Rewritten)
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Supported => "supported",
            Answer::Rewritten => "rewritten",
            Answer::Unknown => "unknown",
            Answer::Unsupported => "unsupported",
        }
    }
}

/// An answer with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opinion {
    /// The gravest of the reasons' answers.
    pub answer: Answer,
    /// Why it is not simply `supported`, the gravest first.
    pub reasons: Vec<Reason>,
}

impl Opinion {
    /// That nothing can be told, and why: the file cannot be read, for example.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self {
            answer: Answer::Unknown,
            reasons: vec![Reason::of_model(Answer::Unknown, reason.into(), None)],
        }
    }
}

/// Asks a catalogue whether its server will load a model.
pub fn ask(model: &OnnxModel, catalogue: &Catalogue) -> Opinion {
    let mut judge = Judge {
        catalogue,
        reasons: Reasons::default(),
    };
    judge.ceilings(model);
    if let Err(astray) = walk(model, &catalogue.tables(), &mut judge) {
        let reason = Reason::of_model(Answer::Unknown, astray.to_string(), None);
        judge.reasons.add(reason, None);
    }
    let reasons = judge.reasons.sorted();
    Opinion {
        answer: reasons
            .first()
            .map_or(Answer::Supported, |gravest| gravest.answer),
        reasons,
    }
}

/// Asks a catalogue of the model in a file.
///
/// A file that cannot be read, is damaged, or does not say which operations it
/// needs, gets the answer `unknown`.
pub fn ask_file(path: &Path, catalogue: &Catalogue) -> Opinion {
    if !path
        .extension()
        .is_some_and(|ending| ending == "gguf" || ending == "safetensors")
    {
        return match OnnxModel::read(path) {
            Ok(model) => ask(&model, catalogue),
            Err(error) => Opinion::unknown(error.to_string()),
        };
    }
    match Inventory::read(path) {
        Ok(inventory) => Opinion::unknown(inventory.untold.join("; ")),
        Err(error) => Opinion::unknown(error.to_string()),
    }
}

struct Judge<'c> {
    catalogue: &'c Catalogue,
    reasons: Reasons,
}

impl Judge<'_> {
    /// The versions of the format and of the domains.
    fn ceilings(&mut self, model: &OnnxModel) {
        let title = self.catalogue.title();
        let mut above = |what: &str, has: i64, max: i64, first: Option<String>| {
            let reason = format!("the model is of {what} {has}; {title} reads up to {max}");
            let reason = Reason::of_model(Answer::Unsupported, reason, first);
            self.reasons.add(reason, None);
        };
        let ir = model.ir_version();
        if let Some(max) = self.catalogue.ir_version_max.filter(|max| ir > *max) {
            let reads = |other: &Catalogue| other.ir_version_max.is_some_and(|max| ir <= max);
            let first = first_version_that_reads(self.catalogue, reads);
            above("IR version", ir, max, first);
        }
        for (domain, version) in model.opsets() {
            let max = self.catalogue.opset_max.get(&domain).copied();
            if let Some(max) = max.filter(|max| version > *max) {
                let reads = |other: &Catalogue| {
                    other
                        .opset_max
                        .get(&domain)
                        .is_some_and(|max| version <= *max)
                };
                let first = first_version_that_reads(self.catalogue, reads);
                above(&format!("{domain} opset"), version, max, first);
            }
        }
    }
}

impl<'m> Visitor<'m> for Judge<'_> {
    fn operation(&mut self, call: &Call<'_>, place: Place<'_>) -> Next<'m> {
        let decision = decide(call, self.catalogue);
        let (answer, reason) = match decision {
            Decision::Kernel => return Next::On,
            Decision::Cast => (
                Answer::Rewritten,
                "it has no kernel for float16: its inputs are cast to float and back".to_owned(),
            ),
            Decision::MadeOf(body) => {
                let reason = "it has no kernel: it is replaced by what the standard makes it of";
                self.reasons.add(
                    Reason::of(call, Answer::Rewritten, reason.into(), None),
                    Some((call, place)),
                );
                return match body {
                    Some(body) => Next::Into(body),
                    None => Next::On,
                };
            }
            Decision::Unknown(reason) => (Answer::Unknown, reason),
            Decision::Missing(reason) => (Answer::Unsupported, reason),
        };
        let first = match answer {
            Answer::Unsupported => first_version_with(self.catalogue, call),
            _ => None,
        };
        let reason = Reason::of(call, answer, reason, first);
        self.reasons.add(reason, Some((call, place)));
        Next::On
    }
}
