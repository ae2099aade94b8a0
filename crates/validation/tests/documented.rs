//! `docs/metrics.md` lists every metric, from the registry. Written again with
//! `SEATRIAL_RECORD=1 cargo test -p seatrial-validation --test documented`.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;

use seatrial_validation::Metric;
use seatrial_validation::drift::Measure;
use seatrial_validation::metric::{Direction, families};

fn reference() -> String {
    let mut text = String::from(
        "# Metrics\n\n\
         Names as spec authors type them. `[CLASS]`, `_macro`, `_micro`, `_weighted` and\n\
         `@NUMBER` follow a name where its entry says so: `recall[spam]`, `f1_macro`,\n\
         `\"ndcg@10\"` (TOML wants quotes round a key with `@` or `[`). Every metric takes\n\
         sample weights. A figure that does not exist for some rows is an error with its\n\
         reason, never a number. `ndcg`, `mrr` and `map` are of `[predictions]` with a\n\
         `query`, `interval_coverage` and `interval_width` of those with `lower` and\n\
         `upper`, `hamming_loss` and averages over labels of those with `labels`.\n\
         Generated from `crates/validation`.\n",
    );
    for family in families() {
        let about = &family.about;
        let names: Vec<String> = about.names.iter().map(|name| format!("`{name}`")).collect();
        let better = match about.direction {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
        };
        let (low, high) = about.range;
        write!(
            text,
            "\n## {}\n\n{}\n\n",
            names.join(", "),
            about.definition
        )
        .unwrap();
        if !about.variants.is_empty() {
            write!(text, "Variants: {}. ", about.variants.trim_end_matches('.')).unwrap();
        }
        let ends = [low, high].map(|end| match end {
            f64::INFINITY => "∞".to_owned(),
            f64::NEG_INFINITY => "−∞".to_owned(),
            end => end.to_string(),
        });
        writeln!(
            text,
            "Better {better}, from {} to {}. {}.",
            ends[0], ends[1], about.source
        )
        .unwrap();
    }
    text.push_str(
        "\n# Measures of drift\n\n| name | of numbers only | alarm from |\n|---|---|---|\n",
    );
    for measure in Measure::ALL {
        let numbers = if measure.needs_numbers() { "yes" } else { "" };
        writeln!(
            text,
            "| `{measure}` | {numbers} | {} |",
            measure.threshold()
        )
        .unwrap();
    }
    text
}

#[test]
fn the_reference_of_metrics_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
    if std::env::var_os("SEATRIAL_RECORD").is_some() && std::env::var_os("CI").is_none() {
        std::fs::write(path, reference()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == reference(),
        "docs/metrics.md is stale: write it again"
    );
}

#[test]
fn every_name_of_a_metric_is_its_own_and_can_be_parsed() {
    let mut seen = std::collections::BTreeSet::new();
    for family in families() {
        for name in family.about.names {
            assert!(seen.insert(name), "`{name}` twice");
            if *name != "f_beta" {
                assert_eq!(
                    Metric::parse(name).unwrap().about().names,
                    family.about.names
                );
            }
        }
    }
}

#[test]
fn what_is_not_a_metric_is_refused() {
    for name in [
        "",
        "f",
        "f0",
        "f-1",
        "fnan",
        "f_beta",
        "accuracy_macro",
        "accuracy@3",
        "roc_auc@2",
        "top_k@0",
        "top_k@1.5",
        "top_k@nan",
        "recall[",
        "recall[spam",
        "recall_macro@2",
        "recall_at_precision@1.5",
        "pinball@0",
        "ndcg@-3",
        "ndcg_macro",
        "Accuracy",
        "log_loss_micro",
    ] {
        assert!(Metric::parse(name).is_err(), "`{name}` was taken");
    }
    for name in [
        "f1",
        "f0.5",
        "f_beta@2",
        "recall[a]b]",
        "recall[x@2]",
        "f2[spam]",
        "ndcg@10",
        "f1_micro",
    ] {
        assert!(Metric::parse(name).is_ok(), "`{name}` was refused");
    }
}
