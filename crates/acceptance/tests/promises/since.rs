//! `--since REV` runs what rests on something that changed, says what it left
//! out, and in doubt runs everything.

use crate::support::{Place, act, run};

/// Two areas with data, a model of code, and a page, all committed.
fn place() -> Place {
    let place = Place::empty();
    let data = |name: &str| {
        format!(
            "[dataset.own]\npath = \"{name}.csv\"\nlabel = \"y\"\n[defaults]\ndataset = \"own\"\n"
        )
    };
    place.write("specs/seatrial.toml", "[defaults]\nseed = 3\n");
    place.write("specs/a/one.toml", &(data("one") + &act("pass")));
    place.write("specs/a/one.csv", "x,y\n1,a\n2,b\n");
    place.write("specs/b/two.toml", &act("pass"));
    place.write("src/features.py", "pass\n");
    place.write("README.md", "about\n");
    place.write(".gitignore", ".seatrial\n");
    git(&place, &["init", "-q"]);
    commit(&place);
    place
}

fn git(place: &Place, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@b.c"]);
    command.args(arguments).current_dir(place.path());
    assert_eq!(run(&mut command).code, 0, "git {arguments:?}");
}

fn commit(place: &Place) {
    git(place, &["add", "-A"]);
    git(place, &["commit", "-q", "-m", "a step"]);
}

/// The ids that run for what is not committed, sorted.
fn affected(place: &Place) -> Vec<String> {
    let events = place.events(&["--since", "HEAD"]);
    let ids = events.iter().filter_map(|event| event["id"].as_str());
    let mut ids: Vec<_> = ids.map(str::to_owned).collect();
    // They finish in any order.
    ids.sort();
    ids
}

const ONE: &str = "a/one.toml::pass";
const TWO: &str = "b/two.toml::pass";

#[test]
fn nothing_changed_is_an_answer_and_says_what_was_left_out() {
    let place = place();
    let ran = place.seatrial(&["test", "--since", "HEAD"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for told in [ONE, TWO, "nothing to run"] {
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    place.write("README.md", "more\n");
    place.write("docs/new.rst", "more\n");
    assert!(affected(&place).is_empty());
}

#[test]
fn a_spec_and_what_it_names_affect_its_cases_alone() {
    let changes = [
        ("specs/b/two.toml", act("pass") + "doc = \"x\"\n", vec![TWO]),
        ("specs/a/one.csv", "x,y\n1,a\n3,b\n".into(), vec![ONE]),
        ("specs/a/one.recorded.toml", "x = 1\n".into(), vec![ONE]),
        ("specs/a/helper.py", "pass\n".into(), vec![ONE]),
    ];
    for (file, text, expected) in changes {
        let place = place();
        place.write(file, &text);
        assert_eq!(affected(&place), expected, "{file}");
    }
}

#[test]
fn code_and_what_all_specs_share_affect_every_case() {
    for (file, text) in [
        ("src/features.py", "other\n"),
        ("src/new.rs", "fn main() {}\n"),
        ("specs/seatrial.toml", "[defaults]\nseed = 4\n"),
    ] {
        let place = place();
        place.write(file, text);
        assert_eq!(affected(&place), [ONE, TWO], "{file}");
        // Committed, it is changed since the commit before.
        commit(&place);
        assert!(affected(&place).is_empty());
        let since = place.events(&["--since", "HEAD~1"]);
        assert_eq!(
            since
                .iter()
                .filter(|event| event["event"] == "case")
                .count(),
            2
        );
    }
}

#[test]
fn a_file_that_is_gone_has_changed() {
    let place = place();
    std::fs::remove_file(place.path().join("src/features.py")).unwrap();
    assert_eq!(affected(&place).len(), 2);
}

#[test]
fn a_commit_that_is_unknown_and_a_folder_without_git_are_usage_errors() {
    let place = place();
    let ran = place.seatrial(&["test", "--since", "nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--since nowhere"), "{}", ran.err);
    let option = place.seatrial(&["test", "--since=--output=x"]);
    assert_eq!(option.code, 2, "{}", option.err);
    let filter = place.seatrial(&["test", "--since", "HEAD", "--filter", "typo"]);
    assert_eq!(filter.code, 2, "{}", filter.err);
    let bare = Place::of_acts(&["pass"]);
    assert_eq!(bare.seatrial(&["test", "--since", "HEAD"]).code, 2);
}
