//! Pages: what is generated from the registry, and where they lead.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Place;

/// The pages that people read.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = docs
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root.join(name)));
    pages
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = page.parent().unwrap().join(target);
            assert!(path.exists(), "{}: {target}", page.display());
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} links");
}

#[test]
fn every_check_is_explained() {
    let place = Place::empty();
    let all = place.seatrial(&["explain"]);
    assert_eq!(all.code, 0);
    let names: Vec<_> = all
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    assert!(names.len() >= 2, "{}", all.out);
    for line in names {
        let name = line.split_whitespace().next().unwrap();
        let ran = place.seatrial(&["explain", name]);
        assert_eq!(ran.code, 0, "{name}");
        for part in [
            "needs:",
            "method",
            "error rates",
            "catches",
            "example",
            name,
        ] {
            assert!(ran.out.contains(part), "{name}: no {part}");
        }
        let empty = ran.out.lines().any(|line| line.trim_end() == "needs:");
        assert!(!empty, "{name}: {}", ran.out);
    }
}

#[test]
fn an_unknown_check_gets_the_nearest() {
    let ran = Place::empty().seatrial(&["explain", "gradient-stop"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("did you mean `gradient-step`"),
        "{}",
        ran.err
    );
}

#[test]
fn parameters_show_what_they_take_and_their_defaults() {
    let ran = Place::empty().seatrial(&["explain", "gradient-step"]);
    assert!(ran.out.contains("batch_sizes = [1, 2, 32]"), "{}", ran.out);
    assert!(ran.out.contains("each item a whole number"), "{}", ran.out);
}

#[test]
fn generated_files_are_written_and_checked() {
    let place = Place::empty();
    for (command, file) in [("schema", "schema.json"), ("reference", "checks.md")] {
        let path = place.path().join(file);
        assert_eq!(
            place.seatrial(&[command, "--check", file]).code,
            2,
            "no file yet"
        );
        assert_eq!(place.seatrial(&[command, "--write", file]).code, 0);
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(place.seatrial(&[command]).out, written);
        assert_eq!(place.seatrial(&[command, "--check", file]).code, 0);
        fs::write(&path, written + "\n").unwrap();
        let stale = place.seatrial(&[command, "--check", file]);
        assert_eq!(stale.code, 1);
        assert!(
            stale.err.contains(&format!("seatrial {command} --write")),
            "{}",
            stale.err
        );
    }
}
