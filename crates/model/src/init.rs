//! Seeded initial values: a backend for candle's `VarBuilder`.
//!
//! Code written for candle-nn's layers works unchanged; only where its numbers
//! come from differs. A network is built twice: once to record what it asks
//! for, in which order, and once with the values that were then drawn. So the
//! order of drawing is under control whatever the network does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{DType, Device, Error, Result, Shape, Tensor, Var, bail};
use candle_nn::Init;
use candle_nn::init::NormalOrUniform;
use candle_nn::var_builder::SimpleBackend;
use seatrial_rng::{Draws, Stream};

use crate::Construction;

/// One value that a network asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Full name, such as `mlp.0.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// The distribution it is drawn from.
    pub init: Init,
    /// Its dtype.
    pub dtype: DType,
}

/// What a network asked for while it was built the first time, in order.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<Mutex<Vec<Request>>>);

impl Requests {
    /// The requests so far, each name once.
    pub fn list(&self) -> Vec<Request> {
        lock(&self.0).clone()
    }
}

impl SimpleBackend for Requests {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let mut requests = lock(&self.0);
        match requests.iter().find(|known| known.name == name) {
            Some(known) => same_shape(name, &known.shape, &shape)?,
            None => requests.push(Request {
                name: name.to_owned(),
                shape: shape.clone(),
                init,
                dtype,
            }),
        }
        Tensor::zeros(shape, dtype, device)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        bail!("`{name}` is asked for without a shape, so it has no distribution")
    }

    fn contains_tensor(&self, name: &str) -> bool {
        lock(&self.0).iter().any(|known| known.name == name)
    }
}

/// Variables by name, sorted; the same name gives the same variable.
#[derive(Clone, Debug, Default)]
pub struct Variables(Arc<BTreeMap<String, Var>>);

impl Variables {
    /// Draws a value for each request, in the order that `construction` demands.
    ///
    /// Numbers come from streams named `init/<name>`, or from the queue.
    ///
    /// # Errors
    /// For a dtype other than `f32` and `f64`.
    pub fn draw(
        requests: &[Request],
        draws: &mut Draws,
        construction: Construction,
    ) -> Result<Self> {
        let mut order: Vec<&Request> = requests.iter().collect();
        if construction == Construction::Reversed {
            order.reverse();
        }
        if construction == Construction::WithExtra {
            // Its name cannot clash with a real one: those hold no slash.
            draws.with("init/extra/weight", |stream| {
                values(
                    Init::Uniform { lo: -1.0, up: 1.0 },
                    &Shape::from(17),
                    stream,
                )
            });
        }
        let mut variables = BTreeMap::new();
        for request in order {
            let numbers = draws.with(&format!("init/{}", request.name), |stream| {
                values(request.init, &request.shape, stream)
            });
            let value = tensor(&numbers, &request.shape, request.dtype)?;
            variables.insert(request.name.clone(), Var::from_tensor(&value)?);
        }
        Ok(Self(Arc::new(variables)))
    }

    /// Name and variable, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.0.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// The variable of this name.
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.0.get(name)
    }
}

impl SimpleBackend for Variables {
    fn get(&self, shape: Shape, name: &str, _: Init, dtype: DType, _: &Device) -> Result<Tensor> {
        let Some(var) = self.0.get(name) else {
            bail!("`{name}` was not asked for when the network was first built")
        };
        same_shape(name, var.shape(), &shape)?;
        if var.dtype() != dtype {
            bail!("`{name}` is {:?}, asked for as {dtype:?}", var.dtype());
        }
        Ok(var.as_tensor().clone())
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        match self.0.get(name) {
            Some(var) => Ok(var.as_tensor().clone()),
            None => bail!("`{name}` was not asked for when the network was first built"),
        }
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The list is whole at every step, so a panic elsewhere leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn same_shape(name: &str, expected: &Shape, got: &Shape) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    Err(Error::UnexpectedShape {
        msg: format!("`{name}` is asked for with two shapes"),
        expected: expected.clone(),
        got: got.clone(),
    })
}

/// As many numbers as the shape has elements, in row-major order.
///
/// Constants draw nothing. The gains and fans are candle-nn's own, which
/// follow `torch.nn.init`.
fn values(init: Init, shape: &Shape, stream: &mut Stream) -> Vec<f64> {
    let count = shape.elem_count();
    match init {
        Init::Const(value) => vec![value; count],
        Init::Randn { mean, stdev } => {
            let number = |_| mean + stdev * stream.normal();
            (0..count).map(number).collect()
        }
        Init::Uniform { lo, up } => (0..count).map(|_| stream.uniform(lo, up)).collect(),
        Init::Kaiming {
            dist,
            fan,
            non_linearity,
        } => {
            let stdev = non_linearity.gain() / (fan.for_shape(shape) as f64).sqrt();
            let bound = 3f64.sqrt() * stdev;
            let init = match dist {
                NormalOrUniform::Normal => Init::Randn { mean: 0.0, stdev },
                NormalOrUniform::Uniform => Init::Uniform {
                    lo: -bound,
                    up: bound,
                },
            };
            values(init, shape, stream)
        }
    }
}

/// Numbers are drawn in double precision and rounded once, so that the two
/// precisions of one model start from the same place.
fn tensor(numbers: &[f64], shape: &Shape, dtype: DType) -> Result<Tensor> {
    match dtype {
        DType::F64 => Tensor::from_vec(numbers.to_vec(), shape, &Device::Cpu),
        DType::F32 => {
            let single: Vec<f32> = numbers.iter().map(|&v| v as f32).collect();
            Tensor::from_vec(single, shape, &Device::Cpu)
        }
        other => bail!("initial values can be F32 or F64, not {other:?}"),
    }
}
