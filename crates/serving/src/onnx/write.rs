//! Writing ONNX files, operation by operation.
//!
//! What does not live here: which operations a model is made of.

use prost::Message;
use prost::bytes::Bytes;

use super::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetId, ShapeProto,
    StringEntry, TensorProto, TensorType, TypeProto, ValueInfoProto, attribute_type,
};
use super::types::Element;
use super::{OnnxModel, STANDARD_DOMAIN};

/// One extent of a value's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Always this many.
    Fixed(usize),
    /// Any number; values with the same name have the same.
    Named(&'static str),
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A whole number.
    Int(i64),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// A number.
    Float(f32),
    /// Text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// A subgraph: what was added to this builder.
    Graph(Box<OnnxBuilder>),
}

/// An ONNX graph in the making.
///
/// ```
/// use seatrial_serving::{Dimension, Element, OnnxBuilder};
///
/// let shape = [Dimension::Named("batch"), Dimension::Fixed(4)];
/// let mut graph = OnnxBuilder::new("doubled");
/// graph.input("x", Element::FLOAT, &shape);
/// let two = graph.floats("two", &[], &[2.0]);
/// let y = graph.node("Mul", &["x", &two], "y", &[]);
/// graph.output(&y, Element::FLOAT, &shape);
/// let bytes = graph.model(8, &[("ai.onnx", 17)]);
/// # assert!(seatrial_serving::OnnxModel::decode(bytes).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OnnxBuilder {
    graph: GraphProto,
    metadata: Vec<StringEntry>,
}

impl OnnxBuilder {
    /// An empty graph.
    pub fn new(name: &str) -> Self {
        Self {
            graph: GraphProto {
                name: name.to_owned(),
                ..GraphProto::default()
            },
            metadata: Vec::new(),
        }
    }

    /// A value that whoever runs the model gives.
    pub fn input(&mut self, name: &str, element: Element, shape: &[Dimension]) {
        self.graph.input.push(value(name, element, shape));
    }

    /// A value that the model gives back.
    pub fn output(&mut self, name: &str, element: Element, shape: &[Dimension]) {
        self.graph.output.push(value(name, element, shape));
    }

    /// Stored single-precision numbers in row-major order; gives back the name.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.tensor(name, Element::FLOAT, shape, bytes.collect())
    }

    /// Stored double-precision numbers in row-major order; gives back the name.
    pub fn doubles(&mut self, name: &str, shape: &[usize], values: &[f64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.tensor(name, Element::DOUBLE, shape, bytes.collect())
    }

    /// Stored whole numbers, one axis; gives back the name.
    pub fn whole_numbers(&mut self, name: &str, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.tensor(name, Element::INT64, &[values.len()], bytes.collect())
    }

    fn tensor(&mut self, name: &str, element: Element, shape: &[usize], raw: Vec<u8>) -> String {
        self.graph.initializer.push(TensorProto {
            dims: shape.iter().map(|extent| *extent as i64).collect(),
            data_type: element.number(),
            name: name.to_owned(),
            raw_data: Bytes::from(raw),
            ..TensorProto::default()
        });
        name.to_owned()
    }

    /// An operation of the standard with one result; gives back its name.
    pub fn node(
        &mut self,
        operation: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, Attribute)],
    ) -> String {
        self.node_of(STANDARD_DOMAIN, operation, inputs, &[output], attributes);
        output.to_owned()
    }

    /// An operation of any domain with any results; an empty name leaves out an
    /// optional input or a result.
    pub fn node_of(
        &mut self,
        domain: &str,
        operation: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let attributes = attributes
            .iter()
            .map(|(name, value)| attribute(name, value));
        let named = outputs.iter().find(|name| !name.is_empty());
        self.graph.node.push(NodeProto {
            input: owned(inputs),
            output: owned(outputs),
            name: named.map_or_else(String::new, |name| format!("{name}_{operation}")),
            op_type: operation.to_owned(),
            attribute: attributes.collect(),
            domain: written(domain),
            overload: String::new(),
        });
    }

    /// Something that the file says of itself.
    pub fn metadata(&mut self, key: &str, value: &str) {
        self.metadata.push(StringEntry {
            key: key.to_owned(),
            value: value.to_owned(),
        });
    }

    /// The file: of this version of the format, with these versions of domains.
    pub fn model(self, ir_version: i64, opsets: &[(&str, i64)]) -> Vec<u8> {
        self.proto(ir_version, opsets).encode_to_vec()
    }

    /// The same, ready to be asked about.
    pub fn into_model(self, ir_version: i64, opsets: &[(&str, i64)]) -> OnnxModel {
        OnnxModel {
            proto: self.proto(ir_version, opsets),
        }
    }

    fn proto(self, ir_version: i64, opsets: &[(&str, i64)]) -> ModelProto {
        let imports = opsets.iter().map(|(domain, version)| OperatorSetId {
            domain: written(domain),
            version: *version,
        });
        ModelProto {
            ir_version,
            producer_name: "seatrial".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(self.graph),
            opset_import: imports.collect(),
            metadata_props: self.metadata,
            functions: Vec::new(),
        }
    }
}

/// A domain as files write it: the standard's own is empty.
fn written(domain: &str) -> String {
    match domain {
        STANDARD_DOMAIN => String::new(),
        other => other.to_owned(),
    }
}

fn value(name: &str, element: Element, shape: &[Dimension]) -> ValueInfoProto {
    let dimensions = shape.iter().map(|dimension| match *dimension {
        Dimension::Fixed(extent) => DimensionProto {
            dim_value: Some(extent as i64),
            dim_param: None,
        },
        Dimension::Named(name) => DimensionProto {
            dim_value: None,
            dim_param: Some(name.to_owned()),
        },
    });
    let tensor = TensorType {
        elem_type: element.number(),
        shape: Some(ShapeProto {
            dim: dimensions.collect(),
        }),
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(Box::new(tensor)),
            ..TypeProto::default()
        }),
    }
}

fn attribute(name: &str, value: &Attribute) -> AttributeProto {
    let mut proto = AttributeProto {
        name: name.to_owned(),
        ..AttributeProto::default()
    };
    proto.r#type = match value {
        Attribute::Int(number) => {
            proto.i = *number;
            attribute_type::INT
        }
        Attribute::Ints(numbers) => {
            proto.ints.clone_from(numbers);
            attribute_type::INTS
        }
        Attribute::Float(number) => {
            proto.f = *number;
            attribute_type::FLOAT
        }
        Attribute::Text(text) => {
            proto.s = Bytes::copy_from_slice(text.as_bytes());
            attribute_type::STRING
        }
        Attribute::Texts(texts) => {
            let texts = texts.iter();
            proto.strings = texts
                .map(|text| Bytes::copy_from_slice(text.as_bytes()))
                .collect();
            attribute_type::STRINGS
        }
        Attribute::Graph(builder) => {
            proto.g = Some(builder.graph.clone());
            attribute_type::GRAPH
        }
    };
    proto
}
