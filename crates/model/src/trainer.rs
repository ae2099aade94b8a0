//! Feeds a learner the rows of a dataset.

use candle_core::{DType, Device, Tensor};
use seatrial_data::{BatchOrder, Dataset, Part, Target};
use seatrial_rng::Streams;

use crate::{Batch, Inputs, Learner, Precision, Result, StepReport, Targets, Task};

impl Task {
    /// What this dataset asks of a model.
    pub fn of(dataset: &Dataset) -> Self {
        Self {
            features: dataset.features.clone(),
            range: dataset.range(),
            classes: match &dataset.target {
                Target::Classes { names, .. } => Some(names.len()),
                Target::Values(_) => None,
            },
        }
    }
}

impl Precision {
    /// candle's name for it.
    pub fn dtype(self) -> DType {
        match self {
            Precision::Single => DType::F32,
            Precision::Double => DType::F64,
        }
    }
}

impl Batch {
    /// These rows of a dataset: features `[rows, features]` and their targets.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn of_rows(dataset: &Dataset, rows: &[usize], precision: Precision) -> Result<Self> {
        let width = dataset.features.len();
        let mut values = Vec::with_capacity(rows.len() * width);
        for &row in rows {
            values.extend_from_slice(dataset.row(row));
        }
        let targets = Targets::of_rows(&dataset.target, rows, precision)?;
        Self::of_values(values, width, targets, precision)
    }

    /// Rows of `width` features each, one after the other, with their targets.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn of_values(
        values: Vec<f32>,
        width: usize,
        targets: Targets,
        precision: Precision,
    ) -> Result<Self> {
        let rows = values.len() / width.max(1);
        let features = Tensor::from_vec(values, (rows, width), &Device::Cpu)?;
        Ok(Self {
            inputs: Inputs::new(features.to_dtype(precision.dtype())?),
            targets,
        })
    }
}

impl Targets {
    /// What to predict of these rows.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn of_rows(target: &Target, rows: &[usize], precision: Precision) -> Result<Self> {
        Ok(match target {
            Target::Classes { labels, .. } => {
                let labels: Vec<u32> = rows.iter().map(|&row| labels[row]).collect();
                Targets::Classes(Tensor::from_vec(labels, rows.len(), &Device::Cpu)?)
            }
            Target::Values(targets) => {
                let targets: Vec<f32> = rows.iter().map(|&row| targets[row]).collect();
                let targets = Tensor::from_vec(targets, (rows.len(), 1), &Device::Cpu)?;
                Targets::Values(targets.to_dtype(precision.dtype())?)
            }
        })
    }
}

/// A learner in training: what to feed it next, and how far it has come.
pub struct Trainer<'a> {
    /// The learner.
    pub learner: Box<dyn Learner>,
    dataset: &'a Dataset,
    order: BatchOrder,
    precision: Precision,
    steps_done: usize,
}

impl<'a> Trainer<'a> {
    /// Trains on these rows, in an order that the streams decide.
    pub fn new(
        learner: Box<dyn Learner>,
        dataset: &'a Dataset,
        rows: &[usize],
        batch: usize,
        streams: &Streams,
        precision: Precision,
    ) -> Self {
        Self {
            learner,
            dataset,
            order: BatchOrder::new(streams, rows, batch),
            precision,
            steps_done: 0,
        }
    }

    /// Steps taken so far.
    pub fn steps_done(&self) -> usize {
        self.steps_done
    }

    /// Goes on as if this many steps had been taken: for a resumed learner.
    pub fn resume_at(&mut self, step: usize) {
        self.steps_done = step;
    }

    /// The batch of the next step.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn next_batch(&mut self) -> Result<Batch> {
        let rows = self.order.step(self.steps_done);
        Batch::of_rows(self.dataset, &rows, self.precision)
    }

    /// One step on the next batch.
    ///
    /// # Errors
    /// As [`Learner::step`].
    pub fn step(&mut self) -> Result<StepReport> {
        let batch = self.next_batch()?;
        let report = self.learner.step(std::slice::from_ref(&batch))?;
        self.steps_done += 1;
        Ok(report)
    }

    /// All rows of a part as one batch.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn part(&self, part: Part) -> Result<Batch> {
        Batch::of_rows(self.dataset, self.dataset.part(part), self.precision)
    }
}
