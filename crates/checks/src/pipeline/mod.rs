//! Stages hold their contracts, from raw data to a package.

mod code;
mod end_to_end;
mod figures;
mod idempotent;
mod no_split_leak;
mod planted;
mod serving_skew;
mod stage_contract;
mod stage_fault;
pub(crate) mod workshop;

pub use code::{code_fingerprint, code_of};
pub use seatrial_pipeline::this_program;
pub(crate) use workshop::rebuild;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<end_to_end::EndToEnd>()
        .check::<idempotent::Idempotent>()
        .check::<no_split_leak::NoSplitLeak>()
        .check::<serving_skew::ServingSkew>()
        .check::<stage_contract::StageContract>()
        .check::<stage_fault::StageFault>()
}
