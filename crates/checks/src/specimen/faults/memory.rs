//! Faults of seeds, state and checkpoints.

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(_fault: &str) -> Option<Box<dyn Sabotage>> {
    None
}
