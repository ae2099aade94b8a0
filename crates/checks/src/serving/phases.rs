//! What happened to a server when. Numbers only; reports draw them.

use std::time::Instant;

use seatrial_verdict::{Figure, Measurement, Phase, Status, Timeline};

/// Many requests at once: what latency, throughput and memory are measured in.
pub(super) const UNDER_LOAD: &str = "under load";
/// From the start to the first answer of any kind.
pub(super) const START: &str = "start";
/// From then on to the first inference.
pub(super) const LOAD: &str = "load";

/// The phases of an exam, in the order in which they began.
pub(super) struct Phases {
    begun: Instant,
    phases: Vec<Phase>,
}

impl Phases {
    /// None yet; time begins.
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            phases: Vec::new(),
        }
    }

    /// Does this, as a phase of this name.
    ///
    /// # Errors
    /// As the work itself; the phase is then one that failed.
    pub fn during<T, E>(
        &mut self,
        name: impl Into<String>,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let from_s = self.begun.elapsed().as_secs_f64();
        let result = work();
        self.phases.push(Phase {
            name: name.into(),
            from_s,
            to_s: self.begun.elapsed().as_secs_f64(),
            status: match result {
                Ok(_) => Status::Pass,
                Err(_) => Status::Fail,
            },
            note: String::new(),
        });
        result
    }

    /// Parts the last phase in two, so many seconds after its beginning.
    pub fn part_last(&mut self, first: impl Into<String>, after_s: f64, second: impl Into<String>) {
        let Some(mut last) = self.phases.pop() else {
            return;
        };
        let to_s = last.to_s;
        last.to_s = (last.from_s + after_s).clamp(last.from_s, to_s);
        let rest = Phase {
            name: second.into(),
            from_s: last.to_s,
            to_s,
            ..last.clone()
        };
        last.name = first.into();
        self.phases.extend([last, rest]);
    }

    /// The phases to look at: those that a bound which does not hold is about
    /// are marked too.
    pub fn figure(mut self, of: &str, measured: &[Measurement]) -> Figure {
        let missed = |one: &&Measurement| one.bound.is_some_and(|bound| !bound.allows(one.value));
        for one in measured.iter().filter(missed) {
            let about = match one.name.split('_').next() {
                Some("latency" | "throughput" | "memory") => UNDER_LOAD,
                Some("start") => START,
                Some("load") => LOAD,
                _ => continue,
            };
            for phase in self.phases.iter_mut().filter(|phase| phase.name == about) {
                phase.status = Status::Fail;
            }
        }
        Figure::Timeline(Timeline {
            title: format!("phases of {of}"),
            phases: self.phases,
        })
    }
}
