//! ONNX files that planted specs may name.

use std::fs;
use std::io::Result;
use std::path::Path;

use seatrial_serving::{Attribute, Dimension, Element, OnnxBuilder};

const SHAPE: [Dimension; 2] = [Dimension::Named("batch"), Dimension::Fixed(4)];

/// Puts them into a spec tree.
pub fn write(tree: &Path) -> Result<()> {
    let standard = [("ai.onnx", 17)];
    let with_own = [("ai.onnx", 17), ("own.kernels", 1)];
    let write = |name: &str, content: Vec<u8>| fs::write(tree.join(name), content);
    let one = |operation, element| of_one("ai.onnx", operation, element);
    write(
        "custom-domain.onnx",
        of_one("own.kernels", "FancyGelu", Element::FLOAT).model(8, &with_own),
    )?;
    write(
        "opset-23.onnx",
        one("Relu", Element::FLOAT).model(10, &[("ai.onnx", 23)]),
    )?;
    write(
        "ir-12.onnx",
        one("Relu", Element::FLOAT).model(12, &standard),
    )?;
    write(
        "bfloat16.onnx",
        one("Sin", Element::BFLOAT16).model(8, &standard),
    )?;
    write(
        "hard-swish.onnx",
        one("HardSwish", Element::FLOAT).model(8, &standard),
    )?;
    write("subgraph.onnx", branching("Tanh").model(8, &standard))?;
    write(
        "missing-in-subgraph.onnx",
        branching("Tanhh").model(8, &standard),
    )?;
    write(
        "no-operations.onnx",
        OnnxBuilder::new("nothing").model(8, &standard),
    )?;
    let whole = branching("Tanh").model(8, &standard);
    write("cut-short.onnx", whole[..whole.len() / 2].to_vec())
}

/// One operation from `x` to `y`.
fn of_one(domain: &str, operation: &str, element: Element) -> OnnxBuilder {
    let mut graph = OnnxBuilder::new(operation);
    graph.input("x", element, &SHAPE);
    graph.node_of(domain, operation, &["x"], &["y"], &[]);
    graph.output("y", element, &SHAPE);
    graph
}

/// Relu if the condition holds, else this operation.
fn branching(operation: &str) -> OnnxBuilder {
    let branch = |operation: &str| {
        let mut graph = OnnxBuilder::new(operation);
        graph.node(operation, &["x"], "branched", &[]);
        graph.output("branched", Element::FLOAT, &SHAPE);
        Attribute::Graph(Box::new(graph))
    };
    let mut graph = OnnxBuilder::new("branching");
    graph.input("x", Element::FLOAT, &SHAPE);
    graph.input("condition", Element::BOOL, &[]);
    let branches = [
        ("then_branch", branch("Relu")),
        ("else_branch", branch(operation)),
    ];
    graph.node("If", &["condition"], "y", &branches);
    graph.output("y", Element::FLOAT, &SHAPE);
    graph
}
