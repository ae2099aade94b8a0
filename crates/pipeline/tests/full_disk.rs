//! On a full disk and in a folder that cannot be written to, a stage fails with an
//! error that names it and the file, nothing that was there is lost, and nothing
//! partial is left.
//!
//! The disk is a real one: a file system in memory, mounted in namespaces of its own
//! by programs of util-linux. Where that is forbidden, the tests say so and pass.

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use seatrial_pipeline::{Options, Pipeline, PipelineError, Store};

use support::{Bench, Claim, LOAD, unfinished};

type Failure = Box<dyn std::error::Error>;

/// Bytes of the small disk.
const DISK_BYTES: u64 = 4 << 20;
const ROWS: usize = 20_000;

/// Every kind of thing that a built-in stage or a command makes.
fn text(columns: &str) -> String {
    format!(
        "{LOAD}[stage.copied]\nkind = \"command\"\ncommand = [\"cp\", \"{{in.raw}}\", \"{{out.copied}}\"]\n\
         in = {{ raw = \"raw.csv\" }}\nout = {{ copied = \"copied.csv\" }}\n\
         [stage.parted]\nkind = \"split\"\nin = \"copied\"\n\
         [stage.scaled]\nkind = \"standardise\"\nin = \"parted\"\ncolumns = {columns}\n\
         [stage.fit]\nkind = \"train\"\nin = \"scaled\"\nmodel = \"logistic\"\nlabel = \"label\"\n\
         features = [\"x\", \"id\"]\nsteps = 3\n\
         [stage.metrics]\nkind = \"evaluate\"\nin = \"scaled\"\ntrained = \"fit\"\n\
         [stage.package]\nkind = \"package\"\ntrained = \"fit\"\n"
    )
}

fn bench(columns: &str) -> Result<Bench, Failure> {
    let bench = Bench::new(&text(columns))?;
    let mut rows = "id,x,label\n".to_owned();
    for row in 0..ROWS {
        let label = ["a", "b"][row % 3 % 2];
        writeln!(rows, "{row},{}.5,{label}", row * 7919 % 9973)?;
    }
    bench.write("rows.csv", &rows)?;
    Ok(bench)
}

/// Runs one of the tests below in a process and namespaces of its own, on a small
/// disk. False where that is forbidden.
fn on_a_small_disk(test: &str) -> Result<bool, Failure> {
    let place = tempfile::tempdir()?;
    let unshare = |script: &str, arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        command.args(arguments).env("PLACE", place.path());
        command.env("TMPDIR", place.path()).output()
    };
    let mount = format!("mount -t tmpfs -o size={DISK_BYTES} none \"$PLACE\"");
    let is_allowed = unshare(&mount, &[]).is_ok_and(|probe| probe.status.success());
    if !is_allowed {
        return Ok(false);
    }
    let program = std::env::current_exe()?;
    let program = program.to_str().ok_or("a path that is no text")?;
    let script = format!("{mount} && exec \"$0\" \"$@\"");
    let arguments = [program, test, "--exact", "--ignored", "--nocapture"];
    let output = unshare(&script, &arguments)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "{said}{errors}");
    Ok(true)
}

#[expect(clippy::print_stderr, reason = "a test that did not look must say so")]
fn say_forbidden() {
    eprintln!("not tried: mounts in namespaces of its own are forbidden here");
}

/// What the error says, if it names a stage and a file below the place.
fn named(error: &PipelineError, place: &Path) -> Result<String, Failure> {
    let PipelineError::Stage { stage, .. } = error else {
        return Err(format!("no stage is named: {error}").into());
    };
    let said = error.to_string();
    if said.contains(place.to_str().ok_or("a path that is no text")?) {
        Ok(stage.clone())
    } else {
        Err(format!("no file is named: {said}").into())
    }
}

#[test]
fn on_a_full_disk_a_stage_fails_and_nothing_is_lost() -> Claim {
    if !on_a_small_disk("run_on_a_full_disk")? {
        say_forbidden();
    }
    Ok(())
}

#[test]
fn in_a_read_only_folder_a_stage_fails_and_nothing_is_lost() -> Claim {
    if !on_a_small_disk("run_on_a_read_only_disk")? {
        say_forbidden();
    }
    Ok(())
}

