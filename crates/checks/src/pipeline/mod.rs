//! Stages hold their contracts, from raw data to a package.

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
}
