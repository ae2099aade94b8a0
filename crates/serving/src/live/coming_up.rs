//! From the start of a server to its first inference.

use std::time::{Duration, Instant};

use super::{ASK_AGAIN, Live};
use crate::examples::Examples;
use crate::http::NoAnswer;
use crate::protocol::Readiness;
use crate::trouble::{Phase, Trouble};

/// How long a ready server may refuse to infer: requests on their way while it
/// says so for the first time.
const READY_TO_SERVING: Duration = Duration::from_secs(2);

/// How long a server took to come up.
#[derive(Clone, Copy, Debug)]
pub struct CameUp {
    /// To the first answer of any kind, in seconds.
    pub start_s: f64,
    /// From then on to the first inference, in seconds.
    pub load_s: f64,
}

impl Live<'_> {
    /// Waits until it serves: says that it is ready, and infers.
    ///
    /// # Errors
    /// With the phase in which it did not.
    pub fn bring_up(&self, first: &Examples) -> Result<CameUp, Trouble> {
        let begun = Instant::now();
        self.wait_for_an_answer()?;
        let answered = Instant::now();
        self.load()?;
        self.wait_until_ready(answered)?;
        self.wait_until_serving(first)?;
        Ok(CameUp {
            start_s: (answered - begun).as_secs_f64(),
            load_s: answered.elapsed().as_secs_f64(),
        })
    }

    fn wait_for_an_answer(&self) -> Result<(), Trouble> {
        let until = Instant::now() + self.deadlines.start;
        let ready = self.staging.protocol.ready(&self.staging.model);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let within = left.min(self.deadlines.answer);
            let why = match self.client.get(&ready.path, within) {
                Ok(_) => return Ok(()),
                Err(NoAnswer::Redirected(to)) => {
                    let reason = NoAnswer::Redirected(to).to_string();
                    return Err(self.trouble(Phase::NeverReady, reason));
                }
                Err(why) => why,
            };
            self.still_there()?;
            if Instant::now() >= until {
                let after = self.deadlines.start.as_secs_f64();
                let reason = format!(
                    "no answer on port {} in {after} s: {why}{}",
                    self.staging.port,
                    self.listens()
                );
                return Err(self.trouble(Phase::NeverReady, reason));
            }
            std::thread::sleep(ASK_AGAIN);
        }
    }

    /// Where it listens instead, which is the likeliest mistake; or that it does
    /// listen, and is stuck.
    fn listens(&self) -> String {
        let ports = self.sandbox.state().map(|state| state.listening);
        let ports = ports.unwrap_or_default();
        if ports.contains(&self.staging.port) {
            return "; it does listen".into();
        }
        let elsewhere: Vec<String> = ports
            .iter()
            .filter(|port| **port != self.staging.port)
            .map(u16::to_string)
            .collect();
        match elsewhere.as_slice() {
            [] => String::new(),
            ports => format!("; it listens on {}", ports.join(", ")),
        }
    }

    fn load(&self) -> Result<(), Trouble> {
        let Some(load) = self.staging.protocol.load(&self.staging.model) else {
            return Ok(());
        };
        match self.ask(&load, self.deadlines.load) {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err(self.trouble(Phase::LoadRefused, answer.brief())),
            Err(NoAnswer::TooLate(after)) => {
                let after = after.as_secs_f64();
                let reason = format!(
                    "told to load `{}`, it gave no answer in {after} s",
                    self.staging.model
                );
                Err(self.trouble(Phase::LoadHung, reason))
            }
            Err(why) => Err(self.trouble(Phase::LoadRefused, why.to_string())),
        }
    }

    fn wait_until_ready(&self, since: Instant) -> Result<(), Trouble> {
        let (protocol, model) = (&self.staging.protocol, &self.staging.model);
        let until = since + self.deadlines.load;
        loop {
            let said = match self.ask(&protocol.ready(model), self.deadlines.answer) {
                Ok(answer) => match protocol.readiness(&answer) {
                    Readiness::Ready => return Ok(()),
                    Readiness::Refused(why) => return Err(self.trouble(Phase::LoadRefused, why)),
                    Readiness::NotYet(said) => said,
                },
                Err(why) => why.to_string(),
            };
            if let Some(why) = self.why_not() {
                return Err(self.trouble(Phase::LoadRefused, why));
            }
            self.still_there()?;
            if Instant::now() >= until {
                let after = self.deadlines.load.as_secs_f64();
                let reason =
                    format!("`{model}` is not ready after {after} s; asked, it says {said}");
                return Err(self.trouble(Phase::NeverReady, reason));
            }
            std::thread::sleep(ASK_AGAIN);
        }
    }

    fn why_not(&self) -> Option<String> {
        let (protocol, model) = (&self.staging.protocol, &self.staging.model);
        let answer = self
            .ask(&protocol.why(model)?, self.deadlines.answer)
            .ok()?;
        protocol.reason(model, &answer)
    }

    fn wait_until_serving(&self, first: &Examples) -> Result<(), Trouble> {
        let until = Instant::now() + READY_TO_SERVING.min(self.deadlines.load);
        loop {
            let Err(trouble) = self.infer(first) else {
                return Ok(());
            };
            if trouble.phase != Phase::NotServing || Instant::now() >= until {
                return Err(trouble);
            }
            std::thread::sleep(ASK_AGAIN);
        }
    }
}
