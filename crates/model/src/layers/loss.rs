//! Losses: each one operation, from outputs to a number.

use candle_core::{Result, Tensor, bail};

use crate::numeric::{Backward, Fused, Output, Real, View, apply, vectorised};
use crate::{OutputKind, Targets};

/// The loss summed over the examples at hand, divided by `examples`: all those
/// of a step, of which these may be a part.
///
/// Cross-entropy for classes, the mean square for values.
pub(crate) fn loss(
    kind: OutputKind,
    outputs: &Tensor,
    targets: &Targets,
    examples: usize,
) -> Result<Tensor> {
    match (kind, targets) {
        (OutputKind::Logits, Targets::Classes(classes)) => {
            let classes = classes.to_vec1()?;
            apply(CrossEntropy { classes, examples }, [outputs])
        }
        (OutputKind::Probabilities, Targets::Classes(classes)) => {
            let share = outputs.dims()[0] as f64 / examples as f64;
            candle_nn::loss::nll(&outputs.log()?, classes)?.affine(share, 0.0)
        }
        (OutputKind::Values, Targets::Values(values)) => {
            apply(MeanSquare { examples }, [outputs, values])
        }
        _ => bail!("targets do not fit the outputs"),
    }
}

/// The negative logarithm of the softmax at each example's class.
struct CrossEntropy {
    classes: Vec<u32>,
    examples: usize,
}

impl Fused<1> for CrossEntropy {
    const NAME: &'static str = "cross-entropy";

    fn forward<T: Real>(&self, [logits]: [View<'_, T>; 1]) -> Result<Output<T>> {
        let width = logits.width();
        let mut probabilities = Vec::with_capacity(logits.values.len());
        let mut loss = 0.0;
        for (row, &class) in logits.values.chunks_exact(width).zip(&self.classes) {
            let largest = row
                .iter()
                .fold(row[0], |max, &x| if x > max { x } else { max });
            loss += (largest - row[class as usize]).to_f64();
            probabilities.extend(row.iter().map(|&x| x - largest));
        }
        vectorised(
            #[inline(always)]
            || {
                probabilities
                    .iter_mut()
                    .for_each(|x| *x = x.exp_of_negative())
            },
        );
        for row in probabilities.chunks_exact_mut(width) {
            let sum = row.iter().fold(T::zero(), |sum, &x| sum + x);
            loss += sum.ln().to_f64();
            row.iter_mut().for_each(|x| *x /= sum);
        }
        let mean = T::from_f64(loss / self.examples as f64);

        Ok(Output::new(vec![mean], ()).saving(probabilities))
    }

    /// Softmax minus one at the class.
    fn backward<T: Real>(&self, pass: &Backward<'_, T, 1>) -> Result<[Option<Vec<T>>; 1]> {
        let scale = pass.gradient.values[0] / T::from_f64(self.examples as f64);
        let mut gradient = pass.saved::<Vec<T>>()?.clone();
        let width = pass.inputs[0].width();
        for (row, &class) in gradient.chunks_exact_mut(width).zip(&self.classes) {
            row[class as usize] -= T::one();
            row.iter_mut().for_each(|g| *g *= scale);
        }
        Ok([Some(gradient)])
    }
}

/// The square of the difference, averaged over an example's values.
struct MeanSquare {
    examples: usize,
}

impl MeanSquare {
    fn terms<T: Real>(&self, outputs: View<'_, T>) -> f64 {
        (self.examples * outputs.width()) as f64
    }
}

impl Fused<2> for MeanSquare {
    const NAME: &'static str = "mean-square";

    fn forward<T: Real>(&self, [outputs, targets]: [View<'_, T>; 2]) -> Result<Output<T>> {
        let square = |(&y, &t): (&T, &T)| {
            let difference = (y - t).to_f64();
            difference * difference
        };
        let sum: f64 = outputs.values.iter().zip(targets.values).map(square).sum();
        Ok(Output::new(
            vec![T::from_f64(sum / self.terms(outputs))],
            (),
        ))
    }

    fn backward<T: Real>(&self, pass: &Backward<'_, T, 2>) -> Result<[Option<Vec<T>>; 2]> {
        let [outputs, targets] = pass.inputs;
        let scale = pass.gradient.values[0] * T::from_f64(2.0 / self.terms(outputs));
        let slope = |(&y, &t): (&T, &T)| (y - t) * scale;
        let gradient = outputs.values.iter().zip(targets.values).map(slope);
        Ok([Some(gradient.collect()), None])
    }
}
