//! Every check catches its planted faults and passes its sound subjects.

#[path = "support/files.rs"]
mod files;
#[path = "support/host.rs"]
mod host;
#[path = "support/kinds.rs"]
mod kinds;
#[path = "support/looks.rs"]
mod looks;
#[path = "support/onnx.rs"]
mod onnx;
#[path = "support/packages.rs"]
mod packages;
#[path = "support/predictions.rs"]
mod predictions;

use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use seatrial_checks::replay;
use seatrial_checks::{Fault, Host, Recording, Registry, Session, Sound, planted, specimen};
use seatrial_serving::sandbox;
use seatrial_verdict::{Status, Verdict};

use host::TestHost;

fn registry() -> Registry {
    specimen::register(Registry::new())
}

fn main() -> ExitCode {
    if let Some(code) = sandbox::serve_if_child().or_else(specimen::server::serve_if_named) {
        return code;
    }
    if let Some(code) = replay::serve_if_child(registry) {
        return code;
    }
    let session = Arc::new(Session::new(registry()));
    let mut trials = vec![Trial::test("every check is proven", prove_all)];
    for (check, title) in looks::SOMETIMES {
        let session = Arc::clone(&session);
        let name = format!("{check} shows {title}");
        trials.push(Trial::test(name, move || shown(&session, check, title)));
    }
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
    looks::hold_together(check, &verdict)?;
    if verdict.status != Status::Fail {
        return Err(format!("not failed but {:?}", verdict).into());
    }
    if !verdict.message.contains(fault.says) {
        return Err(format!("`{}` is not in: {}", fault.says, verdict.message).into());
    }
    Ok(())
}

/// Some fault of the check is shown in a figure of this title.
fn shown(session: &Session, check: &str, title: &str) -> Result<(), Failed> {
    let entry = session.registry().entry(check);
    let faults = entry.map_or(&[][..], |entry| entry.planted.faults);
    for fault in faults {
        let verdict = judge(session, check, fault.spec)?;
        let titles = looks::titles(&verdict);
        if titles.iter().any(|known| known.contains(title)) {
            return Ok(());
        }
    }
    Err(format!("no fault of `{check}` is shown as `{title}`").into())
}

fn passed(session: &Session, check: &str, sound: &Sound) -> Result<(), Failed> {
    let verdict = judge(session, check, sound.spec)?;
    looks::hold_together(check, &verdict)?;
    match verdict.status {
        Status::Pass => Ok(()),
        status => Err(format!("{}: {}", status.word(), verdict.message).into()),
    }
}

/// Does to the tree in git what the spec says.
fn in_git(tree: &Path, spec: &str) -> Result<(), Failed> {
    let mut lines = spec.lines();
    let steps = lines.find_map(|line| line.trim().strip_prefix(planted::IN_GIT));
    for step in steps.into_iter().flat_map(|steps| steps.split(';')) {
        match step.trim().split_once(' ').unwrap_or((step.trim(), "")) {
            ("init", "") => git(tree, &["init", "--quiet"])?,
            ("commit", "") => {
                git(tree, &["add", "--all"])?;
                git(tree, &["commit", "--quiet", "--message", "all"])?;
            }
            ("write", file) => add_line(&tree.join(file), "# one line more")?,
            ("ignore", file) => add_line(&tree.join(".gitignore"), file)?,
            other => return Err(format!("no step is called {other:?}").into()),
        }
    }
    Ok(())
}

fn git(tree: &Path, arguments: &[&str]) -> Result<(), Failed> {
    let mut command = std::process::Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]);
    command.args(arguments).current_dir(tree);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    if command.status()?.success() {
        Ok(())
    } else {
        Err(format!("git {arguments:?} failed").into())
    }
}

fn add_line(file: &Path, line: &str) -> Result<(), Failed> {
    let mut file = std::fs::File::options()
        .append(true)
        .create(true)
        .open(file)?;
    Ok(writeln!(file, "{line}")?)
}

/// Runs the one test of a planted spec in a tree of its own. Of a spec in two
/// parts, the first is recorded and the second judged.
fn judge(session: &Session, check: &str, spec: &str) -> Result<Verdict, Failed> {
    let (tree, state) = (tempfile::tempdir()?, tempfile::tempdir()?);
    std::fs::write(tree.path().join("seatrial.toml"), planted::SUBJECTS)?;
    for (name, text) in planted::FILES {
        let file = tree.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(tree.path()))?;
        std::fs::write(file, text)?;
    }
    files::write(tree.path())?;
    // A broken server is this very program under another name.
    symlink(
        std::env::current_exe()?,
        tree.path().join(specimen::server::NAME),
    )?;
    onnx::write(tree.path())?;
    predictions::write(tree.path())?;
    kinds::write(tree.path(), spec)?;
    if spec.contains("seen") {
        let host = |state: &Path| -> Box<dyn Host> {
            Box::new(TestHost {
                recording: Recording::Compare,
                tree: state.to_owned(),
                state: state.to_owned(),
            })
        };
        packages::write(session, &host, tree.path())?;
    }
    let run = |spec: &str, recording| -> Result<Verdict, Failed> {
        std::fs::write(tree.path().join("case.toml"), spec)?;
        let suite = seatrial_spec::load(tree.path(), &session.registry().vocabulary())?;
        let [case] = suite.cases.as_slice() else {
            return Err("a planted spec holds one test".into());
        };
        if case.check != check {
            return Err(format!("the spec tests `{}`", case.check).into());
        }
        in_git(tree.path(), spec)?;
        let host = TestHost {
            recording,
            tree: tree.path().to_owned(),
            state: state.path().to_owned(),
        };
        Ok(session.run(&suite.root, case, &host))
    };
    let Some((before, spec)) = spec.split_once(planted::THEN) else {
        return run(spec, Recording::Compare);
    };
    let recorded = run(before, Recording::Rewrite)?;
    if recorded.status != Status::Pass {
        return Err(format!("recording: {}", recorded.message).into());
    }
    run(spec, Recording::Compare)
}
