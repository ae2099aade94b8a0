//! `seatrial ops` and `seatrial catalogue`: lines, exit codes, and files that
//! stay whole.

use seatrial_serving::{Dimension, Element, OnnxBuilder};
use serde_json::Value;

use crate::support::{Place, Ran};

const SERVER: &str = "onnxruntime-1.23.2";

/// A place with `relu.onnx`, `swish.onnx`, `custom.onnx` and `broken.onnx`.
fn place() -> Place {
    let place = Place::empty();
    let write =
        |name: &str, bytes: Vec<u8>| std::fs::write(place.path().join(name), bytes).unwrap();
    write("relu.onnx", of_one("ai.onnx", "Relu"));
    write("swish.onnx", of_one("ai.onnx", "HardSwish"));
    write("custom.onnx", of_one("own", "Fancy"));
    write("broken.onnx", of_one("ai.onnx", "Relu")[..40].to_vec());
    place
}

fn of_one(domain: &str, operation: &str) -> Vec<u8> {
    let shape = [Dimension::Fixed(4)];
    let mut graph = OnnxBuilder::new(operation);
    graph.input("x", Element::FLOAT, &shape);
    graph.node_of(domain, operation, &["x"], &["y"], &[]);
    graph.output("y", Element::FLOAT, &shape);
    graph.model(8, &[("ai.onnx", 17), ("own", 1)])
}

fn ops(place: &Place, models: &[&str]) -> Ran {
    let mut arguments = vec!["ops", "--catalogue", SERVER, "--format", "json"];
    arguments.extend(models);
    place.seatrial(&arguments)
}

fn lines(ran: &Ran) -> Vec<Value> {
    let lines = ran.out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_model_gets_a_line_in_the_order_of_asking() {
    let models = ["relu.onnx", "swish.onnx", "custom.onnx", "broken.onnx"];
    let ran = ops(&place(), &models);
    assert_eq!(ran.code, 1, "{ran:?}");
    let lines = lines(&ran);
    let said = |key: &str| -> Vec<&str> {
        lines
            .iter()
            .map(|line| line[key].as_str().unwrap())
            .collect()
    };
    assert_eq!(said("model"), models);
    assert_eq!(
        said("answer"),
        ["supported", "rewritten", "unsupported", "unknown"]
    );
    assert_eq!(lines[0]["reasons"], Value::Array(Vec::new()));
    let reason = &lines[2]["reasons"][0];
    assert_eq!(reason["domain"], "own");
    assert_eq!(reason["operation"], "Fancy");
    assert_eq!(reason["version"], 1);
    assert_eq!(reason["nodes"][0], "y_Fancy");
}

#[test]
fn the_exit_code_is_for_all_models() {
    let place = place();
    assert_eq!(ops(&place, &["relu.onnx", "swish.onnx"]).code, 0);
    assert_eq!(ops(&place, &["relu.onnx", "custom.onnx"]).code, 1);
    assert_eq!(ops(&place, &["broken.onnx", "relu.onnx"]).code, 1);
}

#[test]
fn a_mistake_in_the_command_gets_no_answer() {
    let place = place();
    place.write("no-catalogue.toml", "a = 1\n");
    let wrong: [&[&str]; 4] = [
        &["ops", "--catalogue", "onnxruntime-0.1", "relu.onnx"],
        &["ops", "--catalogue", "no-catalogue.toml", "relu.onnx"],
        &["ops", "--catalogue", SERVER, "relu.onnx", "absent.onnx"],
        &["ops", "--catalogue", SERVER],
    ];
    for arguments in wrong {
        let ran = place.seatrial(arguments);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (2, ""),
            "{arguments:?}: {ran:?}"
        );
        assert!(!ran.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn people_read_what_is_wrong_and_where() {
    let place = place();
    let ran = place.seatrial(&["ops", "--catalogue", SERVER, "custom.onnx"]);
    assert_eq!(ran.code, 1);
    for told in [
        "custom.onnx: unsupported by onnxruntime 1.23.2",
        "own Fancy 1",
        "y_Fancy",
    ] {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
    }
}

#[test]
fn without_a_catalogue_the_inventory_is_listed() {
    let place = place();
    let ran = place.seatrial(&["ops", "--format", "json", "relu.onnx"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let line = &lines(&ran)[0];
    assert_eq!(line["operations"][0]["operation"], "Relu");
    assert_eq!(line["operations"][0]["dtypes"]["T"], "float");
    assert_eq!(place.seatrial(&["ops", "broken.onnx"]).code, 2);
}

#[test]
fn an_interpreter_that_describes_nothing_leaves_the_file_as_it_was() {
    let place = place();
    let kept = place.write("kept.toml", "as it was");
    for python in ["no-such-python", "false", "true"] {
        let ran = place.seatrial(&["catalogue", "--python", python, "--out", "kept.toml"]);
        assert_eq!(ran.code, 2, "{python}: {ran:?}");
        assert!(ran.err.contains(python), "{python}: {}", ran.err);
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "as it was");
    }
}
