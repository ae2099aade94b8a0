//! Shapes of every form that serde and schemars derive are understood.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "only parsed")]

mod support;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seatrial_spec::{CheckWords, Shape, SubjectName, Vocabulary, load};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use support::Tree;

/// The messages and helps for a case of a check with parameters `T`.
fn judge<T: DeserializeOwned + JsonSchema>(lines: &str) -> Vec<String> {
    let words = CheckWords {
        shape: Shape::of::<T>(),
        needs: vec![],
    };
    let vocabulary = Vocabulary {
        checks: BTreeMap::from([("c".into(), words)]),
        subjects: BTreeMap::new(),
    };
    let text = format!("[test.a]\ncheck = \"c\"\n{lines}");
    let tree = Tree::new(&[("a.toml", &text)]);
    let found = load(tree.root(), &vocabulary).err();
    let told = |error: &seatrial_spec::Diagnostic| {
        let line = error.place.as_ref().unwrap().line;
        let help = error.help.clone().unwrap_or_default();
        format!("{line}: {}; {help}", error.message)
    };
    found
        .iter()
        .flat_map(|errors| errors.iter())
        .map(told)
        .collect()
}

const NONE: [&str; 0] = [];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum External {
    Nothing,
    Range { low: f64, high: f64 },
    One(f64),
}

#[derive(Deserialize, JsonSchema)]
struct WithExternal {
    how: External,
}

#[test]
fn externally_tagged_enums() {
    assert_eq!(judge::<WithExternal>("how = \"nothing\""), NONE);
    assert_eq!(
        judge::<WithExternal>("how = { range = { low = 0, high = 1 } }"),
        NONE
    );
    assert_eq!(judge::<WithExternal>("how = { one = 3 }"), NONE);
    assert_eq!(
        judge::<WithExternal>("how = { range = { low = 0, hihg = 1 } }"),
        [
            "3: `range` needs `high`: a number; ",
            "3: `range` takes no `hihg`; did you mean `high`?"
        ]
    );
    assert_eq!(judge::<WithExternal>("how = { two = 3 }").len(), 1);
    assert_eq!(judge::<WithExternal>("how = \"nothin\"").len(), 1);
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Number(f64),
    Many(Vec<f64>),
    Named { name: String },
}

#[derive(Deserialize, JsonSchema)]
struct WithUntagged {
    value: Option<Either>,
}

#[test]
fn untagged_enums() {
    for right in [
        "",
        "value = 3",
        "value = [1, 2.5]",
        "value = { name = \"x\" }",
    ] {
        assert_eq!(judge::<WithUntagged>(right), NONE, "{right}");
    }
    assert_eq!(
        judge::<WithUntagged>("value = true"),
        ["3: expected a number, an array, each item a number or a table, found `true`; "]
    );
    assert_eq!(
        judge::<WithUntagged>("value = { nam = \"x\" }"),
        [
            "3: `value` needs `name`: a string; ",
            "3: `value` takes no `nam`; did you mean `name`?"
        ]
    );
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "split")]
enum Split {
    #[serde(rename = "random")]
    Random { share: f64 },
    #[serde(rename = "by-key")]
    ByKey { key: String },
}

#[derive(Deserialize, JsonSchema)]
struct WithFlattened {
    rows: u32,
    #[serde(flatten)]
    split: Split,
}

#[test]
fn flattened_enums() {
    assert_eq!(
        judge::<WithFlattened>("rows = 3\nsplit = \"random\"\nshare = 0.1"),
        NONE
    );
    assert_eq!(
        judge::<WithFlattened>("rows = 3\nsplit = \"by-key\"\nshare = 0.1"),
        [
            "1: `c` needs `key`: a string; ",
            "5: `c` takes no `share`; known here: `key`, `rows`, `split`"
        ]
    );
    assert_eq!(
        judge::<WithFlattened>("rows = -3\nsplit = \"randm\""),
        [
            "3: expected a whole number of at least 0, found the number -3; ",
            "4: expected `random` or `by-key`, found the string `randm`; did you mean `random`?",
        ]
    );
}

#[derive(Deserialize, JsonSchema)]
struct Nested {
    inner: Option<Inner>,
    list: Option<Vec<Inner>>,
    by_name: Option<BTreeMap<String, Inner>>,
    pair: Option<(f64, String)>,
}

#[derive(Deserialize, JsonSchema)]
struct Inner {
    width: u8,
    again: Option<Box<Inner>>,
}

#[test]
fn optional_nested_and_recursive_tables() {
    assert_eq!(
        judge::<Nested>("inner = { width = 1, again = { width = 2 } }\npair = [1, \"a\"]"),
        NONE
    );
    assert_eq!(
        judge::<Nested>("inner.width = 1\ninner.again.wdth = 2"),
        [
            "4: `again` needs `width`: a whole number from 0 to 255; ",
            "4: `again` takes no `wdth`; did you mean `width`?"
        ]
    );
    assert_eq!(
        judge::<Nested>(
            "list = [{ width = 1 }, { width = 300 }]\nby_name.x = { width = 1.5 }\npair = [\"a\", \"b\"]"
        ),
        [
            "3: expected a whole number from 0 to 255, found the number 300; ",
            "4: expected a whole number from 0 to 255, found the number 1.5; ",
            "5: expected a number, found the string `a`; ",
        ]
    );
    assert_eq!(
        judge::<Nested>("inner = 3"),
        ["3: expected a table, found the number 3; "]
    );
}

#[derive(Deserialize, JsonSchema)]
struct Strict {
    exact: u64,
    signed: Option<i8>,
}

#[test]
fn what_serde_alone_refuses_is_said_in_words() {
    assert_eq!(
        judge::<Strict>("exact = 3.0"),
        ["3: expected a whole number of at least 0, found the number 3.0; "]
    );
    assert_eq!(judge::<Strict>("exact = 3\nsigned = 200").len(), 1);
}

#[derive(Deserialize, JsonSchema)]
struct Stages {
    stages: Vec<Stage>,
}

#[derive(Deserialize, JsonSchema)]
struct Stage {
    data: SubjectName<0>,
}

#[test]
fn names_of_subjects_are_found_at_any_depth() {
    assert_eq!(
        judge::<Stages>("stages = [{ data = \"x\" }]"),
        ["3: there is no dataset `x`; declare it as `[dataset.NAME]`, here or in the root file"]
    );
}

#[test]
fn a_shape_of_any_keys_takes_any_key() {
    assert_eq!(judge::<BTreeMap<String, f64>>("anything = 1"), NONE);
    assert_eq!(
        judge::<BTreeMap<String, f64>>("anything = \"x\""),
        ["3: expected a number, found the string `x`; "]
    );
}
