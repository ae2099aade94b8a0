//! The types of an operation's results, from its inputs and attributes.
//!
//! Shapes are not told: whether a server has an operation does not depend on
//! them. Source of each rule: the operation's page in the ONNX standard.

use std::collections::BTreeMap;

use super::signature::{Kind, Repeats, STANDARD_DOMAIN, Signature};
use super::types::{Element, ValueType};
use super::walk::{Call, Slot};

/// The types of the results. `inside` are those of its subgraphs.
pub(crate) fn outputs(call: &Call<'_>, inside: &[Vec<Slot>]) -> Vec<Slot> {
    let bound = bound(call);
    let count = call.node.output.len();
    let told = (0..count).map(|place| {
        let by_rule = match call.domain {
            STANDARD_DOMAIN => standard(call, place, inside),
            "ai.onnx.ml" => traditional(call, place),
            _ => None,
        };
        let told = by_rule.or_else(|| by_signature(call.signature?, place, &bound));
        told.map_or(Slot::Untold, Slot::Of)
    });
    told.collect()
}

/// What the inputs say of the type variables; the first one counts.
pub(crate) fn bound(call: &Call<'_>) -> BTreeMap<String, ValueType> {
    let mut bound = BTreeMap::new();
    let Some(signature) = call.signature else {
        return bound;
    };
    for (place, slot) in call.inputs.iter().enumerate() {
        let parameter = Signature::at(&signature.inputs, place);
        if let (Some(parameter), Slot::Of(known)) = (parameter, slot)
            && let Kind::Variable(name) = &parameter.kind
            && parameter.repeats != Repeats::Freely
        {
            bound.entry(name.clone()).or_insert_with(|| known.clone());
        }
    }
    bound
}

fn by_signature(
    signature: &Signature,
    place: usize,
    bound: &BTreeMap<String, ValueType>,
) -> Option<ValueType> {
    let parameter = Signature::at(&signature.outputs, place)?;
    match &parameter.kind {
        Kind::Of(known) => Some(known.clone()),
        Kind::Variable(_) if parameter.repeats == Repeats::Freely => None,
        Kind::Variable(name) => {
            let known = bound.get(name).or_else(|| signature.fixed(name));
            known.cloned()
        }
    }
}

/// The element type that an attribute names by number.
fn named(call: &Call<'_>, attribute: &str) -> Option<ValueType> {
    let number = call.attribute(attribute)?.i;
    Element::of_number(number).map(ValueType::Tensor)
}

fn input<'c>(call: &'c Call<'_>, place: usize) -> Option<&'c ValueType> {
    call.inputs.get(place)?.known()
}

fn has(call: &Call<'_>, attribute: &str) -> bool {
    call.attribute(attribute).is_some()
}

/// Operations of the standard whose results do not follow from the signature.
fn standard(call: &Call<'_>, place: usize, inside: &[Vec<Slot>]) -> Option<ValueType> {
    let float = || ValueType::from(Element::FLOAT);
    let sequence = |inner: ValueType| ValueType::Sequence(Box::new(inner));
    let first = || input(call, 0).cloned();
    match call.node.op_type.as_str() {
        "Cast" | "BitCast" => named(call, "to"),
        "CastLike" => input(call, 1).cloned(),
        "Constant" => constant(call),
        "ConstantOfShape" => match call.attribute("value") {
            Some(value) => Element::of_number(value.t.as_ref()?.data_type.into()).map(Into::into),
            None => Some(float()),
        },
        "RandomNormal" | "RandomUniform" => Some(named(call, "dtype").unwrap_or_else(float)),
        "EyeLike" | "RandomNormalLike" | "RandomUniformLike" | "Bernoulli" => {
            named(call, "dtype").or_else(first)
        }
        "Multinomial" => Some(named(call, "dtype").unwrap_or(Element::INT32.into())),
        "BlackmanWindow" | "HammingWindow" | "HannWindow" | "MelWeightMatrix" => {
            Some(named(call, "output_datatype").unwrap_or_else(float))
        }
        "QuantizeLinear" => {
            let stated = named(call, "output_dtype").or_else(|| input(call, 2).cloned());
            // Without a zero point: an unsigned byte, unless its type is merely untold.
            let left_out = call.inputs.get(2).is_none_or(|slot| *slot == Slot::Absent);
            stated.or(left_out.then_some(Element::UINT8.into()))
        }
        "DequantizeLinear" if call.version? >= 23 => {
            named(call, "output_dtype").or_else(|| input(call, 1).cloned())
        }
        "SequenceEmpty" => Some(sequence(named(call, "dtype").unwrap_or_else(float))),
        "SequenceConstruct" | "SplitToSequence" => first().map(sequence),
        "SequenceAt" | "ConcatFromSequence" => input(call, 0)?.inner().cloned(),
        "SequenceMap" => {
            let told = inside.first()?.get(place)?.known()?;
            Some(sequence(told.clone()))
        }
        "Optional" => {
            let stated = call.attribute("type").and_then(|given| given.tp.as_ref());
            let inner = first().or_else(|| ValueType::of(stated?))?;
            Some(ValueType::Optional(Box::new(inner)))
        }
        "OptionalGetElement" => match input(call, 0)? {
            ValueType::Optional(inner) => Some((**inner).clone()),
            other => Some(other.clone()),
        },
        "If" => {
            let mut branches = inside
                .iter()
                .filter_map(|branch| branch.get(place)?.known());
            branches.next().cloned()
        }
        "Loop" => inside.first()?.get(place + 1)?.known().cloned(),
        "Scan" => inside.first()?.get(place)?.known().cloned(),
        _ => None,
    }
}

