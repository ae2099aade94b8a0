//! Answers name the operation, the version, the type, the reason and the nodes.

use seatrial_serving::{
    Answer, Catalogue, OnnxModel, Opinion, Reason, ask, shipped, shipped_names,
};

use crate::encode::{function, graph, integer, model, node, of_one, subgraph};

const FLOAT: i64 = 1;
const FLOAT16: i64 = 10;
const BFLOAT16: i64 = 16;

fn told(content: Vec<u8>, catalogue: &str) -> Opinion {
    let model = OnnxModel::decode(content).expect("it is sound");
    ask(&model, &Catalogue::named(catalogue).expect("it is shipped"))
}

fn unsupported(content: Vec<u8>, catalogue: &str) -> Reason {
    let opinion = told(content, catalogue);
    assert_eq!(opinion.answer, Answer::Unsupported, "{opinion:?}");
    opinion.reasons[0].clone()
}

#[test]
fn an_operation_of_a_custom_domain_is_named() {
    let nodes = [node("own", "Fancy", &["x"], &["y"], &[])];
    let graph = graph(&nodes, &[("x", FLOAT)], &[("y", FLOAT)]);
    let reason = unsupported(model(8, 17, &graph, &[]), "onnxruntime-1.23.2");
    assert_eq!(reason.operation.as_deref(), Some("Fancy"));
    assert_eq!(reason.domain.as_deref(), Some("own"));
    assert_eq!(reason.nodes, ["the Fancy"]);
    assert_eq!(reason.first_version, None);
}

#[test]
fn a_too_new_opset_is_named_with_the_first_version_that_reads_it() {
    let nodes = [node("", "Relu", &["x"], &["y"], &[])];
    let graph = graph(&nodes, &[("x", FLOAT)], &[("y", FLOAT)]);
    let reason = unsupported(model(8, 22, &graph, &[]), "onnxruntime-1.20.1");
    assert!(reason.reason.contains("ai.onnx opset 22"), "{reason:?}");
    assert!(reason.reason.contains("up to 21"), "{reason:?}");
    assert_eq!(reason.first_version.as_deref(), Some("onnxruntime 1.23.2"));
}

#[test]
fn a_too_new_format_is_named_with_the_first_version_that_reads_it() {
    let nodes = [node("", "Relu", &["x"], &["y"], &[])];
    let graph = graph(&nodes, &[("x", FLOAT)], &[("y", FLOAT)]);
    let reason = unsupported(model(10, 17, &graph, &[]), "onnxruntime-1.16.3");
    assert!(reason.reason.contains("IR version 10"), "{reason:?}");
    assert_eq!(reason.first_version.as_deref(), Some("onnxruntime 1.20.1"));
}

#[test]
fn a_type_without_a_kernel_is_named() {
    let reason = unsupported(of_one("Sin", BFLOAT16), "onnxruntime-1.23.2");
    assert_eq!(reason.operation.as_deref(), Some("Sin"));
    assert_eq!(reason.version, Some(7));
    assert_eq!(reason.dtype.as_deref(), Some("T=bfloat16"));
}

#[test]
fn the_first_version_with_a_kernel_is_named() {
    let nodes = [node("", "RotaryEmbedding", &["x", "c", "s"], &["y"], &[])];
    let inputs = [("x", FLOAT), ("c", FLOAT), ("s", FLOAT)];
    let graph = graph(&nodes, &inputs, &[("y", FLOAT)]);
    let opinion = told(model(8, 23, &graph, &[]), "onnxruntime-1.20.1");
    assert_eq!(opinion.answer, Answer::Unsupported);
    let firsts = opinion
        .reasons
        .iter()
        .filter_map(|reason| reason.first_version.as_deref());
    assert!(firsts.clone().count() > 0, "{opinion:?}");
    assert!(
        firsts
            .into_iter()
            .all(|first| first == "onnxruntime 1.23.2"),
        "{opinion:?}"
    );
}

#[test]
fn an_operation_missing_only_in_a_subgraph_is_found_there() {
    let branch = |operation: &str| {
        graph(
            &[node("", operation, &["x"], &["b"], &[])],
            &[],
            &[("b", FLOAT)],
        )
    };
    let branches = [
        subgraph("then_branch", &branch("Relu")),
        subgraph("else_branch", &branch("Relux")),
    ];
    let nodes = [node("", "If", &["c"], &["y"], &branches)];
    let graph = graph(&nodes, &[("x", FLOAT), ("c", 9)], &[("y", FLOAT)]);
    let reason = unsupported(model(8, 17, &graph, &[]), "onnxruntime-1.23.2");
    assert_eq!(reason.operation.as_deref(), Some("Relux"));
    assert_eq!(reason.nodes, ["the Relux, in else_branch of the If"]);
}

