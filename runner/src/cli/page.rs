//! What the registry says of a check, for readers: the one source of `explain`
//! and of the reference.

mod markdown;
mod text;

use seatrial_checks::{CheckEntry, Registry};
use serde_json::Value;

pub(super) use markdown::reference;

/// Everything there is to say of a check.
pub(super) struct Page<'a> {
    entry: &'a CheckEntry,
    doc: String,
    parameters: Vec<Parameter>,
}

/// A key of a case of the check.
struct Parameter {
    name: String,
    /// What it takes: "a number above zero".
    takes: String,
    /// As it would be written; `None` if it must be given or is off.
    default: Option<String>,
    required: bool,
    doc: String,
}

impl<'a> Page<'a> {
    /// The page of a check.
    pub(super) fn new(entry: &'a CheckEntry) -> Self {
        let schema = entry.shape.schema();
        let required = schema["required"].as_array();
        let required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        let properties = schema["properties"].as_object();
        let parameters = properties
            .into_iter()
            .flatten()
            .map(|(name, part)| Parameter {
                name: name.clone(),
                takes: entry.shape.words(part),
                default: part.get("default").and_then(toml_text),
                required: required(name),
                doc: description(part),
            });
        Self {
            entry,
            doc: description(schema),
            parameters: parameters.collect(),
        }
    }

    /// The check's name.
    pub(super) fn name(&self) -> &'static str {
        self.entry.about.name
    }

    /// What the check is for, in a sentence.
    pub(super) fn summary(&self) -> String {
        let paragraph = self.doc.split("\n\n").next().unwrap_or_default();
        let words: Vec<_> = paragraph.split_whitespace().collect();
        let text = words.join(" ");
        match text.find(". ") {
            Some(end) => text[..=end].to_owned(),
            None => text,
        }
    }

    /// What every case names, each set off by the quotes of the page.
    fn needs(&self, quote: &str) -> String {
        let kinds = self.entry.about.needs.iter().map(|kind| kind.word());
        let quoted: Vec<_> = kinds.map(|word| format!("{quote}{word}{quote}")).collect();
        match quoted.as_slice() {
            [] => "nothing but its parameters".into(),
            words => words.join(", "),
        }
    }

    fn catches(&self) -> impl Iterator<Item = &'static str> {
        self.entry.planted.faults.iter().map(|fault| fault.name)
    }

    /// A spec that is known to work: the check passes its sound subjects.
    fn example(&self) -> String {
        let name = self.entry.about.name;
        let sound = self.entry.planted.sound.iter();
        let spec = sound.map(|sound| sound.spec).next();
        let spec = spec.map_or_else(|| format!("[test.x]\ncheck = \"{name}\""), dedent);
        spec.replace("[test.x]", &format!("[test.{name}]"))
    }
}

/// The checks of a registry, chapter by chapter.
pub(super) fn chapters(registry: &Registry) -> Vec<(&'static str, Vec<Page<'_>>)> {
    let mut chapters: Vec<(_, Vec<_>)> = Vec::new();
    for entry in registry.entries() {
        let chapter = entry.about.chapter.word();
        match chapters.last_mut() {
            Some((last, pages)) if *last == chapter => pages.push(Page::new(entry)),
            _ => chapters.push((chapter, vec![Page::new(entry)])),
        }
    }
    chapters
}

fn description(schema: &Value) -> String {
    schema["description"]
        .as_str()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// A value as a spec would write it; `None` for nothing.
fn toml_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        // Whole numbers are stored as floats in some kinds of value.
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float}"),
            _ => number.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(toml_text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let keys = map
                .iter()
                .filter_map(|(k, v)| Some(format!("{k} = {}", toml_text(v)?)));
            let keys: Vec<_> = keys.collect();
            if keys.is_empty() {
                return None;
            }
            format!("{{ {} }}", keys.join(", "))
        }
        other => other.to_string(),
    })
}

/// Without the indentation that all lines share.
fn dedent(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let shared = lines().map(indentation).min().unwrap_or(0);
    let lines: Vec<_> = lines().map(|line| line[shared..].trim_end()).collect();
    lines.join("\n")
}
