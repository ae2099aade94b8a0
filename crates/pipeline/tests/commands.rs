//! Commands that misbehave are clear errors that name the stage, and nothing that
//! was there before is lost.

mod support;

use std::fs;

use support::{Bench, Claim, LOAD, unfinished};

fn shell(script: &str) -> String {
    let script = script.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "{LOAD}[stage.features]\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"{script}\", \"{{in.raw}}\", \
         \"{{out.made}}\"]\nin = {{ raw = \"raw.csv\" }}\nout = {{ made = \"made.csv\" }}\ntimeout_s = 2\n\
         print_bytes_max = 1000000\n"
    )
}

#[test]
fn a_command_reads_and_makes_the_formats_that_endings_name() -> Claim {
    let bench = Bench::new(&shell("head -3 $0 > $1"))?;
    let table = bench.run()?.table("made")?;
    assert_eq!(
        (table.rows(), table.columns()),
        (2, vec!["id", "x", "label"])
    );
    Ok(())
}

#[test]
fn trouble_names_the_stage_and_leaves_nothing() -> Claim {
    let cases = [
        (
            "echo no such country >&2; exit 4",
            "exit code 4; on standard error:\nno such country",
        ),
        ("kill -9 $$", "was ended by SIGKILL"),
        ("sleep 1000", "ran longer than 2 s"),
        ("yes", "printed more than 1000000 bytes"),
        (
            "cp $0 $1; (setsid sleep 1000 &)",
            "left 1 processes running",
        ),
        ("true", "made no `made` (made.csv)"),
        ("echo > $1", "`made` is no table"),
        (
            "cp $0 $1; echo 7,1,a >> $0",
            "the command changed its input",
        ),
        ("head -1 $0 > $1", "0 rows, expected at least 1"),
    ];
    for (script, says) in cases {
        let bench = Bench::new(&shell(script))?;
        let error = bench.error()?;
        assert!(error.starts_with("stage `features`: "), "{script}: {error}");
        assert!(error.contains(says), "{script}: {error}");
        assert!(unfinished(&bench.artifacts()).is_empty(), "{script}");
    }
    Ok(())
}

#[test]
fn a_program_that_is_not_there_is_named_with_its_stage() -> Claim {
    let text = shell("").replace("\"sh\", \"-c\"", "\"no-such-program\", \"-c\"");
    let error = Bench::new(&text)?.error()?;
    assert!(
        error.contains("stage `features`: there is no program `no-such-program`"),
        "{error}"
    );
    Ok(())
}

#[test]
fn what_fails_later_keeps_what_was_made_before() -> Claim {
    let bench = Bench::new(&shell("sh work.sh $0 $1"))?;
    bench.write("work.sh", "exit 1")?;
    assert!(bench.run().is_err());
    let done = Bench::run(&bench);
    assert!(done.is_err());
    bench.write("work.sh", "cp $1 $2")?;
    let done = bench.run()?;
    assert!(done.stages[0].reused, "the table that was loaded");
    assert!(!done.stages[1].reused);
    Ok(())
}

#[test]
fn a_command_runs_again_when_its_code_changes() -> Claim {
    let text = shell("").replace("\"sh\", \"-c\", \"\"", "\"sh\", \"work.sh\"");
    let bench = Bench::new(&text)?;
    bench.write("work.sh", "cp $1 $2")?;
    assert_eq!(bench.run()?.table("made")?.rows(), 6);
    assert!(bench.run()?.stages.iter().all(|stage| stage.reused));
    bench.write("work.sh", "head -3 $1 > $2")?;
    let done = bench.run()?;
    assert_eq!(done.table("made")?.rows(), 2);
    assert!(done.stages[0].reused && !done.stages[1].reused);
    bench.write("rows.csv", "id,x,label\n1,2,a\n2,3,b\n3,4,c\n4,5,c\n")?;
    assert!(bench.run()?.stages.iter().all(|stage| !stage.reused));
    Ok(())
}

#[test]
fn a_damaged_artifact_is_never_read() -> Claim {
    let bench = Bench::new(&shell("cp $0 $1"))?;
    let made = bench.run()?.artifact("raw")?.path.clone();
    // Shorter: it is not whole, and made again.
    let whole = fs::read(&made)?;
    fs::write(&made, &whole[..whole.len() / 2])?;
    bench.run()?;
    assert_eq!(fs::read(&made)?, whole);
    // As long, with another byte: whoever reads it says so.
    let mut other = whole.clone();
    other[whole.len() / 2] ^= 1;
    fs::write(&made, other)?;
    assert!(bench.run()?.table("raw").is_err());
    bench.write("code-that-changed", "")?;
    let error = bench.error()?;
    let says = "the artifact is not what was written";
    assert!(
        error.contains("stage `features`") && error.contains(says),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_written_is_named() -> Claim {
    let bench = Bench::new(LOAD)?;
    fs::write(bench.artifacts(), "a file")?;
    let error = bench.error()?;
    assert!(error.contains("artifacts"), "{error}");
    assert_eq!(fs::read_to_string(bench.artifacts())?, "a file");
    Ok(())
}
