//! The catalogues that come with the program.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use super::Catalogue;
use crate::ServingError;

/// Their files, each server's oldest version first.
const FILES: &[&str] = &[
    include_str!("../../catalogues/onnxruntime-1.16.3.toml"),
    include_str!("../../catalogues/onnxruntime-1.17.3.toml"),
    include_str!("../../catalogues/onnxruntime-1.20.1.toml"),
    include_str!("../../catalogues/onnxruntime-1.23.2.toml"),
    include_str!("../../catalogues/onnxruntime-1.26.0.toml"),
    include_str!("../../catalogues/onnxruntime-1.32.0.toml"),
];

/// The catalogues that come with the program, each server's oldest version first.
pub fn shipped() -> &'static [Catalogue] {
    static SHIPPED: OnceLock<Vec<Catalogue>> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let read = FILES.iter().map(|text| {
            Catalogue::parse(text)
                .unwrap_or_else(|reason| unreachable!("a shipped catalogue is sound: {reason}"))
        });
        read.collect()
    })
}

impl Catalogue {
    /// The catalogue that is meant: one that comes with the program, such as
    /// `onnxruntime-1.23.2`, else a file.
    ///
    /// # Errors
    /// When there is neither, or the file is no catalogue; the error lists the
    /// names of those that come with the program.
    pub fn named(name: &str) -> Result<Cow<'static, Catalogue>, ServingError> {
        let shipped = shipped();
        if let Some(found) = shipped.iter().find(|catalogue| catalogue.name() == name) {
            return Ok(Cow::Borrowed(found));
        }
        let path = Path::new(name);
        if path.exists() || path.extension().is_some_and(|ending| ending == "toml") {
            return Catalogue::read(path).map(Cow::Owned);
        }
        let names: Vec<String> = shipped.iter().map(Catalogue::name).collect();
        Err(ServingError::Malformed {
            path: path.to_owned(),
            reason: format!(
                "there is no such catalogue; give a file, or one of {}",
                names.join(", ")
            ),
        })
    }

    /// `onnxruntime-1.23.2`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.server, self.version)
    }
}
