//! A walk over every operation of a model, types in hand.
//!
//! Follows the graph, its subgraphs and the functions that it calls, tells the
//! type of every value as far as that can be told without running anything, and
//! hands each operation to a [`Visitor`]. Bounded in depth and in length, and
//! functions that call each other in a circle end it.

use std::collections::BTreeMap;
use std::fmt;

use super::infer;
use super::proto::{AttributeProto, FunctionProto, GraphProto, NodeProto};
use super::read::{OnnxModel, graphs_of, opsets};
use super::signature::{Signature, Signatures, domain_word};
use super::types::{Element, ValueType};

/// How many operations are looked at, calls of functions followed.
const OPERATIONS_MAX: usize = 300_000;

/// How deep subgraphs and functions may lie in each other.
const DEPTH_MAX: usize = 64;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// There is none: an optional parameter left out.
    Absent,
    /// There is one, of a type that cannot be told.
    Untold,
    /// One of this type.
    Of(ValueType),
}

impl Slot {
    fn declared(declared: Option<ValueType>) -> Self {
        declared.map_or(Self::Untold, Self::Of)
    }

    pub(crate) fn known(&self) -> Option<&ValueType> {
        match self {
            Self::Of(known) => Some(known),
            Self::Absent | Self::Untold => None,
        }
    }
}

/// Where an operation stands: what its domain's versions and references mean there.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub opsets: &'a BTreeMap<String, i64>,
    attributes: &'a BTreeMap<&'a str, &'a AttributeProto>,
}

/// An operation, and what is known of it.
pub(crate) struct Call<'a> {
    pub node: &'a NodeProto,
    pub domain: &'a str,
    /// The version of its domain that is in force.
    pub version: Option<i64>,
    pub signature: Option<&'a Signature>,
    pub inputs: Vec<Slot>,
    pub outputs: Vec<Slot>,
    pub frame: Frame<'a>,
}

impl<'a> Call<'a> {
    /// An attribute of the operation; one that refers to an attribute of the
    /// function around it is that.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        attribute(self.node, name, self.frame)
    }

    /// What the file calls the operation: its name, else its first result.
    pub(crate) fn name(&self) -> String {
        match (self.node.name.as_str(), self.node.output.first()) {
            ("", Some(output)) => format!("{} -> {output}", self.node.op_type),
            ("", None) => self.node.op_type.clone(),
            (name, _) => name.to_owned(),
        }
    }
}

/// What is to be done after an operation was met.
pub(crate) enum Next<'a> {
    On,
    /// Look at the operations that it is made of.
    Into(&'a FunctionProto),
}

/// Where an operation stands: nothing in the graph itself, else such as
/// `then_branch of cond, in Body of call`.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a>(&'a [String]);

impl Place<'_> {
    pub(crate) fn is_the_graph(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        let inner_first: Vec<&str> = self.0.iter().rev().map(String::as_str).collect();
        to.write_str(&inner_first.join(", in "))
    }
}

/// Who looks at operations.
pub(crate) trait Visitor<'m> {
    fn operation(&mut self, call: &Call<'_>, place: Place<'_>) -> Next<'m>;

    /// A call of one of the model's own functions, before its body is walked.
    fn call(&mut self, _call: &Call<'_>, _place: Place<'_>) {}
}

/// Why a walk ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Astray {
    #[error("its functions call each other in a circle: {0}")]
    Circle(String),
    #[error("its subgraphs and functions lie more than {DEPTH_MAX} deep in each other")]
    Depth,
    #[error("its functions come to more than {OPERATIONS_MAX} operations")]
    Length,
}

struct Scope<'p> {
    values: BTreeMap<&'p str, Slot>,
    around: Option<&'p Scope<'p>>,
}

impl Scope<'_> {
    fn get(&self, name: &str) -> Slot {
        if name.is_empty() {
            return Slot::Absent;
        }
        match (self.values.get(name), self.around) {
            (Some(slot), _) => slot.clone(),
            (None, Some(around)) => around.get(name),
            (None, None) => Slot::Untold,
        }
    }
}

/// Walks a model's graph.
///
/// `tables` are asked for signatures in this order.
pub(crate) fn walk<'m>(
    model: &'m OnnxModel,
    tables: &[&'m Signatures],
    visitor: &mut dyn Visitor<'m>,
) -> Result<(), Astray> {
    let mut walker = Walker::new(model, tables);
    let (opsets, attributes) = (model.opsets(), BTreeMap::new());
    let frame = Frame {
        opsets: &opsets,
        attributes: &attributes,
    };
    walker.graph(model.graph(), &[], None, frame, visitor)?;
    Ok(())
}

