//! The models of the ONNX project's backend suite, and which onnxruntime loads
//! which. Written by `suite/make.py`.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::ZlibDecoder;

pub struct Suite {
    /// Of onnxruntime, the oldest first.
    pub versions: Vec<String>,
    pub models: Vec<SuiteModel>,
}

pub struct SuiteModel {
    pub path: String,
    pub bytes: Vec<u8>,
    pub loaded_by: BTreeMap<String, bool>,
}

impl Suite {
    pub fn read() -> Self {
        let mut content = Vec::new();
        ZlibDecoder::new(&include_bytes!("suite/models.zlib")[..])
            .read_to_end(&mut content)
            .expect("the file is whole");
        let mut lines = include_str!("suite/loads.txt")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let versions = lines.next().expect("a line of versions").split(' ');
        let versions: Vec<String> = versions.map(str::to_owned).collect();
        let mut rest = &content[..];
        let models = lines.map(|line| {
            let (marks, path) = line.split_once(' ').expect("marks and a path");
            let (length, name_length) = (number(&mut rest), number(&mut rest));
            let name = rest.split_off(..name_length).expect("a path");
            assert_eq!(name, path.as_bytes(), "both files list the same models");
            let loaded = marks.chars().map(|mark| mark == '+');
            SuiteModel {
                path: path.to_owned(),
                bytes: rest.split_off(..length).expect("a model").to_vec(),
                loaded_by: versions.iter().cloned().zip(loaded).collect(),
            }
        });
        let models = models.collect();
        assert!(rest.is_empty(), "both files list the same models");
        Self { versions, models }
    }
}

fn number(rest: &mut &[u8]) -> usize {
    let bytes = rest.split_off(..4).expect("a length");
    u32::from_le_bytes(bytes.try_into().expect("four bytes")) as usize
}
