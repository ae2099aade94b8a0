//! The documents of a run: what they must say, and what they must never do.
#![expect(clippy::unwrap_used, reason = "tests")]

use seatrial_report::{
    Comparison, EVENTS, Event, Explanation, Folder, Github, JsonLines, ReadError, Renderer, Run,
    html, html_compared, junit, markdown,
};
use seatrial_verdict::{
    Bar, Bars, Bound, Figure, Grid, Group, Histogram, Line, Lines, Phase, Row, Series, Stage,
    Stages, Status, Timeline, Verdict,
};
use support::{HOSTILE, case, events, gallery, many};

mod support;

fn github(events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut renderer = Github::new(&mut out);
    events
        .iter()
        .try_for_each(|event| renderer.show(event))
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn lines(events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut renderer = JsonLines::new(&mut out);
    events
        .iter()
        .try_for_each(|event| renderer.show(event))
        .unwrap();
    out
}

/// With everything that would be markup if it were not escaped.
fn tags(page: &str) -> usize {
    page.matches("<script").count() + page.matches("<img").count()
}

#[test]
fn nothing_that_came_from_data_is_markup() {
    let page = html(&Run::of(gallery())).unwrap();
    // Its own script, and nothing else.
    assert_eq!(tags(&page), 1);
    assert!(page.contains("&lt;script&gt;document.title"));
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert!(!page.contains("http://") && !page.contains("https://"));
}

#[test]
fn the_page_says_the_decision_first_and_links_every_reason() {
    let run = Run::of(gallery());
    let page = html(&run).unwrap();
    let decision = page.find("Not passed</h1>").unwrap();
    assert!(decision < page.find("<main>").unwrap());
    for reason in run.decision().reasons.iter().take(8) {
        let case = run
            .cases
            .iter()
            .find(|case| Some(&case.id) == reason.case.as_ref());
        let anchor = format!("case-{}", case.unwrap().number);
        assert!(page.contains(&format!("href=\"#{anchor}\"")), "{anchor}");
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    }
}

#[test]
fn failures_are_open_and_the_rest_is_folded() {
    let run = Run::of(gallery());
    let page = html(&run).unwrap();
    let details = page.split("<details class=\"case").skip(1);
    for details in details {
        let head = &details[..details.find('>').unwrap()];
        let against =
            !head.contains("data-status=\"pass\"") && !head.contains("data-status=\"skipped\"");
        assert_eq!(head.ends_with(" open"), against, "{head}");
    }
    assert_eq!(
        page.matches("<details class=\"case").count(),
        run.cases.len()
    );
}

#[test]
fn five_hundred_cases_weigh_less_than_two_mebibytes() {
    let page = html(&Run::of(many(500))).unwrap();
    assert!(page.len() < 2 << 20, "{}", page.len());
    assert_eq!(page.matches("<details class=\"case").count(), 500);
}

#[test]
fn a_million_points_and_series_without_a_number_are_drawn() {
    let long = Series::over_steps("loss", (0..1_000_000).map(f64::from).collect());
    let none = Series::over_steps("gone", vec![f64::NAN; 100]);
    let empty = Series::over_steps("empty", Vec::new());
    let endless = Series::over_steps("endless", vec![f64::INFINITY, -f64::MAX, f64::MAX]);
    let verdict = Verdict::fail("look").with_series([long, none, empty, endless]);
    let page = html(&Run::of(events(vec![case(1, "training", "x", verdict)]))).unwrap();
    assert!(page.len() < 200_000, "{}", page.len());
    assert_eq!(page.matches("class=\"plot\"").count(), 4);
    let drawing = &page[page.find("<svg").unwrap()..];
    assert!(!drawing.contains("NaN\"") && !drawing.contains("inf\""));
}

#[test]
fn junit_reads_back_with_the_same_counts() {
    let run = Run::of(gallery());
    let (xml, counts) = (junit(&run).unwrap(), run.counts());
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!(report.tests, run.cases.len());
    assert_eq!(report.failures, counts.failed + counts.inconclusive);
    assert_eq!(report.errors, counts.errors);
    let cases = report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases);
    assert!(
        cases
            .clone()
            .any(|case| case.name.as_str().contains("<script>"))
    );
    assert!(xml.contains("replay"));
}

#[test]
fn a_run_that_does_not_pass_without_a_case_against_is_red_everywhere() {
    let nothing = events(vec![case(
        1,
        "training",
        "later",
        Verdict::skipped("no data"),
    )]);
    let no_case = events(Vec::new());
    let mut cut_short = events(vec![case(1, "training", "fine", passing())]);
    cut_short.pop();
    for events in [nothing, no_case, cut_short] {
        let run = Run::of(events.clone());
        assert!(!run.decision().passes);
        assert!(html(&run).unwrap().contains("Not passed</h1>"));
        assert!(markdown(&run).unwrap().starts_with("## ❌ Not passed"));
        let xml = quick_junit::Report::deserialize_from_str(&junit(&run).unwrap()).unwrap();
        assert!(xml.errors > 0);
        if matches!(events.last(), Some(Event::End(_))) {
            assert!(github(&events).contains("::error title=Not passed::"));
        }
    }
}

