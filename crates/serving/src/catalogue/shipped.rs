//! The catalogues that come with the program.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use super::Catalogue;
use crate::ServingError;

/// A catalogue that comes with the program, read when it is first asked for.
struct Shipped {
    name: &'static str,
    text: &'static str,
    read: OnceLock<Catalogue>,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(Shipped {
            name: $name,
            text: include_str!(concat!("../../catalogues/", $name, ".toml")),
            read: OnceLock::new(),
        }),*]
    };
}

/// Each server's oldest version first.
static SHIPPED: [Shipped; 6] = shipped![
    "onnxruntime-1.16.3",
    "onnxruntime-1.17.3",
    "onnxruntime-1.20.1",
    "onnxruntime-1.23.2",
    "onnxruntime-1.26.0",
    "onnxruntime-1.32.0",
];

impl Shipped {
    fn catalogue(&'static self) -> &'static Catalogue {
        self.read.get_or_init(|| {
            Catalogue::parse(self.text)
                .unwrap_or_else(|reason| unreachable!("a shipped catalogue is sound: {reason}"))
        })
    }
}

/// The catalogues that come with the program, each server's oldest version first.
pub fn shipped() -> impl Iterator<Item = &'static Catalogue> {
    SHIPPED.iter().map(Shipped::catalogue)
}

/// Their names, such as `onnxruntime-1.23.2`.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|shipped| shipped.name)
}

impl Catalogue {
    /// The catalogue that is meant: one that comes with the program, such as
    /// `onnxruntime-1.23.2`, else a file.
    ///
    /// # Errors
    /// When there is neither, or the file is no catalogue; the error lists the
    /// names of those that come with the program.
    pub fn named(name: &str) -> Result<Cow<'static, Catalogue>, ServingError> {
        if let Some(found) = SHIPPED.iter().find(|shipped| shipped.name == name) {
            return Ok(Cow::Borrowed(found.catalogue()));
        }
        let path = Path::new(name);
        if path.exists() || path.extension().is_some_and(|ending| ending == "toml") {
            return Catalogue::read(path).map(Cow::Owned);
        }
        let names: Vec<&str> = shipped_names().collect();
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
