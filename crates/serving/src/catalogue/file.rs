//! Catalogues as files, and as a server describes itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Catalogue, Kernel, Knows, Refusal};
use crate::ServingError;
use crate::onnx::{Signature, Signatures};

/// The format that this program reads and writes.
const FORMAT: u32 = 1;

/// Texts by domain and operation.
type Texts = BTreeMap<String, BTreeMap<String, Vec<String>>>;

const HEAD: &str = "\
# What a server, at one version, can run. Made by a program; edit nothing.
# kernels: `6-12 T=float|double` takes an operation as it stands since any version
# from 6 to 12, where its type variable T is one of these; `13` alone takes it as
# it stands since version 13.
";

/// A server's description of itself: the content of a catalogue file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The version of the file format: 1.
    pub format: u32,
    /// Such as `onnxruntime`.
    pub server: String,
    /// Such as `1.23.2`.
    pub version: String,
    /// How far it can be asked.
    pub knows: Knows,
    /// Where the facts come from.
    pub source: String,
    /// The latest version of the ONNX format that it reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ir_version_max: Option<i64>,
    /// The latest version of each domain that it reads.
    #[serde(default)]
    pub opset_max: BTreeMap<String, i64>,
    /// What it refuses although it has a kernel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// Kernels by domain and operation.
    pub kernels: Texts,
    /// Signatures that the standard's table lacks, by domain and operation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signatures: Texts,
}

impl Description {
    /// Drops the signatures that the standard's table holds word for word.
    pub fn without_standard_signatures(mut self) -> Self {
        let standard = Signatures::standard();
        for (domain, operations) in &mut self.signatures {
            for (name, rows) in operations.iter_mut() {
                let known = standard.versions(domain, name);
                rows.retain(|row| Signature::parse(row).is_none_or(|read| !known.contains(&read)));
            }
            operations.retain(|_, rows| !rows.is_empty());
        }
        self.signatures
            .retain(|_, operations| !operations.is_empty());
        self
    }

    /// The file's text.
    ///
    /// # Errors
    /// When it does not hold together.
    pub fn to_toml(&self) -> Result<String, String> {
        Catalogue::try_from(self.clone())?;
        let body = toml::to_string(self).map_err(|error| error.to_string())?;
        Ok(format!("{HEAD}{body}"))
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it does not hold together or cannot be written; a file that was
    /// there is then as it was.
    pub fn write(&self, path: &Path) -> Result<(), ServingError> {
        let text = self.to_toml().map_err(|reason| ServingError::Malformed {
            path: path.to_owned(),
            reason,
        })?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let write = || {
            let mut builder = tempfile::Builder::new();
            // As any file that a program writes, and not its owner's alone.
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                builder.permissions(fs::Permissions::from_mode(0o666));
            }
            let mut file = builder.tempfile_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|source| ServingError::Unwritable {
            path: path.to_owned(),
            source,
        })
    }
}

impl TryFrom<Description> for Catalogue {
    type Error = String;

    fn try_from(description: Description) -> Result<Self, String> {
        if description.format != FORMAT {
            let format = description.format;
            return Err(format!(
                "its format is {format}; this program reads {FORMAT}"
            ));
        }
        let mut kernels = BTreeMap::new();
        for (domain, operations) in &description.kernels {
            let mut read = BTreeMap::new();
            for (name, rows) in operations {
                let rows = rows.iter().map(|row| {
                    Kernel::parse(row)
                        .ok_or_else(|| format!("kernels.\"{domain}\".{name}: `{row}` is no kernel"))
                });
                read.insert(name.clone(), rows.collect::<Result<Vec<_>, _>>()?);
            }
            kernels.insert(domain.clone(), read);
        }
        if kernels.values().all(BTreeMap::is_empty) {
            return Err("it lists no kernel".into());
        }
        let signatures = Signatures::of_texts(&description.signatures)
            .map_err(|row| format!("signatures: `{row}` is no signature"))?;
        Ok(Self {
            server: description.server,
            version: description.version,
            knows: description.knows,
            ir_version_max: description.ir_version_max,
            opset_max: description.opset_max,
            signatures,
            refusals: description.refusals,
            kernels,
        })
    }
}

impl Catalogue {
    /// Reads a catalogue file.
    ///
    /// # Errors
    /// When it cannot be read or is no catalogue.
    pub fn read(path: &Path) -> Result<Self, ServingError> {
        let text = fs::read_to_string(path).map_err(|source| ServingError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|reason| ServingError::Malformed {
            path: path.to_owned(),
            reason: format!("this is no catalogue: {reason}"),
        })
    }

    /// Reads a catalogue's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let description: Description =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        description.try_into()
    }
}
