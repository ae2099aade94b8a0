//! Every check catches its planted faults and passes its sound subjects.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use seatrial_checks::replay::{self, Request};
use seatrial_checks::{Fault, Host, Recording, Registry, Session, Sound, planted, specimen};
use seatrial_spec::{Case, Declaration, SubjectKind, Tier, Trigger};
use seatrial_verdict::{Status, Verdict};

struct TestHost;

impl Host for TestHost {
    fn stopped(&self) -> bool {
        false
    }

    fn recording(&self) -> Recording {
        Recording::Compare
    }

    fn train_afresh(&self, request: &Request, threads: usize, to: &Path) -> Result<(), String> {
        replay::spawn(request, threads, to, &|| false)
    }
}

fn registry() -> Registry {
    specimen::register(Registry::new())
}

fn main() -> ExitCode {
    if let Some(code) = replay::serve_if_child(registry) {
        return code;
    }
    let session = Arc::new(Session::new(registry()));
    let mut trials = vec![Trial::test("every check is proven", prove_all)];
    for entry in session.registry().entries() {
        let check = entry.about.name;
        for fault in entry.planted.faults {
            let session = Arc::clone(&session);
            let name = format!("{check} catches {}", fault.name);
            trials.push(Trial::test(name, move || caught(&session, check, fault)));
        }
        for sound in entry.planted.sound {
            let session = Arc::clone(&session);
            let name = format!("{check} passes {}", sound.name);
            trials.push(Trial::test(name, move || passed(&session, check, sound)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn prove_all() -> Result<(), Failed> {
    for entry in registry().entries() {
        let name = entry.about.name;
        if entry.planted.faults.is_empty() {
            return Err(format!("{name} has no planted fault").into());
        }
        if entry.planted.sound.len() < 2 {
            return Err(format!("{name} has fewer than two sound subjects").into());
        }
    }
    Ok(())
}

fn caught(session: &Session, check: &str, fault: &Fault) -> Result<(), Failed> {
    let verdict = judge(session, check, fault.spec)?;
    if verdict.status != Status::Fail {
        return Err(format!("not failed but {:?}", verdict).into());
    }
    if !verdict.message.contains(fault.says) {
        return Err(format!("`{}` is not in: {}", fault.says, verdict.message).into());
    }
    Ok(())
}

fn passed(session: &Session, check: &str, sound: &Sound) -> Result<(), Failed> {
    let verdict = judge(session, check, sound.spec)?;
    match verdict.status {
        Status::Pass => Ok(()),
        status => Err(format!("{}: {}", status.word(), verdict.message).into()),
    }
}

/// Runs the one test of a planted spec.
fn judge(session: &Session, check: &str, spec: &str) -> Result<Verdict, Failed> {
    let tree = tempfile::tempdir()?;
    std::fs::write(tree.path().join("case.toml"), spec)?;
    let case = read_case(spec)?;
    if case.check != check {
        return Err(format!("the spec tests `{}`", case.check).into());
    }
    Ok(session.run(tree.path(), &case, &TestHost))
}

/// Reads a planted spec without the language's checks.
// To be replaced by `seatrial_spec::load` as soon as that reads files.
fn read_case(spec: &str) -> Result<Case, Failed> {
    let root: toml::Table = planted::SUBJECTS.parse()?;
    let spec: toml::Table = spec.parse()?;
    let tests = spec["test"].as_table().ok_or("no test")?;
    let mut keys = tests
        .values()
        .next()
        .and_then(|t| t.as_table())
        .ok_or("no test")?
        .clone();
    let mut subjects = std::collections::BTreeMap::new();
    for (word, kind) in [
        ("dataset", SubjectKind::Dataset),
        ("model", SubjectKind::Model),
    ] {
        let Some(name) = keys.remove(word) else {
            continue;
        };
        let name = name.as_str().ok_or("a subject is a name")?.to_owned();
        let own = |t: &toml::Table| t.get(word)?.get(&name)?.as_table().cloned();
        let mut table = own(&spec)
            .or(own(&root))
            .ok_or(format!("no {word} {name}"))?;
        let family = table
            .remove("family")
            .and_then(|f| f.as_str().map(str::to_owned));
        let common_keys = ["optimizer", "batch", "frozen", "initialisation"];
        let (common, own): (toml::Table, toml::Table) = match family {
            Some(_) => table
                .into_iter()
                .partition(|(k, _)| common_keys.contains(&k.as_str())),
            None => (table, toml::Table::new()),
        };
        let variant = family.map(|family| (family, own));
        subjects.insert(
            word.into(),
            Arc::new(Declaration {
                kind,
                name,
                common,
                variant,
            }),
        );
    }
    let mut text = |key: &str| keys.remove(key).and_then(|v| v.as_str().map(str::to_owned));
    let check = text("check").ok_or("no check")?;
    let runs = keys
        .remove("runs")
        .and_then(|v| v.as_integer())
        .map(|v| v as usize);
    Ok(Case {
        id: "case.toml::x".into(),
        file: "case.toml".into(),
        line: 1,
        check,
        tier: Tier::Fast,
        seed: keys
            .remove("seed")
            .and_then(|v| v.as_integer())
            .unwrap_or(0) as u64,
        runs,
        timeout: Duration::from_secs(60),
        skip: None,
        doc: None,
        on: vec![Trigger::Commit],
        inconclusive_passes: false,
        first_release: false,
        parameters: keys,
        subjects,
    })
}
