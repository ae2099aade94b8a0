//! The inventory of an ONNX file.

use std::collections::{BTreeMap, BTreeSet};

use super::infer::bound;
use super::proto::{GraphProto, NodeProto};
use super::read::{OnnxModel, graphs_of};
use super::signature::Signatures;
use super::types::Element;
use super::walk::{Call, Next, Place, Visitor, walk, walk_function};
use crate::inventory::{Inventory, NODES_NAMED, OperationUse, TensorCount};

impl OnnxModel {
    /// What the model holds. Every node counts once, those of subgraphs and of
    /// the model's own functions too, called or not.
    ///
    /// # Errors
    /// When functions call each other in a circle, or come to too much.
    pub fn inventory(&self) -> Result<Inventory, String> {
        let mut collector = Collector::default();
        let tables = [Signatures::standard()];
        walk(self, &tables, &mut collector).map_err(|astray| astray.to_string())?;
        for function in self.functions() {
            let first = function.node.first().map(std::ptr::from_ref);
            if first.is_some_and(|node| !collector.seen.contains(&node)) {
                walk_function(self, function, &tables, &mut collector)
                    .map_err(|astray| astray.to_string())?;
            }
        }
        let mut tensors = BTreeMap::new();
        count_tensors(self.graph(), &mut tensors);
        let metadata = self.proto.metadata_props.iter();
        let producer = [
            ("producer_name", &self.proto.producer_name),
            ("producer_version", &self.proto.producer_version),
        ];
        let producer = producer.into_iter().filter(|(_, said)| !said.is_empty());
        Ok(Inventory {
            format: "onnx",
            ir_version: Some(self.ir_version()),
            opsets: self.opsets(),
            operations: collector.uses.into_values().collect(),
            tensors,
            metadata: metadata
                .map(|entry| (entry.key.clone(), entry.value.clone()))
                .chain(producer.map(|(key, said)| (key.to_owned(), said.clone())))
                .collect(),
            untold: Vec::new(),
        })
    }
}

fn count_tensors(graph: &GraphProto, to: &mut BTreeMap<String, TensorCount>) {
    for tensor in &graph.initializer {
        let element = Element::of_number(tensor.data_type.into());
        let word = element.map_or("undefined".to_owned(), |element| element.to_string());
        let dimensions = tensor
            .dims
            .iter()
            .map(|dim| u64::try_from(*dim).unwrap_or(0));
        to.entry(word).or_default().add(dimensions);
    }
    for attribute in graph.node.iter().flat_map(|node| &node.attribute) {
        graphs_of(attribute).for_each(|inner| count_tensors(inner, to));
    }
}

/// What sets uses of an operation apart.
type Key = (String, String, Option<i64>, Vec<(String, String)>, bool);

#[derive(Default)]
struct Collector {
    uses: BTreeMap<Key, OperationUse>,
    /// Nodes by address: a function that is called twice is walked twice.
    seen: BTreeSet<*const NodeProto>,
}

impl Collector {
    fn count(&mut self, call: &Call<'_>, place: Place<'_>, local: bool) {
        if !self.seen.insert(call.node) {
            return;
        }
        let dtypes = dtypes(call);
        let key = (
            call.domain.to_owned(),
            call.node.op_type.clone(),
            call.version,
            dtypes.clone().into_iter().collect(),
            local,
        );
        let found = self.uses.entry(key).or_insert_with(|| OperationUse {
            domain: call.domain.to_owned(),
            operation: call.node.op_type.clone(),
            opset: call.version,
            since: call.signature.map(|signature| signature.since),
            dtypes,
            local,
            count: 0,
            nodes: Vec::new(),
        });
        found.count += 1;
        if found.nodes.len() < NODES_NAMED {
            found.nodes.push(placed(call, place));
        }
    }
}

/// A node's name, with where it stands if that is not the graph itself.
pub(crate) fn placed(call: &Call<'_>, place: Place<'_>) -> String {
    let name = call.name();
    if place.is_the_graph() {
        name
    } else {
        format!("{name}, in {place}")
    }
}

/// The type variables of a call and what they are.
pub(crate) fn dtypes(call: &Call<'_>) -> BTreeMap<String, String> {
    let Some(signature) = call.signature else {
        let told = call.inputs.iter().enumerate();
        let told = told.filter_map(|(place, slot)| Some((place, slot.known()?)));
        return told
            .map(|(place, known)| (format!("input {place}"), known.to_string()))
            .collect();
    };
    let mut words = BTreeMap::new();
    let outputs = signature.actual_outputs(&call.outputs);
    let actual = outputs.chain(signature.actual_inputs(&call.inputs));
    for (parameter, slot) in actual {
        if let Some(name) = parameter.variable() {
            let said = slot.known().or(signature.fixed(name));
            let said = said.map_or("?".to_owned(), ToString::to_string);
            words.insert(name.to_owned(), said);
        }
    }
    for (name, known) in bound(call) {
        words.insert(name, known.to_string());
    }
    words
}

impl<'m> Visitor<'m> for Collector {
    fn operation(&mut self, call: &Call<'_>, place: Place<'_>) -> Next<'m> {
        self.count(call, place, false);
        Next::On
    }

    fn call(&mut self, call: &Call<'_>, place: Place<'_>) {
        self.count(call, place, true);
    }
}
