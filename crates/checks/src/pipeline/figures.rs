//! A pipeline as a graph: what ran after what, how long it took, and whether
//! contracts held. Numbers only; reports draw them.

use seatrial_pipeline::{Pipeline, StageReport};
use seatrial_verdict::{Figure, Stage, Stages, Status};

/// The stages of a pipeline, as far as a run came.
pub(super) fn stages(pipeline: &Pipeline, reports: &[StageReport]) -> Figure {
    // A pipeline that runs has an order; one that has none has no graph.
    let order = pipeline.order().unwrap_or_default();
    let stages = order.iter().map(|name| {
        let report = reports.iter().find(|report| report.stage == *name);
        Stage {
            name: name.clone(),
            after: pipeline
                .after(name)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            seconds: report.map(|report| report.took.as_secs_f64()),
            status: match report {
                None => Status::Skipped,
                Some(report) if report.failed => Status::Fail,
                Some(_) => Status::Pass,
            },
            note: note(pipeline, name, report),
        }
    });
    Figure::Stages(Stages {
        title: format!("stages of `{}`", pipeline.name),
        stages: stages.collect(),
    })
}

fn note(pipeline: &Pipeline, name: &str, report: Option<&StageReport>) -> String {
    let Some(report) = report.filter(|report| !report.failed) else {
        return String::new();
    };
    let contracts = pipeline.declaration.stage.get(name).map_or(0, |stage| {
        let made = stage.outputs(name);
        let declared = &pipeline.declaration.contract;
        let held = made.iter().filter(|port| declared.contains_key(&port.name));
        held.count()
    });
    let contracts = match contracts {
        0 => None,
        1 => Some("contract holds".to_owned()),
        many => Some(format!("{many} contracts hold")),
    };
    let reused = report.reused.then(|| "reused".to_owned());
    let notes: Vec<String> = [contracts, reused].into_iter().flatten().collect();
    notes.join(", ")
}