fn constant(call: &Call<'_>) -> Option<ValueType> {
    let tensor = |attribute: &str, element: Element| {
        has(call, attribute).then_some(ValueType::Tensor(element))
    };
    if let Some(value) = call.attribute("value") {
        return Element::of_number(value.t.as_ref()?.data_type.into()).map(Into::into);
    }
    if let Some(value) = call.attribute("sparse_value") {
        let values = value.sparse_tensor.as_ref()?.values.as_ref()?;
        return Element::of_number(values.data_type.into()).map(Into::into);
    }
    tensor("value_float", Element::FLOAT)
        .or_else(|| tensor("value_floats", Element::FLOAT))
        .or_else(|| tensor("value_int", Element::INT64))
        .or_else(|| tensor("value_ints", Element::INT64))
        .or_else(|| tensor("value_string", Element::STRING))
        .or_else(|| tensor("value_strings", Element::STRING))
}

/// Operations of the domain `ai.onnx.ml` whose results follow from attributes.
fn traditional(call: &Call<'_>, place: usize) -> Option<ValueType> {
    let tensor = ValueType::Tensor;
    match (call.node.op_type.as_str(), place) {
        ("LinearClassifier" | "SVMClassifier" | "TreeEnsembleClassifier", 0) => {
            let text = ["classlabels_strings", "classlabels_string"];
            let text = text.into_iter().any(|name| {
                call.attribute(name)
                    .is_some_and(|given| !given.strings.is_empty())
            });
            Some(tensor(if text {
                Element::STRING
            } else {
                Element::INT64
            }))
        }
        ("LabelEncoder", 0) => {
            if let Some(values) = call.attribute("values_tensor") {
                return Element::of_number(values.t.as_ref()?.data_type.into()).map(tensor);
            }
            if has(call, "values_strings") {
                Some(tensor(Element::STRING))
            } else if has(call, "values_int64s") {
                Some(tensor(Element::INT64))
            } else if has(call, "values_floats") {
                Some(tensor(Element::FLOAT))
            } else {
                exchanged(call)
            }
        }
        ("CategoryMapper", 0) => exchanged(call),
        ("CastMap", 0) => match call.attribute("cast_to").map(|given| &given.s[..]) {
            None | Some(b"TO_FLOAT") => Some(tensor(Element::FLOAT)),
            Some(b"TO_STRING") => Some(tensor(Element::STRING)),
            Some(b"TO_INT64") => Some(tensor(Element::INT64)),
            Some(_) => None,
        },
        ("DictVectorizer", 0) => match input(call, 0)? {
            ValueType::Map(_, value) => Some((**value).clone()),
            _ => None,
        },
        ("ZipMap", 0) => {
            let text = has(call, "classlabels_strings");
            let key = if text {
                Element::STRING
            } else {
                Element::INT64
            };
            let map = ValueType::Map(key, Box::new(Element::FLOAT.into()));
            Some(ValueType::Sequence(Box::new(map)))
        }
        _ => None,
    }
}

/// Text for a number, a number for text.
fn exchanged(call: &Call<'_>) -> Option<ValueType> {
    let text = *input(call, 0)? == ValueType::Tensor(Element::STRING);
    let other = if text {
        Element::INT64
    } else {
        Element::STRING
    };
    Some(other.into())
}

/// What the subgraph of an operation is given.
pub(crate) fn inputs_of_subgraph(call: &Call<'_>) -> Vec<Slot> {
    if call.domain != STANDARD_DOMAIN {
        return Vec::new();
    }
    let values = |skip: usize| call.inputs.iter().skip(skip).cloned();
    match call.node.op_type.as_str() {
        "Loop" => {
            let count_and_condition = [Element::INT64, Element::BOOL];
            let own = count_and_condition.map(|element| Slot::Of(element.into()));
            own.into_iter().chain(values(2)).collect()
        }
        // Until version 9 the lengths of the sequences came first.
        "Scan" => values(usize::from(call.version.is_some_and(|version| version < 9))).collect(),
        "SequenceMap" => {
            let element = |slot: Slot| match slot {
                Slot::Of(ValueType::Sequence(inner)) => Slot::Of(*inner),
                other => other,
            };
            values(0).map(element).collect()
        }
        _ => Vec::new(),
    }
}
