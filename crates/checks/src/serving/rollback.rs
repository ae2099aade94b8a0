//! `rollback`: the way back is open.

use schemars::JsonSchema;
use seatrial_serving::protocol::Bad;
use seatrial_serving::{Deadlines, Tolerance};
use seatrial_spec::{Count, NonNegative, Positive, SubjectKind};
use serde::Deserialize;
use std::time::Duration;

use super::exam::Exam;
use super::serves::{PackageName, ServerName, judge};
use crate::check::Failure;
use crate::evidence::constant;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// The previous version still loads and answers on the new server, and the
/// candidate on the old one.
///
/// A release of a model or of a server can be taken back only if both still
/// work together the other way round. Each pair is staged in a sandbox, and
/// answers as its own trainer did.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rollback {
    /// The package that is deployed today.
    previous: Option<PackageName>,
    /// The server that is in use today, if the release brings a new one. The
    /// candidate must run on it.
    previous_server: Option<ServerName>,
    /// How far a number may be off, in the output's unit.
    tolerance_absolute: NonNegative,
    /// How far it may be off besides, as a part of what is expected.
    tolerance_relative: NonNegative,
    /// Fresh starts of each pair, all of which must succeed.
    starts: Count,
    /// From the start to the first answer of any kind, in seconds.
    start_s_max: Positive,
    /// From then on to the first inference, in seconds.
    load_s_max: Positive,
    /// For any one answer, in seconds.
    answer_s_max: Positive,
}

impl Default for Rollback {
    fn default() -> Self {
        Self {
            previous: None,
            previous_server: None,
            tolerance_absolute: constant(1e-5),
            tolerance_relative: constant(1e-4),
            starts: constant(1.0),
            start_s_max: constant(60.0),
            load_s_max: constant(60.0),
            answer_s_max: constant(10.0),
        }
    }
}

/// Requests of each pair, one after another: `serves` is about load.
const REQUESTS: usize = 20;

impl Check for Rollback {
    const ABOUT: About = About {
        name: "rollback",
        chapter: Chapter::Serving,
        figure: include_str!("figures/rollback.txt"),
        needs: &[SubjectKind::Package, SubjectKind::Server],
        method: "As `serves`, for the pairs that a rollback would bring about: the previous \
                 package on the server, and, with `previous_server`, the candidate and the \
                 previous package on that one.",
        error_rates: "Exact for the examples of each package, and no claim beyond them.",
    };

    fn run(&self, context: &Context) -> Outcome {
        if self.previous.is_none() {
            return Err(Failure::Case(
                "name the `previous` package: what a rollback would go back to".into(),
            ));
        }
        let mut pairs = vec![("previous", "server")];
        if self.previous_server.is_some() {
            pairs.extend([
                ("package", "previous_server"),
                ("previous", "previous_server"),
            ]);
        } else {
            // Then the candidate shares the server with its predecessor.
            pairs.push(("package", "server"));
        }
        let pairs: Vec<_> = pairs
            .into_iter()
            .map(|(package, server)| (package.to_owned(), server.to_owned()))
            .collect();
        judge(context, &self.exam(), &pairs)
    }

    fn planted() -> Planted {
        PLANTED
    }
}

impl Rollback {
    fn exam(&self) -> Exam {
        let seconds = |limit: Positive| Duration::from_secs_f64(limit.get());
        Exam {
            tolerance: Tolerance {
                absolute: self.tolerance_absolute.get(),
                relative: self.tolerance_relative.get(),
            },
            deadlines: Deadlines {
                start: seconds(self.start_s_max),
                load: seconds(self.load_s_max),
                answer: seconds(self.answer_s_max),
                stop: seconds(self.start_s_max),
            },
            batches: vec![1, 16],
            starts: self.starts.get(),
            requests: REQUESTS,
            concurrency: 1,
            refuses: Vec::<Bad>::new(),
            growth_mib_max: None,
            latency_ms_max: [50, 95, 99].map(|percent| (percent, None)),
            throughput_min: None,
        }
    }
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a new server that cannot load the previous version",
            spec: r#"
                [server.new]
                command = ["./specimen-server", "--port={port}", "--model={package}", "--understands=2"]
                [server.old]
                command = ["./specimen-server", "--port={port}", "--model={package}"]
                [test.x]
                check = "rollback"
                package = "loans-next"
                previous = "loans"
                server = "new"
                previous_server = "old"
            "#,
            says: "package `loans` on server `new`: exited: it ended with status 4",
        },
        Fault {
            name: "an old server that cannot load the candidate",
            spec: r#"
                [server.new]
                command = ["./specimen-server", "--port={port}", "--model={package}"]
                [server.old]
                command = ["./specimen-server", "--port={port}", "--model={package}", "--understands=1"]
                [test.x]
                check = "rollback"
                package = "loans-next"
                previous = "loans"
                server = "new"
                previous_server = "old"
            "#,
            says: "package `loans-next` on server `old`: exited: it ended with status 4",
        },
        Fault {
            name: "a server that goes on with the candidate after a rollback",
            spec: r#"
                [server.new]
                command = ["./specimen-server", "--port={port}", "--model=loan-model-next.json"]
                [test.x]
                check = "rollback"
                package = "loans-next"
                previous = "loans"
                server = "new"
            "#,
            says: "package `loans` on server `new`: wrong answer: output `probability`, example 0",
        },
    ],
    sound: &[
        Sound {
            name: "one server",
            spec: r#"
                [server.one]
                command = ["./specimen-server", "--port={port}", "--model={package}"]
                [test.x]
                check = "rollback"
                package = "loans-next"
                previous = "loans"
                server = "one"
            "#,
        },
        Sound {
            name: "an old and a new server",
            spec: r#"
                [server.new]
                command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=kserve"]
                [server.old]
                command = ["./specimen-server", "--port={port}", "--model={package}", "--dialect=mlserver"]
                [test.x]
                check = "rollback"
                package = "loans-next"
                previous = "loans"
                server = "new"
                previous_server = "old"
            "#,
        },
    ],
};
