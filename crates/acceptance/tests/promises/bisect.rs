//! `git bisect run` finds the commit that changed a result, as the README shows.

use crate::support::{Place, run};

/// The commit that git bisect names as the first bad one.
fn first_bad(place: &Place, good: &str, script: &str) -> String {
    place.git(&["bisect", "start", "HEAD", good]);
    let program = place
        .command(&[])
        .get_program()
        .to_str()
        .unwrap()
        .to_owned();
    let script = script.replace("seatrial", &format!("'{program}'"));
    let mut bisect = std::process::Command::new("git");
    bisect.args(["bisect", "run", "sh", "-c", &script]);
    bisect.current_dir(place.path());
    // As in a shell of one's own: the folder is found from where one stands.
    let state = place.path().join(".seatrial");
    let ran = run(bisect
        .env("SEATRIAL_STATE", state)
        .env_remove("SEATRIAL_ON"));
    assert_eq!(ran.code, 0, "{ran:?}");
    let line = ran
        .out
        .lines()
        .find(|line| line.ends_with("is the first bad commit"));
    let bad = line
        .unwrap_or_else(|| panic!("{ran:?}"))
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    place.git(&["bisect", "reset"]);
    bad
}

/// Nine commits; the sixth changes a number that a case measures, from 0.25.
fn history(changed: &str) -> (Place, String, String) {
    let place = Place::with("[test.read]\ncheck = \"act\"\nhow = \"read\"\nfile = \"data.txt\"\n");
    place.write("specs/area/data.txt", "0.25");
    place.write(".gitignore", ".seatrial\n");
    let place = place.committed();
    let good = place.git(&["rev-parse", "HEAD"]);
    let mut bad = String::new();
    for n in 1..9 {
        place.write("notes.txt", &n.to_string());
        if n == 5 {
            place.write("specs/area/data.txt", changed);
        }
        place.commit(&format!("commit {n}"));
        if n == 5 {
            bad = place.git(&["rev-parse", "HEAD"]);
        }
    }
    (place, good, bad)
}

#[test]
fn it_finds_the_commit_that_made_a_case_fail() {
    let (place, good, bad) = history("1.5");
    let script = "seatrial test --exact area/file.toml::read";
    assert_eq!(first_bad(&place, &good, script), bad);
}

#[test]
fn it_finds_the_commit_that_changed_a_result_which_still_passes() {
    let (place, good, bad) = history("0.75");
    place.git(&["checkout", "--quiet", &good]);
    assert_eq!(place.seatrial(&["test"]).code, 0);
    place.git(&["checkout", "--quiet", "main"]);
    let script = format!(
        "seatrial test --exact area/file.toml::read && seatrial diff {good} last --exit-code"
    );
    assert_eq!(first_bad(&place, &good, &script), bad);
    let shown = place.seatrial(&["diff", &good, &bad]).out;
    assert!(shown.contains("data         area/data.txt"), "{shown}");
}
