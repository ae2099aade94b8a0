//! A staged server at work: brought up, asked, and let go.
//!
//! Everything that goes wrong is told with its phase: when a server is found
//! dead after a question, it has exited, whatever the question's own error was.

mod coming_up;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::compare::{Difference, Tolerance, Worst, compare};
use crate::examples::Examples;
use crate::http::{Answer, Client, NoAnswer};
use crate::protocol::{Bad, Request};
use crate::sandbox::{Sandbox, State};
use crate::stage::Staging;
use crate::trouble::{Phase, Trouble};
use crate::{StagingError, tensor::Tensor};

pub use coming_up::CameUp;

/// How often a server that comes up is asked.
const ASK_AGAIN: Duration = Duration::from_millis(5);

/// How long a server that hung up may take to be found dead.
const DYING: Duration = Duration::from_millis(500);

/// The most that a server may print.
const SAID_BYTES_MAX: u64 = 256 << 20;

/// The most that one answer may hold.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// Lines of a server's log that are quoted.
const QUOTED_LINES: usize = 8;

/// How long each phase may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// From the start to the first answer of any kind.
    pub start: Duration,
    /// From then on to the first inference.
    pub load: Duration,
    /// Any one answer.
    pub answer: Duration,
    /// From being asked to end to the end.
    pub stop: Duration,
}

/// A server in its sandbox, that is asked.
pub struct Live<'a> {
    staging: &'a Staging,
    deadlines: Deadlines,
    stopped: &'a (dyn Fn() -> bool + Sync),
    sandbox: Sandbox,
    client: Client,
    /// Whether it takes NaN as `null` alone.
    takes_nulls: AtomicBool,
}

impl<'a> Live<'a> {
    /// Starts a server. `stopped` says when to give up.
    ///
    /// # Errors
    /// When there can be no sandbox, or what belongs into it is not there.
    pub fn start(
        staging: &'a Staging,
        deadlines: Deadlines,
        stopped: &'a (dyn Fn() -> bool + Sync),
    ) -> Result<Self, StagingError> {
        let sandbox = staging.start()?;
        Ok(Self {
            client: client(staging, &sandbox),
            staging,
            deadlines,
            stopped,
            sandbox,
            takes_nulls: AtomicBool::new(false),
        })
    }

    /// Has it infer, and gives the outputs that the examples have.
    ///
    /// # Errors
    /// When it does not answer, or not so that it can be read.
    pub fn infer(&self, examples: &Examples) -> Result<Vec<Tensor>, Trouble> {
        Ok(self.timed(examples)?.0)
    }

    /// As [`infer`](Self::infer), with the time from the first byte sent to the
    /// last that came.
    fn timed(&self, examples: &Examples) -> Result<(Vec<Tensor>, Duration), Trouble> {
        let protocol = &self.staging.protocol;
        let request = protocol.infer(&self.staging.model, "1", &examples.inputs);
        let (came, took) = self.ask_with_nan(request);
        let answer = match came {
            Ok(answer) => answer,
            Err(why) => return Err(self.trouble(Phase::NotServing, why.to_string())),
        };
        let outputs = protocol.outputs(&answer, &examples.outputs);
        let outputs = outputs.map_err(|why| {
            let phase = match answer.is_success() {
                true => Phase::WrongAnswer,
                false => Phase::NotServing,
            };
            self.trouble(phase, why)
        })?;
        Ok((outputs, took))
    }

    /// Asks, and takes the time. NaN is written bare, as most servers read it;
    /// one that refuses the request so and takes it with `null` is asked that way
    /// from then on.
    fn ask_with_nan(&self, request: Request) -> (Result<Answer, NoAnswer>, Duration) {
        let ask = |request: &Request| {
            let begun = Instant::now();
            let came = self.ask(request, self.deadlines.answer);
            (came, begun.elapsed())
        };
        let nulls = request.with_nulls();
        if let (true, Some(nulls)) = (self.takes_nulls(), &nulls) {
            return ask(nulls);
        }
        let first = ask(&request);
        let refused = first.0.as_ref().is_ok_and(|answer| !answer.is_success());
        let Some(nulls) = nulls.filter(|_| refused) else {
            return first;
        };
        let second = ask(&nulls);
        if second.0.as_ref().is_ok_and(Answer::is_success) {
            self.takes_nulls.store(true, Ordering::Relaxed);
            return second;
        }
        first
    }

