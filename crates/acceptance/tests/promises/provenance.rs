//! Wherever a tree lies, its runs say on which code they ran; or why that is not
//! known.

use serde_json::{Value, json};

use crate::support::{Place, act, git};

/// The code that the last run ran on.
fn code(place: &Place) -> Value {
    let ran = place.seatrial(&["test"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    place.object(&["runs", "last", "--format", "json"])["provenance"]["code"].clone()
}

fn place() -> Place {
    Place::of_acts(&["pass"])
}

#[test]
fn a_clean_work_tree_is_its_commit() {
    let place = place().committed();
    let code = code(&place);
    assert_eq!(code["git"]["commit"], place.git(&["rev-parse", "HEAD"]));
    assert_eq!(code["git"]["branch"], "main");
    assert_eq!(
        (&code["git"]["changed"], &code["git"]["difference"]),
        (&json!(0), &Value::Null)
    );
}

#[test]
fn what_is_not_as_committed_is_named_and_hashed() {
    let place = place().committed();
    place.write(".gitignore", "ignored.txt\n");
    place.write("b.txt", "1");
    place.commit("more");
    place.write("ignored.txt", "any");
    let clean = code(&place);
    assert_eq!(clean["git"]["changed"], 0, "{clean}");
    place.write("new file.txt", "1");
    std::fs::remove_file(place.path().join("b.txt")).unwrap();
    let dirty = code(&place);
    let changes = json!([
        {"path": "b.txt", "how": "deleted"},
        {"path": "new file.txt", "how": "new"},
    ]);
    assert_eq!(dirty["git"]["changes"], changes);
    place.write("new file.txt", "2");
    let other = code(&place);
    assert_eq!(other["git"]["changes"], changes);
    assert_ne!(other["git"]["difference"], dirty["git"]["difference"]);
    place.write("new file.txt", "1");
    assert_eq!(code(&place), dirty, "the same content has the same hash");
}

#[test]
fn before_the_first_commit_there_is_none() {
    let place = place();
    place.git(&["init", "--quiet"]);
    let code = code(&place);
    assert_eq!(code["git"]["commit"], Value::Null);
    assert_eq!(code["git"]["changes"][0]["path"], "specs/area/file.toml");
}

#[test]
fn outside_git_it_is_said() {
    let place = place();
    assert_eq!(
        code(&place),
        json!({"unknown": {"why": "not in a git work tree"}})
    );
    let shown = place.seatrial(&["runs", "last"]).out;
    assert!(
        shown.contains("not known: not in a git work tree"),
        "{shown}"
    );
}

#[test]
fn a_shallow_clone_says_that_it_is_one() {
    let origin = place().committed();
    origin.commit("second");
    let clone = Place::empty();
    let from = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth=1", &from, "."]);
    let code = code(&clone);
    assert_eq!(code["git"]["shallow"], true);
    assert_eq!(code["git"]["commit"], origin.git(&["rev-parse", "HEAD"]));
    // The earlier commit is not there to be told of.
    clone.seatrial(&["test"]);
    assert_eq!(clone.seatrial(&["diff"]).code, 0);
}

#[test]
fn a_linked_work_tree_has_a_state_folder_of_its_own() {
    let place = place().committed();
    place.git(&["worktree", "add", "--quiet", "linked"]);
    let linked = place.path().join("linked");
    let mut command = place.command(&["test"]);
    command
        .current_dir(linked.join("specs"))
        .env_remove("SEATRIAL_STATE");
    assert_eq!(crate::support::run(&mut command).code, 0);
    assert!(linked.join(".seatrial/ledger.sqlite").is_file());
    assert_eq!(
        git(&linked, &["status", "--porcelain"]),
        "",
        "it keeps itself out of sight"
    );
}

#[test]
fn files_have_the_same_names_in_every_checkout() {
    let spec = act("read") + "file = \"../data.txt\"\n";
    let told = |place: &Place| {
        place.write("specs/data.txt", "0.5");
        assert_eq!(place.seatrial(&["test"]).code, 0);
        let run = place.object(&["runs", "last", "--format", "json"]);
        let case = &run["cases"][0];
        (case["parameters"].clone(), case["inputs"].clone())
    };
    let (here, there) = (told(&Place::with(&spec)), told(&Place::with(&spec)));
    assert_eq!(here, there);
    assert!(
        here.0.as_str().unwrap().contains("\"file\":\"data.txt\""),
        "{}",
        here.0
    );
    assert!(here.1["data.txt"].is_string());
}
