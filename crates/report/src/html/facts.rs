//! What a run rests on, for the end of the page; and in a line, for its top.

use serde::Serialize;
use serde_json::Value;

use super::view::{cut, seconds, shown};
use crate::{End, Run};

/// Facts of a group that are shown.
const FACTS_MAX: usize = 60;
/// Characters of a fact that are shown.
const FACT: usize = 300;
/// Characters of a commit that are enough to know it by.
const COMMIT: usize = 10;

/// Some facts of one kind.
#[derive(Serialize)]
pub(super) struct Facts {
    title: String,
    rows: Vec<(String, String)>,
    /// How many more there are.
    more: usize,
}

/// The run in a few words: its name, its code, its specs, its time.
pub(super) fn identity(run: &Run, counts: &End) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(start) = &run.start {
        words.extend(start.run.iter().map(|name| format!("run {name}")));
        words.extend(start.provenance.as_ref().and_then(code));
        words.push(format!("specs in {}", start.specs));
    }
    words.push(seconds(counts.seconds));
    words.iter().map(|word| cut(word, FACT).0).collect()
}

/// The commit, and whether anything is not as committed.
fn code(provenance: &Value) -> Option<String> {
    let git = &provenance["code"]["git"];
    let commit: String = git["commit"].as_str()?.chars().take(COMMIT).collect();
    Some(match git["changed"].as_u64() {
        None | Some(0) => format!("commit {commit}"),
        Some(1) => format!("commit {commit} and 1 changed file"),
        Some(files) => format!("commit {commit} and {files} changed files"),
    })
}

/// Everything that is known of the run, in groups.
pub(super) fn facts(run: &Run, counts: &End) -> Vec<Facts> {
    let mut own = vec![("time".to_owned(), seconds(counts.seconds))];
    let mut groups = Vec::new();
    if let Some(start) = &run.start {
        own.extend(start.run.as_deref().map(|run| ("name".into(), shown(run))));
        own.push(("specs".into(), shown(&start.specs)));
        own.push((
            "left out by the selection".into(),
            start.left_out.to_string(),
        ));
        own.push(("seatrial".into(), shown(&start.seatrial)));
        match &start.provenance {
            Some(Value::Object(provenance)) => {
                for (kind, value) in provenance {
                    let mut rows = Vec::new();
                    flatten("", value, &mut rows);
                    groups.push(group(kind, rows));
                }
            }
            Some(other) => flatten("provenance", other, &mut own),
            None => {}
        }
    }
    groups.insert(0, group("run", own));
    groups.retain(|group| !group.rows.is_empty());
    groups
}

fn group(title: &str, mut rows: Vec<(String, String)>) -> Facts {
    let more = rows.len().saturating_sub(FACTS_MAX);
    rows.truncate(FACTS_MAX);
    Facts {
        title: shown(&title.replace('_', " ")),
        rows,
        more,
    }
}

/// Every number and word in a value, with the way to it.
fn flatten(way: &str, value: &Value, facts: &mut Vec<(String, String)>) {
    let text = match value {
        Value::Null => return,
        Value::Object(map) => {
            for (key, value) in map {
                let space = if way.is_empty() { "" } else { " " };
                flatten(
                    &format!("{way}{space}{}", key.replace('_', " ")),
                    value,
                    facts,
                );
            }
            return;
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (place, item) in items.iter().enumerate() {
                flatten(&format!("{way} {}", place + 1), item, facts);
            }
            return;
        }
        Value::Array(items) => {
            let words = items.iter().map(|item| match item {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            words.collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if !text.is_empty() {
        facts.push((shown(way), cut(&text, FACT).0));
    }
}
