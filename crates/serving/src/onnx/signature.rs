//! What operations take and give: their parameters, and which of them share a type.
//!
//! What does not live here: whether a server has the operation.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::types::ValueType;
use super::walk::Slot;

/// The domain of the standard's own operations; a file may leave it empty.
pub const STANDARD_DOMAIN: &str = "ai.onnx";

/// The word for a domain: an empty one is [`STANDARD_DOMAIN`].
pub(crate) fn domain_word(domain: &str) -> &str {
    if domain.is_empty() {
        STANDARD_DOMAIN
    } else {
        domain
    }
}

/// An operation's signature, as it holds since one version of its domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The version of the domain that brought it.
    pub since: i64,
    pub(crate) inputs: Vec<Parameter>,
    pub(crate) outputs: Vec<Parameter>,
    /// Type variables with one possible type.
    fixed: BTreeMap<String, ValueType>,
}

/// One parameter of a signature.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub name: String,
    pub kind: Kind,
    pub repeats: Repeats,
}

/// What a parameter may be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Of(ValueType),
    Variable(String),
}

/// Whether a parameter takes the rest of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Repeats {
    No,
    Alike,
    Freely,
}

impl Signature {
    /// Reads `13 A:T B:T -> C:T1 | T1=bool`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let (head, outputs) = parts.next()?.split_once("->")?;
        let mut head = head.split_whitespace();
        let since = head.next()?.parse().ok()?;
        let inputs = head.map(Parameter::parse).collect::<Option<_>>()?;
        let outputs = outputs.split_whitespace().map(Parameter::parse);
        let fixed = parts.map(|part| {
            let (name, kind) = part.trim().split_once('=')?;
            Some((name.to_owned(), ValueType::parse(kind)?))
        });
        Some(Self {
            since,
            inputs,
            outputs: outputs.collect::<Option<_>>()?,
            fixed: fixed.collect::<Option<_>>()?,
        })
    }

    /// The parameter that takes the value at this place.
    pub(crate) fn at(parameters: &[Parameter], place: usize) -> Option<&Parameter> {
        let last = parameters.last()?;
        let repeated = (last.repeats != Repeats::No).then_some(last);
        parameters.get(place).or(repeated)
    }

    /// The type of a variable that has one possible type.
    pub(crate) fn fixed(&self, variable: &str) -> Option<&ValueType> {
        self.fixed.get(variable)
    }

    /// The parameters that take these inputs, and what each takes; those left
    /// out are not among them.
    pub(crate) fn actual_inputs<'a>(
        &'a self,
        slots: &'a [Slot],
    ) -> impl Iterator<Item = (&'a Parameter, &'a Slot)> {
        actual(&self.inputs, slots)
    }

    /// The same for outputs.
    pub(crate) fn actual_outputs<'a>(
        &'a self,
        slots: &'a [Slot],
    ) -> impl Iterator<Item = (&'a Parameter, &'a Slot)> {
        actual(&self.outputs, slots)
    }
}

fn actual<'a>(
    parameters: &'a [Parameter],
    slots: &'a [Slot],
) -> impl Iterator<Item = (&'a Parameter, &'a Slot)> {
    let placed = slots.iter().enumerate();
    let present = placed.filter(|(_, slot)| **slot != Slot::Absent);
    present.filter_map(|(place, slot)| Some((Signature::at(parameters, place)?, slot)))
}

impl Parameter {
    /// The type variable that it is of, if it is of one.
    pub(crate) fn variable(&self) -> Option<&str> {
        match &self.kind {
            Kind::Variable(name) => Some(name),
            Kind::Of(_) => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, kind) = text.split_once(':')?;
        let (name, repeats) = if let Some(name) = name.strip_suffix("**") {
            (name, Repeats::Freely)
        } else if let Some(name) = name.strip_suffix('*') {
            (name, Repeats::Alike)
        } else {
            (name, Repeats::No)
        };
        let kind = match ValueType::parse(kind) {
            Some(known) => Kind::Of(known),
            None => Kind::Variable(kind.to_owned()),
        };
        Some(Self {
            name: name.to_owned(),
            kind,
            repeats,
        })
    }
}

/// Signatures by domain and name, oldest version first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signatures(BTreeMap<String, BTreeMap<String, Vec<Signature>>>);

/// The table as a file holds it: domain, name, one text a version.
pub(crate) type SignatureTexts = BTreeMap<String, BTreeMap<String, Vec<String>>>;

impl Signatures {
    /// What the ONNX standard says, and onnxruntime of the domain `com.microsoft`.
    ///
    /// Source: `onnx.defs` of the release that `standard/make.py` ran with.
    pub fn standard() -> &'static Self {
        static STANDARD: OnceLock<Signatures> = OnceLock::new();
        STANDARD.get_or_init(|| {
            let texts: SignatureTexts = toml::from_str(include_str!("standard/operators.toml"))
                .unwrap_or_else(|error| unreachable!("the shipped table is sound: {error}"));
            Self::of_texts(&texts)
                .unwrap_or_else(|text| unreachable!("the shipped table is sound: {text}"))
        })
    }

    /// Reads a table.
    ///
    /// # Errors
    /// The first text that is no signature.
    pub(crate) fn of_texts(texts: &SignatureTexts) -> Result<Self, String> {
        let mut domains = BTreeMap::new();
        for (domain, operations) in texts {
            let mut read = BTreeMap::new();
            for (name, rows) in operations {
                let rows = rows
                    .iter()
                    .map(|row| Signature::parse(row).ok_or_else(|| row.clone()));
                let mut rows: Vec<_> = rows.collect::<Result<_, _>>()?;
                rows.sort_by_key(|row| row.since);
                read.insert(name.clone(), rows);
            }
            domains.insert(domain.clone(), read);
        }
        Ok(Self(domains))
    }

    /// The signature in force at this version of the domain.
    pub fn find(&self, domain: &str, name: &str, version: i64) -> Option<&Signature> {
        let versions = self.versions(domain, name);
        versions.iter().rfind(|row| row.since <= version)
    }

    /// Every version of an operation, oldest first; none when it is not known.
    pub fn versions(&self, domain: &str, name: &str) -> &[Signature] {
        let found = self.0.get(domain).and_then(|names| names.get(name));
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether any operation of this domain is known.
    pub fn knows_domain(&self, domain: &str) -> bool {
        self.0.contains_key(domain)
    }
}
