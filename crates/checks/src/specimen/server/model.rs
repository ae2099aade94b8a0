//! The model that the specimen servers serve.

use serde::Deserialize;

/// A logistic model of standardised inputs.
#[derive(Deserialize)]
pub(super) struct Model {
    version: u32,
    weights: Vec<f64>,
    bias: f64,
    mean: Vec<f64>,
    scale: Vec<f64>,
}

impl Model {
    /// Reads it; a server may understand but one version of the file.
    pub fn read(file: &str, understands: Option<&str>) -> Result<Self, String> {
        let text = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        let model: Self = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        match understands {
            Some(version) if version != model.version.to_string() => Err(format!(
                "version {} of the format is not understood",
                model.version
            )),
            _ => Ok(model),
        }
    }

    pub fn width(&self) -> usize {
        self.weights.len()
    }

    pub fn probability(&self, row: &[f64], scaled: bool) -> f64 {
        let mut logit = self.bias;
        for (at, weight) in self.weights.iter().enumerate() {
            let value = match scaled {
                true => (row[at] - self.mean[at]) / self.scale[at],
                false => row[at],
            };
            logit += weight * value;
        }
        1.0 / (1.0 + (-logit).exp())
    }
}
