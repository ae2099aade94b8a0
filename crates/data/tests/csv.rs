//! What is wrong in a file is said with its file, line and column.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use seatrial_data::{DataError, Target};
use support::{File, load, refusal};

const LABEL: &str = "label = 'kind'\nsplit = { train = 1.0, validation = 0.0 }";

/// A file with this row behind three good ones, the label in the last column.
fn with_row(row: &str) -> (u64, String) {
    File::new(format!("a,b,kind\n1,2,x\n3,4,y\n5,6,x\n{row}\n")).refusal(LABEL)
}

#[test]
fn a_ragged_row_is_refused_with_its_line() {
    let (line, message) = with_row("7,8");
    assert_eq!(
        (line, message.as_str()),
        (5, "this row has 2 cells, the header has 3")
    );
    assert_eq!(with_row("7,8,x,9").0, 5);
}

#[test]
fn a_cell_that_is_not_a_finite_number_is_refused_with_line_and_column() {
    for (cell, what) in [
        (
            "seven",
            "`seven` is not a number; features are numbers: make some of it first, or leave the column out of `features`",
        ),
        ("1_000", "`1_000` is not a number"),
        (
            "NaN",
            "`NaN` is not a finite number; fill in what is missing first, or leave the column out of `features`",
        ),
        ("-inf", "`-inf` is not a finite number"),
        ("1e39", "`1e39` is not a finite number"),
        (
            "",
            "the cell is empty; fill in what is missing first, or leave the column out of `features`",
        ),
    ] {
        let (line, message) = with_row(&format!("7,{cell},x"));
        assert_eq!((line, message), (5, format!("column `b`: {what}")));
    }
}

#[test]
fn a_label_must_be_there_and_among_the_classes() {
    assert_eq!(with_row("7,8,").1, "column `kind`: the label is empty");
    let file = File::new("a,kind\n1,x\n2,y\n3,z\n");
    let (line, message) = file.refusal(&format!("classes = ['x', 'y']\n{LABEL}"));
    assert_eq!(line, 4);
    assert_eq!(
        message,
        "column `kind`: `z` is not one of the classes `x`, `y`"
    );
    let (_, message) = file.refusal(&format!("classes = ['x', 'y', 'z', 'x']\n{LABEL}"));
    assert_eq!(message, "`classes` names `x` twice");
    let one = File::new("a,kind\n1,x\n2,x\n").refusal(LABEL);
    assert!(one.1.contains("holds one class only"));
    let (line, message) = file.refusal(&format!("task = 'regression'\n{LABEL}"));
    assert_eq!(
        (line, message.as_str()),
        (2, "column `kind`: `x` is not a number; so are 2 rows more")
    );
}

#[test]
fn of_bad_cells_and_labels_the_first_is_told_and_a_count() {
    let file = File::new("a,b,kind\n1,1,x\n2,NA,z\nNA,NA,\n4,NA,y\n");
    let (line, message) = file.refusal(LABEL);
    assert_eq!(line, 3);
    assert!(
        message.starts_with("column `b`: `NA` is not a number")
            && message.ends_with("; so are 2 rows more"),
        "{message}"
    );
    let keys = format!("features = ['c']\nclasses = ['x', 'y']\n{LABEL}");
    let file = File::new("c,kind\n1,x\n2,z\n3,\n4,y\n");
    let told = "column `kind`: `z` is not one of the classes `x`, `y`; so is 1 row more";
    assert_eq!(file.refusal(&keys), (3, told.to_owned()));
}

#[test]
fn a_header_must_name_every_column_once_and_the_label() {
    for (content, keys, what) in [
        (
            "a,b\n1,2\n",
            LABEL,
            "no column is named `kind`; there are `a`, `b`",
        ),
        ("a,b,kind\n1,2,x\n", "", "the declaration names no `label`"),
        ("a,a,kind\n1,2,x\n", LABEL, "two columns are named `a`"),
        (
            ",a,kind\n0,2,x\n",
            LABEL,
            "column 1 has no name; if it numbers the rows, write the file without it (`index=False` in pandas, `row.names = FALSE` in R)",
        ),
        (
            "a;kind\n1;x\n",
            LABEL,
            "the header is one cell, `a;kind`: cells are parted by commas, and here by `;`",
        ),
        (
            "a\tkind\n1\tx\n",
            LABEL,
            "the header is one cell, `a\\tkind`: cells are parted by commas, and here by tabs",
        ),
        (
            "a,Kind\n1,x\n",
            LABEL,
            "no column is named `kind`; there are `a`, `Kind`; did you mean `Kind`?",
        ),
        (
            "kind\nx\ny\n",
            LABEL,
            "there is no feature beside the label `kind`",
        ),
        ("", LABEL, "the file is empty: a header row was expected"),
        ("a,kind\n", LABEL, "the file has a header and no rows"),
    ] {
        assert_eq!(File::new(content).refusal(keys), (1, what.to_owned()));
    }
}

