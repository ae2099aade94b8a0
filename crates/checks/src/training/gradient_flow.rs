//! `gradient-flow`: gradients neither vanish nor explode, and units live.

use std::collections::BTreeMap;

use candle_core::Tensor;
use schemars::JsonSchema;
use seatrial_data::Part;
use seatrial_model::{Batch, Learner, Mode, Overrides, Precision, Probe};
use seatrial_spec::{Count, Fraction, Positive, SubjectKind};
use seatrial_verdict::{Bar, Bars, Bound, Figure, Measurement};
use serde::Deserialize;

use crate::context::numbers;
use crate::evidence::{conclude, constant, course, draw_rows};
use crate::statistics::mean;
use crate::{About, Chapter, Check, Context, Fault, Outcome, Planted, Sound};

/// Gradients reach every layer with about the same strength, and units live.
///
/// Before training and after a few steps, on training examples: the root mean
/// square gradient of each weight matrix is compared with that of the others.
/// Where one is thousands of times weaker, the gradient vanishes on its way
/// there; where it is that much stronger, it explodes. The gradient of all
/// parameters together must also be of a size that a step can follow. Last,
/// units that give exactly zero for every example are dead; a component must
/// not have too many. Units are watched in the components that the model names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GradientFlow {
    /// Training examples to look at: enough that a unit silent on all of them
    /// is dead rather than rare.
    examples: Count,
    /// Training steps before the second look. A learning rate that kills units
    /// does so in the first few.
    steps: Count,
    /// The largest allowed ratio between the strongest and the weakest weight
    /// matrix. Sound models stay below a hundred; saturated or badly scaled
    /// ones are off by many thousands.
    ratio_max: Positive,
    /// The largest allowed norm of the gradient of all parameters.
    norm_max: Positive,
    /// The smallest allowed norm before training. Below it, the model stands
    /// on a plateau.
    norm_min: Positive,
    /// The largest part of a component's units that may be dead. ReLU leaves
    /// some dead even when all is well.
    dead_max: Fraction,
}

impl Default for GradientFlow {
    fn default() -> Self {
        Self {
            examples: constant(128.0),
            steps: constant(5.0),
            ratio_max: constant(1e3),
            norm_max: constant(1e3),
            norm_min: constant(1e-5),
            dead_max: constant(0.5),
        }
    }
}

impl Check for GradientFlow {
    const ABOUT: About = About {
        name: "gradient-flow",
        chapter: Chapter::Training,
        figure: include_str!("figures/gradient-flow.txt"),
        needs: &[SubjectKind::Model, SubjectKind::Dataset],
        method: "Gradients by layer at initialisation (Glorot and Bengio, 2010, section 4; \
                 Pascanu et al., 2013, for exploding ones), and units that never activate (Lu et \
                 al., Dying ReLU and Initialization, 2019). Matrices only: vectors, such as \
                 biases, have their own natural scale.",
        error_rates: "Deterministic in the case's seed. A model whose layers differ by design, \
                      such as an embedding of rare words, may need a larger `ratio_max`. Units \
                      of components that the model does not name are not seen.",
    };

    fn run(&self, context: &Context) -> Outcome {
        let dataset = context.dataset()?;
        let (rows, precision) = (dataset.part(Part::Train), Precision::Single);
        let mut stream = context.streams(0).stream("examples");
        let batch = draw_rows(&dataset, rows, self.examples.get(), precision, &mut stream)?;
        let mut trainer = context.trainer(0, &Overrides::default(), &dataset, rows)?;
        let mut measurements = Vec::new();
        let mut figures = Vec::new();
        let mut faults = Vec::new();
        for (when, steps) in [("before", 0), ("after", self.steps.get())] {
            let course = course(context, steps, || trainer.step())?;
            if let Some(reason) = course.broke {
                faults.push(reason);
                break;
            }
            let flow = Flow::of(trainer.learner.as_mut(), &batch)?;
            measurements.extend(self.measure(when, &flow));
            figures.push(flow.figure(when));
            faults.extend(
                self.faults(&flow)
                    .map(|fault| format!("{when} training: {fault}")),
            );
        }
        Ok(conclude(context, measurements, faults).with_figures(figures))
    }

