//! What two runs rest on, and where that differs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::pairs;
use crate::Run;
use crate::provenance::{Code, Provenance};
use crate::read::CODE;

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What the spec says of a case.
    Parameters,
    /// A file that a case reads.
    Data,
    /// The code: of a stage of a pipeline, or the program and all that is in it.
    Code,
    /// Dependencies, compiler, machine.
    Environment,
}

/// A difference that may explain results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// What kind of thing it is.
    pub kind: Kind,
    /// What differs.
    pub what: String,
    /// How it was in the first run; `None` if it was not there.
    pub a: Option<String>,
    /// How it was in the second run; `None` if it was not there.
    pub b: Option<String>,
    /// Cases that it touches, among those that both runs have.
    pub touches: Vec<String>,
    /// How many of these have another result.
    pub changed: usize,
    /// Jaccard index of the cases touched and the cases changed.
    pub fit: f64,
}

pub(super) fn find(a: &Run, b: &Run) -> Vec<Cause> {
    let all: Vec<String> = pairs(a, b).map(|(a, _)| a.id.clone()).collect();
    let global = general(&a.provenance, &b.provenance).into_iter();
    let mut causes: Vec<Cause> = global
        .map(|(kind, what, a, b)| cause(kind, what, a, b, all.clone()))
        .collect();
    let mut of_cases: BTreeMap<Difference, Vec<String>> = BTreeMap::new();
    for (a, b) in pairs(a, b) {
        let parse = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        let mut found = Vec::new();
        leaves("", &parse(&a.parameters), &parse(&b.parameters), &mut found);
        let files = maps(&a.inputs, &b.inputs);
        let files = files.map(|(name, a, b)| match name.strip_prefix(CODE) {
            Some(name) => (Kind::Code, name.to_owned(), a, b),
            None => (Kind::Data, name, a, b),
        });
        for difference in found.into_iter().chain(files) {
            of_cases.entry(difference).or_default().push(a.id.clone());
        }
    }
    let of_cases = of_cases.into_iter();
    causes.extend(of_cases.map(|((kind, what, a, b), touches)| cause(kind, what, a, b, touches)));
    causes
}

type Difference = (Kind, String, Option<String>, Option<String>);

fn cause(
    kind: Kind,
    what: String,
    a: Option<String>,
    b: Option<String>,
    touches: Vec<String>,
) -> Cause {
    Cause {
        kind,
        what,
        a,
        b,
        touches,
        changed: 0,
        fit: 0.0,
    }
}

/// The likeliest first; of equals, the one that touches fewer cases.
pub(super) fn rank(mut causes: Vec<Cause>, changed: &BTreeSet<&str>) -> Vec<Cause> {
    for cause in &mut causes {
        let both = |case: &&String| changed.contains(case.as_str());
        cause.changed = cause.touches.iter().filter(both).count();
        let either = cause.touches.len() + changed.len() - cause.changed;
        cause.fit = cause.changed as f64 / either.max(1) as f64;
    }
    causes.sort_by(|x, y| {
        let size = x.touches.len().cmp(&y.touches.len());
        let fit = y.fit.total_cmp(&x.fit);
        fit.then(size)
            .then(x.kind.cmp(&y.kind))
            .then_with(|| x.what.cmp(&y.what))
    });
    causes
}

/// What differs for all cases alike.
fn general(a: &Provenance, b: &Provenance) -> Vec<Difference> {
    let mut all = code(&a.code, &b.code);
    let (p, q) = (&a.program, &b.program);
    // Other code makes another program; only where the code is the same is that
    // news.
    if all.is_empty() {
        let shown = |hash: &crate::ContentHash| hash.short().to_owned();
        let (x, y) = (
            p.executable.as_ref().map(shown),
            q.executable.as_ref().map(shown),
        );
        all.push((Kind::Code, "executable".into(), x, y));
    }
    let mut environment = |what: &str, a: &str, b: &str| {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        all.push((Kind::Environment, what.into(), told(a), told(b)));
    };
    environment("Sea Trial", &p.seatrial, &q.seatrial);
    environment("compiler", &p.compiler, &q.compiler);
    environment("target", &p.target, &q.target);
    environment("build", &p.built, &q.built);
    let (m, n) = (&a.machine, &b.machine);
    environment("system", &m.system, &n.system);
    environment("cpu", &m.cpu, &n.cpu);
    environment(
        "cpu features",
        &m.cpu_features.join(" "),
        &n.cpu_features.join(" "),
    );
    environment("cores", &m.cores.to_string(), &n.cores.to_string());
    environment("threads", &m.threads.to_string(), &n.threads.to_string());
    let short = |locks: &BTreeMap<String, crate::ContentHash>| {
        let each = locks
            .iter()
            .map(|(name, hash)| (name.clone(), hash.to_string()));
        each.collect::<BTreeMap<_, _>>()
    };
    let (x, y) = (short(&a.locks), short(&b.locks));
    all.extend(maps(&x, &y).map(|(name, a, b)| (Kind::Environment, name, a, b)));
    all.retain(|(_, _, a, b)| a != b);
    all
}

fn code(a: &Code, b: &Code) -> Vec<Difference> {
    type Told = (Option<String>, Option<String>);
    let told = |code: &Code| -> Told {
        match code {
            Code::Git {
                commit,
                difference,
                changes,
                changed,
                ..
            } => {
                let names: Vec<_> = changes.iter().take(3).map(|c| c.path.as_str()).collect();
                let more = if *changed > names.len() { ", …" } else { "" };
                let dirty = difference.as_ref().map(|hash| {
                    let names = names.join(", ");
                    format!("{} ({changed} files: {names}{more})", hash.short())
                });
                (commit.clone(), dirty)
            }
            Code::Unknown { why } => (Some(format!("not known: {why}")), None),
        }
    };
    let ((commit_a, dirty_a), (commit_b, dirty_b)) = (told(a), told(b));
    let mut all = vec![
        (Kind::Code, "commit".to_owned(), commit_a, commit_b),
        (
            Kind::Code,
            "uncommitted changes".to_owned(),
            dirty_a,
            dirty_b,
        ),
    ];
    all.retain(|(_, _, a, b)| a != b);
    all
}

/// Entries of two maps that differ. Hashes are cut to what people tell apart.
fn maps<'m>(
    a: &'m BTreeMap<String, String>,
    b: &'m BTreeMap<String, String>,
) -> impl Iterator<Item = (String, Option<String>, Option<String>)> + use<'m> {
    let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    names.into_iter().filter_map(|name| {
        let (a, b) = (a.get(name), b.get(name));
        let short = |hash: &String| match hash.get(..12) {
            Some(short) if hash.len() == 64 => short.to_owned(),
            _ => hash.clone(),
        };
        (a != b).then(|| (name.clone(), a.map(short), b.map(short)))
    })
}

/// Single values of two JSON values that differ, by their path.
fn leaves(path: &str, a: &Value, b: &Value, found: &mut Vec<Difference>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                let of = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or(Value::Null)
                };
                leaves(&path, &of(a), &of(b), found);
            }
        }
        _ if a == b => {}
        _ => {
            let told = |value: &Value| (!value.is_null()).then(|| value.to_string());
            found.push((Kind::Parameters, path.to_owned(), told(a), told(b)));
        }
    }
}
