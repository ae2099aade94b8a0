//! `ops-supported`: the server has every operation that the package needs.

use schemars::JsonSchema;
use seatrial_serving::{Answer, Catalogue, Reason};
use seatrial_spec::SubjectKind;
use seatrial_verdict::{Bound, Measurement, Verdict};
use serde::Deserialize;

use super::declaration::{PackageDeclaration, ServerDeclaration};
use super::exported::ModelAt;
use crate::check::Failure;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// The target server has every operation of the packaged model, in its version
/// and for its types.
///
/// Told on paper, from the model's file and the server's catalogue: nothing is
/// started. A pipeline's package is exported as ONNX and looked at, and does not
/// pass if that cannot be. To compare several versions of a server, put them into a matrix.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpsSupported {
    /// Whether operations pass that the server has no kernel for, and makes of
    /// others or computes in single precision. They do by default: the server
    /// loads such a model, if perhaps a slower one.
    rewritten: Rewritten,
}

/// What comes of operations that a server rewrites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Rewritten {
    #[default]
    Pass,
    Fail,
}

impl Default for OpsSupported {
    fn default() -> Self {
        Self {
            rewritten: Rewritten::Pass,
        }
    }
}

/// How many reasons a verdict lists.
const SHOWN: usize = 10;

impl Check for OpsSupported {
    const ABOUT: About = About {
        name: "ops-supported",
        chapter: Chapter::Serving,
        figure: include_str!("figures/ops-supported.txt"),
        needs: &[SubjectKind::Package, SubjectKind::Server],
        method: "The model's operations, those in subgraphs and functions included, with \
                 version and types, against the kernels that the server lists of itself, its \
                 ceilings and what it refuses. What cannot be told from the file does not pass.",
        error_rates: "Exact about what it reads. Against actual failures to load of 1,802 models \
                      in six versions of onnxruntime, precision and recall are both 1; a \
                      failure that needs shapes or values to be foreseen is missed.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let server = ServerDeclaration::of(context, SubjectKind::Server.word())?;
        let Some(name) = &server.catalogue else {
            return Err(Failure::Case(
                "the server declares no `catalogue`, so what it can run is not known".into(),
            ));
        };
        let catalogue =
            Catalogue::named(name.as_str()).map_err(|error| Failure::Case(error.to_string()))?;
        let own = PackageDeclaration::of(context, SubjectKind::Package.word())?;
        let (opinion, inventory) =
            ModelAt::of(own.path.as_path()).ask(context.session(), &catalogue);
        // What cannot be read has no operations, and the opinion says why.
        let operations = inventory.map_or(0, |inventory| {
            inventory.operations.iter().map(|used| used.count).sum()
        });
        let reasons = |answer: Answer| {
            let all = opinion.reasons.iter();
            all.filter(move |reason| reason.answer == answer)
        };
        let none = |name: &str, answer: Answer| {
            Measurement::new(name, reasons(answer).count() as f64)
                .unit("reasons")
                .bound(Bound::AtMost(0.0))
        };
        let rewritten = Measurement::new("rewritten", reasons(Answer::Rewritten).count() as f64)
            .unit("reasons");
        let measurements = vec![
            Measurement::new("operations", operations as f64)
                .unit("nodes")
                .bound(Bound::AtLeast(1.0)),
            none("unsupported", Answer::Unsupported),
            none("unknown", Answer::Unknown),
            match self.rewritten {
                Rewritten::Pass => rewritten,
                Rewritten::Fail => rewritten.bound(Bound::AtMost(0.0)),
            },
        ];
        let title = catalogue.title();
        let verdict = Verdict::judge(measurements, context.spanning());
        Ok(match self.against(&opinion.reasons).as_slice() {
            [] => verdict,
            reasons => verdict.against(format!("{title}:\n{}", listed(reasons))),
        })
    }

    fn planted() -> Planted {
        Planted {
            faults: FAULTS,
            sound: SOUND,
        }
    }
}