/// Figures of every kind, made of numbers and names that no check should give.
fn wild() -> Vec<Figure> {
    let numbers = [f64::NAN, f64::INFINITY, -f64::MAX, f64::MAX, 0.0, -1e-300];
    let many = |count: usize| {
        (0..count)
            .map(|n| numbers[n % numbers.len()])
            .collect::<Vec<_>>()
    };
    let line = |x, y| Line {
        name: HOSTILE.into(),
        x: many(x),
        y: many(y),
    };
    let lines = |lines| {
        Figure::Lines(Lines {
            title: HOSTILE.into(),
            lines,
            bound: Some(Bound::Between(f64::NAN, f64::MAX)),
            diagonal: true,
            ..Lines::default()
        })
    };
    let histogram = |bins, counts| {
        let group = Group {
            name: HOSTILE.into(),
            counts: many(counts),
        };
        Figure::Histogram(Histogram {
            title: HOSTILE.into(),
            bins: vec![HOSTILE.into(); bins],
            groups: vec![group; 9],
        })
    };
    let bars = many(3000).into_iter().map(|value| Bar {
        name: HOSTILE.into(),
        value,
        low: Some(f64::NAN),
        high: Some(f64::INFINITY),
        before: Some(value),
    });
    let row = |cells| Row {
        name: HOSTILE.into(),
        values: many(cells),
    };
    let grid = |columns, rows: Vec<Row>| {
        Figure::Grid(Grid {
            title: HOSTILE.into(),
            columns: vec![HOSTILE.into(); columns],
            rows,
            ..Grid::default()
        })
    };
    // Each after the other, and after one that is not there.
    let stage = |name: &str, after: &str| Stage {
        name: name.into(),
        after: vec![after.into(), "nowhere".into()],
        seconds: Some(f64::NAN),
        status: Status::Error,
        note: HOSTILE.into(),
    };
    let phases = many(500).into_iter().map(|at| Phase {
        name: HOSTILE.into(),
        from_s: at,
        to_s: -at,
        status: Status::Inconclusive,
        note: HOSTILE.into(),
    });
    vec![
        lines(vec![]),
        lines(vec![line(0, 0), line(3, 5000), line(5000, 3), line(1, 1)]),
        lines(vec![line(20, 20); 200]),
        histogram(0, 0),
        histogram(1000, 3),
        histogram(3, 1000),
        Figure::Bars(Bars::default()),
        Figure::Bars(Bars {
            bars: bars.collect(),
            bound: Some(Bound::AtMost(f64::NAN)),
            ..Bars::default()
        }),
        grid(0, vec![]),
        grid(3, vec![row(0), row(500)]),
        grid(1000, vec![row(2); 1000]),
        Figure::Stages(Stages::default()),
        Figure::Stages(Stages {
            title: HOSTILE.into(),
            stages: vec![stage("a", "b"), stage("b", "a"), stage(HOSTILE, HOSTILE)],
        }),
        Figure::Timeline(Timeline::default()),
        Figure::Timeline(Timeline {
            title: HOSTILE.into(),
            phases: phases.collect(),
        }),
        Figure::Unknown,
    ]
}

#[test]
fn figures_of_any_numbers_and_names_are_drawn_and_stay_text() {
    let verdict = Verdict::fail("look").with_figures(wild());
    let one = events(vec![case(1, "training", "x", verdict)]);
    let page = html(&Run::of(one.clone())).unwrap();
    assert_eq!(tags(&page), 1);
    assert!(page.matches("<figure").count() >= 15);
    for (place, _) in page.match_indices("<svg") {
        let drawing = &page[place..][..page[place..].find("</svg>").unwrap()];
        for wrong in [
            "=\"NaN", "=\"inf", "=\"-inf", "MNaN", "LNaN", "Minf", "Linf", "<script",
        ] {
            assert!(!drawing.contains(wrong), "{wrong}: {drawing}");
        }
    }
    assert!(page.len() < 1 << 20, "{}", page.len());
    for figure in wild() {
        // Each alone, so that none is left out for want of room.
        let verdict = Verdict::fail("look").with_figures([figure]);
        let explained = Explanation {
            case: &case(1, "training", "x", verdict),
            specs: "specs",
            width: Some(60),
        };
        assert!(explained.to_string().lines().count() < 20);
    }
    // What was written of them is read again.
    let again = Run::read(lines(&one).as_slice()).unwrap();
    assert_eq!(again.cases.len(), 1);
}

fn passing() -> Verdict {
    let measured = seatrial_verdict::Measurement::new("x", 0.5).bound(Bound::AtMost(1.0));
    Verdict::judge(vec![measured], seatrial_verdict::Spanning::Inconclusive)
}

#[test]
fn annotations_stand_on_the_line_of_the_spec() {
    let out = github(&gallery());
    assert!(out.contains("::error file=specs/fraud/quality.toml,line=10,title=fail%3A fraud/quality.toml%3A%3Ano-regression::"));
    assert!(out.contains("%0Areplay: seatrial test --exact"));
    assert!(out.contains("::notice file=specs/fraud/training.toml"));
}

