//! The LSTM (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et
//! al., 2000), with the layout and gate order of `torch.nn.LSTMCell`: input,
//! forget, cell, output.

use candle_core::{Result, Tensor, bail};
use candle_nn::VarBuilder;

use super::{Calls, Extents, Give, Weights, exchange_axes};
use crate::Pass;
use crate::numeric::{Backward, Fused, Output, Real, View, apply, repeat, vectorised};

const GATES: usize = 4;

/// One layer of LSTM cells.
#[derive(Clone, Debug)]
pub struct Lstm {
    name: String,
    weights: Weights,
}

impl Lstm {
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

    /// One call of the cell: `x`, `h` and `c` to the next `h` and `c`.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn cell(&self, [x, h, c]: &[Tensor; 3]) -> Result<Vec<Tensor>> {
        let (weights, hidden) = (&self.weights, self.weights.hidden());
        let batch = x.dims()[0];
        for (what, state) in [("h", h), ("c", c)] {
            if state.dims() != [batch, hidden] {
                bail!("{what} is [{batch}, {hidden}], got {:?}", state.dims());
            }
        }
        let both = apply(
            Cell,
            [
                x,
                h,
                c,
                &weights.weight_ih,
                &weights.weight_hh,
                &weights.bias_ih,
                &weights.bias_hh,
            ],
        )?;
        Ok(vec![both.get(0)?, both.get(1)?])
    }
}

/// Everything that one call of the cell reads and writes.
struct Step<'a, T> {
    /// In: before the activations. Out: after them.
    gates: &'a mut [T],
    c: &'a [T],
    c_next: &'a mut [T],
    /// tanh of the new cell state.
    squashed: &'a mut [T],
    h_next: &'a mut [T],
}

impl<T: Real> Step<'_, T> {
    fn run(self, hidden: usize) {
        let rows = self
            .gates
            .chunks_exact_mut(GATES * hidden)
            .zip(self.c.chunks_exact(hidden));
        let outputs = self
            .c_next
            .chunks_exact_mut(hidden)
            .zip(self.squashed.chunks_exact_mut(hidden))
            .zip(self.h_next.chunks_exact_mut(hidden));
        vectorised(
            #[inline(always)]
            || {
                for ((gates, c), ((c_next, squashed), h_next)) in rows.zip(outputs) {
                    step_row(gates, c, c_next, squashed, h_next);
                }
            },
        );
    }
}

#[inline(always)]
fn step_row<T: Real>(gates: &mut [T], c: &[T], c_next: &mut [T], squashed: &mut [T], h: &mut [T]) {
    let hidden = c.len();
    let (input_forget, rest) = gates.split_at_mut(2 * hidden);
    let (cell, output) = rest.split_at_mut(hidden);
    input_forget
        .iter_mut()
        .for_each(|gate| *gate = gate.sigmoid());
    cell.iter_mut().for_each(|gate| *gate = gate.tanh());
    output.iter_mut().for_each(|gate| *gate = gate.sigmoid());
    let (input, forget) = input_forget.split_at(hidden);
    for ((next, (&i, &f)), (&g, &c)) in c_next
        .iter_mut()
        .zip(input.iter().zip(forget))
        .zip(cell.iter().zip(c))
    {
        *next = f * c + i * g;
    }
    for ((h, squashed), (&o, &c)) in h
        .iter_mut()
        .zip(squashed)
        .zip(output.iter().zip(c_next.iter()))
    {
        *squashed = c.tanh();
        *h = o * *squashed;
    }
}

/// What the way back needs: each `[length (+ 1), batch, …]`.
struct Saved<T> {
    x: Vec<T>,
    gates: Vec<T>,
    /// From the initial state on.
    c: Vec<T>,
    squashed: Vec<T>,
    /// From the initial state on.
    h: Vec<T>,
}

struct Recurrence {
    give: Give,
    calls: Calls,
}

impl Fused<5> for Recurrence {
    const NAME: &'static str = "lstm";

