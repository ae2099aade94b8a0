//! Which cases run.

use crate::support::Place;

fn listed(place: &Place, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["list"];
    all.extend(arguments);
    let ran = place.seatrial(&all);
    assert_eq!(ran.err, "");
    ran.out.lines().map(str::to_owned).collect()
}

fn many() -> Place {
    let cases = (0..23).map(|n| {
        let tier = if n % 3 == 0 { "slow" } else { "fast" };
        format!("[test.t{n}]\ncheck = \"act\"\ntier = \"{tier}\"\n")
    });
    Place::with(&cases.collect::<String>())
}

#[test]
fn shards_are_disjoint_complete_and_stable() {
    let place = many();
    let all = listed(&place, &[]);
    assert_eq!(all.len(), 23);
    let shard = |index: usize| listed(&place, &["--shard", &format!("{index}/4")]);
    let mut parts: Vec<_> = (1..=4).flat_map(shard).collect();
    parts.sort();
    let mut sorted = all.clone();
    sorted.sort();
    assert_eq!(parts, sorted);
    assert_eq!(shard(2), shard(2));
    let sizes: Vec<_> = (1..=4).map(|index| shard(index).len()).collect();
    assert_eq!(sizes, [6, 6, 6, 5]);
}

#[test]
fn tiers_and_filters_choose() {
    let place = many();
    assert_eq!(listed(&place, &["--tier", "slow"]).len(), 8);
    assert_eq!(listed(&place, &["--tier", "fast"]).len(), 15);
    assert_eq!(listed(&place, &["--filter", "::t1"]).len(), 11);
    assert_eq!(
        listed(&place, &["--filter", "::t1", "--filter", "::t2"]).len(),
        15
    );
    let ran = place.seatrial(&["test", "--filter", "::t1"]);
    assert!(ran.out.contains("8 passed"), "{}", ran.out);
    assert!(
        ran.out.contains("(15 left out by the selection)"),
        "{}",
        ran.out
    );
}

#[test]
fn a_trigger_chooses() {
    let place =
        Place::with("[test.a]\ncheck = \"act\"\non = [\"release\"]\n[test.b]\ncheck = \"act\"\n");
    assert_eq!(listed(&place, &["--on", "commit"]), ["area/file.toml::b"]);
    assert_eq!(listed(&place, &["--on", "release"]).len(), 2);
    assert_eq!(listed(&place, &[]).len(), 2);
}

#[test]
fn another_tree_can_be_named() {
    let place = many();
    place.write(
        "other/x.toml",
        "[test.fail]\ncheck = \"act\"\nhow = \"fail\"\n",
    );
    assert_eq!(listed(&place, &["--specs", "other"]), ["x.toml::fail"]);
    let ran = place.seatrial(&["--specs", "other", "test"]);
    assert!(ran.out.contains("other/x.toml:1"), "{}", ran.out);
    let replay = "seatrial --specs 'other' test --exact 'x.toml::fail'";
    assert!(ran.out.contains(replay), "{}", ran.out);
}

#[test]
fn lint_counts_what_is_right() {
    let ran = many().seatrial(&["lint"]);
    assert_eq!(ran.out, "23 cases in 1 file: ok\n");
    let ran = many().seatrial(&["lint", "--format", "json"]);
    assert_eq!(ran.out, "{\"cases\":23,\"errors\":[],\"files\":1}\n");
}

#[test]
fn lint_lists_errors_as_objects() {
    let ran = Place::with("[test.a]\ncheck = \"akt\"\n").seatrial(&["lint", "--format", "json"]);
    assert_eq!(ran.code, 2);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["errors"][0]["file"], "area/file.toml");
    assert_eq!(told["errors"][0]["line"], 2);
}
