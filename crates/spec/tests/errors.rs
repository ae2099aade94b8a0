//! What wrong specs are told. Each test is one kind of mistake; its snapshot is
//! what the author sees.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use insta::assert_snapshot;
use support::{ROOT, Tree, case_errors, errors, root_errors};

#[test]
fn a_missing_root_folder_is_named() {
    let loaded = seatrial_spec::load("no/such/tree".as_ref(), &support::vocabulary());
    let error = loaded.unwrap_err().to_string();
    let said = "error: cannot read the spec tree `no/such/tree`: ";
    assert!(error.starts_with(said), "{error}");
}

#[test]
fn a_tree_without_a_case_is_an_error() {
    assert_snapshot!(Tree::new(&[("seatrial.toml", ""), ("a.toml", "")]).errors());
}

#[test]
fn a_file_that_is_not_utf8_is_an_error() {
    let tree = Tree::of("");
    tree.write("a.toml", b"[test.a]\ncheck = \"\xff\"\n");
    assert_snapshot!(tree.errors());
}

#[test]
fn a_nul_byte_is_an_error() {
    assert!(errors("a\0b = 1").contains("1 error in 1 file"));
}

#[test]
fn all_syntax_errors_of_all_files_are_shown() {
    let tree = Tree::of("[test.a]\ncheck = \n[test.b\ncheck = \"quality\"\n");
    tree.write("b/b.toml", b"[test.c]\ncheck = 'open\n");
    assert_snapshot!(tree.errors());
}

#[test]
fn a_broken_file_is_not_judged_further_but_others_are() {
    let tree = Tree::of("[test.a]\ncheck = \"nonsense\"\nx = = 1");
    tree.write("b.toml", b"[test.c]\ncheck = \"qualitty\"");
    assert_snapshot!(tree.errors());
}

#[test]
fn a_broken_root_file_makes_no_other_file_wrong() {
    let tree = Tree::of("[test.a]\ncheck = \"memorizes\"");
    tree.write("seatrial.toml", b"[dataset.digits\n");
    let errors = tree.load().unwrap_err();
    assert!(
        errors
            .iter()
            .all(|error| error.place.as_ref().unwrap().file == "seatrial.toml"),
        "{errors}"
    );
}

#[test]
fn a_duplicate_key_is_an_error() {
    assert_snapshot!(errors(
        "[test.a]\ncheck = \"quality\"\n[test.a]\ncheck = \"quality\"\n"
    ));
}

#[test]
fn a_key_of_too_many_parts_is_an_error() {
    assert!(
        errors(&format!("{}a = 1", "a.".repeat(100_000))).contains("a key of more than 16 parts")
    );
}

#[test]
fn an_unknown_top_level_table_gets_the_nearest_name() {
    assert_snapshot!(errors("[tests.a]\ncheck = \"quality\""));
}

#[test]
fn a_subject_kind_outside_the_vocabulary_is_not_supported_yet() {
    assert_snapshot!(errors("[server.triton]\nversion = \"26.01\""));
}

#[test]
fn the_root_file_holds_no_tests() {
    assert_snapshot!(root_errors("[test.a]\ncheck = \"quality\""));
}

#[test]
fn directories_belong_in_the_root_file() {
    assert_snapshot!(errors("directories = [\"../x\"]"));
}

#[test]
fn directories_must_exist_and_be_relative() {
    assert_snapshot!(root_errors(
        "directories = [\"../no-such-folder\", \"/etc\", 3]"
    ));
}

#[test]
fn a_name_is_made_of_plain_characters() {
    assert_snapshot!(errors(
        "[test.\"a b\"]\ncheck = \"quality\"\n[test.\"\"]\ncheck = \"quality\""
    ));
}

#[test]
fn a_test_that_is_no_table_is_an_error() {
    assert_snapshot!(errors("test.a = 3"));
}

#[test]
fn a_test_names_its_check() {
    assert_snapshot!(errors("[test.a]\nchek = \"quality\""));
}

#[test]
fn an_unknown_check_gets_the_nearest_name() {
    assert_snapshot!(errors("[test.a]\ncheck = \"loss-decrease\""));
}

#[test]
fn an_unknown_key_gets_the_nearest_name() {
    assert_snapshot!(case_errors("step = 3"));
}

#[test]
fn an_unknown_key_of_a_nested_table_gets_the_nearest_name() {
    assert_snapshot!(case_errors(
        "optimizer = { kind = \"adamw\", learning_rate = 0.1, weight_decai = 0.1 }"
    ));
}

