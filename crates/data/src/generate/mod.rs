//! Built-in sources of made-up rows.

mod blobs;
mod line;
pub mod unicorn;

use schemars::JsonSchema;
use seatrial_rng::Streams;
use serde::{Deserialize, Serialize};

use crate::TaskKind;

/// The generators there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Generator {
    /// Sightings of animals at dusk, one in a hundred of them a unicorn: five
    /// features, two classes. Always saying "no" is right 99% of the time.
    Unicorn,
    /// Four Gaussian clouds in sixteen dimensions: four classes.
    Blobs,
    /// A linear function of eight features with a little noise: a regression.
    Line,
}

impl Generator {
    /// What its label is.
    pub fn task(self) -> TaskKind {
        match self {
            Generator::Unicorn | Generator::Blobs => TaskKind::Classification,
            Generator::Line => TaskKind::Regression,
        }
    }
}

/// Generated rows.
pub(crate) struct Table {
    /// Names of all columns.
    pub columns: Vec<String>,
    /// The column that is the label.
    pub label: &'static str,
    /// Row by row.
    pub values: Vec<f32>,
}

/// Makes `rows` rows from these streams.
pub(crate) fn generate(generator: Generator, rows: usize, streams: &Streams) -> Table {
    match generator {
        Generator::Unicorn => unicorn::sightings(rows, &streams.child("unicorn")),
        Generator::Blobs => blobs::blobs(rows, &streams.child("blobs")),
        Generator::Line => line::line(rows, &streams.child("line")),
    }
}

/// Names a column for each number from 0, and a label column behind them.
fn numbered(columns: usize, label: &str) -> Vec<String> {
    (0..columns)
        .map(|column| format!("x_{column}"))
        .chain([label.to_owned()])
        .collect()
}
