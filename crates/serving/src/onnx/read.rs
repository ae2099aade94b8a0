//! Reading an ONNX file, which anybody may have written.
//!
//! Bounded: a file larger than protobuf allows is refused before it is read,
//! nesting is limited, and no length that the file states is believed beyond
//! the bytes that are there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use prost::Message;
use prost::bytes::Bytes;

use super::proto::{
    AttributeProto, EXTERNAL, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetId,
    TensorProto,
};
use super::signature::domain_word;
use crate::ServingError;

/// Protobuf allows no message beyond two gigabytes.
const BYTES_MAX: u64 = i32::MAX as u64;

/// An ONNX model: its graph and functions, its tensors' bytes left in the buffer.
#[derive(Clone, Debug)]
pub struct OnnxModel {
    pub(crate) proto: ModelProto,
}

impl OnnxModel {
    /// Reads a file, and looks whether the tensors that it keeps in other files
    /// are there, inside its folder.
    ///
    /// # Errors
    /// When it is no file, too large, damaged, nested beyond reason, without a
    /// graph, or when a tensor lies outside its folder, nowhere, or beyond the
    /// end of its file.
    pub fn read(path: &Path) -> Result<Self, ServingError> {
        let bytes = read_bounded(path)?;
        let malformed = |reason| ServingError::Malformed {
            path: path.to_owned(),
            reason,
        };
        let model = Self::decode(bytes).map_err(malformed)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        model.look_for_external_data(folder).map_err(malformed)?;
        Ok(model)
    }

    /// Reads a model from its bytes; tensors in other files are not looked for.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.is_empty() {
            return Err("the file is empty".into());
        }
        let proto = ModelProto::decode(Bytes::from(bytes))
            .map_err(|error| format!("this is no whole ONNX file: {error}"))?;
        if proto.graph.is_none() {
            return Err("this is no ONNX model: it holds no graph".into());
        }
        Ok(Self { proto })
    }

    /// The version of the format.
    pub fn ir_version(&self) -> i64 {
        self.proto.ir_version
    }

    /// The version of every domain that the model imports.
    pub fn opsets(&self) -> BTreeMap<String, i64> {
        opsets(&self.proto.opset_import)
    }

    pub(crate) fn graph(&self) -> &GraphProto {
        let graph = self.proto.graph.as_ref();
        graph.unwrap_or_else(|| unreachable!("decoding refuses a model without a graph"))
    }

    pub(crate) fn functions(&self) -> &[FunctionProto] {
        &self.proto.functions
    }

    fn look_for_external_data(&self, folder: &Path) -> Result<(), String> {
        let mut tensors = Vec::new();
        tensors_of_graph(self.graph(), &mut tensors);
        for function in self.functions() {
            tensors_of_nodes(&function.node, &mut tensors);
        }
        tensors
            .into_iter()
            .filter(|tensor| tensor.data_location == EXTERNAL)
            .try_for_each(|tensor| external_data_is_there(tensor, folder))
    }
}

/// A domain's version, by its word.
pub(crate) fn opsets(imports: &[OperatorSetId]) -> BTreeMap<String, i64> {
    let pairs = imports
        .iter()
        .map(|import| (domain_word(&import.domain).to_owned(), import.version));
    pairs.collect()
}

/// All bytes of a plain file that is not too large for its kind.
fn read_bounded(path: &Path) -> Result<Vec<u8>, ServingError> {
    let unreadable = |source| ServingError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let malformed = |reason: String| ServingError::Malformed {
        path: path.to_owned(),
        reason,
    };
    // Asked before opening: opening a pipe waits for its other end.
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(malformed("this is no plain file".into()));
    }
    if about.len() > BYTES_MAX {
        let len = about.len();
        return Err(malformed(format!(
            "{len} bytes; an ONNX file has at most {BYTES_MAX}, with its tensors beside it"
        )));
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    let file = File::open(path).map_err(unreadable)?;
    file.take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

fn tensors_of_graph<'a>(graph: &'a GraphProto, to: &mut Vec<&'a TensorProto>) {
    to.extend(&graph.initializer);
    for sparse in &graph.sparse_initializer {
        to.extend(sparse.values.iter().chain(&sparse.indices));
    }
    tensors_of_nodes(&graph.node, to);
}

fn tensors_of_nodes<'a>(nodes: &'a [NodeProto], to: &mut Vec<&'a TensorProto>) {
    for attribute in nodes.iter().flat_map(|node| &node.attribute) {
        to.extend(attribute.t.iter().chain(&attribute.tensors));
        for graph in graphs_of(attribute) {
            tensors_of_graph(graph, to);
        }
    }
}

/// The subgraphs that an attribute holds.
pub(crate) fn graphs_of(attribute: &AttributeProto) -> impl Iterator<Item = &GraphProto> {
    attribute.g.iter().chain(&attribute.graphs)
}

fn external_data_is_there(tensor: &TensorProto, folder: &Path) -> Result<(), String> {
    let entry = |key: &str| {
        let mut entries = tensor.external_data.iter();
        entries
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    };
    let name = &tensor.name;
    let location = entry("location")
        .ok_or_else(|| format!("tensor `{name}` lies in another file, and does not say which"))?;
    let number = |key: &str| match entry(key) {
        None => Ok(None),
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| {
            format!("tensor `{name}`: its {key} in `{location}` is `{text}`, which is no length")
        }),
    };
    let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
    let file = inside(folder, Path::new(location))
        .map_err(|why| format!("tensor `{name}` lies in `{location}`: {why}"))?;
    let there = fs::metadata(&file).map_or(0, |about| about.len());
    match offset.checked_add(length.unwrap_or(0)) {
        Some(end) if end <= there => Ok(()),
        _ => Err(format!(
            "tensor `{name}` reaches beyond the {there} bytes of `{location}`"
        )),
    }
}

/// The path of a file inside `folder`, links followed.
fn inside(folder: &Path, location: &Path) -> Result<PathBuf, &'static str> {
    const OUTSIDE: &str = "that is outside the model's folder";
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !location.components().all(plain) {
        return Err(OUTSIDE);
    }
    let resolve = |path: &Path| path.canonicalize().map_err(|_| "there is no such file");
    let (folder, file) = (resolve(folder)?, resolve(&folder.join(location))?);
    if !file.starts_with(folder) {
        return Err(OUTSIDE);
    }
    if file.is_file() {
        Ok(file)
    } else {
        Err("that is no plain file")
    }
}
