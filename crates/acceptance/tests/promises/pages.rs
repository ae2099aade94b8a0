//! What is generated from the registry.

use crate::support::Place;

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
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(place.seatrial(&[command]).out, written);
        assert_eq!(place.seatrial(&[command, "--check", file]).code, 0);
        std::fs::write(&path, written + "\n").unwrap();
        let stale = place.seatrial(&[command, "--check", file]);
        assert_eq!(stale.code, 1);
        assert!(
            stale.err.contains(&format!("seatrial {command} --write")),
            "{}",
            stale.err
        );
    }
}
