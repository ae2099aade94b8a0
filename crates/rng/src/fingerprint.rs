//! Sameness to the bit, as a short hexadecimal word.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 128 bits of BLAKE3 over a canonical byte form.
///
/// Stable across runs, threads, processes and platforms. Numbers are read as
/// little-endian bits, so −0 and +0 differ; every NaN counts as the one quiet
/// NaN, because its payload depends on the platform's instructions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Of one tensor of single-precision numbers, with its shape.
    pub fn of_f32(shape: &[usize], values: &[f32]) -> Self {
        let mut hasher = Fingerprinter::new();
        hasher.tensor_f32("", shape, values);
        hasher.finish()
    }

    /// Of plain bytes, such as a file's content.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let mut hasher = Fingerprinter::new();
        hasher.bytes(bytes);
        hasher.finish()
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = || format!("`{text}` is not a fingerprint: 32 hexadecimal digits expected");
        // Not left to `from_str_radix`, which takes a sign.
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// Marks of what follows in the byte form.
const BYTES: u8 = 0;
const TENSOR: u8 = 1;

/// Builds a [`Fingerprint`] over named tensors.
///
/// The order of calls counts: hand parameters over sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Fingerprinter(blake3::Hasher);

impl Fingerprinter {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a named tensor of single-precision numbers.
    pub fn tensor_f32(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        self.header(name, "f32", shape, values.len());
        self.words(values, |v| {
            let bits = if v.is_nan() { 0x7fc0_0000 } else { v.to_bits() };
            bits.to_le_bytes()
        });
    }

    /// Adds a named tensor of double-precision numbers.
    pub fn tensor_f64(&mut self, name: &str, shape: &[usize], values: &[f64]) {
        self.header(name, "f64", shape, values.len());
        self.words(values, |v| {
            let bits = if v.is_nan() {
                0x7ff8_0000_0000_0000
            } else {
                v.to_bits()
            };
            bits.to_le_bytes()
        });
    }

    /// Adds a named tensor of integers.
    pub fn tensor_i64(&mut self, name: &str, shape: &[usize], values: &[i64]) {
        self.header(name, "i64", shape, values.len());
        self.words(values, |v| v.to_le_bytes());
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&[BYTES]);
        self.counted(bytes);
    }

    /// The fingerprint of all that was added.
    pub fn finish(&self) -> Fingerprint {
        let mut short = [0; 16];
        self.0.finalize_xof().fill(&mut short);
        Fingerprint(short)
    }

    /// A mark of the kind and every length go before the contents, so that no
    /// two rows of calls share a byte form.
    fn header(&mut self, name: &str, dtype: &str, shape: &[usize], values: usize) {
        self.0.update(&[TENSOR]);
        self.counted(name.as_bytes());
        self.counted(dtype.as_bytes());
        for number in [&[shape.len()], shape, &[values]].into_iter().flatten() {
            self.0.update(&(*number as u64).to_le_bytes());
        }
    }

    fn counted(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Hashes numbers a block at a time: BLAKE3 is slow on tiny updates.
    fn words<T: Copy, const N: usize>(&mut self, values: &[T], bytes_of: impl Fn(T) -> [u8; N]) {
        let mut block = Vec::with_capacity(N * values.len().min(1024));
        for chunk in values.chunks(1024) {
            block.clear();
            for &value in chunk {
                block.extend_from_slice(&bytes_of(value));
            }
            self.0.update(&block);
        }
    }
}
