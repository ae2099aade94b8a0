//! What does not fit together is said before anything runs.

mod support;

use support::{Bench, Claim, LOAD};

fn command(words: &str, more: &str) -> String {
    format!("{LOAD}[stage.c]\nkind = \"command\"\ncommand = {words}\nin = [\"raw\"]\n{more}\n")
}

#[test]
fn a_stage_reads_what_some_stage_makes() -> Claim {
    let bench = Bench::new(&format!(
        "{LOAD}[stage.s]\nkind = \"standardise\"\nin = \"rwa\"\ncolumns = [\"x\"]\n"
    ))?;
    assert_eq!(
        bench.misfits(),
        ["stage.s.in: no stage makes `rwa` (did you mean `raw`?)"]
    );
    Ok(())
}

#[test]
fn stages_do_not_wait_for_each_other() -> Claim {
    let bench = Bench::new(
        "[stage.a]\nkind = \"select\"\nin = \"b\"\n[stage.b]\nkind = \"select\"\nin = \"a\"\n",
    )?;
    assert_eq!(
        bench.misfits(),
        ["stage.a: stages wait for each other: `a` → `b` → `a`"]
    );
    Ok(())
}

#[test]
fn one_stage_makes_a_table() -> Claim {
    let bench = Bench::new(&format!(
        "{LOAD}[stage.s]\nkind = \"select\"\nin = \"raw\"\nout = \"raw\"\n"
    ))?;
    assert_eq!(
        bench.misfits(),
        ["stage.s.out: the stages `raw` and `s` both make `raw`"]
    );
    Ok(())
}

#[test]
fn a_contract_is_about_columns_that_are_made() -> Claim {
    let bench = Bench::new(&format!("{LOAD}[contract.raw]\ncolumns.lable = {{}}\n"))?;
    assert_eq!(
        bench.misfits(),
        [
            "contract.raw.columns.lable: no stage makes a column `lable` of `raw` (did you mean `label`?)"
        ]
    );
    let bench = Bench::new(&format!("{LOAD}[contract.rav]\nonly = true\n"))?;
    assert_eq!(
        bench.misfits(),
        ["contract.rav: no stage makes `rav` (did you mean `raw`?)"]
    );
    Ok(())
}

#[test]
fn columns_are_followed_through_built_in_stages() -> Claim {
    let bench = Bench::new(&format!(
        "{LOAD}[stage.s]\nkind = \"select\"\nin = \"raw\"\ndrop = [\"x\"]\n\
         [stage.t]\nkind = \"standardise\"\nin = \"s\"\ncolumns = [\"x\"]\n"
    ))?;
    assert_eq!(
        bench.misfits(),
        ["stage.t.columns[0]: `s` has no column `x` (known here: `id`, `label`)"]
    );
    Ok(())
}

#[test]
fn placeholders_name_what_the_stage_declares() -> Claim {
    let cases = [
        (
            command("[\"x\", \"{in.rew}\", \"{out.c}\"]", "out = [\"c\"]"),
            "stage.c.command[1]: `rew` is not in the stage's `in` (did you mean `raw`?)",
        ),
        (
            command("[\"x\", \"{inn.raw}\", \"{out.c}\"]", "out = [\"c\"]"),
            "stage.c.command[1]: `{inn.raw}` is no placeholder",
        ),
        (
            command("[\"x\", \"{in.raw}\"]", "out = [\"c\"]"),
            "stage.c.out: the command never learns where to write `c`",
        ),
        (
            command("[]", "out = [\"c\"]\nstdout = \"c\""),
            "stage.c.command: the command names no program",
        ),
        (
            command("[\"x\", \"{out.c}\"]", "out = { c = \"../c.csv\" }"),
            "stage.c.out: `../c.csv` is no file name",
        ),
    ];
    for (text, says) in cases {
        let found = Bench::new(&text)?.misfits();
        assert!(
            found.iter().any(|found| found.starts_with(says)),
            "{says}: {found:?}"
        );
    }
    Ok(())
}

#[test]
fn a_model_is_no_table() -> Claim {
    let bench = Bench::new(&format!(
        "{LOAD}[stage.e]\nkind = \"evaluate\"\nin = \"raw\"\ntrained = \"raw\"\n"
    ))?;
    assert_eq!(
        bench.misfits(),
        ["stage.e.trained: `raw`, made by `raw`, is a table, where a trained model is needed"]
    );
    Ok(())
}
