//! Several runs told as one: what fits, what does not, and what is flaky.
#![expect(clippy::unwrap_used, reason = "tests")]

use seatrial_report::{Comparison, Event, JsonLines, Renderer, Run, Shard, Start, junit};
use seatrial_verdict::{Bound, Measurement, Spanning, Status, Verdict};
use support::{case, events};

#[expect(dead_code, reason = "shared")]
mod support;

fn passing() -> Verdict {
    let measured = Measurement::new("x", 0.5).bound(Bound::AtMost(1.0));
    Verdict::judge(vec![measured], Spanning::Inconclusive)
}

/// A shard with these cases, of a plan of so many in a tree of ten.
fn shard(index: usize, of: usize, planned: usize, names: &[&str]) -> Run {
    let cases = names.iter().zip(1..);
    let cases = cases.map(|(name, number)| case(number, "training", name, passing()));
    let mut events = events(cases.collect());
    let start = start(&mut events);
    start.left_out = 10 - names.len();
    start.shard = Some(Shard {
        index,
        of,
        cases: planned,
    });
    Run::of(events)
}

fn start(events: &mut [Event]) -> &mut Start {
    let Some(Event::Start(start)) = events.first_mut() else {
        unreachable!("a run begins with its start")
    };
    start
}

fn reasons(run: &Run) -> Vec<String> {
    run.decision()
        .reasons
        .into_iter()
        .map(|reason| reason.text)
        .collect()
}

#[test]
fn shards_that_fit_are_one_run() {
    let run = Run::merge(vec![shard(1, 2, 3, &["a", "c"]), shard(2, 2, 3, &["b"])]);
    assert!(run.decision().passes, "{:?}", reasons(&run));
    assert_eq!((run.cases.len(), run.left_out()), (3, 7));
    let numbers: Vec<_> = run.cases.iter().map(|case| case.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn a_shard_that_is_missing_keeps_the_whole_from_passing() {
    let run = Run::merge(vec![shard(1, 3, 3, &["a"]), shard(3, 3, 3, &["c"])]);
    assert_eq!(reasons(&run), ["shard 2/3 is missing"]);
}

#[test]
fn shards_that_leave_a_case_out_are_not_of_one_plan() {
    let run = Run::merge(vec![shard(1, 2, 4, &["a"]), shard(2, 2, 4, &["a", "b"])]);
    assert_eq!(
        reasons(&run),
        ["the shards are 3 cases together, of 4: they were not cut from one plan"]
    );
}

#[test]
fn parts_of_different_specs_or_code_do_not_fit() {
    let one = || events(vec![case(1, "training", "a", passing())]);
    let (first, mut second, mut third) = (one(), one(), one());
    start(&mut second).left_out = 40;
    start(&mut third).provenance = Some(serde_json::json!({"code": {"commit": "other"}}));
    let run = Run::merge(vec![Run::of(first.clone()), Run::of(second)]);
    assert_eq!(
        reasons(&run),
        ["the parts are of different specs: trees of 4 and 41 cases"]
    );
    let run = Run::merge(vec![Run::of(first), Run::of(third)]);
    assert_eq!(reasons(&run), ["the parts ran on different code"]);
}

#[test]
fn a_case_that_flips_on_the_same_code_is_flaky_and_fails() {
    let of = |verdict| Run::of(events(vec![case(1, "training", "a", verdict)]));
    for outcomes in [
        vec![of(passing()), of(Verdict::fail("no"))],
        vec![of(Verdict::fail("no")), of(passing())],
    ] {
        let run = Run::merge(outcomes);
        assert_eq!(run.cases[0].status, Status::Fail);
        assert!(run.cases[0].message.starts_with("flaky: it came out as "));
        assert!(run.cases[0].message.contains("pass") && run.cases[0].message.contains("fail"));
        assert!(run.cases[0].message.ends_with("\nno"));
    }
    let steady = Run::merge(vec![of(passing()), of(passing())]);
    assert!(steady.decision().passes);
}

#[test]
fn a_part_that_was_cut_short_keeps_the_whole_from_passing() {
    let mut cut = events(vec![case(1, "training", "b", passing())]);
    cut.pop();
    let whole = events(vec![case(1, "training", "a", passing())]);
    let run = Run::merge(vec![Run::of(whole), Run::of(cut)]);
    assert!(!run.decision().passes);
    assert_eq!(run.end, None);
}

#[test]
fn troubles_are_told_again_and_not_forgotten() {
    let run = Run::merge(vec![shard(1, 3, 3, &["a"]), shard(3, 3, 3, &["c"])]);
    let mut out = Vec::new();
    let mut lines = JsonLines::new(&mut out);
    run.events()
        .try_for_each(|event| lines.show(&event))
        .unwrap();
    let again = Run::read(&*out).unwrap();
    assert_eq!(reasons(&again), reasons(&run));
    assert!(junit(&again).unwrap().contains("shard 2/3 is missing"));
}

#[test]
fn nothing_and_one_merge_to_themselves() {
    assert!(!Run::merge(Vec::new()).decision().passes);
    assert!(
        Run::merge(vec![Run::of(events(vec![case(
            1,
            "training",
            "a",
            passing()
        )]))])
        .decision()
        .passes
    );
}

#[test]
fn a_number_that_was_read_from_json_has_not_moved() {
    let of = |value: f64| {
        let measured = Measurement::new("x", value).bound(Bound::AtMost(1.0));
        let verdict = Verdict::judge(vec![measured], Spanning::Inconclusive);
        Run::of(events(vec![case(1, "training", "a", verdict)]))
    };
    let moved = |before, now| Comparison::new(&of(now), &of(before), "before").moved.len();
    let value = 0.462_874_574_111_910_35_f64;
    assert_eq!(moved(value, value.next_up()), 0);
    assert_eq!(moved(value, value * (1.0 + 1e-12)), 1);
    assert_eq!(moved(f64::NAN, f64::NAN), 0);
    assert_eq!(moved(f64::NAN, value), 1);
    assert_eq!(moved(0.0, f64::MIN_POSITIVE), 1);
}
