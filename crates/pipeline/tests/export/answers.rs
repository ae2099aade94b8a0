//! What onnxruntime answers.

use seatrial_process::Program;
use serde_json::Value;

const ASK: &str = "
import json, sys
import numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.log_severity_level = 4
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=['CPUExecutionProvider'])
given = json.load(open(sys.argv[2]))
array = lambda kind, rows: numpy.array(rows, dtype=object if kind == 'string' else kind)
given = {name: array(*next(iter(of.items()))) for name, of in given.items()}
# NaN is no JSON.
told = lambda x: None if x != x else x
answer = session.run(None, given)[0].tolist()
json.dump([[told(x) for x in row] for row in answer], open(sys.argv[3], 'w'))
";

/// Runs a model on `{"INPUT": {"DTYPE": rows}}`; NaN comes and goes as `null`.
pub fn answers_of(model: &[u8], given: &Value) -> Vec<Vec<f32>> {
    let python = std::env::var_os("SEATRIAL_PYTHON").expect("SEATRIAL_PYTHON names an interpreter");
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("model.onnx"), model).expect("a file");
    std::fs::write(file("given.json"), given.to_string()).expect("a file");
    let names = ["model.onnx", "given.json", "answers.json"].map(file);
    let ran = Program::new(python).args(["-c", ASK]).args(&names).run();
    ran.expect("it answers");
    let text = std::fs::read_to_string(file("answers.json")).expect("answers");
    let rows: Vec<Vec<Option<f32>>> = serde_json::from_str(&text).expect("rows of numbers");
    let row = |row: Vec<Option<f32>>| row.into_iter().map(|x| x.unwrap_or(f32::NAN)).collect();
    rows.into_iter().map(row).collect()
}
