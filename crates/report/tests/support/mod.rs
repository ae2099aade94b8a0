//! Runs to render: one with a figure of every kind and text that would do harm
//! if it were obeyed, and one with many cases.

use seatrial_report::{Case, End, Event, Start, VERSION};
use seatrial_verdict::{
    Bar, Bars, Bound, Figure, Grid, Group, Histogram, Line, Lines, Measurement, Phase, Row, Series,
    Spanning, Stage, Stages, Status, Timeline, Verdict,
};

/// Text that must be shown and never obeyed.
pub const HOSTILE: &str = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";

/// A case of this check with this verdict.
pub fn case(number: usize, chapter: &str, name: &str, verdict: Verdict) -> Case {
    let id = format!("fraud/{chapter}.toml::{name}");
    Case {
        number,
        replay: format!("seatrial test --exact '{id}'"),
        id,
        check: name.split('[').next().unwrap_or(name).into(),
        chapter: chapter.into(),
        error_rates: "A sound subject fails once in a million runs.".into(),
        tier: if number.is_multiple_of(3) {
            "slow"
        } else {
            "fast"
        }
        .into(),
        status: verdict.status,
        seconds: 0.07 * number as f64,
        measurements: verdict.measurements,
        message: verdict.message,
        file: format!("fraud/{chapter}.toml"),
        line: 4 + 6 * number,
        seed: 42,
        doc: None,
        series: verdict.series,
        figures: verdict.figures,
    }
}

/// The events of a run of these cases that came to its end.
pub fn events(cases: Vec<Case>) -> Vec<Event> {
    let mut end = End {
        seconds: 93.4,
        ..End::default()
    };
    cases.iter().for_each(|case| end.count(case.status));
    let start = Event::Start(Start {
        version: VERSION,
        seatrial: "0.1.0".into(),
        specs: "specs".into(),
        cases: cases.len(),
        left_out: 3,
        run: Some("k7m2".into()),
        provenance: Some(serde_json::json!({
            "code": {"commit": "9f2c4e1", "changes": ["src/features.rs"]},
            "machine": {"cpu": "x86-64 with AVX2", "threads": 2},
        })),
        shard: None,
    });
    let cases = cases.into_iter().map(|case| Event::Case(Box::new(case)));
    [start]
        .into_iter()
        .chain(cases)
        .chain([Event::End(end)])
        .collect()
}

/// A run with a figure of every kind.
pub fn gallery() -> Vec<Event> {
    let verdicts = [
        ("quality", "no-regression", regression()),
        ("quality", "calibration", calibration()),
        ("quality", "quality[slice=country]", slices()),
        ("quality", "no-drift", drift()),
        ("serving", "serves", served()),
        ("pipeline", "end-to-end", pipeline()),
        ("training", "loss-decreases[model=mlp]", learns()),
        ("training", "memorizes[model=lstm]", diverges()),
        ("training", "gradient-flow", flow()),
        ("reproducibility", "reproducible", parts()),
        (
            "reproducibility",
            "seed-matters",
            sound("loss_spread", 0.04, 0.2),
        ),
        (
            "training",
            HOSTILE,
            Verdict::fail(format!("{HOSTILE}\n\u{1b}[2Jcleared\u{202e}")),
        ),
        (
            "training",
            "later",
            Verdict::skipped("no labels for it yet"),
        ),
        (
            "pipeline",
            "crashes",
            Verdict::error(format!("it crashed: {}", "x".repeat(10_000))),
        ),
    ];
    let cases = verdicts.into_iter().zip(1..);
    let mut cases: Vec<_> = cases
        .map(|((chapter, name, verdict), number)| case(number, chapter, name, verdict))
        .collect();
    cases[0].doc = Some("No worse than what is live, by more than a point of AUC.".into());
    events(cases)
}

/// A run of many cases, each with curves and measurements.
pub fn many(count: usize) -> Vec<Event> {
    let cases = (1..=count).map(|number| {
        let value = if number.is_multiple_of(9) { 0.9 } else { 0.4 };
        let measured = (0..6).map(|m| {
            let name = format!("loss_ratio_{m}");
            Measurement::new(name, value)
                .bound(Bound::AtMost(0.7))
                .interval(value - 0.1, value + 0.1)
        });
        let runs = (0..3).map(|run| {
            let losses = (0..1000).map(|step| curve(step, number + run, 0.01));
            Series::over_steps(format!("loss run={run}"), losses.collect())
        });
        let verdict = Verdict::judge(measured.collect(), Spanning::Inconclusive).with_series(runs);
        case(
            number,
            "training",
            &format!("loss-decreases[seed={number}]"),
            verdict,
        )
    });
    events(cases.collect())
}

/// A falling loss with some noise.
fn curve(step: usize, run: usize, rate: f64) -> f64 {
    let (x, phase) = (step as f64, run as f64);
    2.3 * (-rate * x).exp() + 0.05 + 0.03 * (x * 0.7 + phase).sin() * (x * 0.13 + 2.0 * phase).cos()
}

