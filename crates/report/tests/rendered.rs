//! What people and programs read, as recorded.
#![expect(clippy::unwrap_used, reason = "tests")]

use seatrial_report::{
    Case, End, Event, Explanation, Human, JsonLines, Progress, Renderer, Start, VERSION,
};
use seatrial_verdict::{Bound, Measurement, Series, Spanning, Verdict};
use unicode_width::UnicodeWidthStr;

mod support;

fn case(number: usize, name: &str, verdict: Verdict) -> Event {
    let id = format!("digits/training.toml::{name}");
    Event::Case(Box::new(Case {
        number,
        replay: format!("seatrial test --exact '{id}'"),
        id,
        check: "loss-decreases".into(),
        chapter: "training".into(),
        error_rates: String::new(),
        tier: "fast".into(),
        status: verdict.status,
        seconds: 0.1234,
        measurements: verdict.measurements,
        message: verdict.message,
        file: "digits/training.toml".into(),
        line: 10 * number,
        seed: 42,
        doc: (number == 2).then(|| "It must learn within a minute.".into()),
        series: verdict.series,
        figures: verdict.figures,
    }))
}

fn judged(name: &str, value: f64) -> Verdict {
    let bounded = Measurement::new(name, value).bound(Bound::AtMost(0.7));
    let shown = Measurement::new("loss_last", 0.25).unit("nats");
    Verdict::judge(vec![bounded, shown], Spanning::Inconclusive)
}

/// Cases that finish in another order than planned.
fn run() -> Vec<Event> {
    let spanning = Measurement::new("accuracy", 0.9)
        .bound(Bound::AtLeast(0.89))
        .interval(0.88, 0.92);
    let many = (1..=4).map(|n| {
        let name = format!("moved_batch_{n}");
        Measurement::new(name, 4.0)
            .unit("parameters")
            .bound(Bound::Equal(4.0))
    });
    let cases = [
        (1, "loss-decreases[model=mlp]", judged("loss_ratio", 0.31)),
        (
            4,
            "crashes",
            Verdict::error("it crashed: index out of bounds\npanicked at src/lstm.rs:7:3"),
        ),
        (
            2,
            "loss-decreases[model=lstm]",
            judged("loss_ratio", 0.83)
                .with_hint("the learning rate may be too low")
                .with_series([Series::over_steps("loss", vec![2.3, f64::NAN])]),
        ),
        (
            3,
            "one-step",
            Verdict::judge(many.collect(), Spanning::Inconclusive),
        ),
        (
            5,
            "good-enough",
            Verdict::judge(vec![spanning], Spanning::Inconclusive),
        ),
        (6, "not-a-number", judged("loss_ratio", f64::NAN)),
        (7, "later", Verdict::skipped("no data for it yet")),
        (
            8,
            "rude\u{1b}[31m",
            Verdict::fail("\u{1b}[2Jcleared\u{202e}"),
        ),
    ];
    let mut end = End {
        seconds: 12.34,
        ..End::default()
    };
    let mut events = vec![Event::Start(Start {
        version: VERSION,
        seatrial: "0.1.0".into(),
        specs: "specs".into(),
        cases: cases.len(),
        left_out: 3,
        run: None,
        provenance: None,
        shard: None,
    })];
    for (number, name, verdict) in cases {
        end.count(verdict.status);
        events.push(case(number, name, verdict));
    }
    events.push(Event::End(end));
    events
}

/// Without colours.
fn human(events: &[Event]) -> String {
    human_in(events, None)
}

fn human_in(events: &[Event], width: Option<usize>) -> String {
    let mut out = Vec::new();
    let stripped = anstream::StripStream::new(&mut out);
    let mut renderer = Human::new(stripped, Progress::none()).fitting(width);
    for event in events {
        renderer.show(event).unwrap();
    }
    drop(renderer);
    String::from_utf8(out).unwrap()
}

fn json(events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut renderer = JsonLines::new(&mut out);
    for event in events {
        renderer.show(event).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn a_run_for_people() {
    insta::assert_snapshot!(human(&run()));
}

/// Lines that are never broken: they are to be copied.
fn to_be_copied(line: &str) -> bool {
    let line = line.trim_start();
    [
        "replay  ",
        "at  ",
        "fail  fraud/",
        "error  fraud/",
        "inconclusive  fraud/",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

#[test]
fn every_line_fits_the_terminal_but_what_is_to_be_copied() {
    for width in [60, 80, 120] {
        for events in [run(), support::gallery(), support::many(30)] {
            let text = human_in(&events, Some(width));
            for line in text.lines().filter(|line| !to_be_copied(line)) {
                assert!(
                    line.width() <= width,
                    "{width}: {} in {line:?}",
                    line.width()
                );
            }
        }
    }
}

#[test]
fn nothing_is_lost_where_lines_are_wrapped() {
    let words = |text: &str| {
        text.split_whitespace()
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let explained = |width| {
        let text = human_in(&run(), width);
        let begin = text.find("\n\nfail  ").unwrap();
        text[begin..].to_owned()
    };
    // But for drawings, which take the room that there is.
    assert_eq!(words(&explained(Some(60))), words(&explained(None)));
}

#[test]
fn a_run_on_a_narrow_terminal() {
    insta::assert_snapshot!(human_in(&support::gallery(), Some(60)));
}

#[test]
fn a_run_on_a_wide_terminal() {
    insta::assert_snapshot!(human_in(&support::gallery(), Some(120)));
}

#[test]
fn a_run_for_programs() {
    insta::assert_snapshot!(json(&run()));
}

#[test]
fn a_run_in_which_nothing_ran_says_so() {
    let mut end = End::default();
    let skipped = Verdict::skipped("no data for it yet");
    end.count(skipped.status);
    assert!(!end.passes());
    insta::assert_snapshot!(human(&[case(1, "later", skipped), Event::End(end)]));
}

#[test]
fn colours_stand_around_words_and_never_inside() {
    let Event::Case(case) = case(2, "x", judged("loss_ratio", 0.83)) else {
        unreachable!("a case")
    };
    let text = Explanation {
        case: &case,
        specs: "specs/",
        width: None,
    }
    .to_string();
    assert!(
        text.starts_with("\u{1b}[1m\u{1b}[31mfail\u{1b}[0m  "),
        "{text:?}"
    );
}

#[test]
fn what_is_written_can_be_read() {
    for (line, event) in json(&run()).lines().zip(run()) {
        let read: Event = serde_json::from_str(line).unwrap();
        // NaN is not equal to itself: compare what is written of it.
        assert_eq!(json(&[read]), json(&[event]));
    }
}
