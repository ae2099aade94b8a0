//! What a GGUF file says of itself: metadata and the list of its tensors.
//!
//! Source: the GGUF specification of the ggml project, versions 2 and 3. All
//! numbers are little-endian. Nothing that the file states about its own
//! length is believed beyond a limit, and its tensors' bytes are not read.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use crate::ServingError;
use crate::inventory::Inventory;

const MAGIC: &[u8; 4] = b"GGUF";
/// Entries of metadata, and tensors; the largest models have thousands.
const ENTRIES_MAX: u64 = 1_000_000;
/// Bytes of one text; chat templates and merges are the longest.
const TEXT_BYTES_MAX: u64 = 1 << 24;
/// Elements of all arrays; vocabularies are the longest.
const ELEMENTS_MAX: u64 = 50_000_000;
/// Arrays in arrays.
const DEPTH_MAX: usize = 4;
/// Characters of a text that are kept.
const SHOWN: usize = 200;

/// The types of tensors, by number.
const TYPES: &[(u32, &str)] = &[
    (0, "f32"),
    (1, "f16"),
    (2, "q4_0"),
    (3, "q4_1"),
    (6, "q5_0"),
    (7, "q5_1"),
    (8, "q8_0"),
    (9, "q8_1"),
    (10, "q2_k"),
    (11, "q3_k"),
    (12, "q4_k"),
    (13, "q5_k"),
    (14, "q6_k"),
    (15, "q8_k"),
    (16, "iq2_xxs"),
    (17, "iq2_xs"),
    (18, "iq3_xxs"),
    (19, "iq1_s"),
    (20, "iq4_nl"),
    (21, "iq3_s"),
    (22, "iq2_s"),
    (23, "iq4_xs"),
    (24, "i8"),
    (25, "i16"),
    (26, "i32"),
    (27, "i64"),
    (28, "f64"),
    (29, "iq1_m"),
    (30, "bf16"),
    (34, "tq1_0"),
    (35, "tq2_0"),
    (39, "mxfp4"),
];

/// Tensors by type, and the file's metadata.
///
/// # Errors
/// When it cannot be read or is damaged.
pub(crate) fn inventory(path: &Path) -> Result<Inventory, ServingError> {
    let unreadable = |source| ServingError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let malformed = |reason| ServingError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(malformed("this is no plain file".into()));
    }
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    Reader {
        file,
        elements_left: ELEMENTS_MAX,
    }
    .inventory()
    .map_err(malformed)
}

struct Reader<R> {
    file: R,
    elements_left: u64,
}

impl<R: Read> Reader<R> {
    fn inventory(&mut self) -> Result<Inventory, String> {
        if &self.bytes::<4>()? != MAGIC {
            return Err("this is no GGUF file: it does not begin with `GGUF`".into());
        }
        let version = self.u32()?;
        if !(2..=3).contains(&version) {
            return Err(format!("it is GGUF version {version}; 2 and 3 are read"));
        }
        let (tensors, entries) = (self.u64()?, self.u64()?);
        if tensors.max(entries) > ENTRIES_MAX {
            return Err(format!(
                "it states {tensors} tensors and {entries} entries of metadata; at most \
                 {ENTRIES_MAX} are read"
            ));
        }
        let mut inventory = Inventory::without_operations("gguf");
        let mut metadata = Vec::new();
        for _ in 0..entries {
            let key = self.text()?;
            let kind = self.u32()?;
            let value = self
                .value(kind, 0)
                .map_err(|why| format!("`{key}`: {why}"))?;
            metadata.push((key, value));
        }
        inventory.metadata = metadata.into_iter().collect();
        for _ in 0..tensors {
            let name = self.text()?;
            let rank = self.u32()?;
            if rank > 8 {
                return Err(format!("tensor `{name}` has {rank} dimensions"));
            }
            let dimensions = (0..rank)
                .map(|_| self.u64())
                .collect::<Result<Vec<_>, _>>()?;
            let kind = self.u32()?;
            let _offset = self.u64()?;
            let known = TYPES.iter().find(|(number, _)| *number == kind);
            let word = known.map_or(format!("type-{kind}"), |(_, word)| (*word).to_owned());
            inventory.tensors.entry(word).or_default().add(dimensions);
        }
        Ok(inventory)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        let read = self.file.read_exact(&mut bytes);
        read.map_err(|_| "the file ends too early".to_owned())?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Result<String, String> {
        let length = self.u64()?;
        if length > TEXT_BYTES_MAX {
            return Err(format!("a text is said to be {length} bytes long"));
        }
        let mut bytes = Vec::new();
        let read = (&mut self.file).take(length).read_to_end(&mut bytes);
        if read.map_err(|error| error.to_string())? as u64 != length {
            return Err("the file ends too early".into());
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A value in words; of an array, how long it is.
    fn value(&mut self, kind: u32, depth: usize) -> Result<String, String> {
        Ok(match kind {
            0 => self.bytes::<1>()?[0].to_string(),
            1 => i8::from_le_bytes(self.bytes()?).to_string(),
            2 => u16::from_le_bytes(self.bytes()?).to_string(),
            3 => i16::from_le_bytes(self.bytes()?).to_string(),
            4 => self.u32()?.to_string(),
            5 => i32::from_le_bytes(self.bytes()?).to_string(),
            6 => f32::from_le_bytes(self.bytes()?).to_string(),
            7 => (self.bytes::<1>()?[0] != 0).to_string(),
            8 => self.text()?.chars().take(SHOWN).collect(),
            9 => {
                let (kind, length) = (self.u32()?, self.u64()?);
                let left = self.elements_left.checked_sub(length);
                self.elements_left = left.ok_or("its arrays are said to be too long to be true")?;
                if depth == DEPTH_MAX {
                    return Err("its arrays lie too deep in each other".into());
                }
                for _ in 0..length {
                    self.value(kind, depth + 1)?;
                }
                format!("{length} values")
            }
            10 => self.u64()?.to_string(),
            11 => i64::from_le_bytes(self.bytes()?).to_string(),
            12 => f64::from_le_bytes(self.bytes()?).to_string(),
            other => return Err(format!("there is no type of value {other}")),
        })
    }
}