fn sound(name: &str, value: f64, at_most: f64) -> Verdict {
    let measured = Measurement::new(name, value).bound(Bound::AtMost(at_most));
    Verdict::judge(vec![measured], Spanning::Inconclusive)
}

fn learns() -> Verdict {
    let runs = (0..3).map(|run| {
        let losses = (0..400).map(|step| curve(step, run, 0.012));
        Series::over_steps(format!("loss run={run}"), losses.collect()).bound(Bound::AtMost(0.7))
    });
    sound("loss_ratio", 0.31, 0.7).with_series(runs)
}

fn diverges() -> Verdict {
    let losses = (0..200).map(|step| match step {
        140.. => f64::NAN,
        step => 2.3 + (f64::from(step) / 16.0).exp() / 30.0,
    });
    let loss = Series::over_steps("loss run=0", losses.collect()).bound(Bound::AtMost(0.01));
    let control = (0..200).map(|step| curve(step, 5, 0.002)).collect();
    let measured = Measurement::new("loss_final", f64::NAN)
        .unit("nats")
        .bound(Bound::AtMost(0.01));
    let control_loss = Measurement::new("control_loss", 1.4)
        .unit("nats")
        .bound(Bound::Above(0.01));
    Verdict::judge(vec![measured, control_loss], Spanning::Inconclusive)
        .with_series([
            loss,
            Series::over_steps("loss run=0 of the control", control),
        ])
        .with_hint("run 0: the loss is not finite from step 140 on: the learning rate is too high")
}

fn line(name: &str, points: impl Iterator<Item = (f64, f64)>) -> Line {
    let (x, y) = points.unzip();
    Line {
        name: name.into(),
        x,
        y,
    }
}

fn regression() -> Verdict {
    let worse = Measurement::new("roc_auc_difference", -0.017)
        .bound(Bound::AtLeast(-0.01))
        .interval(-0.021, -0.013);
    let now = Measurement::new("roc_auc_candidate", 0.894).interval(0.889, 0.899);
    let roc = |name, power: f64| {
        line(
            name,
            (0..=100)
                .map(|x| f64::from(x) / 100.0)
                .map(|x| (x, x.powf(power))),
        )
    };
    let recall = |name, power: f64| {
        line(
            name,
            (0..=100)
                .map(|x| f64::from(x) / 100.0)
                .map(|x| (x, 1.0 - 0.7 * x.powf(power))),
        )
    };
    let roc = Lines {
        title: "ROC".into(),
        x: "false positive rate".into(),
        y: "true positive rate".into(),
        lines: vec![roc("candidate", 0.28), roc("previous", 0.2)],
        bound: None,
        diagonal: true,
    };
    let precision = Lines {
        title: "precision and recall".into(),
        x: "recall".into(),
        y: "precision".into(),
        lines: vec![recall("candidate", 2.2), recall("previous", 3.0)],
        ..Lines::default()
    };
    let history = Lines {
        title: "roc_auc of the last 12 releases".into(),
        x: "release".into(),
        y: "roc_auc".into(),
        lines: vec![line(
            "roc_auc",
            (0..12).map(|x| (f64::from(x), 0.916 - 0.0018 * f64::from(x))),
        )],
        bound: Some(Bound::AtLeast(0.9)),
        diagonal: false,
    };
    Verdict::judge(vec![worse, now], Spanning::Inconclusive)
        .with_figures([
            Figure::Lines(roc),
            Figure::Lines(precision),
            Figure::Lines(history),
        ])
        .with_hint("the candidate is worse than `previous` by more than the margin of 0.01")
}

fn calibration() -> Verdict {
    let error = Measurement::new("expected_calibration_error", 0.031)
        .bound(Bound::AtMost(0.03))
        .interval(0.024, 0.039);
    let points = (0..10).map(|bin| (f64::from(bin) + 0.5) / 10.0);
    let reliability = Lines {
        title: "reliability".into(),
        x: "predicted".into(),
        y: "observed".into(),
        lines: vec![line("candidate", points.map(|x| (x, x.powf(1.25))))],
        bound: None,
        diagonal: true,
    };
    Verdict::judge(vec![error], Spanning::Inconclusive)
        .with_figures([Figure::Lines(reliability)])
        .with_hint("4,200 more examples would tell")
}

fn slices() -> Verdict {
    let names = ["NZ", "BR", "IN", "US", "FR", "DE", "KE"];
    let bars = names.iter().zip(0..).map(|(name, place)| {
        let value = 0.83 + 0.022 * f64::from(place);
        Bar {
            name: format!("country = {name}"),
            value,
            low: Some(value - 0.02),
            high: Some(value + 0.015),
            before: Some(0.9),
        }
    });
    let bars = Bars {
        title: "accuracy by slice, the worst first".into(),
        unit: "1".into(),
        bars: bars.collect(),
        bound: Some(Bound::AtLeast(0.86)),
    };
    let worst = Measurement::new("accuracy_country_NZ", 0.83)
        .bound(Bound::AtLeast(0.86))
        .interval(0.81, 0.845);
    Verdict::judge(vec![worst], Spanning::Inconclusive).with_figures([Figure::Bars(bars)])
}