/// Walks the body of one of the model's functions by itself, as far as its
/// types can be told from there.
pub(crate) fn walk_function<'m>(
    model: &'m OnnxModel,
    function: &'m FunctionProto,
    tables: &[&'m Signatures],
    visitor: &mut dyn Visitor<'m>,
) -> Result<(), Astray> {
    let mut walker = Walker::new(model, tables);
    let inputs = vec![Slot::Untold; function.input.len()];
    walker.function(function, &inputs, &BTreeMap::new(), visitor)?;
    Ok(())
}

struct Walker<'m, 't> {
    functions: BTreeMap<(&'m str, &'m str, &'m str), &'m FunctionProto>,
    tables: &'t [&'m Signatures],
    operations_left: usize,
    place: Vec<String>,
    /// The functions whose bodies are being walked, outermost first.
    active: Vec<&'m FunctionProto>,
}

impl<'m, 't> Walker<'m, 't> {
    fn new(model: &'m OnnxModel, tables: &'t [&'m Signatures]) -> Self {
        let key = |function: &'m FunctionProto| {
            let domain = domain_word(&function.domain);
            (domain, function.name.as_str(), function.overload.as_str())
        };
        Self {
            functions: model.functions().iter().map(|f| (key(f), f)).collect(),
            tables,
            operations_left: OPERATIONS_MAX,
            place: Vec::new(),
            active: Vec::new(),
        }
    }

