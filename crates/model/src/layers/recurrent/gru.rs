//! The GRU (Cho et al., 2014), with the layout and gate order of
//! `torch.nn.GRUCell`: reset, update, new; the reset gate is applied after the
//! product with the state, its bias included.

use candle_core::{Result, Tensor, bail};
use candle_nn::VarBuilder;

use super::{Calls, Extents, Give, Weights, exchange_axes};
use crate::Pass;
use crate::numeric::{Backward, Fused, Output, Real, View, apply, repeat, vectorised};

const GATES: usize = 3;

/// One layer of GRU cells.
#[derive(Clone, Debug)]
pub struct Gru {
    name: String,
    weights: Weights,
}

impl Gru {
    /// Asks `vb` for `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`; `name`
    /// is what a probe calls the cell.
    ///
    /// # Errors
    /// When the names are taken with other shapes.
    pub fn new(name: &str, width: usize, hidden: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            weights: Weights::new(GATES, width, hidden, vb)?,
        })
    }

    /// Runs over `x`, `[batch, length, width]`, from a state of zeros.
    ///
    /// # Errors
    /// When the shape does not fit.
    pub fn forward(&self, x: &Tensor, give: &Give, pass: &mut Pass<'_>) -> Result<Tensor> {
        let recurrence = |give, calls| Recurrence { give, calls };
        self.weights.run(recurrence, &self.name, x, give, pass)
    }

    /// One call of the cell: `x` and `h` to the next `h`.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn cell(&self, [x, h]: &[Tensor; 2]) -> Result<Vec<Tensor>> {
        let (weights, hidden) = (&self.weights, self.weights.hidden());
        let batch = x.dims()[0];
        if h.dims() != [batch, hidden] {
            bail!("h is [{batch}, {hidden}], got {:?}", h.dims());
        }
        let next = apply(
            Cell,
            [
                x,
                h,
                &weights.weight_ih,
                &weights.weight_hh,
                &weights.bias_ih,
                &weights.bias_hh,
            ],
        )?;
        Ok(vec![next])
    }
}

/// Everything that one call of the cell reads and writes.
struct Step<'a, T> {
    /// In: the inputs' part before the activations. Out: the gates.
    gates: &'a mut [T],
    /// The state's part before the activations.
    state_part: &'a [T],
    h: &'a [T],
    h_next: &'a mut [T],
}

impl<T: Real> Step<'_, T> {
    fn run(self, hidden: usize) {
        let parts = self
            .gates
            .chunks_exact_mut(GATES * hidden)
            .zip(self.state_part.chunks_exact(GATES * hidden));
        let states = self
            .h
            .chunks_exact(hidden)
            .zip(self.h_next.chunks_exact_mut(hidden));
        vectorised(
            #[inline(always)]
            || {
                for ((gates, state_part), (h, h_next)) in parts.zip(states) {
                    step_row(gates, state_part, h, h_next);
                }
            },
        );
    }
}

#[inline(always)]
fn step_row<T: Real>(gates: &mut [T], state_part: &[T], h: &[T], h_next: &mut [T]) {
    let hidden = h.len();
    let (reset_update, new) = gates.split_at_mut(2 * hidden);
    let (state_reset_update, state_new) = state_part.split_at(2 * hidden);
    for (gate, &state) in reset_update.iter_mut().zip(state_reset_update) {
        *gate = (*gate + state).sigmoid();
    }
    let (reset, update) = reset_update.split_at(hidden);
    for ((new, &reset), &state) in new.iter_mut().zip(reset).zip(state_new) {
        *new = (*new + reset * state).tanh();
    }
    for ((next, &h), (&update, &new)) in h_next.iter_mut().zip(h).zip(update.iter().zip(new.iter()))
    {
        *next = (T::one() - update) * new + update * h;
    }
}

