//! The layers of the families, as operations of ONNX.

use std::collections::BTreeMap;

use candle_core::Tensor;
use seatrial_model::layers::Activation;
use seatrial_serving::{Attribute, Element, OnnxBuilder};

use super::bad_parameter;
use crate::Result;

/// A graph in the making, and the parameters to put into it.
pub(super) struct Layers {
    pub graph: OnnxBuilder,
    pub parameters: BTreeMap<String, Tensor>,
}

/// A kind of recurrent cell: how ONNX orders its gates.
pub(super) struct Cell {
    operation: &'static str,
    /// For each gate of ONNX, which of the trainer's it is.
    gates: &'static [usize],
    attributes: &'static [(&'static str, i64)],
}

/// ONNX has input, output, forget, cell; the trainer input, forget, cell, output.
pub(super) const LSTM: Cell = Cell {
    operation: "LSTM",
    gates: &[0, 3, 1, 2],
    attributes: &[],
};

/// ONNX has update, reset, new; the trainer reset, update, new. The reset gate is
/// applied after the product with the state.
pub(super) const GRU: Cell = Cell {
    operation: "GRU",
    gates: &[1, 0, 2],
    attributes: &[("linear_before_reset", 1)],
};

/// A value in another element type.
pub(super) fn cast(graph: &mut OnnxBuilder, x: &str, name: &str, to: Element) -> String {
    let to = Attribute::Int(to.number().into());
    graph.node("Cast", &[x], name, &[("to", to)])
}

impl Layers {
    fn parameter(&self, name: &str, rank: usize) -> Result<Tensor> {
        let refuse = |problem: String| bad_parameter(name, &problem);
        let found = self.parameters.get(name);
        let tensor = found.ok_or_else(|| refuse("is not there".into()))?;
        if tensor.rank() != rank {
            return Err(refuse(format!("is of shape {:?}", tensor.dims())));
        }
        Ok(tensor.clone())
    }

    fn stored(&mut self, name: &str, tensor: &Tensor) -> Result<String> {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        Ok(self.graph.floats(name, tensor.dims(), &values))
    }

    fn stored_parameter(&mut self, name: &str, rank: usize) -> Result<String> {
        let tensor = self.parameter(name, rank)?;
        self.stored(name, &tensor)
    }

    /// `x · weightᵀ + bias`.
    pub fn dense(&mut self, name: &str, x: &str) -> Result<String> {
        let weight = self.stored_parameter(&format!("{name}.weight"), 2)?;
        let bias = self.stored_parameter(&format!("{name}.bias"), 1)?;
        let attributes = [("transB", Attribute::Int(1))];
        let inputs = [x, &weight, &bias];
        Ok(self.graph.node("Gemm", &inputs, name, &attributes))
    }

    /// Zeros around, so that height and width stay.
    pub fn convolution(&mut self, name: &str, x: &str) -> Result<String> {
        let weight_name = format!("{name}.weight");
        let kernel = self.parameter(&weight_name, 4)?.dims()[3] as i64;
        let weight = self.stored_parameter(&weight_name, 4)?;
        let bias = self.stored_parameter(&format!("{name}.bias"), 1)?;
        let attributes = [
            ("kernel_shape", Attribute::Ints(vec![kernel; 2])),
            ("pads", Attribute::Ints(vec![kernel / 2; 4])),
        ];
        let inputs = [x, &weight, &bias];
        Ok(self.graph.node("Conv", &inputs, name, &attributes))
    }

    /// The largest of each square; what is left over at the edges is dropped.
    pub fn max_pool(&mut self, x: &str, size: usize) -> String {
        let extents = || Attribute::Ints(vec![size as i64; 2]);
        let attributes = [("kernel_shape", extents()), ("strides", extents())];
        let name = format!("{x}.pooled");
        self.graph.node("MaxPool", &[x], &name, &attributes)
    }

    pub fn activation(&mut self, activation: Activation, x: &str) -> String {
        let name = format!("{x}.activated");
        match activation {
            Activation::Relu => self.graph.node("Relu", &[x], &name, &[]),
            Activation::Tanh => self.graph.node("Tanh", &[x], &name, &[]),
            Activation::Gelu => self.gelu(x, &name),
        }
    }