impl OpsSupported {
    /// The reasons that speak against the package.
    fn against<'r>(&self, reasons: &'r [Reason]) -> Vec<&'r Reason> {
        let counts = |reason: &&Reason| match reason.answer {
            Answer::Unsupported | Answer::Unknown => true,
            Answer::Rewritten => self.rewritten == Rewritten::Fail,
            Answer::Supported => false,
        };
        reasons.iter().filter(counts).collect()
    }
}

fn listed(reasons: &[&Reason]) -> String {
    let shown = reasons.iter().take(SHOWN);
    let mut lines: Vec<String> = shown
        .map(|reason| format!("{}: {}", reason.answer.word(), reason.text()))
        .collect();
    if reasons.len() > SHOWN {
        lines.push(format!("and {} further reasons", reasons.len() - SHOWN));
    }
    lines.join("\n")
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "an operation of a custom domain",
        spec: r#"
            [package.p]
            path = "custom-domain.onnx"
            [server.s]
            catalogue = "onnxruntime-1.32.0"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "own.kernels FancyGelu 1",
    },
    Fault {
        name: "a too new opset",
        spec: r#"
            [package.p]
            path = "opset-23.onnx"
            [server.s]
            catalogue = "onnxruntime-1.20.1"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "ai.onnx opset 23; onnxruntime 1.20.1 reads up to 21; onnxruntime 1.23.2 is the first",
    },
    Fault {
        name: "a too new version of the format",
        spec: r#"
            [package.p]
            path = "ir-12.onnx"
            [server.s]
            catalogue = "onnxruntime-1.23.2"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "IR version 12; onnxruntime 1.23.2 reads up to 11",
    },
    Fault {
        name: "a type without a kernel",
        spec: r#"
            [package.p]
            path = "bfloat16.onnx"
            [server.s]
            catalogue = "onnxruntime-1.23.2"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "ai.onnx Sin 7 (T=bfloat16)",
    },
    Fault {
        name: "an operation missing only in a subgraph",
        spec: r#"
            [package.p]
            path = "missing-in-subgraph.onnx"
            [server.s]
            catalogue = "onnxruntime-1.32.0"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "else_branch of",
    },
    Fault {
        name: "a model that is cut short",
        spec: r#"
            [package.p]
            path = "cut-short.onnx"
            [server.s]
            catalogue = "onnxruntime-1.32.0"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "no whole ONNX file",
    },
    Fault {
        name: "a model that is empty",
        spec: r#"
            [package.p]
            path = "no-operations.onnx"
            [server.s]
            catalogue = "onnxruntime-1.32.0"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "operations 0 nodes",
    },
    Fault {
        name: "a format that lists no operations",
        spec: r#"
            [package.p]
            path = "mlp.safetensors"
            [server.s]
            catalogue = "onnxruntime-1.32.0"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
        says: "written nowhere in it",
    },
    Fault {
        name: "an operation made of others, where that is not wanted",
        spec: r#"
            [package.p]
            path = "hard-swish.onnx"
            [server.s]
            catalogue = "onnxruntime-1.32.0"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
            rewritten = "fail"
        "#,
        says: "ai.onnx HardSwish 14 (T=float): it has no kernel",
    },
];

const SOUND: &[Sound] = &[
    Sound {
        name: "a subgraph",
        spec: r#"
            [package.p]
            path = "subgraph.onnx"
            [server.s]
            catalogue = "onnxruntime-1.16.3"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
            rewritten = "fail"
        "#,
    },
    Sound {
        name: "an operation made of others",
        spec: r#"
            [package.p]
            path = "hard-swish.onnx"
            [server.s]
            catalogue = "onnxruntime-1.16.3"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
    },
    Sound {
        name: "a new opset on a new server",
        spec: r#"
            [package.p]
            path = "opset-23.onnx"
            [server.s]
            catalogue = "onnxruntime-1.23.2"
            [test.x]
            check = "ops-supported"
            package = "p"
            server = "s"
        "#,
    },
];
