//! The keys that every case takes, whatever its check.

use std::time::Duration;

use super::fit::describe::{listed_words, value as describe};
use super::node::{Node, Value};
use super::source::Finding;
use crate::nearest;
use crate::{Tier, Trigger};

/// A key that every case takes, for the loader and for the editor's schema.
pub(crate) struct Key {
    pub name: &'static str,
    pub doc: &'static str,
    /// Its JSON Schema, without the description.
    pub schema: &'static str,
}

const fn key(name: &'static str, schema: &'static str, doc: &'static str) -> Key {
    Key { name, doc, schema }
}

/// All of them, but for `check`, whose values the vocabulary gives.
pub(crate) const KEYS: [Key; 11] = [
    key(
        "tier",
        r#"{"enum":["fast","slow"],"default":"fast"}"#,
        "When it runs: `fast` on every commit, `slow` nightly.",
    ),
    key(
        "seed",
        r#"{"type":"integer","minimum":0,"default":0}"#,
        "Root seed of all randomness of the case.",
    ),
    key(
        "runs",
        r#"{"type":"integer","minimum":1}"#,
        "How many times a check that trains does so, each from its own derived seed; bounds apply to the mean.",
    ),
    key(
        "matrix",
        r#"{"type":"object"}"#,
        "Lists of values by key: the test becomes one case for each combination.",
    ),
    key(
        "skip",
        r#"{"type":"string","minLength":1}"#,
        "Why the case is skipped. Skipped cases close every report.",
    ),
    key(
        "timeout",
        r#"{"oneOf":[{"type":"number","exclusiveMinimum":0},{"type":"string"}]}"#,
        "After how long the case is ended as stuck: seconds, or text such as \"90s\", \"5m\", \"1h\". By default 60 s for fast cases, 1 h for slow ones.",
    ),
    key("doc", r#"{"type":"string"}"#, "What the case is for."),
    key(
        "on",
        r#"{"type":"array","minItems":1,"uniqueItems":true,"items":{"enum":["commit","release","schedule"]}}"#,
        "What sets the case off; by default all three.",
    ),
    key(
        "inconclusive",
        r#"{"enum":["pass","fail"],"default":"fail"}"#,
        "Whether an interval that spans its bound passes.",
    ),
    key(
        "first_release",
        r#"{"type":"boolean","default":false}"#,
        "Lets a comparison that has no predecessor be skipped instead of failing.",
    ),
    key("check", r#"{"type":"string"}"#, "What the case does."),
];

/// The longest timeout, a typing slip beyond: 30 days.
const TIMEOUT_S_MAX: f64 = 30.0 * 86_400.0;

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|key| key.name)
}

pub(crate) fn is_key(name: &str) -> bool {
    names().any(|key| key == name)
}

/// What a case says through the common keys.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub tier: Tier,
    pub seed: u64,
    pub runs: Option<usize>,
    pub timeout: Option<Duration>,
    pub skip: Option<String>,
    pub doc: Option<String>,
    pub on: Vec<Trigger>,
    pub inconclusive_passes: bool,
    pub first_release: bool,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            tier: Tier::Fast,
            seed: 0,
            runs: None,
            timeout: None,
            skip: None,
            doc: None,
            on: vec![Trigger::Commit, Trigger::Release, Trigger::Schedule],
            inconclusive_passes: false,
            first_release: false,
        }
    }
}

