//! Real programs, and what is left of them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use seatrial_process::{Finished, Input, ProcessError, Program};

type Claim = Result<(), Box<dyn std::error::Error>>;

fn shell(script: &str) -> Program {
    Program::new("sh").args(["-c", script])
}

/// The error of a program that must not succeed.
fn error_of(run: Result<Finished, ProcessError>) -> Result<ProcessError, String> {
    match run {
        Ok(finished) => Err(format!("it succeeded: {finished:?}")),
        Err(error) => Ok(error),
    }
}

/// Whether a process of this number runs; a zombie does not.
fn runs(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or("").starts_with(" Z"))
}

fn read(file: &Path) -> String {
    fs::read_to_string(file)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Waits for a file to be written; a test that waits in vain fails for it.
fn written(file: &Path) -> String {
    let since = Instant::now();
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if text.ends_with('\n') || since.elapsed() > Duration::from_secs(60) {
            return text.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn arguments_arrive_as_they_are_and_no_shell_reads_them() -> Claim {
    let finished = Program::new("printf")
        .args(["%s\n", "a b", "$HOME", "*", "; true", ""])
        .run()?;
    assert_eq!(finished.stdout.text(), "a b\n$HOME\n*\n; true\n\n");
    Ok(())
}

#[test]
fn a_program_sees_only_what_it_needs_of_the_environment() -> Claim {
    let finished = Program::new("env").env("OWN", "1").run()?;
    let text = finished.stdout.text();
    assert!(text.contains("OWN=1") && text.contains("PATH="), "{text}");
    assert!(!text.contains("CARGO"), "{text}");
    Ok(())
}

#[test]
fn input_comes_from_bytes_from_a_file_or_not_at_all() -> Claim {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("in");
    fs::write(&file, "from a file")?;
    let cat = || Program::new("cat");
    assert_eq!(cat().stdin("typed").run()?.stdout.text(), "typed");
    assert_eq!(
        cat().stdin(Input::File(file)).run()?.stdout.text(),
        "from a file"
    );
    assert_eq!(cat().run()?.stdout.text(), "");
    Ok(())
}

#[test]
fn more_input_and_output_than_a_pipe_holds_goes_through() -> Claim {
    let much = "x".repeat(3_000_000);
    let finished = Program::new("cat")
        .stdin(much.as_str())
        .keep_bytes(4_000_000)
        .run()?;
    assert!(finished.stdout.is_whole());
    assert_eq!(finished.stdout.bytes().len(), much.len());
    Ok(())
}

#[test]
fn a_program_that_reads_nothing_is_no_trouble() -> Claim {
    Program::new("true")
        .stdin("x".repeat(1_000_000).as_str())
        .run()?;
    Ok(())
}

#[test]
fn a_program_that_is_not_there_is_named() -> Claim {
    for name in ["no-such-program", "./no-such-program"] {
        let error = error_of(Program::new(name).run())?;
        assert!(matches!(error, ProcessError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    Ok(())
}

#[test]
fn what_cannot_be_executed_says_why() -> Claim {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let cases = [
        ("plain", "echo", 0o644, "is not executable"),
        ("lost", "#!/no/such/interpreter\n", 0o755, "the interpreter"),
    ];
    for (name, text, mode, says) in cases {
        let file = folder.path().join(name);
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        let error = error_of(Program::new(&file).run())?.to_string();
        assert!(error.contains(says) && error.contains(name), "{error}");
    }
    let error = error_of(Program::new(folder.path()).run())?.to_string();
    assert!(error.contains("is a folder"), "{error}");
    let error = Program::new("true").current_dir("/no/such/folder").run();
    assert!(matches!(error, Err(ProcessError::Folder { .. })));
    Ok(())
}

#[test]
fn a_script_is_found_from_the_folder_it_runs_in() -> Claim {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("here.sh");
    fs::write(&file, "#!/bin/sh\necho found\n")?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    let program = Program::new("./here.sh").current_dir(folder.path());
    assert_eq!(program.run()?.stdout.text(), "found\n");
    Ok(())
}

#[test]
fn an_exit_code_comes_with_what_was_said() -> Claim {
    let error = error_of(shell("echo why >&2; exit 7").run())?;
    assert_eq!(
        error.to_string(),
        "`sh` ended with exit code 7; on standard error:\nwhy"
    );
    assert!(shell("exit 7").codes(&[0, 7]).run().is_ok());
    assert!(Program::new("true").codes(&[1]).run().is_err());
    Ok(())
}

#[test]
fn a_signal_is_named() -> Claim {
    let error = error_of(shell("kill -SEGV $$").run())?;
    assert!(error.to_string().contains("SIGSEGV"), "{error}");
    Ok(())
}

#[test]
fn much_output_is_counted_and_its_ends_are_kept() -> Claim {
    let finished = shell("echo first; yes | head -c 50000000; echo last")
        .keep_bytes(1_000)
        .run()?;
    assert_eq!(finished.stdout.total_bytes(), 50_000_011);
    let text = finished.stdout.text();
    assert!(text.starts_with("first\ny\n"), "{text}");
    assert!(text.ends_with("y\nlast\n"), "{text}");
    Ok(())
}

#[test]
fn endless_output_is_ended_at_its_limit() -> Claim {
    let error = shell("yes no end >&2").print_limit_bytes(1_000_000).run();
    let error = error_of(error)?.to_string();
    assert!(
        error.contains("more than 1000000 bytes to standard error") && error.contains("no end"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_program_that_never_ends_is_ended_with_its_tree() -> Claim {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("pid");
    let script = format!(
        "sleep 1000 & echo $! > {}; echo waits >&2; wait",
        file.display()
    );
    let error = shell(&script).timeout(Duration::from_millis(500)).run();
    let error = error_of(error)?.to_string();
    assert!(error.contains("longer than 0.5 s"), "{error}");
    assert!(error.contains("waits"), "{error}");
    let pid = read(&file);
    assert!(!pid.is_empty() && !runs(&pid));
    Ok(())
}

#[test]
fn a_program_is_ended_when_told_to() {
    let since = Instant::now();
    let stopped = || since.elapsed() > Duration::from_millis(50);
    let error = Program::new("sleep").arg("1000").run_unless(&stopped);
    assert!(matches!(error, Err(ProcessError::Stopped { .. })));
}

#[test]
fn what_forks_and_walks_away_is_counted_and_ended() -> Claim {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("pid");
    // A session of its own, an empty environment, and a parent that is gone.
    let script = format!(
        "(setsid env -i PATH=$PATH sh -c 'echo $$ > {}; exec sleep 1000' &) ; \
         while ! [ -s {0} ]; do sleep 0.01; done",
        file.display()
    );
    let finished = shell(&script).run()?;
    assert_eq!(finished.left_behind, 1);
    let pid = read(&file);
    assert!(!pid.is_empty() && !runs(&pid));
    Ok(())
}

#[test]
fn a_helper_that_ends_by_itself_is_not_left_behind() -> Claim {
    let finished = shell("(sleep 0.05 &)").run()?;
    assert_eq!(finished.left_behind, 0);
    Ok(())
}

#[test]
fn a_dropped_program_is_gone_with_its_tree() -> Claim {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("pid");
    let script = format!(
        "(setsid sleep 1000 & echo $! > {}); sleep 1000",
        file.display()
    );
    let running = shell(&script).start()?;
    let pid = written(&file);
    assert!(runs(&pid));
    drop(running);
    assert!(!runs(&pid));
    Ok(())
}

#[test]
fn a_program_may_end_in_peace_when_it_is_asked() -> Claim {
    let folder = tempfile::tempdir()?;
    let (ready, file) = (folder.path().join("ready"), folder.path().join("bye"));
    let script = format!(
        "trap 'echo bye > {}; exit 0' TERM; echo > {}; while true; do sleep 0.01; done",
        file.display(),
        ready.display(),
    );
    let mut running = shell(&script).start()?;
    written(&ready);
    running.stop(Duration::from_secs(60))?;
    assert_eq!(read(&file), "bye");
    Ok(())
}

#[test]
fn a_program_that_ignores_the_question_is_ended() -> Claim {
    let folder = tempfile::tempdir()?;
    let ready = folder.path().join("ready");
    let script = format!(
        "trap '' TERM; echo > {}; while true; do sleep 0.01; done",
        ready.display()
    );
    let mut running = shell(&script).start()?;
    written(&ready);
    running.stop(Duration::from_millis(50))?;
    assert!(running.has_ended()?);
    Ok(())
}

#[test]
fn what_a_running_program_prints_can_be_read() -> Claim {
    let running = shell("echo ready; sleep 1000").start()?;
    let since = Instant::now();
    while running.stdout().total_bytes() == 0 && since.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(running.stdout().text(), "ready\n");
    Ok(())
}

#[test]
fn a_tree_ends_with_a_parent_that_is_killed() -> Claim {
    // This very test program, as the parent that is killed.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("pid");
    let mut parent = std::process::Command::new(std::env::current_exe()?)
        .args(["parent_that_is_killed", "--exact", "--ignored"])
        .env("PID_FILE", &file)
        .stdout(std::process::Stdio::null())
        .spawn()?;
    let pids = written(&file);
    assert!(
        pids.split(' ').count() == 2 && pids.split(' ').all(runs),
        "{pids}"
    );
    parent.kill()?;
    parent.wait()?;
    let since = Instant::now();
    while pids.split(' ').any(runs) && since.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!pids.split(' ').any(runs), "{pids}");
    Ok(())
}

#[test]
#[ignore = "only `a_tree_ends_with_a_parent_that_is_killed` runs this"]
fn parent_that_is_killed() -> Claim {
    let Some(file) = std::env::var_os("PID_FILE") else {
        return Ok(());
    };
    let file = Path::new(&file).display();
    let script = format!("setsid sleep 1000 & echo $$ $! > {file}; sleep 1000");
    shell(&script).run()?;
    Ok(())
}

#[test]
fn many_programs_at_once_do_not_disturb_each_other() -> Claim {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                scope.spawn(move || {
                    let script = format!("(sleep 1000 &); echo {number}");
                    let finished = shell(&script).run()?;
                    Ok((finished.stdout.text(), finished.left_behind, number))
                })
            })
            .collect();
        for thread in threads {
            let seen: Result<(String, usize, i32), ProcessError> =
                thread.join().map_err(|_| "a thread failed")?;
            let (text, left_behind, number) = seen?;
            assert_eq!((text, left_behind), (format!("{number}\n"), 1));
        }
        Ok(())
    })
}
