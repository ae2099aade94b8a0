//! Watching named components run.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::Tensor;

/// Counts the calls of each named component during a forward pass, and keeps
/// the outputs of those it was asked to capture.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    captured: BTreeSet<String>,
    calls: BTreeMap<String, u64>,
    outputs: BTreeMap<String, Vec<Tensor>>,
}

impl Probe {
    /// Counts calls and captures nothing.
    pub fn counting() -> Self {
        Self::default()
    }

    /// Also keeps each output of these components.
    pub fn capturing<'a>(components: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            captured: components.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Notes one call of a component. Models call this; the closure gives the
    /// output and runs only when it is wanted.
    pub fn note(&mut self, component: &str, output: impl FnOnce() -> Tensor) {
        match self.calls.get_mut(component) {
            Some(calls) => *calls += 1,
            None => {
                self.calls.insert(component.to_owned(), 1);
            }
        }
        if self.captured.contains(component) {
            self.outputs
                .entry(component.to_owned())
                .or_default()
                .push(output());
        }
    }

    /// Whether the outputs of this component are kept.
    pub fn captures(&self, component: &str) -> bool {
        self.captured.contains(component)
    }

    /// How often each component ran.
    pub fn calls(&self) -> &BTreeMap<String, u64> {
        &self.calls
    }

    /// How often each component ran, without the outputs.
    pub fn into_calls(self) -> BTreeMap<String, u64> {
        self.calls
    }

    /// The outputs of a captured component, one a call.
    pub fn outputs(&self, component: &str) -> &[Tensor] {
        self.outputs.get(component).map_or(&[], Vec::as_slice)
    }
}
