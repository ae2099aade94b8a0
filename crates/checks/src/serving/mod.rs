//! The package runs on the server that it is meant for.

pub mod declaration;
mod ops_supported;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry.check::<ops_supported::OpsSupported>()
}