#[test]
fn an_unknown_tag_gets_the_nearest_name() {
    assert_snapshot!(case_errors(
        "optimizer = { kind = \"adam\", learning_rate = 0.1 }"
    ));
}

#[test]
fn a_missing_tag_is_named_with_its_choices() {
    assert_snapshot!(case_errors("optimizer = { learning_rate = 0.1 }"));
}

#[test]
fn several_wrong_values_of_one_table_are_all_reported() {
    assert_snapshot!(case_errors(
        "steps = \"many\"\nratio_max = -1\noptimizer = { kind = \"sgd\", learning_rate = \"x\" }\nwidths = [1, -2, true]"
    ));
}

#[test]
fn a_missing_parameter_is_reported_at_the_test() {
    assert_snapshot!(errors("[test.a]\ncheck = \"memorizes\"\nexamples = 3"));
}

#[test]
fn what_only_the_type_can_judge_is_reported_at_the_value() {
    assert_snapshot!(errors(
        "[test.a]\ncheck = \"memorizes\"\nexamples = 3.5\nloss_max = 1\neven = 3"
    ));
}

#[test]
fn what_the_type_refuses_deep_in_a_table_is_found_by_keys_with_dots() {
    assert_snapshot!(errors(
        "[test.a]\ncheck = \"memorizes\"\nexamples = 3\nloss_max = 1\nevens = { \"a.b\" = [2, 3, 5], a = [7] }"
    ));
}

#[test]
fn a_missing_subject_is_explained_though_its_only_choice_has_a_short_name() {
    let text = "[predictions.p]\npath = \"x\"\n[test.a]\ncheck = \"quality\"";
    let errors = Tree::new(&[("a.toml", text), ("x", "")]).errors();
    assert!(errors.contains("known here: `p`"), "{errors}");
}

#[test]
fn a_file_name_that_cannot_begin_an_id_is_an_error() {
    let tree = Tree::of("");
    tree.write("b::c.toml", b"");
    assert!(
        tree.errors()
            .contains("the file name `b::c.toml` cannot be part of a case's id")
    );
}

#[test]
fn a_default_of_a_kind_that_is_not_supported_is_an_error() {
    assert!(errors("[defaults]\nserver = \"x\"").contains("no check takes `server`"));
}

#[test]
fn a_word_outside_an_enum_gets_the_nearest_one() {
    assert_snapshot!(errors(
        "[test.a]\ncheck = \"quality\"\naverage = \"macroo\"\nmin = { accuracy = \"high\" }"
    ));
}

#[test]
fn common_keys_are_checked() {
    assert_snapshot!(case_errors(
        "tier = \"fats\"\nseed = -1\nruns = 0\nskip = \"\"\ntimeout = \"1 day\"\ndoc = 3\non = []\ninconclusive = true\nfirst_release = \"yes\""
    ));
}

#[test]
fn triggers_are_known_and_listed_once() {
    assert_snapshot!(errors(
        "[test.a]\ncheck = \"quality\"\non = [\"comit\"]\n[test.b]\ncheck = \"quality\"\non = [\"commit\", \"commit\"]"
    ));
}

#[test]
fn numbers_are_finite_and_in_range() {
    assert_snapshot!(errors(
        "[test.a]\ncheck = \"loss-decreases\"\nratio_max = inf\nsteps = 99999999999999999999\n[defaults]\nloss_max = nan\nmin.x = 1e999"
    ));
}

#[test]
fn a_subject_that_the_check_does_not_take_is_an_error() {
    assert_snapshot!(case_errors("server = \"triton\""));
}

#[test]
fn a_subject_that_the_check_needs_must_be_named() {
    let tree = Tree::of("[test.a]\ncheck = \"loss-decreases\"");
    tree.write(
        "seatrial.toml",
        ROOT.split("[defaults]").next().unwrap().as_bytes(),
    );
    assert_snapshot!(tree.errors());
}

#[test]
fn an_unknown_subject_gets_the_nearest_name() {
    assert_snapshot!(case_errors("dataset = \"digit\"\nmodel = 3"));
}

#[test]
fn an_unknown_subject_of_a_parameter_is_an_error() {
    assert_snapshot!(errors(
        "[test.a]\ncheck = \"quality\"\nreference = \"leters\""
    ));
}

#[test]
fn a_wrong_default_is_reported_once_where_it_is_written() {
    let tree = Tree::of(
        "[test.a]\ncheck = \"loss-decreases\"\nmatrix.seed = [1, 2]\n[test.b]\ncheck = \"loss-decreases\"",
    );
    tree.write(
        "seatrial.toml",
        format!("{ROOT}steps = 0\n")
            .replace("dataset = \"digits\"", "dataset = \"digitz\"")
            .as_bytes(),
    );
    assert_snapshot!(tree.errors());
}

