//! The package runs on the server that it is meant for.

pub mod declaration;
mod exam;
mod exported;
mod ops_supported;
mod phases;
mod rollback;
mod serves;
mod staged;

pub use exported::{ModelAt, export_package};

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<ops_supported::OpsSupported>()
        .check::<serves::Serves>()
        .check::<rollback::Rollback>()
}
