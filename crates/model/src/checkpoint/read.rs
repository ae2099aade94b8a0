//! Reading a checkpoint, and believing none of it unchecked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use seatrial_rng::Fingerprint;

use super::manifest::{DataFile, FILE_NAME, Manifest, TensorEntry};
use super::{Contents, damaged};
use crate::Result;

/// Reads the folder `from`.
///
/// # Errors
/// When anything is missing, damaged or of another format.
pub(crate) fn read(from: &Path) -> Result<Contents> {
    let path = from.join(FILE_NAME);
    let bytes = fs::read(&path).map_err(|e| damaged(&path, e))?;
    let text = String::from_utf8(bytes).map_err(|e| damaged(&path, e))?;
    let manifest = Manifest::parse(&text).map_err(|e| damaged(&path, e))?;
    Ok(Contents {
        parameters: tensors(from, &manifest.parameters)?,
        optimizer: tensors(from, &manifest.optimizer)?,
        identity: manifest.identity,
        steps: manifest.steps,
        streams: manifest.streams,
    })
}

fn tensors(folder: &Path, file: &DataFile) -> Result<BTreeMap<String, Tensor>> {
    let path = folder.join(&file.name);
    let bytes = fs::read(&path).map_err(|e| damaged(&path, e))?;
    if bytes.len() as u64 != file.bytes {
        let reason = format!("has {} bytes; {} expected", bytes.len(), file.bytes);
        return Err(damaged(&path, reason));
    }
    if Fingerprint::of_bytes(&bytes) != file.fingerprint {
        return Err(damaged(&path, "does not match its fingerprint"));
    }
    let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu);
    let tensors: BTreeMap<String, Tensor> = tensors
        .map_err(|e| damaged(&path, e))?
        .into_iter()
        .collect();
    if let Some(name) = file
        .tensors
        .keys()
        .find(|name| !tensors.contains_key(*name))
    {
        return Err(damaged(&path, format!("tensor `{name}` is missing")));
    }
    for (name, tensor) in &tensors {
        if file.tensors.get(name) != Some(&TensorEntry::of(name, tensor)?) {
            return Err(damaged(
                &path,
                format!("tensor `{name}` is not the one that was saved"),
            ));
        }
    }
    Ok(tensors)
}