#[test]
fn a_type_reaches_into_subgraphs_and_functions() {
    let inner = graph(&[node("", "Sin", &["x"], &["b"], &[])], &[], &[("b", 0)]);
    let branches = [
        subgraph("then_branch", &inner),
        subgraph("else_branch", &inner),
    ];
    let body = [node("", "If", &["c"], &["y"], &branches)];
    // The function has one input; the condition comes from a constant of its own.
    let condition = node("", "Not", &["x"], &["c"], &[]);
    let functions = [function(
        "Wrapped",
        &[vec![condition], body.to_vec()].concat(),
    )];
    let call = graph(
        &[node("own", "Wrapped", &["x"], &["y"], &[])],
        &[("x", BFLOAT16)],
        &[],
    );
    let opinion = told(model(8, 17, &call, &functions), "onnxruntime-1.23.2");
    let sin = opinion
        .reasons
        .iter()
        .find(|reason| reason.operation.as_deref() == Some("Sin"));
    let sin = sin.expect("it is found");
    assert_eq!(sin.dtype.as_deref(), Some("T=bfloat16"));
    assert!(sin.nodes[0].contains("Wrapped"), "{sin:?}");
}

#[test]
fn half_precision_without_a_kernel_is_cast() {
    let opinion = told(of_one("Erf", FLOAT16), "onnxruntime-1.16.3");
    assert_eq!(opinion.answer, Answer::Rewritten, "{opinion:?}");
    assert!(opinion.reasons[0].reason.contains("cast to float"));
}

#[test]
fn an_operation_made_of_others_is_rewritten() {
    let opinion = told(of_one("HardSwish", FLOAT), "onnxruntime-1.23.2");
    assert_eq!(opinion.answer, Answer::Rewritten, "{opinion:?}");
}

#[test]
fn an_operation_made_of_others_that_are_missing_is_unsupported() {
    let reason = unsupported(of_one("HardSwish", BFLOAT16), "onnxruntime-1.23.2");
    assert!(
        reason.nodes[0].contains("HardSwish of the HardSwish"),
        "{reason:?}"
    );
}

#[test]
fn what_the_server_refuses_is_told_in_its_own_words() {
    let attributes = [integer("hidden_size", 2), integer("layout", 1)];
    let nodes = [node("", "GRU", &["x", "w", "r"], &["y"], &attributes)];
    let inputs = [("x", FLOAT), ("w", FLOAT), ("r", FLOAT)];
    let graph = graph(&nodes, &inputs, &[("y", FLOAT)]);
    let reason = unsupported(model(8, 17, &graph, &[]), "onnxruntime-1.32.0");
    assert!(
        reason.reason.contains("Batchwise recurrent operations"),
        "{reason:?}"
    );
}

#[test]
fn a_type_that_cannot_be_told_is_unknown() {
    let nodes = [node("", "Sin", &["x"], &["y"], &[])];
    let opinion = told(
        model(8, 17, &graph(&nodes, &[("x", 0)], &[("y", 0)]), &[]),
        "onnxruntime-1.23.2",
    );
    assert_eq!(opinion.answer, Answer::Unknown, "{opinion:?}");
}

#[test]
fn every_shipped_catalogue_is_found_by_its_name() {
    assert!(shipped_names().eq(shipped().map(Catalogue::name)));
    for catalogue in shipped() {
        assert_eq!(
            *Catalogue::named(&catalogue.name()).expect("it is shipped"),
            *catalogue
        );
    }
    let error = Catalogue::named("onnxruntime-9.9")
        .expect_err("there is none")
        .to_string();
    assert!(error.contains("onnxruntime-1.23.2"), "{error}");
}

#[test]
fn a_file_that_is_no_catalogue_is_refused_with_the_reason() {
    let sound = include_str!("../../catalogues/onnxruntime-1.23.2.toml");
    let refusal = |text: &str| Catalogue::parse(text).expect_err("it is broken");
    assert!(refusal("").contains("format"));
    assert!(refusal(&sound.replace("format = 1", "format = 2")).contains("its format is 2"));
    assert!(refusal(&sound.replace("T=float", "T=flaot")).contains("is no kernel"));
    assert!(refusal(&sound.replace("ir_version_max", "ir_max")).contains("ir_max"));
    let head: Vec<&str> = sound
        .lines()
        .take_while(|line| !line.starts_with('['))
        .collect();
    assert!(refusal(&(head.join("\n") + "\n[kernels]")).contains("no kernel"));
}

#[test]
fn a_server_that_lists_names_only_never_supports_a_model_on_paper() {
    for knows_names in ["candle-onnx-0.11.1", "tract-0.23.9"] {
        let opinion = told(of_one("Relu", FLOAT), knows_names);
        assert_eq!(opinion.answer, Answer::Unknown, "{opinion:?}");
        assert!(opinion.reasons[0].reason.contains("not known on paper"));
        let reason = unsupported(of_one("ImageDecoder", FLOAT), knows_names);
        assert_eq!(reason.operation.as_deref(), Some("ImageDecoder"));
    }
}

#[test]
fn what_a_server_computes_wrongly_in_some_versions_is_told_for_those_only() {
    let of_version = |version| {
        let nodes = [node("", "Softmax", &["x"], &["y"], &[])];
        let graph = graph(&nodes, &[("x", FLOAT)], &[("y", FLOAT)]);
        told(model(8, version, &graph, &[]), "candle-onnx-0.11.1")
    };
    let wrong = of_version(12);
    assert_eq!(wrong.answer, Answer::Unsupported, "{wrong:?}");
    assert!(wrong.reasons[0].reason.contains("computes something else"));
    assert_eq!(of_version(13).answer, Answer::Unknown);
}
