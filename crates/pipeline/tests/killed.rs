//! A run that is killed at any moment leaves nothing that a later run takes up.

mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use support::{Bench, Claim, LOAD, unfinished};

/// Enough stages for a kill to hit any of them.
fn text() -> String {
    format!(
        "{LOAD}[stage.doubled]\nkind = \"command\"\n\
         command = [\"sh\", \"-c\", \"while IFS= read -r line; do echo $line; sleep 0.002; done < $0 > $1\", \
         \"{{in.raw}}\", \"{{out.doubled}}\"]\nin = {{ raw = \"raw.csv\" }}\nout = {{ doubled = \"d.csv\" }}\n\
         [stage.parted]\nkind = \"split\"\nin = \"doubled\"\n\
         [stage.scaled]\nkind = \"standardise\"\nin = \"parted\"\ncolumns = [\"x\"]\n"
    )
}

fn kill_at_moments(moments: u64) -> Claim {
    let sound = Bench::new(&text())?.run()?;
    let expected = sound.artifact("scaled")?.fingerprint;
    for moment in 0..moments {
        let bench = Bench::new(&text())?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["run_that_is_killed", "--exact", "--ignored"])
            .env("BENCH", bench.spec())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        // Spread over what a run takes, whose own length does not matter.
        std::thread::sleep(Duration::from_micros(moment * 120_000 / moments));
        child.kill()?;
        child.wait()?;
        let done = bench.run()?;
        assert_eq!(
            done.artifact("scaled")?.fingerprint,
            expected,
            "moment {moment}"
        );
        for artifact in done.artifacts.values() {
            artifact.verify()?;
        }
        assert!(unfinished(&bench.artifacts()).is_empty(), "moment {moment}");
    }
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

#[test]
#[ignore = "only the tests above run this, in a process of its own"]
fn run_that_is_killed() -> Claim {
    let Some(spec) = std::env::var_os("BENCH") else {
        return Ok(());
    };
    let spec = std::path::PathBuf::from(spec);
    let artifacts = spec.with_file_name("artifacts");
    let bench = Bench::new(&text())?;
    let mut pipeline = bench.pipeline();
    let rows = spec.join("rows.csv");
    pipeline.folder = spec;
    let store = seatrial_pipeline::Store::open(&artifacts)?;
    let stopped = || false;
    let options = seatrial_pipeline::Options {
        replaced: [("raw".to_owned(), rows)].into(),
        ..seatrial_pipeline::Options::new(7, &stopped)
    };
    pipeline.run(&store, &options)?;
    Ok(())
}
