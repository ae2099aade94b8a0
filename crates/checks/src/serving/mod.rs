//! The package runs on the server that it is meant for.

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
}