#[test]
fn a_default_that_nothing_takes_is_an_error() {
    assert_snapshot!(errors(
        "[defaults]\nstepps = 3\ncheck = \"quality\"\nmatrix.modle = [\"mlp\"]\n[test.a]\ncheck = \"quality\""
    ));
}

#[test]
fn common_defaults_are_checked_even_if_overridden() {
    assert_snapshot!(errors(
        "[defaults]\ntier = \"quick\"\n[test.a]\ncheck = \"quality\"\ntier = \"fast\""
    ));
}

#[test]
fn an_unknown_variant_gets_the_nearest_name() {
    assert_snapshot!(errors("[model.m]\nfamily = \"mpl\"\nhidden = [1]\n"));
}

#[test]
fn a_declaration_chooses_a_variant() {
    assert_snapshot!(errors("[model.m]\nfamly = \"mlp\"\nhidden = [1]\n"));
}

#[test]
fn declarations_are_checked_against_kind_and_variant() {
    assert_snapshot!(errors(
        "[model.m]\nfamily = \"mlp\"\nbatch = 0\ndropout = 2\nhiden = [1]\n[dataset.d]\nlabel = 3\n"
    ));
}

#[test]
fn an_axis_has_values_that_differ_and_fit_into_an_id() {
    assert_snapshot!(case_errors(
        "matrix.seed = []\nmatrix.model = [\"mlp\", \"mlp\", \"a,b\"]\nmatrix.steps = 3\nmatrix.ratio_max = [[1]]\nmatrix.tier = [\"fast\"]\nmatrix.nothing = [1]"
    ));
}

#[test]
fn values_of_an_axis_are_checked_like_any_other() {
    assert_snapshot!(case_errors(
        "matrix.seed = [1, -1]\nmatrix.steps = [1, 0, \"x\"]\nmatrix.model = [\"mlp\", \"lstn\"]"
    ));
}

#[test]
fn a_matrix_is_a_table() {
    assert_snapshot!(case_errors("matrix = [1]"));
}

#[test]
fn a_wrong_matrix_hides_no_wrong_parameter() {
    let text = case_errors("matrix.seed = []\nmatrix.steps = []\nratio_max = \"x\"");
    assert!(text.contains("expected a number above zero, found the string `x`"));
    assert!(text.contains("3 errors in 1 file"), "{text}");
}

#[test]
fn a_value_over_many_lines_is_underlined_on_its_first() {
    assert_snapshot!(case_errors("steps = [\n    1,\n    2,\n]\n"));
}

#[test]
fn a_key_is_set_directly_or_by_the_matrix() {
    assert_snapshot!(case_errors("seed = 1\nmatrix.seed = [1, 2]"));
}

#[test]
fn a_huge_matrix_is_counted_not_built() {
    let values: Vec<_> = (0..1000).map(|value| value.to_string()).collect();
    let values = values.join(", ");
    let axes =
        ["seed", "runs", "steps", "ratio_max"].map(|key| format!("matrix.{key} = [{values}]\n"));
    let text = case_errors(&axes.concat());
    assert!(text.contains("the matrix of `a` has 1000000000000 (1000 of `ratio_max` × 1000 of `runs` × 1000 of `seed` × 1000 of `steps`) cases; at most 10000 are allowed"), "{text}");
}

#[test]
fn a_tree_of_too_many_cases_is_an_error() {
    let values: Vec<_> = (0..10_000).map(|value| value.to_string()).collect();
    let values = values.join(",");
    let text: String = (0..11)
        .map(|test| format!("[test.t{test}]\ncheck = \"quality\"\nmatrix.seed = [{values}]\n"))
        .collect();
    assert!(
        errors(&text).contains("the tree has more than 100000 cases: `t10` with its 10000 (10000 of `seed`) brings it to 110000")
    );
}

#[test]
fn a_path_exists_inside_the_tree_and_is_relative() {
    let tree = Tree::of(
        "[test.a]\ncheck = \"quality\"\ntable = \"digit.csv\"\n[test.b]\ncheck = \"quality\"\ntable = \"../../x.csv\"\n[test.c]\ncheck = \"quality\"\ntable = \"/etc/hosts\"\n[test.d]\ncheck = \"quality\"\ntable = \"\"",
    );
    assert_snapshot!(tree.errors());
}

