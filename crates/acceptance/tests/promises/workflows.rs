//! What CI services are told to run is there, and takes what it is given.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn every_script_that_a_workflow_or_a_page_names_is_there_and_can_be_run() {
    let mut texts = vec![root().join("docs/ci.md"), root().join("README.md")];
    let workflows = std::fs::read_dir(root().join(".github/workflows")).unwrap();
    texts.extend(workflows.map(|entry| entry.unwrap().path()));
    let mut named = 0;
    for path in texts {
        let text = std::fs::read_to_string(&path).unwrap();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        for word in text.split(|c| !is_name(c)) {
            if word.starts_with("ci/") && word.ends_with(".sh") {
                let about = std::fs::metadata(root().join(word));
                let about =
                    about.unwrap_or_else(|error| panic!("{}: {word}: {error}", path.display()));
                assert_ne!(
                    about.permissions().mode() & 0o111,
                    0,
                    "{word} is no program"
                );
                named += 1;
            }
        }
    }
    assert!(named > 8, "{named}");
}

#[test]
fn workflows_are_thin() {
    let workflows = std::fs::read_dir(root().join(".github/workflows")).unwrap();
    for path in workflows.map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            !text.contains('\t'),
            "{}: YAML takes no tabs",
            path.display()
        );
        for line in text.lines() {
            let Some((_, run)) = line.split_once("run: ") else {
                continue;
            };
            let thin = run.starts_with("ci/") || run.starts_with("cat report/summary.md");
            assert!(thin, "{}: {run}", path.display());
        }
    }
}
