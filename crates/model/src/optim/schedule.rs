//! How the learning rate changes from step to step.

use schemars::JsonSchema;
use seatrial_spec::{Count, Fraction, Positive};
use serde::{Deserialize, Serialize};

/// How the learning rate changes over the steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "lowercase",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Schedule {
    /// It does not.
    #[default]
    Constant,
    /// Falls along half a cosine, then stays (Loshchilov and Hutter, 2017).
    Cosine {
        /// Steps until it has fallen.
        steps: Count,
        /// The part of the learning rate that is left then.
        #[serde(default = "zero")]
        final_fraction: Fraction,
    },
    /// Is multiplied by a factor every so many steps.
    Step {
        /// Steps between changes.
        every: Count,
        /// What it is multiplied by.
        factor: Positive,
    },
}

fn zero() -> Fraction {
    Fraction::try_from(0.0).unwrap_or_else(|_| unreachable!("zero is a fraction"))
}

impl Schedule {
    /// What the learning rate is multiplied by at a step, counted from 0.
    pub fn factor(&self, step: u64) -> f64 {
        match *self {
            Schedule::Constant => 1.0,
            Schedule::Cosine {
                steps,
                final_fraction,
            } => {
                let progress = (step as f64 / steps.get() as f64).min(1.0);
                let fall = 0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress));
                let left = final_fraction.get();
                left + (1.0 - left) * fall
            }
            Schedule::Step { every, factor } => {
                libm::pow(factor.get(), (step / every.get() as u64) as f64)
            }
        }
    }
}

/// Rises in equal parts over the first `steps` steps: 1/n, 2/n … 1.
pub(crate) fn warm_up(steps: u64, step: u64) -> f64 {
    if step < steps {
        (step + 1) as f64 / steps as f64
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str) -> Schedule {
        toml::from_str(text).expect("a schedule")
    }

    #[test]
    fn the_cosine_starts_whole_is_half_way_in_the_middle_and_stays_at_its_end() {
        let cosine = schedule("kind = 'cosine'\nsteps = 100\nfinal_fraction = 0.2");
        assert_eq!(cosine.factor(0), 1.0);
        assert!((cosine.factor(50) - 0.6).abs() < 1e-12);
        assert!((cosine.factor(100) - 0.2).abs() < 1e-12);
        assert_eq!(cosine.factor(100), cosine.factor(10_000));
    }

    #[test]
    fn the_step_schedule_changes_at_each_multiple() {
        let step = schedule("kind = 'step'\nevery = 10\nfactor = 0.5");
        assert_eq!(
            [0, 9, 10, 19, 20].map(|s| step.factor(s)),
            [1.0, 1.0, 0.5, 0.5, 0.25]
        );
    }

    #[test]
    fn warm_up_rises_in_equal_parts_to_one() {
        assert_eq!(
            [0, 1, 2, 3, 4].map(|s| warm_up(4, s)),
            [0.25, 0.5, 0.75, 1.0, 1.0]
        );
        assert_eq!(warm_up(0, 0), 1.0);
    }

    #[test]
    fn an_unknown_key_of_a_schedule_is_refused() {
        assert!(toml::from_str::<Schedule>("kind = 'cosine'\nsteps = 3\ndecay = 2").is_err());
    }
}