#[test]
#[ignore = "only the tests above run this, in namespaces of its own"]
fn run_on_a_full_disk() -> Claim {
    if std::env::var_os("PLACE").is_none() {
        return Ok(());
    }
    let bench = bench("[\"x\"]")?;
    let pipeline = bench.pipeline();
    let artifacts = bench.artifacts();
    // What was there before, and must stay: another pipeline's artifacts.
    let before = Bench::new(&format!(
        "{LOAD}[stage.parted]\nkind = \"split\"\nin = \"raw\"\n"
    ))?;
    let store = Store::open(&artifacts)?;
    let stopped = || false;
    let earlier = before.pipeline().run(&store, &Options::new(7, &stopped))?;
    let ballast = bench.artifacts().with_file_name("ballast");
    for stage in pipeline.order()? {
        let outputs = pipeline.stage(&stage)?.outputs(&stage);
        let options = Options {
            wanted: Some(outputs.into_iter().map(|port| port.name).collect()),
            ..Options::new(7, &stopped)
        };
        let mut failed = 0;
        for free in (0..DISK_BYTES).step_by(16 << 10) {
            fill_but(&ballast, free)?;
            let run = pipeline.run(&store, &options);
            fs::remove_file(&ballast)?;
            let place = format!("stage `{stage}` with {free} bytes free");
            for artifact in earlier.artifacts.values() {
                artifact.verify()?;
            }
            assert!(unfinished(&artifacts).is_empty(), "{place}");
            let Err(error) = run else { break };
            let named = named(&error, &artifacts).map_err(|why| format!("{place}: {why}"))?;
            assert_eq!(named, stage, "{place}: {error}");
            failed += 1;
        }
        assert!(failed > 0, "stage `{stage}` takes no room");
    }
    let done = pipeline.run(&store, &Options::new(7, &stopped))?;
    for artifact in done.artifacts.values() {
        artifact.verify()?;
    }
    assert!(done.stages.iter().all(|stage| stage.reused));
    Ok(())
}

/// Leaves so many bytes of the disk.
fn fill_but(ballast: &Path, free: u64) -> Claim {
    let mut all = fs::File::create(ballast)?;
    let page = [0; 4096];
    let mut filled = 0;
    while std::io::Write::write_all(&mut all, &page).is_ok() {
        filled += page.len() as u64;
    }
    all.set_len(filled.saturating_sub(free))?;
    Ok(())
}

#[test]
#[ignore = "only the tests above run this, in namespaces of its own"]
fn run_on_a_read_only_disk() -> Claim {
    let Some(place) = std::env::var_os("PLACE") else {
        return Ok(());
    };
    let remount = |how: &str| -> Claim {
        let options = format!("remount,{how},size=64m");
        let status = Command::new("mount")
            .args(["-o", &options])
            .arg(&place)
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the disk cannot be remounted `{how}`").into())
        }
    };
    remount("rw")?;
    let bench = bench("[\"x\"]")?;
    let pipeline = bench.pipeline();
    let artifacts = bench.artifacts();
    let stopped = || false;
    let options = Options::new(7, &stopped);
    let first = pipeline.run(&Store::open(&artifacts)?, &options)?;
    remount("ro")?;
    // What is there can be taken up again.
    let again = pipeline.run(&Store::open(&artifacts)?, &options)?;
    assert!(again.stages.iter().all(|stage| stage.reused));
    // What is not there cannot be made.
    let changed = Pipeline {
        declaration: toml::from_str(&text("[\"x\", \"id\"]").replace(
            "rows.csv\"",
            &format!("{}\"", bench.spec().join("rows.csv").display()),
        ))?,
        ..pipeline.clone()
    };
    let Err(error) = changed.run(&Store::open(&artifacts)?, &options) else {
        return Err("it was written to a read-only disk".into());
    };
    assert_eq!(named(&error, &artifacts)?, "scaled", "{error}");
    assert!(error.to_string().contains("Read-only"), "{error}");
    let Err(error) = Store::open(&bench.spec().join("new")) else {
        return Err("a store was made on a read-only disk".into());
    };
    assert!(error.to_string().contains("spec/new"), "{error}");
    remount("rw")?;
    for artifact in first.artifacts.values() {
        artifact.verify()?;
    }
    assert!(unfinished(&artifacts).is_empty());
    changed.run(&Store::open(&artifacts)?, &options)?;
    Ok(())
}
