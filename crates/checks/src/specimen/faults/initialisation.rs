//! Faults of first values.

use seatrial_model::{Learner, Result};

use crate::specimen::Sabotage;

/// The faults of this file, by name.
pub(super) fn named(fault: &str) -> Option<Box<dyn Sabotage>> {
    Some(match fault {
        "initialisation-too-large" => Box::new(Scaled(30.0)),
        "initialisation-too-small" => Box::new(Scaled(1e-3)),
        _ => return None,
    })
}

/// Every parameter starts as this many times what it should be.
struct Scaled(f64);

impl Sabotage for Scaled {
    fn after_build(&mut self, inner: &mut dyn Learner) -> Result<()> {
        for parameter in inner.parameters()? {
            inner.set_parameter(&parameter.name, &(parameter.value * self.0)?)?;
        }
        Ok(())
    }
}