    fn forward<T: Real>(&self, inputs: [View<'_, T>; 5]) -> Result<Output<T>> {
        let [x, weight_ih, weight_hh, bias_ih, bias_hh] = inputs;
        let extents = Extents::of(x, weight_hh)?;
        let (state, gate) = (extents.state(), extents.gate());
        let bias: Vec<T> = bias_ih
            .values
            .iter()
            .zip(bias_hh.values)
            .map(|(&a, &b)| a + b)
            .collect();
        let mut saved = Saved {
            x: exchange_axes(x.values, extents.batch, extents.length, extents.width),
            gates: repeat(&bias, extents.length * extents.batch),
            c: vec![T::zero(); (extents.length + 1) * state],
            squashed: vec![T::zero(); extents.length * state],
            h: vec![T::zero(); (extents.length + 1) * state],
        };
        extents.add_inputs(&mut saved.gates, &saved.x, weight_ih.values);
        let turned = extents.turned(weight_hh.values);
        for element in 0..extents.length {
            let gates = &mut saved.gates[element * gate..][..gate];
            let (h, h_next) = saved.h[element * state..][..2 * state].split_at_mut(state);
            let (c, c_next) = saved.c[element * state..][..2 * state].split_at_mut(state);
            // The first state is zero, and so is what it adds.
            if element > 0 {
                extents.add_state(gates, h, &turned);
            }
            let squashed = &mut saved.squashed[element * state..][..state];
            Step {
                gates,
                c,
                c_next,
                squashed,
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
        let mut h_slope = vec![T::zero(); state];
        let mut c_slope = vec![T::zero(); state];
        for element in (0..extents.length).rev() {
            extents.add_output_slope(&self.give, &mut h_slope, pass.gradient.values, element);
            let slopes = &mut slopes[element * gate..][..gate];
            StepBack {
                gates: &saved.gates[element * gate..][..gate],
                c: &saved.c[element * state..][..state],
                squashed: &saved.squashed[element * state..][..state],
                h_slope: &h_slope,
                c_slope: &mut c_slope,
                slopes,
            }
            .run(extents.hidden);
            h_slope.fill(T::zero());
            if element > 0 {
                extents.add_state_slope(&mut h_slope, slopes, weight_hh.values);
            }
        }
        let bias = pass.wanted[3..]
            .contains(&true)
            .then(|| extents.bias_gradient(&slopes));
        Ok([
            pass.wanted[0].then(|| extents.input_gradient(&slopes, weight_ih.values)),
            pass.wanted[1].then(|| extents.weight_gradient(&slopes, &saved.x, extents.width)),
            // The first element saw a state of zeros.
            pass.wanted[2].then(|| {
                let (slopes, h) = (&slopes[gate..], &saved.h[state..extents.length * state]);
                extents.weight_gradient(slopes, h, extents.hidden)
            }),
            bias.clone().filter(|_| pass.wanted[3]),
            bias.filter(|_| pass.wanted[4]),
        ])
    }
}

/// One call of the cell, backward.
struct StepBack<'a, T> {
    gates: &'a [T],
    c: &'a [T],
    squashed: &'a [T],
    h_slope: &'a [T],
    /// In: of the new cell state. Out: of the old one.
    c_slope: &'a mut [T],
    /// Out: of the gates before their activations.
    slopes: &'a mut [T],
}

impl<T: Real> StepBack<'_, T> {
    fn run(self, hidden: usize) {
        let states = self
            .c
            .chunks_exact(hidden)
            .zip(self.squashed.chunks_exact(hidden));
        let incoming = self
            .h_slope
            .chunks_exact(hidden)
            .zip(self.c_slope.chunks_exact_mut(hidden));
        let gates = self
            .gates
            .chunks_exact(GATES * hidden)
            .zip(self.slopes.chunks_exact_mut(GATES * hidden));
        vectorised(
            #[inline(always)]
            || {
                for (((gates, slopes), (c, squashed)), (h_slope, c_slope)) in
                    gates.zip(states).zip(incoming)
                {
                    step_row_back(gates, slopes, c, squashed, h_slope, c_slope);
                }
            },
        );
    }
}

#[inline(always)]
fn step_row_back<T: Real>(
    gates: &[T],
    slopes: &mut [T],
    c: &[T],
    squashed: &[T],
    h_slope: &[T],
    c_slope: &mut [T],
) {
    // Slices of one known length, so that no bound is checked inside the loop.
    let hidden = c.len();
    let (i, rest) = gates.split_at(hidden);
    let (f, rest) = rest.split_at(hidden);
    let (g, o) = rest.split_at(hidden);
    let (i_slope, rest) = slopes.split_at_mut(hidden);
    let (f_slope, rest) = rest.split_at_mut(hidden);
    let (g_slope, o_slope) = rest.split_at_mut(hidden);
    let (o, o_slope) = (&o[..hidden], &mut o_slope[..hidden]);
    let (squashed, h_slope, c_slope) = (
        &squashed[..hidden],
        &h_slope[..hidden],
        &mut c_slope[..hidden],
    );
    let one = T::one();
    for k in 0..hidden {
        let dc = c_slope[k] + h_slope[k] * o[k] * (one - squashed[k] * squashed[k]);
        o_slope[k] = h_slope[k] * squashed[k] * (o[k] * (one - o[k]));
        i_slope[k] = dc * g[k] * (i[k] * (one - i[k]));
        f_slope[k] = dc * c[k] * (f[k] * (one - f[k]));
        g_slope[k] = dc * i[k] * (one - g[k] * g[k]);
        c_slope[k] = dc * f[k];
    }
}

/// One call by itself, `[2, batch, hidden]` out: the new `h`, the new `c`.
struct Cell;

impl Fused<7> for Cell {
    const NAME: &'static str = "lstm-cell";

    fn forward<T: Real>(&self, inputs: [View<'_, T>; 7]) -> Result<Output<T>> {
        let [x, h, c, weight_ih, weight_hh, bias_ih, bias_hh] = inputs;
        if x.dims.len() != 2 || x.width() != weight_ih.width() {
            bail!("x is [batch, {}], got {:?}", weight_ih.width(), x.dims);
        }
        let dims = [x.rows(), 1, x.width()];
        let extents = Extents::of(View { dims: &dims, ..x }, weight_hh)?;
        let bias: Vec<T> = bias_ih
            .values
            .iter()
            .zip(bias_hh.values)
            .map(|(&a, &b)| a + b)
            .collect();
        let mut gates = repeat(&bias, extents.batch);
        extents.add_inputs(&mut gates, x.values, weight_ih.values);
        extents.add_state(&mut gates, h.values, &extents.turned(weight_hh.values));
        let mut both = vec![T::zero(); 2 * extents.state()];
        let mut squashed = vec![T::zero(); extents.state()];
        let (h_next, c_next) = both.split_at_mut(extents.state());
        Step {
            gates: &mut gates,
            c: c.values,
            c_next,
            squashed: &mut squashed,
            h_next,
        }
        .run(extents.hidden);
        Ok(Output::new(both, (2, extents.batch, extents.hidden)))
    }

    fn backward<T: Real>(&self, _: &Backward<'_, T, 7>) -> Result<[Option<Vec<T>>; 7]> {
        bail!("a cell by itself runs forward only")
    }
}
