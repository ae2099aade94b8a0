//! A file of recorded tensors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor, safetensors};
use seatrial_model::{Batch, Inputs, Precision, Targets};

use crate::check::{Failure, Outcome};

/// What a reference holds, in the learner's precision.
#[derive(Debug, Default)]
pub(super) struct Reference {
    path: PathBuf,
    pub inputs: Vec<Tensor>,
    pub outputs: Vec<Tensor>,
    pub parameters: BTreeMap<String, Tensor>,
    pub gradients: BTreeMap<String, Tensor>,
    /// Parameters after some steps.
    pub after: BTreeMap<String, Tensor>,
    pub loss: Option<Tensor>,
    target: Option<Tensor>,
    lengths: Option<Vec<usize>>,
}

const NAMES: &str = "input.N, output.N, parameter.NAME, gradient.NAME, after.NAME, target, loss, \
                     lengths";

impl Reference {
    /// Reads a file; `whole` if it is about a whole model.
    ///
    /// # Errors
    /// When it cannot be read, or does not hold together.
    pub fn read(path: &Path, whole: bool) -> Outcome<Self> {
        let mut reference = Self {
            path: path.to_owned(),
            ..Self::default()
        };
        let tensors = safetensors::load(path, &Device::Cpu)
            .map_err(|error| reference.refuse(&format!("it is no safetensors file: {error}")))?;
        let (mut inputs, mut outputs) = (BTreeMap::new(), BTreeMap::new());
        for (name, tensor) in tensors {
            let (kind, rest) = name.split_once('.').unwrap_or((&name, ""));
            let float = || tensor.to_dtype(Precision::Single.dtype());
            let place = |rest: &str| {
                let number: Result<usize, _> = rest.parse();
                number.map_err(|_| reference.refuse(&format!("`{name}`: a number is missing")))
            };
            match (kind, rest.is_empty()) {
                ("input", false) => drop(inputs.insert(place(rest)?, float()?)),
                ("output", false) => drop(outputs.insert(place(rest)?, float()?)),
                ("parameter", false) => drop(reference.parameters.insert(rest.into(), float()?)),
                ("gradient", false) => drop(reference.gradients.insert(rest.into(), float()?)),
                ("after", false) => drop(reference.after.insert(rest.into(), float()?)),
                ("loss", true) => reference.loss = Some(tensor.to_dtype(DType::F64)?),
                ("target", true) => reference.target = Some(tensor),
                ("lengths", true) => reference.lengths = Some(lengths(&tensor)?),
                _ => return Err(reference.refuse(&format!("`{name}` is none of {NAMES}"))),
            }
        }
        reference.inputs = reference.in_order("input", inputs)?;
        reference.outputs = reference.in_order("output", outputs)?;
        reference.hold_together(whole)?;
        Ok(reference)
    }

    fn in_order(&self, kind: &str, tensors: BTreeMap<usize, Tensor>) -> Outcome<Vec<Tensor>> {
        match tensors.keys().copied().eq(0..tensors.len()) {
            true => Ok(tensors.into_values().collect()),
            false => Err(self.refuse(&format!("`{kind}.N` are not numbered from 0 on"))),
        }
    }

    fn hold_together(&self, whole: bool) -> Outcome<()> {
        let training = self.loss.is_some() || !self.gradients.is_empty() || !self.after.is_empty();
        let reason = if self.inputs.is_empty() {
            "it holds no `input.0`"
        } else if self.outputs.is_empty() && !training {
            "it holds nothing to compare with, such as `output.0`"
        } else if !whole && (training || self.target.is_some()) {
            "`target`, `loss`, `gradient.NAME` and `after.NAME` are for a whole model, and the \
             case names a component"
        } else if training && self.target.is_none() {
            "`loss`, `gradient.NAME` and `after.NAME` need a `target`"
        } else if whole && self.inputs.len() > 1 {
            "a model takes one input, `input.0`"
        } else {
            return Ok(());
        };
        Err(self.refuse(reason))
    }

    /// The input of a whole model.
    ///
    /// # Errors
    /// When there is none.
    pub fn model_inputs(&self) -> Outcome<Inputs> {
        let features = self.inputs.first();
        let features = features.ok_or_else(|| self.refuse("it holds no `input.0`"))?;
        Ok(Inputs {
            features: features.clone(),
            lengths: self.lengths.clone(),
        })
    }

    /// Input and target as a batch, if there is a target: classes as whole
    /// numbers, or values.
    ///
    /// # Errors
    /// When a tensor cannot be converted.
    pub fn batch(&self) -> Outcome<Option<Batch>> {
        let Some(target) = &self.target else {
            return Ok(None);
        };
        let targets = if target.dtype().is_float() {
            Targets::Values(target.to_dtype(Precision::Single.dtype())?)
        } else {
            Targets::Classes(target.to_dtype(DType::U32)?)
        };
        Ok(Some(Batch {
            inputs: self.model_inputs()?,
            targets,
        }))
    }

    /// What is wrong with the file.
    pub fn refuse(&self, reason: &str) -> Failure {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        Failure::Case(format!("reference `{name}`: {reason}"))
    }
}

fn lengths(tensor: &Tensor) -> Outcome<Vec<usize>> {
    let lengths: Vec<u32> = tensor.to_dtype(DType::U32)?.to_vec1()?;
    Ok(lengths.into_iter().map(|length| length as usize).collect())
}