impl Common {
    /// The written timeout, or the tier's.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(Duration::from_secs(match self.tier {
            Tier::Fast => 60,
            Tier::Slow => 3600,
        }))
    }

    /// Takes the value of a common key; other keys are left alone.
    pub fn set(&mut self, key: &str, node: &Node, findings: &mut Vec<Finding>) {
        if node.is_invalid() {
            return;
        }
        if let Err(finding) = self.try_set(key, node) {
            findings.push(finding);
        }
    }

    fn try_set(&mut self, key: &str, node: &Node) -> Result<(), Finding> {
        match key {
            "tier" => self.tier = word(node, &[("fast", Tier::Fast), ("slow", Tier::Slow)])?,
            "seed" => self.seed = whole(node, 0)?,
            "runs" => {
                let runs = whole(node, 1)?;
                self.runs =
                    Some(usize::try_from(runs).map_err(|_| expected(node, "a smaller number"))?);
            }
            "timeout" => self.timeout = Some(timeout(node)?),
            "skip" => match text(node)? {
                reason if reason.trim().is_empty() => {
                    return Err(Finding::at(node.span, "`skip` gives no reason"));
                }
                reason => self.skip = Some(reason),
            },
            "doc" => self.doc = Some(text(node)?),
            "on" => self.on = triggers(node)?,
            "inconclusive" => {
                self.inconclusive_passes = word(node, &[("pass", true), ("fail", false)])?
            }
            "first_release" => match node.value {
                Value::Boolean(flag) => self.first_release = flag,
                _ => return Err(expected(node, "`true` or `false`")),
            },
            _ => {}
        }
        Ok(())
    }
}

fn expected(node: &Node, what: &str) -> Finding {
    Finding::at(
        node.span,
        format!("expected {what}, found {}", describe(node)),
    )
}

fn text(node: &Node) -> Result<String, Finding> {
    node.as_str()
        .map(str::to_owned)
        .ok_or_else(|| expected(node, "a string"))
}

fn whole(node: &Node, least: u64) -> Result<u64, Finding> {
    match node.value {
        Value::Integer(number) => u64::try_from(number).ok().filter(|number| *number >= least),
        _ => None,
    }
    .ok_or_else(|| expected(node, &format!("a whole number of at least {least}")))
}

/// One of a few words, each with its meaning.
fn word<T: Copy>(node: &Node, meanings: &[(&str, T)]) -> Result<T, Finding> {
    let words = || meanings.iter().map(|(word, _)| *word);
    let found = node
        .as_str()
        .and_then(|text| meanings.iter().find(|(word, _)| *word == text));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        expected(node, &listed_words(words())).help(
            node.as_str()
                .and_then(|text| nearest::nearest(text, words()))
                .map(|word| format!("did you mean `{word}`?")),
        )
    })
}

fn triggers(node: &Node) -> Result<Vec<Trigger>, Finding> {
    let words = [
        ("commit", Trigger::Commit),
        ("release", Trigger::Release),
        ("schedule", Trigger::Schedule),
    ];
    let Value::Array(items) = &node.value else {
        return Err(expected(
            node,
            "an array of `commit`, `release` and `schedule`",
        ));
    };
    if items.is_empty() {
        return Err(Finding::at(
            node.span,
            "`on` is empty: nothing would ever set the case off",
        )
        .help("use `skip = \"reason\"` to leave it out".to_owned()));
    }
    let mut triggers = Vec::new();
    for item in items {
        let trigger = word(item, &words)?;
        if triggers.contains(&trigger) {
            return Err(Finding::at(
                item.span,
                format!("{} is listed twice", describe(item)),
            ));
        }
        triggers.push(trigger);
    }
    triggers.sort();
    Ok(triggers)
}

fn timeout(node: &Node) -> Result<Duration, Finding> {
    let seconds = match &node.value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(text) => seconds(text),
        _ => None,
    };
    seconds
        .filter(|seconds| *seconds > 0.0 && *seconds <= TIMEOUT_S_MAX)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| {
            expected(node, "a time above zero and of at most 30 days")
                .help("write seconds, or a string such as \"90s\", \"5m\" or \"1h\"".to_owned())
        })
}

/// Seconds of a text such as `90s`, `1.5m` or `1h`.
fn seconds(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    // Not what `f64` also parses, such as `inf` and `1e3`.
    let plain = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    number
        .parse::<f64>()
        .ok()
        .filter(|_| plain)
        .map(|number| number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(seconds("90s"), Some(90.0));
        assert_eq!(seconds("1.5m"), Some(90.0));
        assert_eq!(seconds("1h"), Some(3600.0));
        for bad in ["", "s", "90", "1d", "infs", "1e3s", "-1s", "é"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_common_key_has_a_schema() {
        for key in KEYS {
            assert!(
                serde_json::from_str::<serde_json::Value>(key.schema).is_ok(),
                "{}",
                key.name
            );
        }
    }
}