    /// Whether it refused a NaN in a request, and took `null` for it.
    pub fn takes_nulls(&self) -> bool {
        self.takes_nulls.load(Ordering::Relaxed)
    }

    /// Has it infer and compares with the trainer's answers.
    ///
    /// # Errors
    /// When it does not answer, or something else.
    pub fn agrees(
        &self,
        examples: &Examples,
        tolerance: Tolerance,
        first_row: usize,
    ) -> Result<Worst, Trouble> {
        Ok(self.agrees_in(examples, tolerance, first_row)?.0)
    }

    /// As [`agrees`](Self::agrees), with how long the answer took.
    ///
    /// # Errors
    /// As [`agrees`](Self::agrees).
    pub fn agrees_in(
        &self,
        examples: &Examples,
        tolerance: Tolerance,
        first_row: usize,
    ) -> Result<(Worst, Duration), Trouble> {
        let (seen, took) = self.timed(examples)?;
        let compared = compare(&examples.outputs, &seen, tolerance, first_row);
        let worst = compared.map_err(|difference| {
            let phase = match difference {
                Difference::NonFinite(_) => Phase::NonFiniteLost,
                Difference::Other(_) => Phase::WrongAnswer,
            };
            self.trouble(phase, difference.to_string())
        })?;
        Ok((worst, took))
    }

    /// Sends a bad request, which must be refused. Gives whether there is one of
    /// this kind.
    ///
    /// # Errors
    /// When it is answered as if it were good, or not at all.
    pub fn refuses(&self, kind: Bad, good: &Examples) -> Result<bool, Trouble> {
        let protocol = &self.staging.protocol;
        let Some(request) = protocol.bad(kind, &self.staging.model, &good.inputs) else {
            return Ok(false);
        };
        let accepted = |said: String| {
            let reason = format!("a bad request ({}) was not refused: {said}", kind.word());
            Err(self.trouble(Phase::BadRequest, reason))
        };
        let request = match request.with_nulls() {
            // Else it would be refused for its NaN alone.
            Some(nulls) if self.takes_nulls() => nulls,
            _ => request,
        };
        // Many servers close a connection after an error, some only after they
        // have answered on it: the next request shall not go there. One of those
        // at hand is taken, as there are servers that see to one at a time.
        let body = request.body.as_deref().unwrap_or_default();
        let within = self.deadlines.answer;
        let answer = self.client.post_last(&request.path, body, within);
        self.let_it_die_after(&answer);
        self.still_there().map_err(|trouble| {
            let reason = format!("after a bad request ({}), {}", kind.word(), trouble.reason);
            Trouble { reason, ..trouble }
        })?;
        match answer {
            Ok(answer) if answer.is_success() => accepted(answer.brief()),
            Ok(_) => Ok(true),
            // To hang up is to refuse, as long as it goes on.
            Err(NoAnswer::Broken(_)) => Ok(true),
            Err(why) => accepted(why.to_string()),
        }
    }

    /// How it is.
    ///
    /// # Errors
    /// When it has ended.
    pub fn state(&self) -> Result<State, Trouble> {
        self.still_there()?;
        self.sandbox.state().map_err(|error| Trouble {
            phase: Phase::Exited,
            reason: error.to_string(),
        })
    }

    /// Asks it to end, and waits. Gives how long it took, in seconds; the
    /// deadline's, if it was ended in the end.
    ///
    /// # Errors
    /// When something of it goes on listening.
    pub fn stop(mut self) -> Result<f64, Trouble> {
        // Some servers wait for their connections to be closed.
        self.client = client(self.staging, &self.sandbox);
        let begun = Instant::now();
        let gone = |error: crate::sandbox::SandboxError| Trouble {
            phase: Phase::Exited,
            reason: error.to_string(),
        };
        self.sandbox.terminate().map_err(gone)?;
        let until = begun + self.deadlines.stop;
        loop {
            let state = self.sandbox.state().map_err(gone)?;
            let left = state.listening.contains(&self.staging.port);
            if state.ended.is_some() && !left {
                return Ok(begun.elapsed().as_secs_f64());
            }
            if Instant::now() >= until {
                return match state.ended {
                    Some(_) => Err(self.trouble(Phase::LeftListening, self.left_listening(&state))),
                    None => Ok(self.deadlines.stop.as_secs_f64()),
                };
            }
            std::thread::sleep(ASK_AGAIN);
        }
    }

