//! Expressions as operations of ONNX, each once.

use std::collections::BTreeMap;
use std::rc::Rc;

use seatrial_serving::{Attribute, Element, OnnxBuilder};

use super::super::layers::cast;
use super::column::{Expression, Keys, MISSING, STRANGE};

/// The domain of the operation that finds texts, and its version.
pub(in crate::export) const LEARNING: (&str, i64) = ("ai.onnx.ml", 3);

/// Writes expressions into a graph. Each result is `[batch, columns]`, in
/// double precision.
pub(in crate::export) struct Writer<'g> {
    graph: &'g mut OnnxBuilder,
    /// The input of all numbers, and the columns in it.
    numbers: &'g str,
    columns: &'g [String],
    /// Results by what they are of: an expression that two columns share is
    /// written once.
    written: BTreeMap<*const Expression, String>,
    count: usize,
}

/// Which raw columns an expression looks at.
pub(in crate::export) fn looks_at(
    expression: &Expression,
    number: &mut impl FnMut(&str),
    text: &mut impl FnMut(&str),
) -> Result<(), String> {
    match expression {
        Expression::Number(name) => number(name),
        Expression::Text(name) => text(name),
        Expression::Never(reason) => return Err(reason.clone()),
        Expression::Filled(of, _)
        | Expression::Scaled(of, _)
        | Expression::Bucket(of, _)
        | Expression::Whole(of)
        | Expression::Place(of, _)
        | Expression::Is(of, _)
        | Expression::Known(of) => looks_at(of, number, text)?,
        Expression::Calendar { moment, offset, .. } => {
            looks_at(moment, number, text)?;
            if let Some(offset) = offset {
                looks_at(offset, number, text)?;
            }
        }
    }
    Ok(())
}

