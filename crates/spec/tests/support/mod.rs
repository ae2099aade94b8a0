//! A small vocabulary, and spec trees in temporary folders.
#![allow(dead_code, reason = "each test binary uses a part")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use seatrial_spec::{
    CheckWords, Count, Diagnostics, Fraction, NonNegative, Positive, Shape, SpecPath, SubjectKind,
    SubjectName, SubjectWords, Suite, Vocabulary, load, load_exact,
};
use serde::Deserialize;

pub type DatasetName = SubjectName<0>;

/// Trains and looks at the loss.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LossDecreases {
    /// Steps to take.
    #[serde(default = "sixty")]
    pub steps: Count,
    /// Final loss over first loss.
    pub ratio_max: Option<Positive>,
    /// Another optimizer than the model's.
    pub optimizer: Option<Optimizer>,
    /// Widths.
    #[serde(default)]
    pub widths: Vec<usize>,
}

fn sixty() -> Count {
    Count::try_from(60.0).unwrap()
}

/// How parameters are updated.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Optimizer {
    /// Stochastic gradient descent.
    Sgd {
        /// Step size.
        learning_rate: Positive,
    },
    /// Adam with decoupled weight decay.
    AdamW {
        /// Step size.
        learning_rate: Positive,
        /// Decay.
        #[serde(default)]
        weight_decay: Option<NonNegative>,
    },
}

/// Bounds of metrics.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Quality {
    /// Least values by metric.
    #[serde(default)]
    pub min: BTreeMap<String, f64>,
    /// How to average.
    #[serde(default)]
    pub average: Average,
    /// Against what.
    pub reference: Option<DatasetName>,
    /// A table of expectations.
    pub table: Option<SpecPath>,
}

/// An average over classes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Average {
    /// Of classes.
    #[default]
    Macro,
    /// Of examples.
    Micro,
}

/// Learns a few examples by heart.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Memorizes {
    /// How many.
    pub examples: Count,
    /// The loss to reach.
    pub loss_max: f64,
    /// An even number, which no schema can say.
    #[serde(default)]
    pub even: Option<Even>,
    /// Even numbers by name.
    #[serde(default)]
    pub evens: BTreeMap<String, Vec<Even>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "u32")]
#[schemars(with = "u32")]
pub struct Even(#[expect(dead_code, reason = "parsed only")] u32);

impl TryFrom<u32> for Even {
    type Error = String;

    fn try_from(value: u32) -> Result<Self, String> {
        if value.is_multiple_of(2) {
            Ok(Self(value))
        } else {
            Err(format!("`{value}` is odd"))
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Dataset {
    /// The rows.
    pub path: SpecPath,
    /// The column to predict.
    pub label: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Model {
    /// Examples a step.
    pub batch: Option<Count>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Mlp {
    /// Widths of hidden layers.
    pub hidden: Vec<Count>,
    /// Share of units dropped.
    pub dropout: Option<Fraction>,
    /// How it learns.
    pub optimizer: Option<Optimizer>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Lstm {
    /// Width of the state.
    pub hidden: Count,
}

pub fn vocabulary() -> Vocabulary {
    use SubjectKind::{Dataset as D, Model as M, Predictions as P};
    let check = |shape, needs: &[SubjectKind]| CheckWords {
        shape,
        needs: needs.to_vec(),
    };
    Vocabulary {
        checks: BTreeMap::from([
            (
                "loss-decreases".into(),
                check(Shape::of::<LossDecreases>(), &[D, M]),
            ),
            ("memorizes".into(), check(Shape::of::<Memorizes>(), &[D, M])),
            ("quality".into(), check(Shape::of::<Quality>(), &[P])),
        ]),
        subjects: BTreeMap::from([
            (
                D,
                SubjectWords {
                    common: Shape::of::<Dataset>(),
                    variants: None,
                },
            ),
            (
                P,
                SubjectWords {
                    common: Shape::of::<Dataset>(),
                    variants: None,
                },
            ),
            (
                M,
                SubjectWords {
                    common: Shape::of::<Model>(),
                    variants: Some((
                        "family",
                        BTreeMap::from([
                            ("mlp".into(), Shape::of::<Mlp>()),
                            ("lstm".into(), Shape::of::<Lstm>()),
                        ]),
                    )),
                },
            ),
        ]),
    }
}

/// A root file that declares one subject of each kind, and their data.
pub const ROOT: &str = r#"
[dataset.digits]
path = "digits.csv"

[dataset.letters]
path = "digits.csv"

[predictions.candidate]
path = "digits.csv"

[model.mlp]
family = "mlp"
hidden = [8]

[model.lstm]
family = "lstm"
hidden = 8

[defaults]
dataset = "digits"
model = "mlp"
predictions = "candidate"
"#;

/// A spec tree of the given files, removed when dropped.
pub struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (name, text) in files {
            tree.write(name, text.as_bytes());
        }
        tree
    }

    /// A tree with the usual root file and one spec file, `a.toml`.
    pub fn of(text: &str) -> Self {
        Self::new(&[
            ("seatrial.toml", ROOT),
            ("digits.csv", "x\n1\n"),
            ("a.toml", text),
        ])
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn load(&self) -> Result<Suite, Diagnostics> {
        load(self.root(), &vocabulary())
    }

    pub fn exact(&self, id: &str) -> Result<Suite, Diagnostics> {
        load_exact(self.root(), &vocabulary(), id)
    }

    pub fn suite(&self) -> Suite {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    pub fn errors(&self) -> String {
        self.load().unwrap_err().to_string()
    }

    pub fn ids(&self) -> Vec<String> {
        self.suite().cases.into_iter().map(|case| case.id).collect()
    }
}

/// The errors of a spec file beside the usual root file.
pub fn errors(text: &str) -> String {
    Tree::of(text).errors()
}

/// A tree with an own root file and one right spec file.
pub fn root_errors(root: &str) -> String {
    Tree::new(&[
        ("seatrial.toml", root),
        ("digits.csv", ""),
        ("a.toml", "[predictions.mine]\npath = \"digits.csv\"\n[test.a]\ncheck = \"quality\"\npredictions = \"mine\""),
    ])
    .errors()
}

/// One test of the check `loss-decreases` with further lines.
pub fn case_errors(lines: &str) -> String {
    errors(&format!("[test.a]\ncheck = \"loss-decreases\"\n{lines}"))
}