    /// x · ½ (1 + erf(x/√2)); ONNX has it as one operation since version 20 only.
    fn gelu(&mut self, x: &str, name: &str) -> String {
        let graph = &mut self.graph;
        let number = |graph: &mut OnnxBuilder, what: &str, value: f32| {
            graph.floats(&format!("{name}.{what}"), &[], &[value])
        };
        let root = number(graph, "half_root", std::f32::consts::FRAC_1_SQRT_2);
        let (one, half) = (number(graph, "one", 1.0), number(graph, "half", 0.5));
        let scaled = graph.node("Mul", &[x, &root], &format!("{name}.scaled"), &[]);
        let erf = graph.node("Erf", &[&scaled], &format!("{name}.erf"), &[]);
        let shifted = graph.node("Add", &[&erf, &one], &format!("{name}.shifted"), &[]);
        let share = graph.node("Mul", &[&shifted, &half], &format!("{name}.share"), &[]);
        graph.node("Mul", &[x, &share], name, &[])
    }

    /// The flat rows in another shape, behind the batch axis.
    pub fn reshape(&mut self, x: &str, name: &str, extents: &[usize]) -> String {
        let shape = std::iter::once(0).chain(extents.iter().map(|extent| *extent as i64));
        let shape: Vec<i64> = shape.collect();
        let shape = self.graph.whole_numbers(&format!("{name}.shape"), &shape);
        self.graph.node("Reshape", &[x, &shape], name, &[])
    }

    /// Cells over `x`, `[batch, length, width]`, layer on layer: the last state,
    /// `[batch, hidden]`.
    pub fn recurrent(&mut self, cell: &Cell, family: &str, x: &str) -> Result<String> {
        let perm = [("perm", Attribute::Ints(vec![1, 0, 2]))];
        let mut states = self.graph.node("Transpose", &[x], "by_time", &perm);
        let axis = |layers: &mut Self, axis: i64| {
            layers.graph.whole_numbers(&format!("axis.{axis}"), &[axis])
        };
        let (direction, only) = (axis(self, 1), axis(self, 0));
        let mut last = String::new();
        for layer in 0.. {
            let name = match layer {
                0 => format!("{family}.cell"),
                _ => format!("{family}.cell.{layer}"),
            };
            if layer > 0 && !self.parameters.contains_key(&format!("{name}.weight_ih")) {
                break;
            }
            let (all, end) = self.cell(cell, &name, &states)?;
            let flat = format!("{name}.states");
            states = self.graph.node("Squeeze", &[&all, &direction], &flat, &[]);
            last = end;
        }
        Ok(self
            .graph
            .node("Squeeze", &[&last, &only], "last_state", &[]))
    }

    /// One layer: all its states, and the last one.
    fn cell(&mut self, cell: &Cell, name: &str, x: &str) -> Result<(String, String)> {
        let weight = self.by_gate(cell, &format!("{name}.weight_ih"), 2)?;
        let recurrence = self.by_gate(cell, &format!("{name}.weight_hh"), 2)?;
        let biases = [
            self.by_gate(cell, &format!("{name}.bias_ih"), 1)?,
            self.by_gate(cell, &format!("{name}.bias_hh"), 1)?,
        ];
        let hidden = recurrence.dims()[1] as i64;
        let bias = Tensor::cat(&biases, 0)?.unsqueeze(0)?;
        let weight = self.stored(&format!("{name}.weight_ih"), &weight.unsqueeze(0)?)?;
        let recurrence = self.stored(&format!("{name}.weight_hh"), &recurrence.unsqueeze(0)?)?;
        let bias = self.stored(&format!("{name}.bias"), &bias)?;
        let own = cell.attributes.iter();
        let own = own.map(|(name, value)| (*name, Attribute::Int(*value)));
        let attributes: Vec<_> = [("hidden_size", Attribute::Int(hidden))]
            .into_iter()
            .chain(own)
            .collect();
        let (all, last) = (format!("{name}.all"), format!("{name}.last"));
        let (inputs, outputs) = ([x, &weight, &recurrence, &bias], [&all[..], &last[..]]);
        self.graph
            .node_of("ai.onnx", cell.operation, &inputs, &outputs, &attributes);
        Ok((all, last))
    }

    /// A parameter with its gates, along the first axis, in ONNX's order.
    fn by_gate(&self, cell: &Cell, name: &str, rank: usize) -> Result<Tensor> {
        let tensor = self.parameter(name, rank)?;
        let gates = tensor.chunk(cell.gates.len(), 0)?;
        let ordered: Vec<&Tensor> = cell.gates.iter().map(|gate| &gates[*gate]).collect();
        if ordered.iter().any(|gate| gate.dims() != ordered[0].dims()) {
            let problem = format!("is of shape {:?}", tensor.dims());
            return Err(bad_parameter(name, &problem));
        }
        Ok(Tensor::cat(&ordered, 0)?)
    }
}
