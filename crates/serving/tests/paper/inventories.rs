//! What a file holds: every operation, wherever it stands, and every tensor.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use seatrial_serving::{Answer, Catalogue, Inventory, OnnxModel, TensorCount, ask_file};
use tempfile::TempDir;

use crate::encode::{function, graph, model, node, subgraph};
use crate::suite::Suite;

/// Operations and how often they occur.
fn counts(inventory: &Inventory) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for operation in &inventory.operations {
        *counts.entry(operation.operation.clone()).or_default() += operation.count;
    }
    counts
}

#[test]
fn operations_of_subgraphs_and_functions_count_once_each() {
    let relu = |from: &str, to: &str| node("", "Relu", &[from], &[to], &[]);
    let branch = graph(&[relu("x", "b")], &[], &[("b", 1)]);
    let branches = [
        subgraph("then_branch", &branch),
        subgraph("else_branch", &branch),
    ];
    let functions = [
        function("Called", &[node("", "Sin", &["x"], &["y"], &[])]),
        function("NeverCalled", &[node("", "Cos", &["x"], &["y"], &[])]),
    ];
    let nodes = [
        node("", "If", &["c"], &["i"], &branches),
        node("own", "Called", &["i"], &["j"], &[]),
        node("own", "Called", &["j"], &["y"], &[]),
        relu("y", "z"),
    ];
    let graph = graph(&nodes, &[("x", 1), ("c", 9)], &[("z", 1)]);
    let read = OnnxModel::decode(model(8, 17, &graph, &functions)).expect("it is sound");
    let inventory = read.inventory().expect("it is sound");
    let expected = [
        ("If", 1),
        ("Relu", 3),
        ("Called", 2),
        ("Sin", 1),
        ("Cos", 1),
    ];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(counts(&inventory), expected.into_iter().collect());
    let sin = inventory
        .operations
        .iter()
        .find(|o| o.operation == "Sin")
        .expect("it is there");
    assert_eq!((sin.opset, sin.since), (Some(17), Some(7)));
    assert_eq!(sin.dtypes["T"], "float");
}

#[test]
fn the_inventory_of_a_known_network_is_complete() {
    let suite = Suite::read();
    let network = suite
        .models
        .iter()
        .find(|model| model.path == "light/light_resnet50.onnx");
    let read = OnnxModel::decode(network.expect("the suite has it").bytes.clone());
    let inventory = read.expect("it is sound").inventory().expect("it is sound");
    let counts = counts(&inventory);
    assert_eq!(
        (counts["Conv"], counts["BatchNormalization"], counts["Relu"]),
        (53, 53, 49)
    );
    assert!(
        inventory
            .operations
            .iter()
            .all(|o| o.dtypes.values().all(|word| word != "?"))
    );
}

/// A GGUF file of version 3 with two entries of metadata and one tensor.
fn gguf() -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let (u32, u64) = (
        |n: u32| n.to_le_bytes().to_vec(),
        |n: u64| n.to_le_bytes().to_vec(),
    );
    [
        b"GGUF".to_vec(),
        u32(3),
        u64(1),
        u64(2),
        text("general.architecture"),
        u32(8),
        text("llama"),
        text("tokens"),
        [u32(9), u32(4), u64(2), u32(7), u32(8)].concat(),
        text("blk.0.weight"),
        [u32(2), u64(32), u64(4), u32(12), u64(0)].concat(),
    ]
    .concat()
}

fn written(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    (folder, path)
}

#[test]
fn a_gguf_file_tells_its_tensors_and_says_that_it_tells_no_operations() {
    let (_folder, path) = written("m.gguf", &gguf());
    let inventory = Inventory::read(&path).expect("it is sound");
    let expected = TensorCount {
        tensors: 1,
        elements: 128,
    };
    assert_eq!(inventory.tensors["q4_k"], expected);
    assert_eq!(inventory.metadata["general.architecture"], "llama");
    assert_eq!(inventory.metadata["tokens"], "2 values");
    let catalogue = Catalogue::named("onnxruntime-1.23.2").expect("it is shipped");
    let opinion = ask_file(&path, &catalogue);
    assert_eq!(opinion.answer, Answer::Unknown);
    assert!(
        opinion.reasons[0].reason.contains("written nowhere"),
        "{opinion:?}"
    );
}

#[test]
fn a_gguf_file_cut_short_or_lying_about_its_length_is_refused() {
    let whole = gguf();
    for length in 0..whole.len() {
        let (_folder, path) = written("m.gguf", &whole[..length]);
        assert!(Inventory::read(&path).is_err(), "{length} bytes");
    }
    for place in 0..whole.len() {
        let mut content = whole.clone();
        content[place] = 0xff;
        let (_folder, path) = written("m.gguf", &content);
        // It may still be read; it may not crash or take memory without end.
        let _ = Inventory::read(&path);
    }
}

#[test]
fn a_safetensors_file_tells_its_tensors() {
    let header = br#"{"__metadata__":{"family":"mlp"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#;
    let content = [&(header.len() as u64).to_le_bytes(), &header[..], &[0; 24]].concat();
    let (_folder, path) = written("m.safetensors", &content);
    let inventory = Inventory::read(&path).expect("it is sound");
    assert_eq!(
        inventory.tensors["f32"],
        TensorCount {
            tensors: 1,
            elements: 6
        }
    );
    assert_eq!(inventory.metadata["family"], "mlp");
    assert!(!inventory.untold.is_empty());
    for length in 0..content.len() {
        let (_folder, path) = written("m.safetensors", &content[..length]);
        assert!(
            Inventory::read(&path).is_err(),
            "{length} of {} bytes",
            content.len()
        );
    }
    let lying = [&u64::MAX.to_le_bytes(), &content[8..]].concat();
    let (_folder, path) = written("m.safetensors", &lying);
    let error = Inventory::read(&path).expect_err("its header is no such length");
    assert!(error.to_string().contains("is said to be"), "{error}");
}
