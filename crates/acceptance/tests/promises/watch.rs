//! `seatrial watch` runs what rests on a change, and nothing else; and in the
//! background all, again and again.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use seatrial_ledger::{Ledger, RunState, RunSummary};

use crate::support::{Place, act};

/// How long a line may take to come, on the busiest of machines.
const PATIENCE: Duration = Duration::from_secs(180);

/// A command that goes on, and what it says.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(command: &mut Command) -> Self {
        let (send, lines) = channel();
        // Both streams in one, so that lines come in the order in which they were
        // written.
        let (reader, writer) = std::io::pipe().unwrap();
        let child = command
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        Self { child, lines }
    }

    /// All that it says up to a line with these words.
    fn until(&self, words: &str) -> String {
        let mut said = String::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no line with `{words}` after:\n{said}"));
            said += &line;
            said.push('\n');
            if line.contains(words) {
                return said;
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn place() -> Place {
    let place = Place::empty();
    place.write("specs/a/one.toml", &act("pass"));
    place.write("specs/b/two.toml", &(act("pass") + "tier = \"fast\"\n"));
    place.write("specs/b/slow.toml", &(act("pass") + "tier = \"slow\"\n"));
    place.write("src/features.py", "pass\n");
    place.committed()
}

const READY: &str = "watching ";

#[test]
fn a_change_runs_what_rests_on_it_and_nothing_else() {
    let place = place();
    let watch = Watch::start(&mut place.command(&["watch"]));
    let first = watch.until(READY);
    assert!(first.contains("2 passed"), "{first}");

    place.write("specs/a/one.toml", &(act("pass") + &act("fail")));
    let said = watch.until(READY);
    assert!(said.contains("changed: specs/a/one.toml"), "{said}");
    assert!(said.contains("2 of 3 cases rest on it"), "{said}");
    assert!(said.contains("1 passed, 1 failed"), "{said}");
    assert!(!said.contains("two.toml"), "{said}");

    // While a spec is wrong nothing runs, and once it is mended all that waits.
    place.write("specs/a/one.toml", "[test.pass]\ncheck = \"axt\"\n");
    let said = watch.until(READY);
    assert!(said.contains("did you mean `act`"), "{said}");
    place.write("specs/a/one.toml", &act("pass"));
    let said = watch.until(READY);
    assert!(said.contains("1 of 2 cases rest on it"), "{said}");
    assert!(said.contains("1 passed"), "{said}");

    // All cases rest on code, none on a page.
    place.write("src/features.py", "other\n");
    assert!(watch.until(READY).contains("2 of 2 cases rest on it"));
    place.write("README.md", "about\n");
    assert!(watch.until(READY).contains("0 of 2 cases rest on it"));
}

#[test]
fn without_version_control_the_spec_tree_is_watched() {
    let place = Place::of_acts(&["pass"]);
    let watch = Watch::start(&mut place.command(&["watch"]));
    watch.until(READY);
    place.write("specs/area/file.toml", &act("fail"));
    assert!(watch.until(READY).contains("1 failed"));
}

#[test]
fn a_mistaken_filter_is_told_at_once() {
    let place = place();
    let ran = place.seatrial(&["watch", "--filter", "typo"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for mistaken in [["watch", "--every", "often"], ["watch", "--since", "HEAD"]] {
        let ran = place.seatrial(&mistaken);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
}

fn scheduled(place: &Place) -> Vec<RunSummary> {
    let ledger = Ledger::read(&place.path().join(".seatrial")).unwrap();
    let mut runs = ledger.runs(1000).unwrap();
    runs.retain(|run| run.caused_by.as_deref() == Some("schedule"));
    runs
}

#[test]
fn in_the_background_all_cases_run_again_and_again_and_few_runs_are_kept() {
    let place = place();
    let arguments = ["watch", "--every", "1s", "--keep", "2"];
    let watch = Watch::start(&mut place.command(&arguments));
    for _ in 0..4 {
        watch.until("the background run passed");
    }
    drop(watch);
    let runs = scheduled(&place);
    // What was just begun comes on top of what is kept.
    assert!((2..=4).contains(&runs.len()), "{runs:?}");
    assert_eq!(runs[1].planned, 3, "fast and slow");
    let reports = std::fs::read_dir(place.path().join(".seatrial/watch")).unwrap();
    assert!((2..=4).contains(&reports.count()));
}

#[test]
fn a_background_run_that_was_killed_is_resumed() {
    let place = Place::with(
        "[test.pass]\ncheck = \"act\"\n\
         [test.waits]\ncheck = \"act\"\nhow = \"read\"\nfile = \"gate.txt\"\ntier = \"slow\"\n",
    );
    place.write("specs/area/gate.txt", "wait");
    place.write(".gitignore", "gate.txt\n");
    let place = place.committed();
    let nightly = ["test", "--on", "schedule", "--tier", "all", "--jobs", "1"];
    let mut child = place
        .command(&nightly)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let judged = || {
        let ledger = Ledger::read(&place.path().join(".seatrial")).ok()?;
        Some(ledger.runs(1).ok()?.pop()?.judged())
    };
    while judged() != Some(1) {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    place.write("specs/area/gate.txt", "0.5");
    let watch = Watch::start(&mut place.command(&["watch", "--every", "1d"]));
    watch.until("the background run passed");
    let runs = scheduled(&place);
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!((runs[0].state, runs[0].judged()), (RunState::Finished, 2));
}

#[test]
fn a_program_that_was_built_here_is_built_again_and_replaced() {
    let place = place();
    place.write("Cargo.toml", "[workspace]\n");
    place.write("target/CACHEDIR.TAG", "");
    let own = place.write("target/debug/own", "");
    std::fs::copy(env!("CARGO_BIN_EXE_seatrial-under-test"), &own).unwrap();
    let cargo = place.write(
        "target/cargo",
        "#!/bin/sh\ngrep -q fn src/own.rs && echo \"built: $*\"\n",
    );
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    place.write(".gitignore", "target\n");
    let mut command = Command::new(&own);
    command.arg("watch").current_dir(place.path());
    command
        .env("CARGO", &cargo)
        .env("SEATRIAL_STATE", place.path().join(".seatrial"));
    let watch = Watch::start(&mut command);
    watch.until(READY);
    place.write("src/own.rs", "what does not build\n");
    watch.until("it does not build");
    place.write("src/own.rs", "fn main() {}\n");
    let said = watch.until("watching ");
    assert!(
        said.contains("built: build --quiet --workspace --profile dev --bin own"),
        "{said}"
    );
    assert!(
        said.contains("2 passed"),
        "the new one begins with all cases: {said}"
    );
}
