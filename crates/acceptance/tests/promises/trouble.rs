//! A case in trouble harms no other.

use std::time::Instant;

use crate::support::{Place, act};

#[test]
fn a_panic_fails_its_case_alone_and_stays_out_of_the_output() {
    let place = Place::of_acts(&["panic", "pass"]);
    let ran = place.seatrial(&["test", "--jobs", "1"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("1 passed, 0 failed, 0 inconclusive, 0 skipped, 1 error"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("it crashed: the act fell over"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("panicked at crates/acceptance/src/lib.rs"),
        "{}",
        ran.out
    );
    assert_eq!(ran.err, "");
    let ran = place.specs(&[]);
    assert_eq!(ran.code, 101);
    assert!(ran.out.contains("1 passed; 1 failed"), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn a_case_past_its_time_is_told_to_stop_and_named() {
    let place = Place::with(&(act("wait") + "timeout = 0.2\n" + &act("pass")));
    let begun = Instant::now();
    let ran = place.seatrial(&["test", "--jobs", "1"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("stuck: ended after its timeout of 0.2 s"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("left behind"), "{}", ran.out);
    assert!(ran.out.contains("1 passed"), "{}", ran.out);
    assert!(begun.elapsed().as_secs() < 10);
}

#[test]
fn a_case_that_ignores_the_end_is_left_behind_and_the_process_ends() {
    let place = Place::with(&(act("hang") + "timeout = 0.2\n" + &act("pass")));
    let begun = Instant::now();
    for ran in [
        place.seatrial(&["test", "--jobs", "1"]),
        place.specs(&["--test-threads", "1"]),
    ] {
        assert!(matches!(ran.code, 1 | 101), "{ran:?}");
        assert!(
            ran.out.contains("stuck: ended after its timeout of 0.2 s"),
            "{}",
            ran.out
        );
        assert!(ran.out.contains("left behind"), "{}", ran.out);
        assert!(ran.out.contains("1 passed"), "{}", ran.out);
    }
    assert!(begun.elapsed().as_secs() < 20);
}

#[test]
fn a_message_cannot_command_the_terminal() {
    let place = Place::of_acts(&["escape"]);
    for ran in [place.seatrial(&["test"]), place.specs(&[])] {
        assert!(!ran.out.contains('\u{1b}'), "{:?}", ran.out);
        assert!(ran.out.contains("\\u{1b}[2Jcleared"), "{}", ran.out);
    }
}

#[test]
fn each_case_computes_on_its_own_thread_alone() {
    let spread = (0..4).map(|n| act("spread").replace("test.spread", &format!("test.s{n}")));
    let place = Place::with(&spread.collect::<String>());
    let ran = place.seatrial(&["test", "--jobs", "4"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn failures_are_explained_in_the_order_of_the_tree() {
    let spec = act("wait") + "timeout = 0.3\n" + &act("fail");
    let ran = Place::with(&spec).seatrial(&["test", "--jobs", "2"]);
    let explained = ran
        .out
        .find("replay  seatrial test --exact 'area/file.toml::wait'");
    let later = ran
        .out
        .find("replay  seatrial test --exact 'area/file.toml::fail'");
    assert!(explained.is_some() && explained < later, "{}", ran.out);
}