    fn left_listening(&self, state: &State) -> String {
        let names: Vec<String> = state
            .processes
            .iter()
            .map(|process| format!("`{}`", process.name))
            .collect();
        format!(
            "its own process ended, and left {} listening on port {}: the next server's port would \
             be answered by this one",
            names.join(", "),
            self.staging.port
        )
    }

    fn ask(&self, request: &Request, within: Duration) -> Result<Answer, NoAnswer> {
        let answer = match &request.body {
            None => self.client.get(&request.path, within),
            Some(body) => self.client.post(&request.path, body, within),
        };
        self.let_it_die_after(&answer);
        answer
    }

    /// A server that hangs up may be dying: its connections go before it does.
    fn let_it_die_after(&self, answer: &Result<Answer, NoAnswer>) {
        if !matches!(answer, Err(NoAnswer::Broken(_) | NoAnswer::NobodyListens)) {
            return;
        }
        let until = Instant::now() + DYING;
        while self.still_there().is_ok() && Instant::now() < until {
            std::thread::sleep(ASK_AGAIN);
        }
    }

    /// Nothing, if it runs, within its limits, and is still wanted.
    fn still_there(&self) -> Result<(), Trouble> {
        let trouble = |phase, reason| Err(Trouble { phase, reason });
        if (self.stopped)() {
            return trouble(Phase::Stopped, "the case was told to end".into());
        }
        let state = match self.sandbox.state() {
            Ok(state) => state,
            Err(error) => return trouble(Phase::Exited, error.to_string()),
        };
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        if state.over_memory {
            let most = self.staging.limits.memory_bytes.unwrap_or(u64::MAX);
            let reason = format!(
                "it was ended at its limit of {:.0} MiB of memory; {:.0} MiB were seen",
                mib(most),
                mib(state.memory_peak_bytes)
            );
            return trouble(Phase::TooBig, self.quoting(reason));
        }
        if self.sandbox.said_bytes() > SAID_BYTES_MAX {
            let reason = format!("it printed more than {:.0} MiB", mib(SAID_BYTES_MAX));
            return trouble(Phase::TooBig, self.quoting(reason));
        }
        match &state.ended {
            None => Ok(()),
            Some(_) if state.listening.contains(&self.staging.port) => {
                trouble(Phase::LeftListening, self.left_listening(&state))
            }
            Some(how) => trouble(Phase::Exited, self.quoting(format!("it ended with {how}"))),
        }
    }

    /// The trouble that a question met, or the one behind it.
    fn trouble(&self, phase: Phase, reason: impl Into<String>) -> Trouble {
        match self.still_there() {
            Err(deeper) if phase != Phase::LeftListening => deeper,
            _ => Trouble {
                phase,
                reason: self.quoting(reason.into()),
            },
        }
    }

    /// With what its log has to say.
    fn quoting(&self, reason: String) -> String {
        match telling_lines(&self.sandbox.said()).as_slice() {
            [] => format!("{reason}; it printed nothing"),
            lines => format!("{reason}\nit printed:\n  {}", lines.join("\n  ")),
        }
    }
}

fn client(staging: &Staging, sandbox: &Sandbox) -> Client {
    Client::new(sandbox.door(), staging.port, ANSWER_BYTES_MAX)
}

/// The last lines of a log, and before them the last that speak of an error: a
/// server may say much on its way out.
fn telling_lines(said: &str) -> Vec<&str> {
    const WORDS: [&str; 5] = ["error", "exception", "fatal", "panic", "fail"];
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let (before, last) = lines.split_at(lines.len().saturating_sub(QUOTED_LINES));
    let speaks = |line: &&&str| {
        let line = line.to_lowercase();
        WORDS.iter().any(|word| line.contains(word))
    };
    let telling: Vec<&str> = before.iter().filter(speaks).copied().collect();
    let telling = &telling[telling.len().saturating_sub(QUOTED_LINES)..];
    [telling, last].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_quoted_however_much_follows() {
        let mut said = "hello\nValueError: no such operation\n".to_owned();
        said.push_str(&"shutting down\n\n".repeat(30));
        let lines = telling_lines(&said);
        assert_eq!(lines.len(), 1 + QUOTED_LINES);
        assert_eq!(
            lines[..2],
            ["ValueError: no such operation", "shutting down"]
        );
    }
}