#[test]
fn text_that_is_not_utf_8_is_refused_with_line_and_cell() {
    let file = File::new(b"a,b,kind\n1,2,x\n3,\xff,y\n");
    let (line, message) = file.refusal(LABEL);
    assert_eq!(
        (line, message.as_str()),
        (3, "cell 2 is not UTF-8 text: save the file as UTF-8")
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = load("path = 'nowhere.csv'\nlabel = 'kind'").unwrap_err();
    assert!(matches!(&error, DataError::Io { .. }), "{error}");
    assert!(error.to_string().starts_with("nowhere.csv: "));
}

#[test]
fn byte_order_marks_line_ends_quotes_and_spaces_change_nothing() {
    let plain = File::new("a,b,kind\n1,2,x\n3,4,y\n").load(LABEL).unwrap();
    for content in [
        "\u{feff}a,b,kind\n1,2,x\n3,4,y\n",
        "a,b,kind\r\n1,2,x\r\n3,4,y\r\n",
        "\"a\",\"b\",\"kind\"\n\"1\",\"2\",\"x\"\n3,4,y",
        "a, b ,kind\n 1,2 , x\n3,4,y\n\n",
    ] {
        assert_eq!(
            File::new(content).load(LABEL).unwrap(),
            plain,
            "{content:?}"
        );
    }
}

#[test]
fn lines_are_counted_through_marks_line_ends_quotes_and_blank_lines() {
    let head = "a,note,kind\n1,\"two\nlines\",x\n\n\n2,none,x\n\n";
    for (row, what) in [
        (
            "seven,none,y\n",
            "column `a`: `seven` is not a number; features are numbers: make some of it first, or leave the column out of `features`",
        ),
        ("7,none\n", "this row has 2 cells, the header has 3"),
    ] {
        let text = format!("{head}{row}");
        for text in [text.replace('\n', "\r\n"), format!("\u{feff}{text}"), text] {
            let refusal = File::new(&text).refusal(&format!("features = ['a']\n{LABEL}"));
            assert_eq!(refusal, (8, what.to_owned()), "{text:?}");
        }
    }
}

#[test]
fn features_are_chosen_by_name_and_glob_in_the_order_of_asking() {
    let file = File::new("p_0,p_1,q,p_2,kind\n0,1,9,2,x\n0,1,9,2,y\n");
    let chosen = |features: &str| file.load(&format!("features = {features}\n{LABEL}"));
    let dataset = chosen("['q', 'p_*']").unwrap();
    assert_eq!(dataset.features, ["q", "p_0", "p_1", "p_2"]);
    assert_eq!(dataset.row(1), [9.0, 0.0, 1.0, 2.0]);
    assert_eq!(
        chosen("['*']").unwrap().features,
        ["p_0", "p_1", "q", "p_2"]
    );
    assert_eq!(dataset.matching(&["p_[02]".into()]).unwrap(), [1, 3]);
    for (features, what) in [
        ("['r*']", "no further column matches `r*`"),
        ("['p_*', 'p_1']", "no further column matches `p_1`"),
        ("['kind']", "no further column matches `kind`"),
        ("['p_[']", "feature pattern `p_[`"),
    ] {
        let (line, message) = refusal(chosen(features).unwrap_err(), &file.path());
        assert_eq!(line, 1);
        assert!(message.starts_with(what), "{message}");
    }
    let none = chosen("[]").unwrap_err();
    assert!(none.to_string().contains("no feature beside the label"));
}

#[test]
fn classes_are_in_order_of_number_or_name_and_rows_do_not_decide() {
    let names = |content: &str| match File::new(content).load(LABEL).unwrap().target {
        Target::Classes { names, labels } => (names, labels),
        Target::Values(_) => unreachable!(),
    };
    let numbers = names("a,kind\n1,10\n1,9\n1,2\n");
    assert_eq!(
        numbers,
        (vec!["2".into(), "9".into(), "10".into()], vec![2, 1, 0])
    );
    assert_eq!(names("a,kind\n1,b\n1,10\n1,a\n").0, ["10", "a", "b"]);
}

#[test]
fn a_declaration_that_contradicts_itself_is_refused() {
    let file = File::new("a,kind\n1,x\n2,y\n");
    let path = file.path();
    for (keys, what) in [
        (
            "label = 'kind'".to_owned(),
            "needs a `path` or a `generator`",
        ),
        (
            format!("path = '{}'\ngenerator = 'line'", path.display()),
            "exclude each other",
        ),
        (
            format!("path = '{}'\nrows = 5\n{LABEL}", path.display()),
            "`rows` is for a generator",
        ),
        (
            "generator = 'blobs'\nsplit = { train = 0.8, validation = 0.3 }".to_owned(),
            "add up to 1.1",
        ),
        (
            "generator = 'blobs'\nrows = 4\nsplit = { train = 0.9, validation = 0.1 }".to_owned(),
            "leave the part `validation` empty",
        ),
    ] {
        let error = load(&keys).unwrap_err().to_string();
        assert!(
            error.starts_with("dataset `rows`: ") && error.contains(what),
            "{error}"
        );
    }
}
