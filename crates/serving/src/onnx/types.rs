//! The types of values: `float`, `seq(int64)`, `optional(seq(string))`.
//!
//! Written as ONNX writes them, without the word `tensor`: `tensor(float)` is
//! `float` here.

use std::fmt;

use super::proto::TypeProto;

/// The element type of a tensor, by its number in `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element(i32);

/// The words for element types, by number. The first is `UNDEFINED`.
const WORDS: [&str; 27] = [
    "undefined",
    "float",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "int32",
    "int64",
    "string",
    "bool",
    "float16",
    "double",
    "uint32",
    "uint64",
    "complex64",
    "complex128",
    "bfloat16",
    "float8e4m3fn",
    "float8e4m3fnuz",
    "float8e5m2",
    "float8e5m2fnuz",
    "uint4",
    "int4",
    "float4e2m1",
    "float8e8m0",
    "uint2",
    "int2",
];

impl Element {
    /// 32-bit floating point.
    pub const FLOAT: Element = Element(1);
    /// 8-bit unsigned integer.
    pub const UINT8: Element = Element(2);
    /// 32-bit signed integer.
    pub const INT32: Element = Element(6);
    /// 64-bit signed integer.
    pub const INT64: Element = Element(7);
    /// Text.
    pub const STRING: Element = Element(8);
    /// Truth value.
    pub const BOOL: Element = Element(9);
    /// 16-bit floating point, IEEE 754 half precision.
    pub const FLOAT16: Element = Element(10);
    /// 64-bit floating point.
    pub const DOUBLE: Element = Element(11);
    /// 16-bit floating point with the exponent of 32 bits.
    pub const BFLOAT16: Element = Element(16);

    /// The element type of this number, unless it is none (0 or below).
    pub(crate) fn of_number(number: i64) -> Option<Self> {
        let number = i32::try_from(number).ok()?;
        (number > 0).then_some(Self(number))
    }

    /// The number in `TensorProto.DataType`.
    pub fn number(self) -> i32 {
        self.0
    }

    fn of_word(word: &str) -> Option<Self> {
        let number = WORDS.iter().skip(1).position(|known| *known == word)?;
        Self::of_number(number as i64 + 1)
    }
}

impl fmt::Display for Element {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        match usize::try_from(self.0).ok().and_then(|n| WORDS.get(n)) {
            Some(word) => to.write_str(word),
            None => write!(to, "type-{}", self.0),
        }
    }
}

/// The type of a value that flows between operations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// A dense tensor.
    Tensor(Element),
    /// A sparse tensor.
    Sparse(Element),
    /// A list of values of one type.
    Sequence(Box<ValueType>),
    /// A value, or none.
    Optional(Box<ValueType>),
    /// Values by key.
    Map(Element, Box<ValueType>),
}

impl ValueType {
    /// What a declaration in a file says, if it says anything.
    pub(crate) fn of(proto: &TypeProto) -> Option<Self> {
        let boxed = |inner: &Option<TypeProto>| inner.as_ref().and_then(Self::of).map(Box::new);
        if let Some(tensor) = &proto.tensor_type {
            Element::of_number(tensor.elem_type.into()).map(Self::Tensor)
        } else if let Some(tensor) = &proto.sparse_tensor_type {
            Element::of_number(tensor.elem_type.into()).map(Self::Sparse)
        } else if let Some(sequence) = &proto.sequence_type {
            boxed(&sequence.elem_type).map(Self::Sequence)
        } else if let Some(optional) = &proto.optional_type {
            boxed(&optional.elem_type).map(Self::Optional)
        } else {
            let map = proto.map_type.as_ref()?;
            let key = Element::of_number(map.key_type.into())?;
            boxed(&map.value_type).map(|value| Self::Map(key, value))
        }
    }

    /// Reads `float`, `tensor(float)`, `seq(tensor(float))`, `map(int64,float)`.
    ///
    /// `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(element) = Element::of_word(text) {
            return Some(Self::Tensor(element));
        }
        let (head, inside) = text.strip_suffix(')')?.split_once('(')?;
        match head {
            "tensor" => Element::of_word(inside).map(Self::Tensor),
            "sparse" | "sparse_tensor" => Element::of_word(inside).map(Self::Sparse),
            "seq" => Self::parse(inside).map(Box::new).map(Self::Sequence),
            "optional" => Self::parse(inside).map(Box::new).map(Self::Optional),
            "map" => {
                let (key, value) = inside.split_once(',')?;
                let value = Box::new(Self::parse(value)?);
                Element::of_word(key.trim()).map(|key| Self::Map(key, value))
            }
            _ => None,
        }
    }

    /// What a sequence or an optional value holds.
    pub(crate) fn inner(&self) -> Option<&ValueType> {
        match self {
            Self::Sequence(inner) | Self::Optional(inner) => Some(inner),
            _ => None,
        }
    }

    /// The same with one element type in place of another.
    pub(crate) fn replaced(&self, from: Element, to: Element) -> Self {
        match self {
            Self::Tensor(element) if *element == from => Self::Tensor(to),
            other => other.clone(),
        }
    }
}

impl From<Element> for ValueType {
    fn from(element: Element) -> Self {
        Self::Tensor(element)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Tensor(element) => write!(to, "{element}"),
            Self::Sparse(element) => write!(to, "sparse({element})"),
            Self::Sequence(inner) => write!(to, "seq({inner})"),
            Self::Optional(inner) => write!(to, "optional({inner})"),
            Self::Map(key, value) => write!(to, "map({key},{value})"),
        }
    }
}
