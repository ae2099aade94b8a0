//! Nothing survives a sandbox, and nothing gets out of it.
//!
//! This program plays all parts: the tests, the keeper, the servers inside, and
//! a prober that is killed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, and programs that print"
)]

#[path = "sandbox/roles.rs"]
mod roles;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use seatrial_serving::protocol::{Bad, Generic};
use seatrial_serving::sandbox::{self, Limits, Plan, Sandbox, SandboxError, State};
use seatrial_serving::{Deadlines, Examples, Live, Staging, Tolerance};

type Test = fn() -> Result<(), Failed>;

fn main() -> ExitCode {
    if let Some(code) = sandbox::serve_if_child() {
        return code;
    }
    if let Some(code) = roles::play() {
        return code;
    }
    let tests: &[(&str, Test)] = &[
        (
            "three servers listen on one port side by side",
            side_by_side,
        ),
        ("there is no way out to any network", no_way_out),
        ("nothing written lasts", nothing_written_lasts),
        (
            "what a server leaves behind ends with the sandbox",
            leftovers_end,
        ),
        ("nothing survives a panic", nothing_survives_a_panic),
        (
            "nothing survives the kill of the prober",
            nothing_survives_a_kill,
        ),
        (
            "a server that has ended is told with its status",
            an_end_is_told,
        ),
        ("a program that is not there is named", no_such_program),
        ("a server that eats memory is ended", memory_is_limited),
        (
            "a server runs on the processors it may",
            processors_are_limited,
        ),
        (
            "a gigabyte of output is read, counted and not kept",
            output_is_bounded,
        ),
        (
            "a terminated server says what it has left",
            what_is_left_listens,
        ),
        (
            "a server that sees to one connection at a time is asked everything",
            one_connection_at_a_time,
        ),
        (
            "a user without privileges has the same sandbox",
            unprivileged,
        ),
    ];
    let trials = tests.iter().map(|(name, test)| Trial::test(*name, test));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// A server's part, played by this program.
fn plan(part: &[&str]) -> Plan {
    Plan {
        program: std::env::current_exe().unwrap().to_str().unwrap().into(),
        arguments: part.iter().map(|word| (*word).to_owned()).collect(),
        environment: BTreeMap::new(),
        folder: std::env::current_dir().unwrap(),
        scratch: scratch(),
        limits: Limits::default(),
    }
}

fn scratch() -> PathBuf {
    tempfile::Builder::new()
        .prefix("seatrial-test-")
        .tempdir()
        .unwrap()
        .keep()
}

fn said_by(sandbox: &Sandbox, words: &str) -> bool {
    until(|| sandbox.said().contains(words))
}

/// Waits, for a while, until something holds.
fn until(holds: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        if Instant::now() > end {
            return false;
        }
        sleep(Duration::from_millis(5));
    }
    true
}

fn state_when(sandbox: &Sandbox, holds: impl Fn(&State) -> bool) -> State {
    assert!(
        until(|| holds(&sandbox.state().unwrap())),
        "{:?}: {}",
        sandbox.state(),
        sandbox.said()
    );
    sandbox.state().unwrap()
}

/// What a server answers to a connection.
fn answer(sandbox: &Sandbox, port: u16) -> String {
    let mut stream = sandbox
        .door()
        .connect(port, Duration::from_secs(5))
        .unwrap();
    stream.write_all(b"?").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Processes outside that have this word in their command line.
fn with_word(word: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(word)).collect()
}

fn side_by_side() -> Result<(), Failed> {
    let names = ["first", "second", "third"];
    let start = |name| Sandbox::start(plan(&["listen", "8000", name]));
    let all = names.map(|name| start(name).unwrap());
    for (sandbox, name) in all.iter().zip(names) {
        let state = state_when(sandbox, |state| state.listening == [8000]);
        assert_eq!(state.processes.len(), 1, "{state:?}");
        assert!(state.memory_bytes > 0);
        assert_eq!(answer(sandbox, 8000), name);
    }
    assert!(std::net::TcpListener::bind("127.0.0.1:8000").is_ok());
    Ok(())
}

