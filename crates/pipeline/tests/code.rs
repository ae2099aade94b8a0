//! What a command made is taken up again only while its code is the same: also the
//! code that its command line does not name.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use support::{Bench, Claim, LOAD};

/// A pipeline whose stage `made` runs this command, with more of its keys.
fn command(words: &str, more: &str) -> Result<Bench, Box<dyn std::error::Error>> {
    Bench::new(&format!(
        "{LOAD}[stage.made]\nkind = \"command\"\ncommand = [{words}, \"{{in.raw}}\", \
         \"{{out.made}}\"]\nin = {{ raw = \"raw.csv\" }}\nout = {{ made = \"made.csv\" }}\n{more}\n"
    ))
}

/// Whether what was made before is taken up again.
fn reused(bench: &Bench) -> Result<bool, Box<dyn std::error::Error>> {
    let done = bench.run()?;
    let stage = done.stages.iter().find(|stage| stage.stage == "made");
    Ok(stage.is_some_and(|stage| stage.reused))
}

/// Runs twice: what is the same is taken up again.
fn settle(bench: &Bench) -> Claim {
    assert!(!reused(bench)?);
    assert!(reused(bench)?);
    Ok(())
}

#[test]
fn a_helper_beside_the_script_is_its_code() -> Claim {
    let bench = command("\"sh\", \"work.sh\"", "")?;
    bench.write("work.sh", ". ./helper.sh; work $1 $2")?;
    bench.write("helper.sh", "work() { cp $1 $2; }")?;
    settle(&bench)?;
    bench.write("helper.sh", "work() { head -3 $1 > $2; }")?;
    assert!(!reused(&bench)?);
    assert_eq!(bench.run()?.table("made")?.rows(), 2);
    Ok(())
}

#[test]
fn what_a_program_without_a_script_imports_is_its_code() -> Claim {
    let bench = command("\"sh\", \"-c\", \". ./package/module.sh; work $0 $1\"", "")?;
    fs::create_dir(bench.spec().join("package"))?;
    bench.write("package/module.sh", "work() { cp $1 $2; }")?;
    settle(&bench)?;
    bench.write("package/module.sh", "work() { head -3 $1 > $2; }")?;
    assert!(!reused(&bench)?);
    Ok(())
}

#[test]
fn a_helper_beside_a_script_of_another_folder_is_its_code() -> Claim {
    let bench = command("\"sh\", \"../shared/work.sh\"", "")?;
    fs::create_dir(bench.spec().join("../shared"))?;
    bench.write("../shared/work.sh", ". ../shared/helper.sh; work $1 $2")?;
    bench.write("../shared/helper.sh", "work() { cp $1 $2; }")?;
    settle(&bench)?;
    bench.write("../shared/helper.sh", "work() { head -3 $1 > $2; }")?;
    assert!(!reused(&bench)?);
    Ok(())
}

#[test]
fn folders_that_an_interpreter_searches_are_code() -> Claim {
    let env = "env = { PYTHONPATH = \"../lib:/no/such/folder\" }";
    let bench = command("\"sh\", \"-c\", \"cp $0 $1\"", env)?;
    fs::create_dir_all(bench.spec().join("../lib/package"))?;
    bench.write("../lib/package/module.py", "a = 1")?;
    settle(&bench)?;
    bench.write("../lib/package/module.py", "a = 2")?;
    assert!(!reused(&bench)?);
    bench.write("../lib/package/other.py", "")?;
    assert!(
        !reused(&bench)?,
        "a new file may be imported in place of another"
    );
    Ok(())
}

#[test]
fn specs_hidden_files_and_what_interpreters_leave_are_no_code() -> Claim {
    let bench = command("\"sh\", \"-c\", \"cp $0 $1\"", "")?;
    settle(&bench)?;
    for folder in ["__pycache__", ".cache", "node_modules"] {
        fs::create_dir(bench.spec().join(folder))?;
        bench.write(&format!("{folder}/x"), "1")?;
    }
    bench.write("more.toml", "")?;
    bench.write("more.recorded.toml", "")?;
    assert!(reused(&bench)?);
    Ok(())
}

#[test]
fn code_that_is_declared_is_all_there_is() -> Claim {
    let bench = Bench::new(LOAD)?;
    let own = bench.spec().join("package");
    let more = format!("code = [\"{}\"]", own.display());
    let declared = command("\"sh\", \"work.sh\"", &more)?;
    fs::create_dir(&own)?;
    fs::write(own.join("module.py"), "a = 1")?;
    declared.write("work.sh", "cp $1 $2")?;
    settle(&declared)?;
    declared.write("notes.txt", "1")?;
    assert!(reused(&declared)?, "it is not declared");
    fs::write(own.join("module.py"), "a = 2")?;
    assert!(!reused(&declared)?, "it is declared");
    declared.write("work.sh", "head -3 $1 > $2")?;
    assert!(!reused(&declared)?, "the command names it");
    Ok(())
}

/// An interpreter in an environment of its own.
fn python(prefix: &Path, package: &str) -> std::io::Result<()> {
    fs::create_dir_all(prefix.join("bin"))?;
    fs::create_dir_all(prefix.join("lib/python3.11/site-packages").join(package))?;
    let file = prefix.join("bin/python3");
    fs::write(&file, "#!/bin/sh\ncp $1 $2\n")?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))
}

#[test]
fn other_packages_of_an_interpreter_are_other_code() -> Claim {
    let prefix = tempfile::tempdir()?;
    python(prefix.path(), "learn-1.0.dist-info")?;
    let path = prefix.path().join("bin");
    let env = format!("env = {{ PATH = \"{}:/usr/bin:/bin\" }}", path.display());
    let bench = command("\"python3\"", &env)?;
    settle(&bench)?;
    let packages = prefix.path().join("lib/python3.11/site-packages");
    fs::rename(
        packages.join("learn-1.0.dist-info"),
        packages.join("learn-1.1.dist-info"),
    )?;
    assert!(!reused(&bench)?);
    Ok(())
}

#[test]
fn a_file_above_that_pins_versions_counts() -> Claim {
    let bench = command("\"sh\", \"-c\", \"cp $0 $1\"", "")?;
    let root = bench.spec().join("..");
    fs::create_dir(root.join(".git"))?;
    fs::write(root.join("requirements-dev.txt"), "learn==1.0\n")?;
    settle(&bench)?;
    fs::write(root.join("requirements-dev.txt"), "learn==1.1\n")?;
    assert!(!reused(&bench)?);
    fs::write(root.join("notes.txt"), "")?;
    assert!(reused(&bench)?);
    Ok(())
}
