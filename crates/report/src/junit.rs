//! A run as JUnit XML, for CI services: a test suite a spec file.
//!
//! `docs/junit.xsd` says exactly what is written. A case that is inconclusive
//! is a failure there, since JUnit knows no such outcome; and what keeps a run
//! from passing without being a case is a test case of its own, so that a
//! service that reads nothing else goes red too.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use seatrial_verdict::Status;

use crate::{Case, Explanation, Run, plain};

/// What the suite of the run itself is called.
const OF_THE_RUN: &str = "seatrial";

/// The run as JUnit XML.
///
/// # Errors
/// When it cannot be written as XML.
pub fn junit(run: &Run) -> io::Result<String> {
    let mut report = Report::new(OF_THE_RUN);
    report.set_time(duration(run.counts().seconds));
    let mut files: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in &run.cases {
        files.entry(&case.file).or_default().push(case);
    }
    report.add_test_suites(of_the_run(run));
    for (file, cases) in files {
        report.add_test_suite(suite(run, file, &cases));
    }
    report.to_string().map_err(io::Error::other)
}

/// What is wrong with the run itself.
fn of_the_run(run: &Run) -> Option<TestSuite> {
    let reasons = run.decision().reasons;
    let cases = reasons.iter().filter(|reason| reason.case.is_none());
    let cases: Vec<_> = cases
        .enumerate()
        .map(|(place, reason)| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("run").set_message(&*plain(&reason.text));
            let mut case = TestCase::new(format!("the run itself ({})", place + 1), status);
            case.set_classname(OF_THE_RUN).set_time(Duration::ZERO);
            case
        })
        .collect();
    (!cases.is_empty()).then(|| {
        let mut suite = TestSuite::new(OF_THE_RUN);
        suite.set_time(Duration::ZERO).add_test_cases(cases);
        suite
    })
}

fn suite(run: &Run, file: &str, cases: &[&Case]) -> TestSuite {
    let mut suite = TestSuite::new(&*plain(file));
    let path = run.path_of(file);
    suite.extra.insert("file".into(), (&*plain(&path)).into());
    suite.set_time(duration(cases.iter().map(|case| case.seconds).sum()));
    suite.add_test_cases(cases.iter().map(|case| test_case(run, case)));
    suite
}

fn test_case(run: &Run, case: &Case) -> TestCase {
    let mut test = TestCase::new(&*plain(case.name()), status(case));
    let class = case.file.trim_end_matches(".toml").replace('/', ".");
    test.set_classname(&*plain(&class));
    test.set_time(duration(case.seconds));
    if case.status.is_against() {
        let specs = run.specs();
        let text = Explanation {
            case,
            specs,
            width: None,
        }
        .to_string();
        test.set_system_out(anstream::adapter::strip_str(&text).to_string());
    }
    test
}

fn status(case: &Case) -> TestCaseStatus {
    let mut status = match case.status {
        Status::Pass => return TestCaseStatus::success(),
        Status::Skipped => TestCaseStatus::skipped(),
        Status::Fail | Status::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    status.set_message(&*plain(case.first_line()));
    if case.status.is_against() {
        status.set_type(case.status.word());
        status.set_description(&*plain(&case.message));
    }
    status
}

/// None for what is no time.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