    fn planted() -> Planted {
        PLANTED
    }
}

/// How gradients flow at one time.
struct Flow {
    /// Norm of the gradient of all parameters.
    norm: f64,
    /// Root mean square gradient of each weight matrix, weakest first.
    matrices: Vec<(String, f64)>,
    /// Dead units and all units of each component.
    units: BTreeMap<String, (usize, usize)>,
}

impl Flow {
    /// The gradient of each weight matrix, to look at.
    fn figure(&self, when: &str) -> Figure {
        let mut layers: Vec<_> = self.matrices.iter().collect();
        layers.sort_by_cached_key(|(name, _)| in_parts(name));
        let bars = layers.into_iter().map(|(name, value)| Bar {
            name: name.clone(),
            value: *value,
            ..Bar::default()
        });
        Figure::Bars(Bars {
            title: format!("gradient of each matrix {when} training, by layer"),
            unit: "1".into(),
            bars: bars.collect(),
            bound: None,
        })
    }

    fn of(learner: &mut dyn Learner, batch: &Batch) -> Outcome<Self> {
        let gradients = learner.gradients(batch, Mode::Training)?.parameters;
        let (mut squares, mut matrices) = (0.0, Vec::new());
        for parameter in learner.parameters()?.into_iter().filter(|p| p.trainable) {
            // A parameter that the loss does not reach has the weakest gradient of all.
            let gradient = match gradients.get(&parameter.name) {
                Some(gradient) => numbers(gradient)?,
                None => vec![0.0; parameter.value.elem_count()],
            };
            let squared: Vec<f64> = gradient.iter().map(|g| g * g).collect();
            squares += squared.iter().sum::<f64>();
            if parameter.value.rank() >= 2 {
                matrices.push((parameter.name, mean(&squared).sqrt()));
            }
        }
        matrices.sort_by(|a, b| a.1.total_cmp(&b.1));
        Ok(Self {
            norm: squares.sqrt(),
            matrices,
            units: dead_units(learner, batch)?,
        })
    }

    /// The strongest matrix over the weakest: infinite where one gets nothing,
    /// 1 where there are no two to compare.
    fn ratio(&self) -> f64 {
        match (self.matrices.first(), self.matrices.last()) {
            (Some((_, weakest)), Some((_, strongest))) => strongest / weakest,
            _ => 1.0,
        }
    }
}

impl GradientFlow {
    fn measure(&self, when: &str, flow: &Flow) -> Vec<Measurement> {
        let watched: usize = flow.units.values().map(|(_, all)| all).sum();
        // A model that has learnt may have next to no gradient left.
        let least = if when == "before" {
            self.norm_min.get()
        } else {
            0.0
        };
        let shares = flow
            .units
            .values()
            .map(|&(dead, all)| dead as f64 / all as f64);
        vec![
            Measurement::new(format!("gradient_norm_{when}"), flow.norm)
                .bound(Bound::Between(least, self.norm_max.get())),
            Measurement::new(format!("matrix_gradient_ratio_{when}"), flow.ratio())
                .bound(Bound::AtMost(self.ratio_max.get())),
            Measurement::new(format!("dead_share_max_{when}"), shares.fold(0.0, f64::max))
                .bound(Bound::AtMost(self.dead_max.get())),
            Measurement::new(format!("units_watched_{when}"), watched as f64).unit("units"),
        ]
    }

    fn faults(&self, flow: &Flow) -> impl Iterator<Item = String> {
        let mut faults = Vec::new();
        let ends = flow.matrices.first().zip(flow.matrices.last());
        if let Some((weakest, strongest)) = ends
            && (flow.ratio() > self.ratio_max.get() || flow.ratio().is_nan())
        {
            faults.push(format!(
                "the gradient of `{}` is {:.3e} a number where that of `{}` is {:.3e}: it \
                 vanishes, explodes or is cut off between them",
                weakest.0, weakest.1, strongest.0, strongest.1
            ));
        }
        if flow.norm > self.norm_max.get() {
            faults.push(format!(
                "the gradient explodes: its norm is {:.3e}",
                flow.norm
            ));
        }
        for (component, &(dead, all)) in &flow.units {
            if dead as f64 > self.dead_max.get() * all as f64 {
                faults.push(format!(
                    "{dead} of {all} units of `{component}` are dead: zero for every example"
                ));
            }
        }
        faults.into_iter()
    }
}