/// What the way back needs: each `[length (+ 1), batch, …]`.
struct Saved<T> {
    x: Vec<T>,
    gates: Vec<T>,
    state_part: Vec<T>,
    /// From the initial state on.
    h: Vec<T>,
}

struct Recurrence {
    give: Give,
    calls: Calls,
}

impl Fused<5> for Recurrence {
    const NAME: &'static str = "gru";

    fn forward<T: Real>(&self, inputs: [View<'_, T>; 5]) -> Result<Output<T>> {
        let [x, weight_ih, weight_hh, bias_ih, bias_hh] = inputs;
        let extents = Extents::of(x, weight_hh)?;
        let (state, gate) = (extents.state(), extents.gate());
        let rows = extents.length * extents.batch;
        let mut saved = Saved {
            x: exchange_axes(x.values, extents.batch, extents.length, extents.width),
            gates: repeat(bias_ih.values, rows),
            state_part: repeat(bias_hh.values, rows),
            h: vec![T::zero(); (extents.length + 1) * state],
        };
        extents.add_inputs(&mut saved.gates, &saved.x, weight_ih.values);
        let turned = extents.turned(weight_hh.values);
        for element in 0..extents.length {
            let state_part = &mut saved.state_part[element * gate..][..gate];
            let (h, h_next) = saved.h[element * state..][..2 * state].split_at_mut(state);
            // The first state is zero, and so is what it adds.
            if element > 0 {
                extents.add_state(state_part, h, &turned);
            }
            let gates = &mut saved.gates[element * gate..][..gate];
            Step {
                gates,
                state_part,
                h,
                h_next,
            }
            .run(extents.hidden);
            self.calls.add_one();
        }
        let (values, shape) = extents.give(&self.give, &saved.h[state..]);
        Ok(Output::new(values, shape).saving(saved))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 5>) -> Result<[Option<Vec<T>>; 5]> {
        let [x, weight_ih, weight_hh, ..] = pass.inputs;
        let extents = Extents::of(x, weight_hh)?;
        let (state, gate) = (extents.state(), extents.gate());
        let saved: &Saved<T> = pass.saved()?;
        let mut slopes = vec![T::zero(); extents.length * gate];
        let mut state_slopes = vec![T::zero(); extents.length * gate];
        let mut h_slope = vec![T::zero(); state];
        for element in (0..extents.length).rev() {
            extents.add_output_slope(&self.give, &mut h_slope, pass.gradient.values, element);
            let state_slopes = &mut state_slopes[element * gate..][..gate];
            StepBack {
                gates: &saved.gates[element * gate..][..gate],
                state_part: &saved.state_part[element * gate..][..gate],
                h: &saved.h[element * state..][..state],
                h_slope: &mut h_slope,
                slopes: &mut slopes[element * gate..][..gate],
                state_slopes,
            }
            .run(extents.hidden);
            if element > 0 {
                extents.add_state_slope(&mut h_slope, state_slopes, weight_hh.values);
            }
        }
        Ok([
            pass.wanted[0].then(|| extents.input_gradient(&slopes, weight_ih.values)),
            pass.wanted[1].then(|| extents.weight_gradient(&slopes, &saved.x, extents.width)),
            // The first element saw a state of zeros.
            pass.wanted[2].then(|| {
                let (slopes, h) = (
                    &state_slopes[gate..],
                    &saved.h[state..extents.length * state],
                );
                extents.weight_gradient(slopes, h, extents.hidden)
            }),
            pass.wanted[3].then(|| extents.bias_gradient(&slopes)),
            pass.wanted[4].then(|| extents.bias_gradient(&state_slopes)),
        ])
    }
}

/// One call of the cell, backward.
struct StepBack<'a, T> {
    gates: &'a [T],
    state_part: &'a [T],
    h: &'a [T],
    /// In: of the new state. Out: of the old one, the product's part left out.
    h_slope: &'a mut [T],
    /// Out: of the inputs' part of the gates before their activations.
    slopes: &'a mut [T],
    /// Out: of the state's part.
    state_slopes: &'a mut [T],
}

