//! The model learns, and for the right reason.

mod beats_baseline;
mod behaviour;
mod call_count;
mod directional;
mod gradient_check;
mod gradient_flow;
mod gradient_step;
mod initial_loss;
mod invariance;
mod loss_decreases;
mod memorizes;
mod metamorphic;
mod minimum_functionality;
mod no_leak_across_batch;
mod no_leak_from_future;
mod output_contract;
mod outputs;
mod padding_invariant;
mod rejects_bad_input;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .check::<beats_baseline::BeatsBaseline>()
        .check::<call_count::CallCount>()
        .check::<directional::Directional>()
        .check::<gradient_check::GradientCheck>()
        .check::<gradient_flow::GradientFlow>()
        .check::<gradient_step::GradientStep>()
        .check::<initial_loss::InitialLoss>()
        .check::<invariance::Invariance>()
        .check::<loss_decreases::LossDecreases>()
        .check::<memorizes::Memorizes>()
        .check::<metamorphic::Metamorphic>()
        .check::<minimum_functionality::MinimumFunctionality>()
        .check::<no_leak_across_batch::NoLeakAcrossBatch>()
        .check::<no_leak_from_future::NoLeakFromFuture>()
        .check::<output_contract::OutputContract>()
        .check::<padding_invariant::PaddingInvariant>()
        .check::<rejects_bad_input::RejectsBadInput>()
}