fn no_way_out() -> Result<(), Failed> {
    // Somebody listens outside, on this host's own loopback.
    let outside = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = outside.local_addr()?.port().to_string();
    let sandbox = Sandbox::start(plan(&["reach-out", &port])).unwrap();
    assert!(said_by(&sandbox, "tried"), "{}", sandbox.said());
    let said = sandbox.said();
    assert!(!said.contains("reached"), "{said}");
    assert!(said.contains("loopback alone"), "{said}");
    outside.set_nonblocking(true)?;
    assert!(outside.accept().is_err());
    Ok(())
}

fn nothing_written_lasts() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("kept.txt"), "as it was")?;
    let mut plan = plan(&["write"]);
    plan.folder = folder.path().to_owned();
    let scratch = plan.scratch.clone();
    let sandbox = Sandbox::start(plan).unwrap();
    assert!(said_by(&sandbox, "wrote"), "{}", sandbox.said());
    let said = sandbox.said();
    assert!(said.contains("here: true"), "{said}");
    assert!(said.contains("scratch: true"), "{said}");
    assert!(said.contains("/dev/shm: true"), "{said}");
    assert!(said.contains("/: false"), "{said}");
    assert!(said.contains("remount: false"), "{said}");
    drop(sandbox);
    assert_eq!(
        fs::read_to_string(folder.path().join("kept.txt"))?,
        "as it was"
    );
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    assert!(!scratch.exists());
    assert!(!Path::new("/dev/shm/seatrial-trace").exists());
    Ok(())
}

fn leftovers_end() -> Result<(), Failed> {
    let word = format!("leftover-{}", std::process::id());
    let sandbox = Sandbox::start(plan(&["fork-away", "8000", &word])).unwrap();
    let state = state_when(&sandbox, |state| {
        state.ended.is_some() && state.listening == [8000]
    });
    assert_eq!(state.ended.as_deref(), Some("status 0"));
    assert_eq!(state.processes.len(), 1);
    assert_eq!(answer(&sandbox, 8000), word);
    assert!(!with_word(&word).is_empty());
    drop(sandbox);
    assert_eq!(with_word(&word), Vec::<String>::new());
    Ok(())
}

fn nothing_survives_a_panic() -> Result<(), Failed> {
    let word = format!("panic-{}", std::process::id());
    let part = word.clone();
    let thread = std::thread::Builder::new().spawn(move || {
        let _sandbox = Sandbox::start(plan(&["listen", "8000", &part])).unwrap();
        std::panic::resume_unwind(Box::new("a panic"));
    })?;
    assert!(thread.join().is_err());
    assert_eq!(with_word(&word), Vec::<String>::new());
    Ok(())
}

fn nothing_survives_a_kill() -> Result<(), Failed> {
    let word = format!("killed-{}", std::process::id());
    let mut prober = Command::new(std::env::current_exe()?)
        .args(["probe", &word])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let out = prober.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line)?;
    let scratch = PathBuf::from(line.trim());
    assert!(scratch.exists(), "{line}");
    // The prober itself, and the server once it runs.
    assert!(until(|| with_word(&word).len() >= 2));
    prober.kill()?;
    prober.wait()?;
    assert!(
        until(|| with_word(&word).is_empty()),
        "{:?}",
        with_word(&word)
    );
    let keeper = scratch.to_str().unwrap();
    assert!(
        until(|| with_word(keeper).is_empty()),
        "{:?}",
        with_word(keeper)
    );
    assert!(!scratch.exists());
    Ok(())
}

fn an_end_is_told() -> Result<(), Failed> {
    for (part, how) in [("exit", "status 7"), ("abort", "signal 6 (SIGABRT)")] {
        let sandbox = Sandbox::start(plan(&[part])).unwrap();
        let state = state_when(&sandbox, |state| state.ended.is_some());
        assert_eq!(state.ended.as_deref(), Some(how));
        assert!(said_by(&sandbox, "its last words"));
    }
    Ok(())
}

