//! A run that is killed at any moment leaves nothing that a later run takes up, and
//! nothing that stays.

mod support;

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use seatrial_pipeline::{Done, Options, PipelineError, Store};
use seatrial_rng::Streams;

use support::{Bench, Claim, LOAD, unfinished};

type Failure = Box<dyn std::error::Error>;

/// Enough stages for a kill to hit any of them, and enough rows for it to hit one
/// that writes. The program writes a part, waits, and writes on.
fn text() -> String {
    format!(
        "{LOAD}[stage.copied]\nkind = \"command\"\n\
         command = [\"sh\", \"-c\", \"(head -n 7001 \\\"$0\\\"; sleep 0.03; tail -n +7002 \\\"$0\\\") > \\\"$1\\\"\", \
         \"{{in.raw}}\", \"{{out.copied}}\"]\nin = {{ raw = \"raw.csv\" }}\nout = {{ copied = \"c.csv\" }}\n\
         [stage.parted]\nkind = \"split\"\nin = \"copied\"\n\
         [stage.scaled]\nkind = \"standardise\"\nin = \"parted\"\ncolumns = [\"x\"]\n\
         [contract.copied]\nrows = {{ same_as = \"raw\" }}\n"
    )
}

/// A place to run in, with many rows.
fn bench() -> Result<Bench, Failure> {
    let bench = Bench::new(&text())?;
    let mut rows = "id,x,label\n".to_owned();
    for row in 0..20_000 {
        writeln!(rows, "{row},{}.5,a", row % 977)?;
    }
    bench.write("rows.csv", &rows)?;
    Ok(bench)
}

fn spawn(bench: &Bench) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["run_that_is_killed", "--exact", "--ignored"])
        .env("BENCH", bench.spec())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// How many files and folders lie below a folder.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| 1 + files(&entry.path())).sum()
}

/// Waits until a run has written more than so much; false where it has ended.
fn has_written(bench: &Bench, child: &mut Child, moment: usize) -> std::io::Result<bool> {
    while files(&bench.artifacts()) <= moment {
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        std::thread::yield_now();
    }
    Ok(true)
}

/// Whether what was left unfinished is swept away, once the last process that
/// held its lock has ended.
fn swept(artifacts: &Path) -> Result<bool, Failure> {
    let since = Instant::now();
    while !unfinished(artifacts).is_empty() {
        if since.elapsed() > Duration::from_secs(60) {
            return Ok(false);
        }
        Store::open(artifacts)?;
    }
    Ok(true)
}

fn fingerprints(done: &Done) -> Vec<String> {
    let made = done.artifacts.values();
    made.map(|artifact| format!("{} {}", artifact.name, artifact.fingerprint))
        .collect()
}

fn kill_at_moments(moments: usize) -> Claim {
    let sound = bench()?;
    let expected = fingerprints(&sound.run()?);
    let whole = files(&sound.artifacts());
    let mut draw = Streams::new(0).stream("moments");
    let mut in_the_midst = 0;
    for place in 0..moments {
        let bench = bench()?;
        let mut child = spawn(&bench)?;
        // A moment in what is written, so that a busy machine changes nothing; a few
        // are killed on the way to their first stage.
        let moment = draw.below(whole);
        let has_begun = place % 10 > 0 && has_written(&bench, &mut child, moment)?;
        std::thread::sleep(Duration::from_micros(draw.below(5_000) as u64));
        let is_running = child.try_wait()?.is_none();
        in_the_midst += usize::from(has_begun && is_running);
        child.kill()?;
        child.wait()?;
        let killed = format!("kill {place}, behind {moment} of {whole} files");
        let done = bench.run().map_err(|error| format!("{killed}: {error}"))?;
        assert_eq!(fingerprints(&done), expected, "{killed}");
        for artifact in done.artifacts.values() {
            artifact.verify()?;
        }
        assert!(swept(&bench.artifacts())?, "{killed}");
    }
    assert!(
        in_the_midst * 3 > moments,
        "only {in_the_midst} of {moments} kills hit a run at work"
    );
    Ok(())
}

#[test]
fn a_killed_run_leaves_nothing_that_counts() -> Claim {
    kill_at_moments(8)
}

#[test]
#[ignore = "slow: a hundred moments"]
fn a_hundred_killed_runs_leave_nothing_that_counts() -> Claim {
    kill_at_moments(100)
}

/// What a process leaves that dies before it has a lock, or after it gave it back.
#[test]
fn an_unfinished_folder_without_a_lock_is_swept_by_the_next_run() -> Claim {
    let bench = bench()?;
    let abandoned = bench.artifacts().join("unfinished-x");
    fs::create_dir_all(&abandoned)?;
    fs::write(abandoned.join("half.parquet"), "PAR1")?;
    bench.run()?;
    assert_eq!(unfinished(&bench.artifacts()), Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn what_a_live_run_writes_is_not_swept() -> Claim {
    let bench = bench()?;
    let mut child = spawn(&bench)?;
    // Others begin again and again, from before its first stage to its end.
    while child.try_wait()?.is_none() {
        Store::open(&bench.artifacts())?;
    }
    assert!(child.wait()?.success());
    Ok(())
}

#[test]
fn a_run_that_is_told_to_end_does_so_between_two_batches() -> Claim {
    let bench = bench()?;
    let stages = "[stage.parted]\nkind = \"split\"\nin = \"raw\"\n\
                  [stage.filled]\nkind = \"impute\"\nin = \"parted\"\ncolumns = { x = \"median\" }\n\
                  [contract.filled]\nunique = [\"id\"]\n";
    let rows = bench.spec().join("rows.csv");
    let load = LOAD.replace("rows.csv", &rows.to_string_lossy());
    let pipeline = seatrial_pipeline::Pipeline {
        declaration: toml::from_str(&format!("{load}{stages}"))?,
        ..bench.pipeline()
    };
    let store = Store::open(&bench.artifacts())?;
    // Three batches a table, six times; and once a stage.
    let mut asked_max = 0;
    loop {
        let asked = Cell::new(0);
        let stopped = || {
            asked.set(asked.get() + 1);
            asked.get() > asked_max
        };
        let options = Options {
            reuse: false,
            ..Options::new(7, &stopped)
        };
        let run = pipeline.run(&store, &options);
        assert!(unfinished(&bench.artifacts()).is_empty());
        match run {
            Ok(_) => break,
            Err(PipelineError::Stopped) => asked_max += 1,
            Err(error) => return Err(error.into()),
        }
    }
    assert!(asked_max >= 18, "asked {asked_max} times");
    Ok(())
}

#[test]
#[ignore = "only the tests above run this, in a process of its own"]
fn run_that_is_killed() -> Claim {
    let Some(spec) = std::env::var_os("BENCH") else {
        return Ok(());
    };
    let spec = PathBuf::from(spec);
    let artifacts = spec.with_file_name("artifacts");
    let bench = Bench::new(&text())?;
    let mut pipeline = bench.pipeline();
    let rows = spec.join("rows.csv");
    pipeline.folder = spec;
    let store = Store::open(&artifacts)?;
    let stopped = || false;
    let options = Options {
        replaced: [("raw".to_owned(), rows)].into(),
        ..Options::new(7, &stopped)
    };
    pipeline.run(&store, &options)?;
    Ok(())
}
