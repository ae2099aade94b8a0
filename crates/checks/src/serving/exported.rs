//! Packages of pipelines as ONNX files.

use std::path::{Path, PathBuf};

use seatrial_pipeline::Package;
use seatrial_pipeline::export::ExportedPackage;
use seatrial_serving::{Catalogue, Inventory, OnnxModel, Opinion, ask, ask_file};

use crate::Session;
use crate::pipeline::rebuild;

/// A model to be asked about, as a path says where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelAt {
    /// In this file.
    File(PathBuf),
    /// In the package in this folder, to be exported.
    Package(PathBuf),
}

impl ModelAt {
    /// Where the model of this file or folder is. A folder with a `model.onnx`
    /// has its model there, and one with a `package.json` is a package.
    pub fn of(path: &Path) -> Self {
        let file = path.join("model.onnx");
        if !path.is_dir() {
            ModelAt::File(path.to_owned())
        } else if !file.exists() && path.join("package.json").exists() {
            ModelAt::Package(path.to_owned())
        } else {
            ModelAt::File(file)
        }
    }

    /// Asks a catalogue whether its server will load the model: of a package, the
    /// ONNX file that it is exported as. What cannot be read or exported is
    /// unknown, and why.
    pub fn ask(&self, session: &Session, catalogue: &Catalogue) -> (Opinion, Option<Inventory>) {
        match self {
            ModelAt::File(file) => (ask_file(file, catalogue), Inventory::read(file).ok()),
            ModelAt::Package(folder) => match exported(session, folder) {
                Ok(model) => (ask(&model, catalogue), model.inventory().ok()),
                Err(reason) => (Opinion::unknown(reason), None),
            },
        }
    }

    /// What the model holds.
    ///
    /// # Errors
    /// When it cannot be read, or not be exported.
    pub fn inventory(&self, session: &Session) -> Result<Inventory, String> {
        match self {
            ModelAt::File(file) => Inventory::read(file).map_err(|error| error.to_string()),
            ModelAt::Package(folder) => exported(session, folder)?.inventory(),
        }
    }
}

fn exported(session: &Session, folder: &Path) -> Result<OnnxModel, String> {
    let (_, exported) = export_package(session, folder)?;
    OnnxModel::decode(exported.onnx).map_err(|error| error.to_string())
}

/// Opens the package in a folder, and exports it.
///
/// # Errors
/// With the folder and the reason, when it is not whole or cannot be exported.
pub fn export_package(
    session: &Session,
    folder: &Path,
) -> Result<(Package, ExportedPackage), String> {
    let of = |reason: String| format!("the package in {}: {reason}", folder.display());
    let opened = Package::open(folder, &|model| rebuild(session, model));
    let mut package = opened.map_err(|error| of(error.to_string()))?;
    let exported = package.onnx().map_err(|error| of(error.to_string()))?;
    Ok((package, exported))
}