fn no_such_program() -> Result<(), Failed> {
    let mut plan = plan(&[]);
    plan.program = "/no/such/server".into();
    let error = Sandbox::start(plan).unwrap_err();
    assert!(matches!(error, SandboxError::Start { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("`/no/such/server`: No such file"),
        "{error}"
    );
    Ok(())
}

fn memory_is_limited() -> Result<(), Failed> {
    let mut plan = plan(&["eat"]);
    plan.limits.memory_bytes = Some(64 << 20);
    let sandbox = Sandbox::start(plan).unwrap();
    let state = state_when(&sandbox, |state| state.ended.is_some());
    assert!(
        state.over_memory || sandbox.said().contains("alloc"),
        "{state:?} {}",
        sandbox.said()
    );
    assert!(state.memory_peak_bytes < 256 << 20, "{state:?}");
    Ok(())
}

fn processors_are_limited() -> Result<(), Failed> {
    let mut plan = plan(&["processors"]);
    plan.limits.cpus = Some(1);
    let sandbox = Sandbox::start(plan).unwrap();
    assert!(said_by(&sandbox, "1 processors"), "{}", sandbox.said());
    Ok(())
}

fn output_is_bounded() -> Result<(), Failed> {
    let sandbox = Sandbox::start(plan(&["print-a-gigabyte"])).unwrap();
    assert!(
        until(|| sandbox.said_bytes() > 1 << 30),
        "{}",
        sandbox.said_bytes()
    );
    assert!(said_by(&sandbox, "the end"));
    assert!(sandbox.said().len() < 100_000);
    Ok(())
}

fn what_is_left_listens() -> Result<(), Failed> {
    let sandbox = Sandbox::start(plan(&["with-child", "8000", "x"])).unwrap();
    state_when(&sandbox, |state| state.listening == [8000]);
    sandbox.terminate().unwrap();
    let state = state_when(&sandbox, |state| state.ended.is_some());
    assert_eq!(state.ended.as_deref(), Some("signal 15 (SIGTERM)"));
    assert_eq!(state.listening, [8000]);
    Ok(())
}

fn one_connection_at_a_time() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let examples = |x: &str, y: &str| -> Result<Examples, Failed> {
        let file = folder.path().join("examples.json");
        let tensor = |name, data| format!(r#"[{{"name": "{name}", "data": [[{data}]]}}]"#);
        let (inputs, outputs) = (tensor("x", x), tensor("y", y));
        let text = format!(r#"{{"inputs": {inputs}, "outputs": {outputs}}}"#);
        fs::write(&file, text)?;
        Ok(Examples::read(&file)?)
    };
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let staging = Staging {
        server: "s".into(),
        command: vec![program, "one-at-a-time".into(), "{port}".into()],
        environment: BTreeMap::new(),
        folder: std::env::current_dir()?,
        layout: BTreeMap::new(),
        package: None,
        package_at: "model".into(),
        model: "m".into(),
        port: 8000,
        servers: PathBuf::new(),
        protocol: Arc::new(Generic {
            ready: "/ready".into(),
            infer: "/infer".into(),
            request: r#"{"x":{x}}"#.into(),
            outputs: BTreeMap::from([("y".into(), "/y".into())]),
        }),
        limits: Limits::default(),
    };
    let deadlines = Deadlines {
        start: Duration::from_secs(20),
        load: Duration::from_secs(20),
        answer: Duration::from_secs(20),
        stop: Duration::from_secs(20),
    };
    let live = Live::start(&staging, deadlines, &|| false)?;
    let (one, unknown) = (examples("1.0", "2.0")?, examples("NaN", "NaN")?);
    let exactly = Tolerance {
        absolute: 0.0,
        relative: 0.0,
    };
    live.bring_up(&one)?;
    assert!(!live.takes_nulls());
    live.agrees(&unknown, exactly, 0)?;
    assert!(live.takes_nulls(), "it refuses a NaN");
    for kind in Bad::ALL {
        live.refuses(kind, &one)?;
        live.agrees(&one, exactly, 0)?;
    }
    live.stop()?;
    Ok(())
}

/// All the other tests again, as a user that has no name and no power.
fn unprivileged() -> Result<(), Failed> {
    const NAMELESS: u32 = 1234;
    if !nix::unistd::geteuid().is_root() {
        return Ok(()); // Then the other tests have shown it.
    }
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777))?;
    let copy = folder.path().join("tests");
    fs::copy(std::env::current_exe()?, &copy)?;
    let output = Command::new(&copy)
        .uid(NAMELESS)
        .gid(NAMELESS)
        .args(["--skip", "without privileges"])
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("13 passed"), "{said}");
    Ok(())
}
