//! What went wrong with a server, and when.

use std::fmt;

/// In which phase a server failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its process ended.
    Exited,
    /// It did not come to say that it is ready.
    NeverReady,
    /// It would not load the model.
    LoadRefused,
    /// It did not come back from loading.
    LoadHung,
    /// It says that it is ready, and does not infer.
    NotServing,
    /// It infers something else than the trainer.
    WrongAnswer,
    /// A NaN or an infinity came or went.
    NonFiniteLost,
    /// It took a bad request for a good one.
    BadRequest,
    /// It answers too late.
    TooSlow,
    /// It uses too much.
    TooBig,
    /// It leaves a process on its port.
    LeftListening,
    /// The case was told to end.
    Stopped,
}

impl Phase {
    /// The words for it, with which a message begins.
    pub fn words(self) -> &'static str {
        match self {
            Phase::Exited => "exited",
            Phase::NeverReady => "never ready",
            Phase::LoadRefused => "load refused",
            Phase::LoadHung => "load hung",
            Phase::NotServing => "ready but not serving",
            Phase::WrongAnswer => "wrong answer",
            Phase::NonFiniteLost => "non-finite lost",
            Phase::BadRequest => "bad request accepted",
            Phase::TooSlow => "too slow",
            Phase::TooBig => "too big",
            Phase::LeftListening => "left listening",
            Phase::Stopped => "stopped",
        }
    }
}

/// A failure with its phase and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// When.
    pub phase: Phase,
    /// What, with what the server printed.
    pub reason: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.phase.words(), self.reason)
    }
}
