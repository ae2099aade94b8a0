//! The 28 items of the rubric in our words, and the checks that cover them.

/// An item.
pub(super) struct Item {
    /// One of four.
    pub(super) section: &'static str,
    /// What should be so.
    pub(super) what: &'static str,
    /// Checks that cover it; any of them is enough.
    pub(super) checks: &'static [&'static str],
    /// A parameter that a case must give to cover it.
    pub(super) parameter: Option<&'static str>,
}

const fn item(section: &'static str, what: &'static str, checks: &'static [&'static str]) -> Item {
    Item {
        section,
        what,
        checks,
        parameter: None,
    }
}

const DATA: &str = "data";
const MODEL: &str = "model";
const INFRASTRUCTURE: &str = "infrastructure";
const MONITORING: &str = "monitoring";

/// Seven of each section, in the order of the paper.
pub(super) const ITEMS: [Item; 28] = [
    item(
        DATA,
        "what is expected of features is a schema",
        &["table-schema", "stage-contract"],
    ),
    item(DATA, "every feature is of use", &[]),
    item(DATA, "no feature costs more than it is worth", &[]),
    item(DATA, "features keep the rules on what may be used", &[]),
    item(DATA, "personal data is guarded all along the pipeline", &[]),
    item(DATA, "a feature can be added quickly", &[]),
    item(
        DATA,
        "the code of features is tested",
        &["matches-recorded", "serving-skew"],
    ),
    item(
        MODEL,
        "specifications are reviewed and under version control",
        &["provenance"],
    ),
    item(MODEL, "offline metrics move with online ones", &[]),
    item(MODEL, "hyperparameters are tuned", &[]),
    item(
        MODEL,
        "what a stale model costs is known",
        &["validation-is-current"],
    ),
    item(MODEL, "a simpler model is not better", &["beats-baseline"]),
    Item {
        section: MODEL,
        what: "quality holds on every important slice",
        checks: &["quality"],
        parameter: Some("slices"),
    },
    item(MODEL, "nobody is treated unfairly", &["invariance"]),
    item(
        INFRASTRUCTURE,
        "training is reproducible",
        &["reproducible"],
    ),
    item(
        INFRASTRUCTURE,
        "the model's code is unit tested",
        &[
            "gradient-step",
            "memorizes",
            "loss-decreases",
            "gradient-check",
        ],
    ),
    item(
        INFRASTRUCTURE,
        "the whole pipeline is tested together",
        &["end-to-end"],
    ),
    item(
        INFRASTRUCTURE,
        "quality is judged before serving",
        &["quality", "no-regression"],
    ),
    item(
        INFRASTRUCTURE,
        "one example can be followed through the model",
        &["matches-reference", "call-count"],
    ),
    item(
        INFRASTRUCTURE,
        "a model is tried on a server before it serves",
        &["serves"],
    ),
    item(INFRASTRUCTURE, "a model can be rolled back", &["rollback"]),
    item(
        MONITORING,
        "a changed dependency is noticed",
        &["provenance"],
    ),
    item(
        MONITORING,
        "inputs keep what is expected of them",
        &["no-drift", "table-schema"],
    ),
    item(
        MONITORING,
        "training and serving see the same features",
        &["serving-skew"],
    ),
    item(
        MONITORING,
        "models are not too stale",
        &["validation-is-current", "trend"],
    ),
    item(
        MONITORING,
        "numbers stay finite",
        &["output-contract", "rejects-bad-input", "gradient-flow"],
    ),
    item(
        MONITORING,
        "speed and memory have not become worse",
        &["serves"],
    ),
    item(
        MONITORING,
        "quality has not become worse",
        &["no-regression", "trend"],
    ),
];