impl<T: Real> StepBack<'_, T> {
    fn run(self, hidden: usize) {
        let wide = GATES * hidden;
        let parts = self
            .gates
            .chunks_exact(wide)
            .zip(self.state_part.chunks_exact(wide));
        let outgoing = self
            .slopes
            .chunks_exact_mut(wide)
            .zip(self.state_slopes.chunks_exact_mut(wide));
        let states = self
            .h
            .chunks_exact(hidden)
            .zip(self.h_slope.chunks_exact_mut(hidden));
        vectorised(
            #[inline(always)]
            || {
                for (((gates, part), (slopes, state_slopes)), (h, h_slope)) in
                    parts.zip(outgoing).zip(states)
                {
                    step_row_back(gates, part, slopes, state_slopes, h, h_slope);
                }
            },
        );
    }
}

#[inline(always)]
fn step_row_back<T: Real>(
    gates: &[T],
    state_part: &[T],
    slopes: &mut [T],
    state_slopes: &mut [T],
    h: &[T],
    h_slope: &mut [T],
) {
    // Slices of one known length, so that no bound is checked inside the loop.
    let hidden = h.len();
    let (r, rest) = gates.split_at(hidden);
    let (z, n) = rest.split_at(hidden);
    let (n, state_n) = (&n[..hidden], &state_part[2 * hidden..][..hidden]);
    let (r_slope, rest) = slopes.split_at_mut(hidden);
    let (z_slope, n_slope) = rest.split_at_mut(hidden);
    let (n_slope, h_slope) = (&mut n_slope[..hidden], &mut h_slope[..hidden]);
    let one = T::one();
    for k in 0..hidden {
        let dn = h_slope[k] * (one - z[k]) * (one - n[k] * n[k]);
        let dz = h_slope[k] * (h[k] - n[k]);
        n_slope[k] = dn;
        r_slope[k] = dn * state_n[k] * (r[k] * (one - r[k]));
        z_slope[k] = dz * (z[k] * (one - z[k]));
        h_slope[k] *= z[k];
    }
    let (both, state_n_slope) = state_slopes.split_at_mut(2 * hidden);
    both[..hidden].copy_from_slice(r_slope);
    both[hidden..].copy_from_slice(z_slope);
    for ((slope, &dn), &r) in state_n_slope.iter_mut().zip(n_slope.iter()).zip(r) {
        *slope = dn * r;
    }
}

/// One call by itself.
struct Cell;

impl Fused<6> for Cell {
    const NAME: &'static str = "gru-cell";

    fn forward<T: Real>(&self, inputs: [View<'_, T>; 6]) -> Result<Output<T>> {
        let [x, h, weight_ih, weight_hh, bias_ih, bias_hh] = inputs;
        if x.dims.len() != 2 || x.width() != weight_ih.width() {
            bail!("x is [batch, {}], got {:?}", weight_ih.width(), x.dims);
        }
        let dims = [x.rows(), 1, x.width()];
        let extents = Extents::of(View { dims: &dims, ..x }, weight_hh)?;
        let mut gates = repeat(bias_ih.values, extents.batch);
        let mut state_part = repeat(bias_hh.values, extents.batch);
        extents.add_inputs(&mut gates, x.values, weight_ih.values);
        extents.add_state(&mut state_part, h.values, &extents.turned(weight_hh.values));
        let mut next = vec![T::zero(); extents.state()];
        Step {
            gates: &mut gates,
            state_part: &state_part,
            h: h.values,
            h_next: &mut next,
        }
        .run(extents.hidden);
        Ok(Output::new(next, (extents.batch, extents.hidden)))
    }

    fn backward<T: Real>(&self, _: &Backward<'_, T, 6>) -> Result<[Option<Vec<T>>; 6]> {
        bail!("a cell by itself runs forward only")
    }
}
