//! A model written by hand in candle, and what it is given on each pass.

use std::collections::BTreeMap;

use candle_core::{Result, Tensor, bail};
use seatrial_rng::{Stream, Streams};

use crate::dropout::dropout;
use crate::{Inputs, Mode, Probe};

/// A differentiable function of a batch of examples.
///
/// Built from a `VarBuilder`, so that layers of candle-nn work unchanged.
/// Names its components on each [`Pass`], so that a probe can count them.
pub trait Network: Send + Sync {
    /// Outputs, shape `[batch, width]`.
    ///
    /// The features have the schema's shape, are contiguous and finite, and
    /// padding holds zeros: the learner has seen to that.
    ///
    /// # Errors
    /// Whatever candle reports.
    fn forward(&self, inputs: &Inputs, pass: &mut Pass<'_>) -> Result<Tensor>;

    /// Names of the components that [`forward`](Self::forward) notes.
    fn components(&self) -> Vec<String> {
        Vec::new()
    }

    /// Runs one component by itself.
    ///
    /// # Errors
    /// When the inputs do not fit it, or it cannot be run by itself.
    fn run_component(
        &self,
        name: &str,
        inputs: &[Tensor],
        pass: &mut Pass<'_>,
    ) -> Result<Vec<Tensor>> {
        let _ = (inputs, pass);
        bail!("component `{name}` cannot be run by itself")
    }
}

/// What a network is given on one pass: the mode, the probe, the dropout masks.
#[derive(Debug)]
pub struct Pass<'a> {
    mode: Mode,
    probe: &'a mut Probe,
    masks: Masks,
}

impl<'a> Pass<'a> {
    /// A pass that is a function of inputs and parameters alone.
    pub fn evaluation(probe: &'a mut Probe) -> Self {
        Self {
            mode: Mode::Evaluation,
            probe,
            masks: Masks::none(),
        }
    }

    pub(crate) fn new(mode: Mode, probe: &'a mut Probe, masks: Masks) -> Self {
        Self { mode, probe, masks }
    }

    pub(crate) fn into_masks(self) -> Masks {
        self.masks
    }

    /// Training or evaluation.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Notes one call of a component, with its output.
    pub fn note(&mut self, component: &str, output: &Tensor) {
        // Detached: a captured tensor must not keep the whole graph alive.
        self.probe.note(component, || output.detach());
    }

    /// As [`note`](Self::note), for an output that costs something to make.
    ///
    /// # Errors
    /// Those of making it.
    pub fn note_with(
        &mut self,
        component: &str,
        output: impl FnOnce() -> Result<Tensor>,
    ) -> Result<()> {
        if self.captures(component) {
            let output = output()?.detach();
            self.probe.note(component, || output);
        } else {
            // Counted only: the closure that would give an output never runs.
            self.probe.note(component, || unreachable!("not captured"));
        }
        Ok(())
    }

    /// Whether the outputs of this component are kept.
    pub fn captures(&self, component: &str) -> bool {
        self.probe.captures(component)
    }

    /// Drops each number with this probability, in training, by a mask that
    /// belongs to the component and the step.
    ///
    /// # Errors
    /// For a probability outside [0, 1).
    pub fn dropout(&mut self, component: &str, x: &Tensor, probability: f64) -> Result<Tensor> {
        if self.mode == Mode::Evaluation || probability == 0.0 {
            return Ok(x.clone());
        }
        match self.masks.stream(component) {
            Some(stream) => dropout(x, probability, stream),
            None => Ok(x.clone()),
        }
    }
}

/// Where dropout masks of one step come from.
///
/// A component's mask comes from the stream `dropout/<component>/<step>`. The
/// batches accumulated in one step go on along that stream, so that splitting
/// a batch splits its mask.
#[derive(Debug)]
pub(crate) struct Masks {
    streams: Option<Streams>,
    step: u64,
    open: BTreeMap<String, Stream>,
}

impl Masks {
    pub(crate) fn none() -> Self {
        Self {
            streams: None,
            step: 0,
            open: BTreeMap::new(),
        }
    }

    pub(crate) fn of_step(streams: &Streams, step: u64) -> Self {
        Self {
            streams: Some(streams.clone()),
            step,
            open: BTreeMap::new(),
        }
    }

    fn stream(&mut self, component: &str) -> Option<&mut Stream> {
        let streams = self.streams.as_ref()?;
        if !self.open.contains_key(component) {
            let stream = streams.stream(&format!("dropout/{component}/{}", self.step));
            self.open.insert(component.to_owned(), stream);
        }
        self.open.get_mut(component)
    }
}
