//! Files that somebody else wrote, and not to please us.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use seatrial_serving::{Answer, Catalogue, Inventory, OnnxModel, Opinion, ask, ask_file};

use crate::encode::{bytes, function, graph, model, node, number, of_one, subgraph, varint};
use crate::suite::Suite;

fn catalogue() -> Catalogue {
    Catalogue::named("onnxruntime-1.23.2")
        .expect("it is shipped")
        .into_owned()
}

fn opinion_on(content: &[u8]) -> Opinion {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.onnx");
    fs::write(&path, content).expect("a file");
    ask_file(&path, &catalogue())
}

fn assert_unknown(opinion: &Opinion, says: &str) {
    assert_eq!(opinion.answer, Answer::Unknown, "{opinion:?}");
    let reason = &opinion.reasons[0].reason;
    assert!(reason.contains(says), "{reason}");
}

#[test]
fn a_sound_file_is_supported() {
    assert_eq!(opinion_on(&of_one("Relu", 1)).answer, Answer::Supported);
}

#[test]
fn a_file_cut_short_is_named_and_never_supported() {
    let whole = of_one("Relu", 1);
    for length in 0..whole.len() {
        let opinion = opinion_on(&whole[..length]);
        assert!(
            !opinion.answer.is_for(),
            "{length} of {} bytes: {opinion:?}",
            whole.len()
        );
    }
    assert_unknown(&opinion_on(&whole[..whole.len() / 2]), "no whole ONNX file");
    assert_unknown(&opinion_on(b""), "empty");
}

#[test]
fn no_file_with_a_changed_byte_crashes_the_reader() {
    let suite = Suite::read();
    let catalogue = catalogue();
    let loop_model = suite
        .models
        .iter()
        .find(|model| model.path.contains("test_loop16_seq_none"));
    let whole = &loop_model.expect("the suite has it").bytes;
    for place in 0..whole.len() {
        for changed in [0, 0x7f, 0xff, whole[place] ^ 1] {
            let mut content = whole.clone();
            content[place] = changed;
            if let Ok(model) = OnnxModel::decode(content) {
                ask(&model, &catalogue);
                let _ = model.inventory();
            }
        }
    }
}

#[test]
fn a_length_of_four_gigabytes_takes_no_memory() {
    for tag in [7, 8, 25] {
        let stated = [varint(tag << 3 | 2), varint(4 << 30)].concat();
        let content = [number(1, 8), stated, vec![0; 16]].concat();
        assert_unknown(&opinion_on(&content), "no whole ONNX file");
    }
}

#[test]
fn graphs_in_graphs_without_end_are_refused() {
    let mut inner = graph(&[node("", "Relu", &["x"], &["y"], &[])], &[], &[("y", 1)]);
    for _ in 0..500 {
        let branch = subgraph("then_branch", &inner);
        inner = bytes(1, node("", "If", &["c"], &["y"], &[branch]));
    }
    assert_unknown(&opinion_on(&model(8, 17, &inner, &[])), "recursion");
}

#[test]
fn functions_that_call_each_other_in_a_circle_are_named() {
    let functions = [
        function("A", &[node("own", "B", &["x"], &["y"], &[])]),
        function("B", &[node("own", "A", &["x"], &["y"], &[])]),
    ];
    let call = graph(
        &[node("own", "A", &["x"], &["y"], &[])],
        &[("x", 1)],
        &[("y", 1)],
    );
    let content = model(8, 17, &call, &functions);
    assert_unknown(&opinion_on(&content), "in a circle: A -> B -> A");
    let read = OnnxModel::decode(content).expect("it is whole").inventory();
    assert!(read.expect_err("it is circular").contains("A -> B -> A"));
}

#[test]
fn functions_that_double_at_every_level_end() {
    let level = |number: usize| {
        let (name, next) = (format!("F{number}"), format!("F{}", number + 1));
        let nodes = match number {
            50 => vec![node("", "Relu", &["x"], &["y"], &[])],
            _ => vec![
                node("own", &next, &["x"], &["m"], &[]),
                node("own", &next, &["m"], &["y"], &[]),
            ],
        };
        function(&name, &nodes)
    };
    let functions: Vec<Vec<u8>> = (0..=50).map(level).collect();
    let call = graph(
        &[node("own", "F0", &["x"], &["y"], &[])],
        &[("x", 1)],
        &[("y", 1)],
    );
    assert_unknown(&opinion_on(&model(8, 17, &call, &functions)), "operations");
}

/// A model with one tensor, of which the file says that it lies in `location`.
fn with_external_data(location: &str, length: &str) -> Vec<u8> {
    let entry = |key: &str, value: &str| bytes(13, [bytes(1, key), bytes(2, value)].concat());
    let tensor = [
        number(1, 4),
        number(2, 1),
        bytes(8, "w"),
        entry("location", location),
        entry("length", length),
        number(14, 1),
    ]
    .concat();
    let nodes = [node("", "Add", &["x", "w"], &["y"], &[])];
    let graph = [graph(&nodes, &[("x", 1)], &[("y", 1)]), bytes(5, tensor)].concat();
    model(8, 17, &graph, &[])
}

fn external(location: &str, length: &str, prepare: impl Fn(&Path)) -> Opinion {
    let outer = tempfile::tempdir().expect("a folder");
    let folder = outer.path().join("package");
    fs::create_dir(&folder).expect("a folder");
    fs::write(outer.path().join("secret.bin"), [0; 64]).expect("a file");
    prepare(&folder);
    let path = folder.join("model.onnx");
    fs::write(&path, with_external_data(location, length)).expect("a file");
    ask_file(&path, &catalogue())
}

#[test]
fn tensors_in_other_files_stay_inside_the_folder() {
    let nothing = |_: &Path| ();
    let beside = |folder: &Path| fs::write(folder.join("w.bin"), [0; 16]).expect("a file");
    let link = |folder: &Path| {
        symlink(folder.join("../secret.bin"), folder.join("w.bin")).expect("a link");
    };
    assert_eq!(external("w.bin", "16", beside).answer, Answer::Supported);
    for climbing in ["../secret.bin", "/etc/hostname", "a/../../secret.bin"] {
        assert_unknown(
            &external(climbing, "16", nothing),
            "outside the model's folder",
        );
    }
    assert_unknown(&external("w.bin", "16", link), "outside the model's folder");
    assert_unknown(&external("w.bin", "16", nothing), "no such file");
    assert_unknown(
        &external("w.bin", "17", beside),
        "reaches beyond the 16 bytes",
    );
    assert_unknown(&external("w.bin", "-1", beside), "`-1`, which is no length");
    let overflow = u64::MAX.to_string();
    assert_unknown(&external("w.bin", &overflow, beside), "reaches beyond");
}

#[test]
fn what_is_no_plain_file_is_not_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe.onnx");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    assert_unknown(&ask_file(&pipe, &catalogue()), "no plain file");
    assert_unknown(&ask_file(folder.path(), &catalogue()), "no plain file");
    for ending in ["gguf", "safetensors"] {
        let link = folder.path().join(format!("pipe.{ending}"));
        symlink(&pipe, &link).expect("a link");
        assert!(Inventory::read(&link).is_err());
    }
}