fn drift() -> Verdict {
    let bins = [
        "0–10",
        "10–20",
        "20–40",
        "40–80",
        "80–160",
        "160–320",
        "320 and more",
    ];
    let group = |name: &str, counts: [f64; 7]| Group {
        name: name.into(),
        counts: counts.to_vec(),
    };
    let histogram = Histogram {
        title: "amount".into(),
        bins: bins.map(String::from).to_vec(),
        groups: vec![
            group("reference", [120.0, 340.0, 500.0, 310.0, 90.0, 30.0, 4.0]),
            group(
                "current",
                [800.0, 1500.0, 2600.0, 3900.0, 2100.0, 700.0, 90.0],
            ),
        ],
    };
    sound("population_stability_index_amount", 0.34, 0.2)
        .with_figures([Figure::Histogram(histogram)])
        .with_hint("column `amount` has moved")
}

fn served() -> Verdict {
    let phases = [
        ("stage files", 0.0, 0.4, Status::Pass),
        ("start", 0.4, 0.9, Status::Pass),
        ("load", 0.9, 6.2, Status::Pass),
        ("ready", 6.2, 6.25, Status::Pass),
        ("answers", 6.25, 9.0, Status::Pass),
        ("bad requests", 9.0, 9.8, Status::Fail),
        ("stop", 9.8, 10.1, Status::Pass),
    ];
    let phases = phases.map(|(name, from_s, to_s, status)| Phase {
        name: name.into(),
        from_s,
        to_s,
        status,
        note: String::new(),
    });
    let timeline = Timeline {
        title: "phases of the server".into(),
        phases: phases.to_vec(),
    };
    let latency = Measurement::new("latency_ms_p99", 18.0)
        .unit("ms")
        .bound(Bound::AtMost(25.0));
    let crashes = Measurement::new("crashes", 1.0)
        .unit("crashes")
        .bound(Bound::Equal(0.0));
    Verdict::judge(vec![latency, crashes], Spanning::Inconclusive)
        .with_figures([Figure::Timeline(timeline)])
}

fn pipeline() -> Verdict {
    let stage = |name: &str, after: &[&str], seconds, status, note: &str| Stage {
        name: name.into(),
        after: after.iter().map(|name| (*name).into()).collect(),
        seconds,
        status,
        note: note.into(),
    };
    let stages = Stages {
        title: "stages".into(),
        stages: vec![
            stage("ingest", &[], Some(1.2), Status::Pass, "12 columns"),
            stage("labels", &[], Some(0.4), Status::Pass, ""),
            stage(
                "features",
                &["ingest"],
                Some(3.1),
                Status::Pass,
                "contract holds",
            ),
            stage(
                "train",
                &["features", "labels"],
                Some(22.0),
                Status::Pass,
                "",
            ),
            stage(
                "evaluate",
                &["train"],
                Some(1.1),
                Status::Fail,
                "no column `p_1`",
            ),
            stage("package", &["train", "evaluate"], None, Status::Skipped, ""),
        ],
    };
    Verdict::fail("stage `evaluate` leaves no column `p_1`, which its contract promises")
        .with_figures([Figure::Stages(stages)])
}

fn flow() -> Verdict {
    let layers = [
        "embedding",
        "lstm.cell",
        "attention",
        "dense.0",
        "dense.1",
        "head",
    ];
    let bars = layers.iter().zip(0..).map(|(name, place)| Bar {
        name: (*name).into(),
        value: 10f64.powi(place - 5),
        ..Bar::default()
    });
    let bars = Bars {
        title: "gradient norm by layer".into(),
        unit: "1".into(),
        bars: bars.collect(),
        bound: None,
    };
    sound("gradient_ratio", 40.0, 1000.0).with_figures([Figure::Bars(bars)])
}

fn parts() -> Verdict {
    let tensors = [
        "lstm.weight_ih",
        "lstm.weight_hh",
        "lstm.bias",
        "head.weight",
        "head.bias",
    ];
    let rows = tensors.iter().enumerate().map(|(place, name)| Row {
        name: (*name).into(),
        values: (0..8)
            .map(|step| match step >= 3 && (place == 1 || step > 3) {
                true => 1e-8 * 4f64.powi(step),
                false => 0.0,
            })
            .collect(),
    });
    let grid = Grid {
        title: "largest difference between two trainings".into(),
        x: "step".into(),
        y: "tensor".into(),
        columns: (1..=8).map(|step| step.to_string()).collect(),
        rows: rows.collect(),
    };
    let differing = Measurement::new("differing_tensors", 5.0)
        .unit("tensors")
        .bound(Bound::Equal(0.0));
    Verdict::judge(vec![differing], Spanning::Inconclusive)
        .with_figures([Figure::Grid(grid)])
        .with_hint("first at step 4, in `lstm.weight_hh`: a sum that is split between threads")
}
