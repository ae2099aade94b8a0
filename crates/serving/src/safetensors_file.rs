//! What a safetensors file says of itself: its header, not its numbers.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use safetensors::tensor::Metadata;

use crate::ServingError;
use crate::inventory::Inventory;

/// The format's own limit on the header.
const HEADER_BYTES_MAX: u64 = 100_000_000;

/// Tensors by type, and the file's metadata.
///
/// # Errors
/// When it cannot be read, or its header is damaged or does not fit the file.
pub(crate) fn inventory(path: &Path) -> Result<Inventory, ServingError> {
    let unreadable = |source| ServingError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let malformed = |reason: String| ServingError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(malformed("this is no plain file".into()));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut length = [0; 8];
    let truncated = |_| malformed("the file is shorter than its header".into());
    file.read_exact(&mut length).map_err(truncated)?;
    let header_bytes = u64::from_le_bytes(length);
    if header_bytes > HEADER_BYTES_MAX || header_bytes > about.len().saturating_sub(8) {
        return Err(malformed(format!(
            "its header is said to be {header_bytes} bytes long; the file has {}",
            about.len()
        )));
    }
    let mut header = Vec::new();
    file.take(header_bytes)
        .read_to_end(&mut header)
        .map_err(unreadable)?;
    let metadata: Metadata = serde_json::from_slice(&header)
        .map_err(|error| malformed(format!("its header is damaged: {error}")))?;
    let end = metadata
        .tensors()
        .values()
        .map(|info| info.data_offsets.1)
        .max();
    let there = about.len() - 8 - header_bytes;
    if end.unwrap_or(0) as u64 != there {
        return Err(malformed(format!(
            "its tensors end at byte {}, and {there} bytes are there",
            end.unwrap_or(0)
        )));
    }
    let mut inventory = Inventory::without_operations("safetensors");
    for info in metadata.tensors().values() {
        let word = format!("{:?}", info.dtype).to_lowercase();
        let dimensions = info.shape.iter().map(|size| *size as u64);
        inventory.tensors.entry(word).or_default().add(dimensions);
    }
    if let Some(said) = metadata.metadata() {
        inventory.metadata = said
            .iter()
            .map(|(key, text)| (key.clone(), text.clone()))
            .collect();
    }
    Ok(inventory)
}
