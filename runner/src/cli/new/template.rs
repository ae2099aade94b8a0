//! The text of a new spec.

use std::fmt::Write;

use seatrial_spec::Count;

/// What a first spec asks of a model: the name of a test, its check, and why.
const TESTS: [(&str, &str, &str); 5] = [
    (
        "one-step",
        "gradient-step",
        "Every parameter gets a gradient and moves.",
    ),
    (
        "loss-decreases",
        "loss-decreases",
        "Some steps of training lower the loss.",
    ),
    (
        "memorises",
        "memorizes",
        "A model that cannot memorise a few examples cannot learn.",
    ),
    (
        "beats-baseline",
        "beats-baseline",
        "It must be better than guessing.",
    ),
    (
        "reproducible",
        "reproducible",
        "The same seed gives the same model, to the bit.",
    ),
];

/// What the spec is about.
pub(super) struct Template {
    /// The editor schema, from the spec.
    pub(super) schema: String,
    /// The data, from the spec.
    pub(super) csv: String,
    /// The column to predict.
    pub(super) label: String,
    /// The family of the model.
    pub(super) family: String,
    /// How it reads a row.
    pub(super) shape: Option<(&'static str, [Count; 2])>,
    /// The checks there are.
    pub(super) checks: Vec<&'static str>,
}

impl Template {
    /// The declaration of the dataset.
    pub(super) fn dataset(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("path".into(), self.csv.clone().into());
        table.insert("label".into(), self.label.clone().into());
        if self.family == "linear" {
            table.insert("task".into(), "regression".into());
        }
        table.insert("scale".into(), "standard".into());
        table
    }

    fn model(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("family".into(), self.family.clone().into());
        if let Some((key, shape)) = self.shape {
            let shape: Vec<_> = shape.iter().map(|count| count.get() as i64).collect();
            table.insert(key.into(), shape.into());
        }
        table
    }

    /// The spec.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "#:schema {}\n\
             # `seatrial explain CHECK` says what each check does and what it takes.\n\n\
             [defaults]\ndataset = \"data\"\nmodel = \"model\"\n",
            self.schema
        );
        let declarations = [
            ("dataset.data", self.dataset()),
            ("model.model", self.model()),
        ];
        for (header, table) in declarations {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n[{header}]\n{table}");
        }
        for (name, check, why) in TESTS {
            if self.checks.contains(&check) {
                let _ = write!(text, "\n# {why}\n[test.{name}]\ncheck = \"{check}\"\n");
            }
        }
        text
    }
}