#[test]
fn a_pattern_matches_files_inside_the_tree() {
    let case = |table: &str| {
        let tree = Tree::of(&format!(
            "[test.a]\ncheck = \"quality\"\ntable = \"{table}\""
        ));
        for name in ["day=1/x.csv", "day=2/x.csv", "_SUCCESS"] {
            tree.write(&format!("days/{name}"), b"");
        }
        tree
    };
    let suite = case("days/*/x.csv").suite();
    let files = &suite.cases[0].files;
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files[1].ends_with("days/day=2/x.csv"), "{files:?}");
    for (table, says) in [
        ("days/*/*.parquet", "no file matches `days/*/*.parquet`"),
        ("days/*", "no file matches `days/*`"),
        ("../../*.csv", "climbs out of the spec tree"),
        ("days/*/../../../../*.csv", "climbs out of the spec tree"),
        ("days/*/../*/x.csv", "a pattern does not climb"),
        ("nights/*.csv", "there is no folder `nights`"),
        ("days/[.csv", "the pattern `[.csv`"),
    ] {
        let errors = case(table).errors();
        assert!(errors.contains(says), "{table}: {errors}");
    }
}

#[cfg(unix)]
#[test]
fn no_match_of_a_pattern_is_a_link_out_of_the_tree() {
    let outside = Tree::new(&[("secret.csv", "")]);
    let tree = Tree::of("[test.a]\ncheck = \"quality\"\ntable = \"*.csv\"");
    std::os::unix::fs::symlink(
        outside.root().join("secret.csv"),
        tree.root().join("link.csv"),
    )
    .unwrap();
    let errors = tree.errors();
    assert!(
        errors.contains("leads through a link out of the spec tree"),
        "{errors}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_tree() {
    let outside = Tree::new(&[("secret.csv", "")]);
    let tree = Tree::of("[test.a]\ncheck = \"quality\"\ntable = \"link.csv\"");
    std::os::unix::fs::symlink(
        outside.root().join("secret.csv"),
        tree.root().join("link.csv"),
    )
    .unwrap();
    assert_snapshot!(tree.errors());
}

#[test]
fn an_unknown_id_gets_the_nearest_one() {
    let tree = Tree::of("[test.abc]\ncheck = \"quality\"");
    assert_snapshot!(tree.exact("a.toml::abd").unwrap_err());
}

#[test]
fn an_id_of_no_file_gets_the_nearest_one() {
    let tree = Tree::of("[test.abc]\ncheck = \"quality\"");
    for id in [
        "b.toml::abc",
        "../a.toml::abc",
        "",
        "a.toml",
        "./a.toml::abc",
    ] {
        let error = tree.exact(id).unwrap_err().to_string();
        assert!(
            error.contains("there is no case") && error.contains("a.toml::abc`"),
            "{error}"
        );
    }
}

#[test]
fn one_case_alone_is_refused_while_its_file_or_the_root_is_wrong() {
    let tree = Tree::of("[test.a]\ncheck = \"quality\"\n[test.b]\ncheck = \"x\"");
    assert!(
        tree.exact("a.toml::a")
            .unwrap_err()
            .to_string()
            .contains("there is no check `x`")
    );
    let tree = Tree::of("[test.a]\ncheck = \"quality\"");
    tree.write("seatrial.toml", format!("{ROOT}tier = 3").as_bytes());
    assert!(tree.exact("a.toml::a").is_err());
}

#[test]
fn errors_serialize_for_tools() {
    let errors = Tree::of("\n[test.a]\ncheck = \"qualitty\"")
        .load()
        .unwrap_err();
    assert_eq!(
        serde_json::to_value(&errors).unwrap(),
        serde_json::json!([{
            "message": "there is no check `qualitty`",
            "help": "did you mean `quality`?",
            "file": "a.toml",
            "line": 3,
            "column": 9,
        }])
    );
}

#[test]
fn errors_beyond_a_hundred_are_counted() {
    let text: String = (0..150)
        .map(|test| format!("[test.t{test}]\ncheck = \"x{test}\"\n"))
        .collect();
    let text = errors(&text);
    assert!(
        text.contains("… and 50 more\n")
            && text.ends_with("150 errors in 1 file; nothing was run\n")
    );
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    assert!(!errors("[test.a]\ncheck = \"\\u001b[31m\"").contains('\u{1b}'));
}

#[test]
fn color_is_for_those_who_ask() {
    let errors = Tree::of("x = 1").load().unwrap_err();
    assert!(errors.render(true).contains('\u{1b}'));
    assert!(!errors.render(false).contains('\u{1b}'));
}
