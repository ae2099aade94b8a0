//! The same code and seed give the same result.

mod init_order;
mod matches_recorded;
mod provenance;
mod reproducible;
mod resume_equals_uninterrupted;
mod seed_matters;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<init_order::InitOrder>()
        .check::<matches_recorded::MatchesRecorded>()
        .check::<provenance::Provenance>()
        .check::<reproducible::Reproducible>()
        .check::<resume_equals_uninterrupted::ResumeEqualsUninterrupted>()
        .check::<seed_matters::SeedMatters>()
}
