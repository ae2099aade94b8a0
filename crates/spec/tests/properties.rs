//! Laws that hold for any input.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use support::Tree;

/// A spec that uses every part of the language.
const VALID: &str = r#"
[defaults]
dataset = "digits"
matrix.model = ["mlp", "lstm"]

[model.own]
family = "mlp"
hidden = [1, 2]
optimizer = { kind = "sgd", learning_rate = 0.1 }

[test.a]
check = "loss-decreases"
matrix.seed = [1, 2]
optimizer.kind = "adamw"
optimizer.learning_rate = 1e-3
timeout = "5m"

[test.b]
check = "quality"
min = { accuracy = 0.9, "a.b" = 0.1 }
reference = "letters"
table = "digits.csv"
on = ["commit"]
"#;

fn load_and_render(bytes: &[u8]) {
    let tree = Tree::of("");
    tree.write("a.toml", bytes);
    if let Err(errors) = tree.load() {
        assert!(errors.len() > 0);
        let text = errors.render(true);
        assert!(text.contains("nothing was run"));
        serde_json::to_string(&errors).unwrap();
    }
    // As a root file, the same text means other things.
    tree.write("seatrial.toml", bytes);
    let _ = tree.load().map_err(|errors| errors.to_string());
}

/// One edit of a text: a piece replaced by another.
fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let piece = prop_oneof![
        Just(String::new()),
        prop::sample::select(vec![
            "\"",
            "[",
            "]",
            "{",
            "}",
            "=",
            ".",
            ",",
            "\n",
            "'",
            "[test.a]",
            "[[test]]",
            "matrix.",
            "check = 3",
            "nan",
            "é",
            "\u{0}",
            "\r\n",
            "\"\"\"",
            "1979-05-27",
            "= [[[{",
            "..",
            "-1",
            "[test]",
            "a.a",
            "_",
            "#",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    (any::<prop::sample::Index>(), 0..12_usize, piece)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_the_loader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        load_and_render(&bytes);
    }

    #[test]
    fn no_edit_of_a_valid_spec_panics_the_loader(edits in prop::collection::vec(edit(), 1..6)) {
        let mut text: Vec<char> = VALID.chars().collect();
        for (at, length, piece) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, piece.chars());
        }
        load_and_render(text.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn no_id_panics_the_loader(id in ".{0,40}") {
        let tree = Tree::of(VALID);
        prop_assert!(tree.exact(&id).is_err());
    }

    #[test]
    fn a_matrix_gives_the_product_of_its_axes_with_unique_ids(
        seeds in prop::collection::btree_set(0..1000_i64, 1..6),
        steps in prop::collection::btree_set(1..1000_i64, 1..6),
        models in 1..3_usize,
    ) {
        let models = &["mlp", "lstm"][..models];
        let list = |values: &BTreeSet<i64>| format!("{:?}", values.iter().collect::<Vec<_>>());
        let text = format!(
            "[test.a]\ncheck = \"loss-decreases\"\nmatrix.seed = {}\nmatrix.steps = {}\nmatrix.model = {models:?}\n",
            list(&seeds), list(&steps),
        );
        let ids = Tree::of(&text).ids();
        prop_assert_eq!(ids.len(), seeds.len() * steps.len() * models.len());
        prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}

#[test]
fn the_spec_that_is_edited_is_valid() {
    assert_eq!(Tree::of(VALID).ids().len(), 5);
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let part = "a.".repeat(15);
    let nested = format!(
        "{}x = 1{}",
        format!("{part}a = {{").repeat(78),
        "}".repeat(78)
    );
    for text in [
        format!("{part}a.{nested}"),
        format!("a = {}", "[".repeat(100_000)),
        format!("[{part}a]\n{nested}"),
    ] {
        load_and_render(text.as_bytes());
    }
}

#[test]
fn every_loaded_case_can_be_loaded_alone() {
    let tree = Tree::of(VALID);
    for id in tree.ids() {
        assert_eq!(tree.exact(&id).unwrap().cases[0].id, id);
    }
}