#[test]
fn no_text_of_a_case_becomes_a_command_of_github() {
    let rude = "fine\n::add-mask::secret\r\n::stop-commands::x";
    let mut rude = case(1, "training", "x\n::warning::y", Verdict::fail(rude));
    rude.replay = "a\n::error::b".into();
    let out = github(&events(vec![rude]));
    for line in out
        .lines()
        .filter(|line| line.trim_start().starts_with("::"))
    {
        assert!(line.starts_with("::error "), "{line}");
    }
}

#[test]
fn markdown_shows_text_as_it_stands() {
    let rude = "<b>x</b> @everyone #1 ```\n```js";
    let mut rude = case(1, "training", "a`b|c", Verdict::fail(rude));
    rude.doc = Some("see @someone | <i>and</i> *that*".into());
    let text = markdown(&Run::of(events(vec![rude]))).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn a_summary_fits_into_a_comment_on_a_pull_request() {
    let text = markdown(&Run::of(many(500))).unwrap();
    assert!(text.chars().count() < 65_536);
    assert!(text.contains("and 35 more, in the full report"));
}

#[test]
fn a_stream_that_was_cut_short_is_shown_as_such() {
    let whole = lines(&gallery());
    let cut = &whole[..whole.len() / 2];
    let run = Run::read(cut).unwrap();
    let decision = run.decision();
    assert!(!decision.passes && run.missing() > 0);
    assert!(
        decision.reasons[0].text.contains("cut short"),
        "{:?}",
        decision.reasons[0]
    );
    assert!(decision.reasons[1].text.contains("did not come to its end"));
}

#[test]
fn what_is_no_event_is_told_and_what_is_unknown_is_passed_over() {
    let good = lines(&events(vec![case(1, "training", "x", passing())]));
    let mut odd = b"{\"event\":\"weather\",\"rain\":true}\n".to_vec();
    odd.extend(&good);
    assert!(Run::read(&*odd).unwrap().decision().passes);
    odd.extend(b"not json\n{\"event\":\"case\"}\n");
    let reasons = Run::read(&*odd).unwrap().decision().reasons;
    assert_eq!(reasons[0].text, "lines 5, 6 are no event, or cut short");
}

#[test]
fn no_event_and_events_of_a_later_version_are_refused() {
    for none in [&b""[..], b"\n\n", b"hello\n", &[0xff, 0xfe]] {
        assert!(matches!(Run::read(none), Err(ReadError::NoEvent)));
    }
    let later = b"{\"event\":\"start\",\"version\":2,\"tests\":[]}\n";
    assert!(matches!(Run::read(&later[..]), Err(ReadError::Newer(2))));
}

#[test]
fn a_folder_tells_of_a_killed_run_and_not_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let good = events(vec![case(1, "training", "x", passing())]);
    let mut renderer = Folder::create(folder.path()).unwrap();
    good.iter()
        .try_for_each(|event| renderer.show(event))
        .unwrap();
    let page = |name| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(page("report.html").contains("Passed</h1>"));
    assert_eq!(page(EVENTS).lines().count(), 3);

    let mut killed = Folder::create(folder.path()).unwrap();
    killed.show(&good[0]).unwrap();
    killed.show(&good[1]).unwrap();
    drop(killed);
    for name in ["report.html", "summary.md"] {
        assert!(page(name).contains("Not passed"), "{name}");
    }
    let run = Run::read(page(EVENTS).as_bytes()).unwrap();
    assert_eq!((run.cases.len(), run.end), (1, None));
    let left = std::fs::read_dir(folder.path()).unwrap();
    let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let hidden: Vec<_> = left.filter(|name| name.starts_with('.')).collect();
    assert_eq!(hidden, [".gitignore"], "no temporary file is left");
}

#[test]
fn a_comparison_tells_what_broke_what_moved_and_what_came_and_went() {
    let before = vec![
        case(1, "training", "a", passing()),
        case(2, "training", "b", Verdict::fail("no")),
        case(3, "training", "gone", passing()),
    ];
    let mut worse = passing();
    worse.status = Status::Fail;
    worse.measurements[0].value = 0.9;
    let now = vec![
        case(1, "training", "a", worse),
        case(2, "training", "b", passing()),
        case(3, "training", "new", passing()),
    ];
    let (before, now) = (Run::of(events(before)), Run::of(events(now)));
    let comparison = Comparison::new(&now, &before, "k7m1");
    insta::assert_debug_snapshot!(comparison.told());
    let page = html_compared(&now, &comparison).unwrap();
    assert!(page.contains("Since k7m1") && page.contains("No longer pass (1)"));
    assert!(Comparison::new(&now, &now, "itself").told().is_empty());
}

#[test]
fn hostile_text_is_the_text_that_is_shown() {
    let xml = junit(&Run::of(gallery())).unwrap();
    assert!(!xml.contains(HOSTILE));
    assert!(
        markdown(&Run::of(gallery()))
            .unwrap()
            .contains("`fraud/training.toml::</script>")
    );
}
