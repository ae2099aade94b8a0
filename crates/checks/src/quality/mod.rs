//! The candidate is good enough, and the world is as it was.

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
}
