//! Trained models and packages as ONNX files.

mod answers;
mod models;
mod packages;
