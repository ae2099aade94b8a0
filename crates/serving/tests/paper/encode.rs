//! ONNX files put together field by field, also such as no library would write.

/// A number as protobuf writes it.
pub fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(number as u8 & 127 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A field that holds a number.
pub fn number(tag: u64, value: i64) -> Vec<u8> {
    [varint(tag << 3), varint(value as u64)].concat()
}

/// A field that holds bytes: text, or a message.
pub fn bytes(tag: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [
        varint(tag << 3 | 2),
        varint(content.len() as u64),
        content.to_vec(),
    ]
    .concat()
}

/// A node; attributes are given encoded.
pub fn node(
    domain: &str,
    operation: &str,
    inputs: &[&str],
    outputs: &[&str],
    attributes: &[Vec<u8>],
) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|name| bytes(1, name));
    let outputs = outputs.iter().flat_map(|name| bytes(2, name));
    let attributes = attributes.iter().flat_map(|attribute| bytes(5, attribute));
    let mut node: Vec<u8> = inputs.chain(outputs).collect();
    node.extend(bytes(3, format!("the {operation}")));
    node.extend(bytes(4, operation));
    node.extend(attributes);
    node.extend(bytes(7, domain));
    node
}

/// An attribute that is a subgraph.
pub fn subgraph(name: &str, graph: &[u8]) -> Vec<u8> {
    [bytes(1, name), bytes(6, graph), number(20, 5)].concat()
}

/// An attribute that is a number.
pub fn integer(name: &str, value: i64) -> Vec<u8> {
    [bytes(1, name), number(3, value), number(20, 2)].concat()
}

/// A value of a graph: its name and the number of its element type, 0 for none.
fn value(name: &str, element: i64) -> Vec<u8> {
    let kind = match element {
        0 => Vec::new(),
        _ => bytes(2, bytes(1, number(1, element))),
    };
    [bytes(1, name), kind].concat()
}

/// A graph of these nodes.
pub fn graph(nodes: &[Vec<u8>], inputs: &[(&str, i64)], outputs: &[(&str, i64)]) -> Vec<u8> {
    let nodes = nodes.iter().flat_map(|node| bytes(1, node));
    let inputs = inputs
        .iter()
        .flat_map(|(name, element)| bytes(11, value(name, *element)));
    let outputs = outputs
        .iter()
        .flat_map(|(name, element)| bytes(12, value(name, *element)));
    nodes.chain(inputs).chain(outputs).collect()
}

/// A domain and its version.
pub fn opset(domain: &str, version: i64) -> Vec<u8> {
    [bytes(1, domain), number(2, version)].concat()
}

/// A function of the domain `own`.
pub fn function(name: &str, nodes: &[Vec<u8>]) -> Vec<u8> {
    let nodes: Vec<u8> = nodes.iter().flat_map(|node| bytes(7, node)).collect();
    let head = [bytes(1, name), bytes(4, "x"), bytes(5, "y")].concat();
    let imports = [bytes(9, opset("", 17)), bytes(9, opset("own", 1))].concat();
    [head, nodes, imports, bytes(10, "own")].concat()
}

/// A model of IR version `ir` that imports `ai.onnx` at `version`, and `own`.
pub fn model(ir: i64, version: i64, graph: &[u8], functions: &[Vec<u8>]) -> Vec<u8> {
    let functions: Vec<u8> = functions
        .iter()
        .flat_map(|function| bytes(25, function))
        .collect();
    let imports = [bytes(8, opset("", version)), bytes(8, opset("own", 1))].concat();
    [number(1, ir), imports, functions, bytes(7, graph)].concat()
}

/// A model of one operation from `x` to `y`, both of this element type.
pub fn of_one(operation: &str, element: i64) -> Vec<u8> {
    let node = node("", operation, &["x"], &["y"], &[]);
    model(
        8,
        17,
        &graph(&[node], &[("x", element)], &[("y", element)]),
        &[],
    )
}
