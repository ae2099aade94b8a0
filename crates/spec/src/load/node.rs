//! TOML values that know where they were written.
//!
//! serde loses places in flattened enums, so the language keeps its own tree.
//! Numbers are checked here: what cannot be held exactly as a finite number is
//! reported once and then taken as [`Value::Invalid`], of which nothing more is
//! said.

use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::source::{Finding, Span};

/// Deeper nesting than this is no spec; it bounds every recursion over values.
const DEPTH_MAX: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Datetime(Datetime),
    Array(Vec<Node>),
    Table(Table),
    /// Already reported.
    Invalid,
}

/// Entries in the order of writing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

/// An entry of a table that need not exist as such: a case's parameters come
/// from the case, from defaults and from a matrix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub key: &'a str,
    pub key_span: Span,
    pub node: &'a Node,
}

impl Table {
    pub fn members(&self) -> Vec<Member<'_>> {
        self.entries.iter().map(Entry::member).collect()
    }
}

impl Entry {
    pub fn member(&self) -> Member<'_> {
        Member {
            key: &self.key,
            key_span: self.key_span,
            node: &self.node,
        }
    }
}

impl Node {
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether an error has been reported for this very value.
    pub fn is_invalid(&self) -> bool {
        matches!(self.value, Value::Invalid)
    }
}

/// Reads a parsed table of the file with index `file`.
pub(crate) fn table(file: usize, table: DeTable<'_>, findings: &mut Vec<Finding>) -> Table {
    Reader { file, findings }.table(table, 0)
}

struct Reader<'f> {
    file: usize,
    findings: &'f mut Vec<Finding>,
}

impl Reader<'_> {
    fn table(&mut self, table: DeTable<'_>, depth: usize) -> Table {
        let mut entries: Vec<_> = table
            .into_iter()
            .map(|(key, value)| Entry {
                key_span: Span::new(self.file, key.span()),
                key: key.into_inner().into_owned(),
                node: self.node(
                    Span::new(self.file, value.span()),
                    value.into_inner(),
                    depth + 1,
                ),
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span);
        Table { entries }
    }

    fn node(&mut self, span: Span, value: DeValue<'_>, depth: usize) -> Node {
        if depth > DEPTH_MAX {
            return self.invalid(span, format!("values nest more than {DEPTH_MAX} deep"));
        }
        let value = match value {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(flag) => Value::Boolean(flag),
            DeValue::Datetime(date) => Value::Datetime(date),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Value::Integer(number),
                    Err(_) => {
                        return self.invalid(span, format!("`{number}` is out of the range of whole numbers, ±9223372036854775807"));
                    }
                }
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(value) if value.is_finite() => Value::Float(value),
                _ => return self.invalid(span, format!("`{number}` is not a finite number")),
            },
            DeValue::Array(array) => Value::Array(
                array
                    .into_iter()
                    .map(|item| {
                        self.node(
                            Span::new(self.file, item.span()),
                            item.into_inner(),
                            depth + 1,
                        )
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Value::Table(self.table(table, depth)),
        };
        Node { span, value }
    }

    fn invalid(&mut self, span: Span, message: String) -> Node {
        self.findings.push(Finding::at(span, message));
        Node {
            span,
            value: Value::Invalid,
        }
    }
}