/// Whether two are the same but for constants, so that one operation does both.
fn are_alike(a: &Expression, b: &Expression) -> bool {
    match (a, b) {
        (Expression::Number(_), Expression::Number(_)) => true,
        (Expression::Filled(a, _), Expression::Filled(b, _)) => are_alike(a, b),
        (Expression::Scaled(a, of_a), Expression::Scaled(b, of_b)) => {
            (of_a.deviation > 0.0) == (of_b.deviation > 0.0) && are_alike(a, b)
        }
        (Expression::Is(a, _), Expression::Is(b, _)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

impl<'g> Writer<'g> {
    /// For a graph with an input of these columns of numbers.
    pub fn new(graph: &'g mut OnnxBuilder, numbers: &'g str, columns: &'g [String]) -> Self {
        Self {
            graph,
            numbers,
            columns,
            written: BTreeMap::new(),
            count: 0,
        }
    }

    /// The features as the model takes them, `[batch, features]` in single
    /// precision; and what is added to its outputs: zero, or NaN for a row of
    /// which the package would say nothing.
    pub fn features(
        &mut self,
        features: &[Rc<Expression>],
        demands: &[Rc<Expression>],
    ) -> (String, String) {
        let runs: Vec<String> = features
            .chunk_by(|a, b| are_alike(a, b))
            .map(|run| self.write(run))
            .collect();
        let all = self.joined(&runs);
        // Of a finite number, zero; of any other, NaN.
        let mut doubts = vec![self.with("Mul", &all, 0.0)];
        doubts.extend(
            demands
                .iter()
                .map(|demand| self.write(std::slice::from_ref(demand))),
        );
        let doubts = self.joined(&doubts);
        let axis = self.graph.whole_numbers("rows.axis", &[1]);
        let doubt = self
            .graph
            .node("ReduceSum", &[&doubts, &axis], "rows.doubt", &[]);
        let doubt = cast(self.graph, &doubt, "rows.doubt_single", Element::FLOAT);
        (
            cast(self.graph, &all, "rows.features", Element::FLOAT),
            doubt,
        )
    }

    fn joined(&mut self, parts: &[String]) -> String {
        if let [only] = parts {
            return only.clone();
        }
        let name = self.name();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let along = [("axis", Attribute::Int(1))];
        self.graph.node("Concat", &parts, &name, &along)
    }

    /// Expressions that are alike, side by side.
    fn write(&mut self, run: &[Rc<Expression>]) -> String {
        let key = match run {
            [only] => Some(Rc::as_ptr(only)),
            _ => None,
        };
        if let Some(known) = key.and_then(|key| self.written.get(&key)) {
            return known.clone();
        }
        let name = self.write_anew(run);
        self.written.extend(key.map(|key| (key, name.clone())));
        name
    }

    fn write_anew(&mut self, run: &[Rc<Expression>]) -> String {
        match &*run[0] {
            Expression::Number(_) => {
                let place = |one: &Rc<Expression>| match &**one {
                    Expression::Number(name) => self.columns.iter().position(|own| own == name),
                    _ => None,
                };
                let places: Vec<i64> = run.iter().filter_map(place).map(|at| at as i64).collect();
                let (name, places_name) = (self.name(), self.name());
                let places = self.graph.whole_numbers(&places_name, &places);
                let along = [("axis", Attribute::Int(1))];
                self.graph
                    .node("Gather", &[self.numbers, &places], &name, &along)
            }
            Expression::Filled(..) => {
                let x = self.write_inner(run);
                let fills = constants(run, |one| match one {
                    Expression::Filled(_, fill) => Some(*fill),
                    _ => None,
                });
                let fills = self.row(&fills);
                self.where_known(&x, &x, &fills)
            }
            Expression::Scaled(_, scale) => {
                let x = self.write_inner(run);
                if scale.deviation > 0.0 {
                    let means = constants(run, |one| match one {
                        Expression::Scaled(_, scale) => Some(scale.mean),
                        _ => None,
                    });
                    let deviations = constants(run, |one| match one {
                        Expression::Scaled(_, scale) => Some(scale.deviation),
                        _ => None,
                    });
                    let (means, deviations) = (self.row(&means), self.row(&deviations));
                    let centred = self.both("Sub", &x, &means);
                    self.both("Div", &centred, &deviations)
                } else {
                    let (zeros, missing) = (self.row(&[0.0]), self.row(&[f64::NAN]));
                    self.where_known(&x, &zeros, &missing)
                }
            }
            Expression::Bucket(of, edges) => {
                let x = self.write(std::slice::from_ref(of));
                let missing = self.row(&[f64::NAN]);
                if edges.is_empty() {
                    let first = self.row(&[0.0]);
                    return self.where_known(&x, &first, &missing);
                }
                let edges = self.row(edges);
                let reached = self.both("GreaterOrEqual", &x, &edges);
                let reached = self.as_numbers(&reached);
                let count = self.sum(&reached);
                self.where_known(&x, &count, &missing)
            }
            Expression::Whole(of) => {
                let x = self.write(std::slice::from_ref(of));
                let (sign, size) = (self.one("Sign", &x), self.one("Abs", &x));
                let whole = self.one("Floor", &size);
                self.both("Mul", &sign, &whole)
            }
            Expression::Place(of, keys) => self.place(of, keys),
            Expression::Is(of, _) => {
                let place = self.write(std::slice::from_ref(of));
                let wanted = constants(run, |one| match one {
                    Expression::Is(_, at) => Some(*at as f64),
                    _ => None,
                });
                let wanted = self.row(&wanted);
                let is = self.both("Equal", &place, &wanted);
                self.as_numbers(&is)
            }
            Expression::Known(of) => {
                let place = self.write(std::slice::from_ref(of));
                let (strange, nothing) = (self.row(&[STRANGE as f64]), self.row(&[0.0]));
                let missing = self.row(&[f64::NAN]);
                let is = self.both("Equal", &place, &strange);
                let name = self.name();
                self.graph
                    .node("Where", &[&is, &missing, &nothing], &name, &[])
            }
            Expression::Calendar {
                moment,
                offset,
                feature,
                at,
            } => {
                let mut seconds = self.write(std::slice::from_ref(moment));
                if let Some(offset) = offset {
                    let offset = self.write(std::slice::from_ref(offset));
                    seconds = self.both("Add", &seconds, &offset);
                }
                self.calendar(&seconds, *feature, *at)
            }
            // Neither is a number: both were seen to before.
            Expression::Text(_) | Expression::Never(_) => self.row(&[f64::NAN]),
        }
    }

    /// What expressions that are alike are made of, side by side.
    fn write_inner(&mut self, run: &[Rc<Expression>]) -> String {
        let inner = run.iter().filter_map(|one| match &**one {
            Expression::Filled(of, _) | Expression::Scaled(of, _) => Some(Rc::clone(of)),
            _ => None,
        });
        let inner: Vec<_> = inner.collect();
        self.write(&inner)
    }

    /// The place of each among keys; [`MISSING`] if it is missing, [`STRANGE`] if
    /// it is none of them.
    fn place(&mut self, of: &Rc<Expression>, keys: &Keys) -> String {
        match (keys, &**of) {
            (Keys::Texts(keys), Expression::Text(input)) => {
                let texts = keys.iter().map(|(text, _)| text.clone()).collect();
                let places = keys.iter().map(|(_, place)| *place).collect();
                let name = self.name();
                let attributes = [
                    ("keys_strings", Attribute::Texts(texts)),
                    ("values_int64s", Attribute::Ints(places)),
                    ("default_int64", Attribute::Int(STRANGE)),
                ];
                let (inputs, outputs) = ([input.as_str()], [name.as_str()]);
                self.graph
                    .node_of(LEARNING.0, "LabelEncoder", &inputs, &outputs, &attributes);
                self.as_numbers(&name)
            }
            (Keys::Numbers(keys), _) => {
                let x = self.write(std::slice::from_ref(of));
                let keys_row = self.row(keys);
                let is = self.both("Equal", &x, &keys_row);
                let is = self.as_numbers(&is);
                // One more than its place, so that nothing is zero.
                let places: Vec<f64> = (1..=keys.len()).map(|place| place as f64).collect();
                let places = self.row(&places);
                let weighted = self.both("Mul", &is, &places);
                let sum = self.sum(&weighted);
                let place = self.with("Sub", &sum, 1.0);
                let missing = self.row(&[MISSING as f64]);
                self.where_known(&x, &place, &missing)
            }
            (Keys::Texts(_), _) => self.row(&[STRANGE as f64]),
        }
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("rows.{}", self.count)
    }

    /// Constants as one row, that stands for all rows.
    fn row(&mut self, values: &[f64]) -> String {
        let name = self.name();
        self.graph.doubles(&name, &[1, values.len()], values)
    }

    pub(super) fn one(&mut self, operation: &str, x: &str) -> String {
        let name = self.name();
        self.graph.node(operation, &[x], &name, &[])
    }

    pub(super) fn both(&mut self, operation: &str, x: &str, y: &str) -> String {
        let name = self.name();
        self.graph.node(operation, &[x, y], &name, &[])
    }

    /// With a constant on its right.
    pub(super) fn with(&mut self, operation: &str, x: &str, constant: f64) -> String {
        let constant = self.row(&[constant]);
        self.both(operation, x, &constant)
    }

    /// A constant, less this.
    pub(super) fn from(&mut self, constant: f64, x: &str) -> String {
        let constant = self.row(&[constant]);
        self.both("Sub", &constant, x)
    }

    /// Rounded down, also below zero.
    pub(super) fn floor_div(&mut self, x: &str, by: f64) -> String {
        let share = self.with("Div", x, by);
        self.one("Floor", &share)
    }

    /// What a division that rounds down leaves, also below zero.
    pub(super) fn remainder(&mut self, x: &str, by: f64) -> String {
        let times = self.floor_div(x, by);
        let whole = self.with("Mul", &times, by);
        self.both("Sub", x, &whole)
    }

    fn as_numbers(&mut self, x: &str) -> String {
        let name = self.name();
        cast(self.graph, x, &name, Element::DOUBLE)
    }

    /// Over the columns of each row.
    fn sum(&mut self, x: &str) -> String {
        let (name, axis) = (self.name(), self.name());
        let axis = self.graph.whole_numbers(&axis, &[1]);
        self.graph.node("ReduceSum", &[x, &axis], &name, &[])
    }

    /// One of two, by whether `x` is a number: only NaN differs from itself.
    fn where_known(&mut self, x: &str, known: &str, missing: &str) -> String {
        let is_known = self.both("Equal", x, x);
        let name = self.name();
        self.graph
            .node("Where", &[&is_known, known, missing], &name, &[])
    }
}

fn constants(run: &[Rc<Expression>], of: impl Fn(&Expression) -> Option<f64>) -> Vec<f64> {
    run.iter().filter_map(|one| of(one)).collect()
}