/// A name in parts that sort as people count: `mlp.2` before `mlp.10`, and what
/// has a number before what has none, as a head has.
fn in_parts(name: &str) -> Vec<(bool, u64, &str)> {
    let part = |part| match str::parse(part) {
        Ok(number) => (false, number, ""),
        Err(_) => (true, 0, part),
    };
    name.split('.').map(part).collect()
}

/// Dead units and all units of each named component.
fn dead_units(
    learner: &mut dyn Learner,
    batch: &Batch,
) -> Outcome<BTreeMap<String, (usize, usize)>> {
    let components = learner.components();
    let mut probe = Probe::capturing(components.iter().map(String::as_str));
    learner.forward(&batch.inputs, Mode::Evaluation, &mut probe)?;
    let mut units = BTreeMap::new();
    for component in components {
        let mut alive: Vec<bool> = Vec::new();
        for output in probe.outputs(&component) {
            let live = live_units(output)?;
            alive.resize(live.len().max(alive.len()), false);
            alive
                .iter_mut()
                .zip(live)
                .for_each(|(alive, live)| *alive |= live);
        }
        if !alive.is_empty() {
            let dead = alive.iter().filter(|alive| !**alive).count();
            units.insert(component, (dead, alive.len()));
        }
    }
    Ok(units)
}

/// Which units of an output are not zero somewhere. A unit is a channel of an
/// image (`[batch, channels, height, width]`), else a place on the last axis.
fn live_units(output: &Tensor) -> Outcome<Vec<bool>> {
    let axis = if output.rank() == 4 {
        1
    } else {
        output.rank().saturating_sub(1)
    };
    let dims = output.dims();
    let (units, below) = (dims[axis], dims[axis + 1..].iter().product::<usize>());
    let mut live = vec![false; units];
    for (flat, value) in numbers(output)?.into_iter().enumerate() {
        // NaN is not zero, and is found by its gradient.
        live[flat / below % units] |= value != 0.0;
    }
    Ok(live)
}

const PLANTED: Planted = Planted {
    faults: &[
        Fault {
            name: "a gradient that vanishes in depth",
            spec: r#"
                [model.deep]
                family = "mlp"
                hidden = [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16]
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "deep"
            "#,
            says: "vanishes, explodes or is cut off between them",
        },
        Fault {
            name: "a gradient that explodes",
            spec: r#"
                [model.broken]
                family = "broken"
                of = { family = "mlp", hidden = [16, 16, 16] }
                fault = "initialisation-too-large"
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the gradient explodes",
        },
        Fault {
            name: "dead units",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "dead-units"
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "16 of 16 units of `specimen.hidden` are dead",
        },
        Fault {
            name: "a gradient through round",
            spec: r#"
                [model.broken]
                family = "specimen"
                fault = "rounded"
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "broken"
            "#,
            says: "the gradient of `specimen.hidden.weight` is 0",
        },
    ],
    sound: &[
        Sound {
            name: "mlp",
            spec: r#"
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "mlp"
            "#,
        },
        Sound {
            name: "cnn",
            spec: r#"
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "cnn"
            "#,
        },
        Sound {
            name: "lstm",
            spec: r#"
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "lstm"
            "#,
        },
        Sound {
            name: "transformer",
            spec: r#"
                [test.x]
                check = "gradient-flow"
                dataset = "blobs"
                model = "transformer"
            "#,
        },
        Sound {
            name: "a regression",
            spec: r#"
                [test.x]
                check = "gradient-flow"
                dataset = "line"
                model = "linear"
            "#,
        },
    ],
};
