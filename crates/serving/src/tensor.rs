//! What goes to a server and comes back: named arrays.

/// A named array, in row-major order. The first dimension is the batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// What the model calls it.
    pub name: String,
    /// The Open Inference Protocol's word, such as `FP32`, `INT64` or `BYTES`;
    /// `None` where nobody says.
    pub datatype: Option<String>,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// As many as the dimensions say.
    pub values: Values,
}

/// The elements of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Floating-point numbers, which may be NaN or infinite.
    Numbers(Vec<f64>),
    /// Whole numbers, exactly.
    Integers(Vec<i64>),
    /// True or false.
    Booleans(Vec<bool>),
    /// Texts.
    Texts(Vec<String>),
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Numbers(values) => values.len(),
            Values::Integers(values) => values.len(),
            Values::Booleans(values) => values.len(),
            Values::Texts(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn slice(&self, from: usize, to: usize) -> Self {
        match self {
            Values::Numbers(values) => Values::Numbers(values[from..to].to_vec()),
            Values::Integers(values) => Values::Integers(values[from..to].to_vec()),
            Values::Booleans(values) => Values::Booleans(values[from..to].to_vec()),
            Values::Texts(values) => Values::Texts(values[from..to].to_vec()),
        }
    }
}

impl Tensor {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// How many elements a row has.
    pub fn width(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// `count` of its rows, from the row `from` on; fewer where it ends.
    pub fn part(&self, from: usize, count: usize) -> Self {
        let from = from.min(self.rows());
        let to = (from + count).min(self.rows());
        let width = self.width();
        let mut shape = self.shape.clone();
        if let Some(rows) = shape.first_mut() {
            *rows = to - from;
        }
        Self {
            name: self.name.clone(),
            datatype: self.datatype.clone(),
            shape,
            values: self.values.slice(from * width, to * width),
        }
    }
}