    fn graph(
        &mut self,
        graph: &GraphProto,
        inputs: &[Slot],
        around: Option<&Scope<'_>>,
        frame: Frame<'_>,
        visitor: &mut dyn Visitor<'m>,
    ) -> Result<Vec<Slot>, Astray> {
        let declared: BTreeMap<&str, ValueType> = graph
            .value_info
            .iter()
            .chain(&graph.output)
            .filter_map(|info| Some((info.name.as_str(), ValueType::of(info.r#type.as_ref()?)?)))
            .collect();
        let mut scope = Scope {
            values: BTreeMap::new(),
            around,
        };
        for tensor in &graph.initializer {
            let element = Element::of_number(tensor.data_type.into());
            let slot = Slot::declared(element.map(ValueType::Tensor));
            scope.values.insert(&tensor.name, slot);
        }
        for sparse in graph
            .sparse_initializer
            .iter()
            .filter_map(|s| s.values.as_ref())
        {
            // onnxruntime and the standard treat these as dense where they are used.
            let element = Element::of_number(sparse.data_type.into());
            let slot = Slot::declared(element.map(ValueType::Tensor));
            scope.values.insert(&sparse.name, slot);
        }
        for (number, input) in graph.input.iter().enumerate() {
            let own = input.r#type.as_ref().and_then(ValueType::of);
            let slot = match inputs.get(number) {
                Some(Slot::Of(given)) => Slot::Of(given.clone()),
                _ => Slot::declared(own),
            };
            scope.values.insert(&input.name, slot);
        }
        self.nodes(&graph.node, &mut scope, &declared, frame, visitor)?;
        let outputs = graph.output.iter().map(|output| scope.get(&output.name));
        Ok(outputs.collect())
    }

    fn nodes<'g>(
        &mut self,
        nodes: &'g [NodeProto],
        scope: &mut Scope<'g>,
        declared: &BTreeMap<&str, ValueType>,
        frame: Frame<'_>,
        visitor: &mut dyn Visitor<'m>,
    ) -> Result<(), Astray> {
        for node in nodes {
            let outputs = self.node(node, scope, declared, frame, visitor)?;
            for (name, slot) in node.output.iter().zip(outputs) {
                if !name.is_empty() {
                    scope.values.insert(name, slot);
                }
            }
        }
        Ok(())
    }

    fn node(
        &mut self,
        node: &NodeProto,
        scope: &Scope<'_>,
        declared: &BTreeMap<&str, ValueType>,
        frame: Frame<'_>,
        visitor: &mut dyn Visitor<'m>,
    ) -> Result<Vec<Slot>, Astray> {
        self.operations_left = self.operations_left.checked_sub(1).ok_or(Astray::Length)?;
        let domain = domain_word(&node.domain);
        let version = frame.opsets.get(domain).copied();
        let find = |version| {
            let found = self.tables.iter();
            found
                .filter_map(|table| table.find(domain, &node.op_type, version))
                .max_by_key(|signature| signature.since)
        };
        let mut call = Call {
            node,
            domain,
            version,
            signature: version.and_then(find),
            inputs: node.input.iter().map(|name| scope.get(name)).collect(),
            outputs: Vec::new(),
            frame,
        };
        let key = (domain, node.op_type.as_str(), node.overload.as_str());
        if let Some(&function) = self.functions.get(&key) {
            visitor.call(&call, Place(&self.place));
            let outputs = self.expand(function, &call, visitor)?;
            return Ok(or_declared(node, outputs, declared));
        }
        let inside = self.subgraphs(&call, scope, visitor)?;
        call.outputs = or_declared(node, infer::outputs(&call, &inside), declared);
        if let Next::Into(function) = visitor.operation(&call, Place(&self.place)) {
            self.expand(function, &call, visitor)?;
        }
        Ok(call.outputs)
    }

    /// Walks the subgraphs of an operation; gives the types of their results,
    /// one list a subgraph.
    fn subgraphs(
        &mut self,
        call: &Call<'_>,
        scope: &Scope<'_>,
        visitor: &mut dyn Visitor<'m>,
    ) -> Result<Vec<Vec<Slot>>, Astray> {
        let mut results = Vec::new();
        for attribute in &call.node.attribute {
            for graph in graphs_of(attribute) {
                self.enter(format!("{} of {}", attribute.name, call.name()))?;
                let inputs = infer::inputs_of_subgraph(call);
                results.push(self.graph(graph, &inputs, Some(scope), call.frame, visitor)?);
                self.place.pop();
            }
        }
        Ok(results)
    }

    fn expand(
        &mut self,
        function: &'m FunctionProto,
        call: &Call<'_>,
        visitor: &mut dyn Visitor<'m>,
    ) -> Result<Vec<Slot>, Astray> {
        let own = function.attribute_proto.iter();
        let mut attributes: BTreeMap<&str, &AttributeProto> =
            own.map(|given| (given.name.as_str(), given)).collect();
        for given in &call.node.attribute {
            if let Some(resolved) = call.attribute(&given.name) {
                attributes.insert(&given.name, resolved);
            }
        }
        self.enter(format!("{} of {}", function.name, call.name()))?;
        let outputs = self.function(function, &call.inputs, &attributes, visitor)?;
        self.place.pop();
        Ok(outputs)
    }

    fn function(
        &mut self,
        function: &'m FunctionProto,
        inputs: &[Slot],
        attributes: &BTreeMap<&str, &AttributeProto>,
        visitor: &mut dyn Visitor<'m>,
    ) -> Result<Vec<Slot>, Astray> {
        let same = |active: &&FunctionProto| std::ptr::eq(*active, function);
        if let Some(first) = self.active.iter().position(same) {
            let names = self.active[first..].iter().map(|active| &active.name[..]);
            let names: Vec<&str> = names.chain([&function.name[..]]).collect();
            return Err(Astray::Circle(names.join(" -> ")));
        }
        let opsets = opsets(&function.opset_import);
        let frame = Frame {
            opsets: &opsets,
            attributes,
        };
        let infos = function.value_info.iter();
        let declared = infos
            .filter_map(|info| Some((info.name.as_str(), ValueType::of(info.r#type.as_ref()?)?)))
            .collect();
        let given = inputs
            .iter()
            .cloned()
            .chain(std::iter::repeat(Slot::Absent));
        let names = function.input.iter().map(String::as_str);
        let mut scope = Scope {
            values: names.zip(given).collect(),
            around: None,
        };
        self.active.push(function);
        self.nodes(&function.node, &mut scope, &declared, frame, visitor)?;
        self.active.pop();
        let outputs = function.output.iter().map(|name| scope.get(name));
        Ok(outputs.collect())
    }

    fn enter(&mut self, place: String) -> Result<(), Astray> {
        if self.place.len() == DEPTH_MAX {
            return Err(Astray::Depth);
        }
        self.place.push(place);
        Ok(())
    }
}

/// As many results as the node names, with declared types for those untold.
fn or_declared(
    node: &NodeProto,
    outputs: Vec<Slot>,
    declared: &BTreeMap<&str, ValueType>,
) -> Vec<Slot> {
    let told = outputs.into_iter().chain(std::iter::repeat(Slot::Untold));
    let pairs = node.output.iter().zip(told);
    let told = pairs.map(|(name, slot)| match slot {
        _ if name.is_empty() => Slot::Absent,
        Slot::Of(known) => Slot::Of(known),
        _ => Slot::declared(declared.get(name.as_str()).cloned()),
    });
    told.collect()
}

fn attribute<'a>(node: &'a NodeProto, name: &str, frame: Frame<'a>) -> Option<&'a AttributeProto> {
    let found = node.attribute.iter().find(|given| given.name == name)?;
    if found.ref_attr_name.is_empty() {
        Some(found)
    } else {
        frame.attributes.get(found.ref_attr_name.as_str()).copied()
    }
}
