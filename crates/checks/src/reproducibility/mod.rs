//! The same code and seed give the same result.

mod init_order;
mod reproducible;
mod resume_equals_uninterrupted;
mod seed_matters;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<init_order::InitOrder>()
        .check::<reproducible::Reproducible>()
        .check::<resume_equals_uninterrupted::ResumeEqualsUninterrupted>()
        .check::<seed_matters::SeedMatters>()
}
