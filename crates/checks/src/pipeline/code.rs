//! Where the code of pipelines lies: for whoever asks what a verdict rests on.

use std::sync::Arc;

use seatrial_pipeline::{CodePlaces, PipelineDeclaration, code_places};
use seatrial_spec::{Case, Declaration, SubjectKind};

/// Where the code of the commands lies that a case starts, through the pipelines that
/// it questions.
pub fn code_of(case: &Case) -> CodePlaces {
    let mut all = CodePlaces::default();
    for declaration in case.subjects.values().map(Arc::as_ref) {
        if let Some(parsed) = parsed(declaration) {
            let places = code_places(&parsed, &declaration.folder);
            all.files.extend(places.files);
            all.folders.extend(places.folders);
        }
    }
    all
}

/// One word for all code of the commands of a declared pipeline; `None` if it is no
/// pipeline. Code that cannot be read has a word of its own.
pub fn code_fingerprint(declaration: &Declaration) -> Option<String> {
    let parsed = parsed(declaration)?;
    Some(
        seatrial_pipeline::code_fingerprint(&parsed, &declaration.folder)
            .map_or_else(|error| error.to_string(), |word| word.to_string()),
    )
}

fn parsed(declaration: &Declaration) -> Option<PipelineDeclaration> {
    let is_pipeline = declaration.kind == SubjectKind::Pipeline;
    let common = is_pipeline.then(|| declaration.common.clone())?;
    seatrial_spec::parse(common).ok()
}
