#!/usr/bin/env python3
"""Makes the files of this folder from the backend suite of the ONNX project.

    pip install onnx==1.20.0 onnxruntime==VERSION

    python make.py loads VERSION.json    load every model in this onnxruntime
    python make.py pack *.json           write models.zlib and loads.txt

`models.zlib` holds every model of the suite without the numbers of its larger
tensors, which no answer depends on: for each, the length of the model, the
length of its path, the path, the model; compressed. `loads.txt` says which of
them which onnxruntime loaded. ONNX is licensed under Apache-2.0.
"""

import glob
import json
import os
import pathlib
import struct
import sys
import zlib

import onnx

HERE = pathlib.Path(__file__).parent
ROOT = os.path.join(os.path.dirname(onnx.__file__), "backend/test/data")
SMALL_BYTES = 64


def paths():
    return sorted(os.path.relpath(p, ROOT) for p in glob.glob(f"{ROOT}/**/*.onnx", recursive=True))


def loads(out):
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    said = {}
    for path in paths():
        try:
            onnxruntime.InferenceSession(f"{ROOT}/{path}", options, providers=["CPUExecutionProvider"])
            said[path] = None
        except Exception as error:
            said[path] = str(error)
    record = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "said": said}
    pathlib.Path(out).write_text(json.dumps(record, indent=1))
    failed = sum(1 for reason in said.values() if reason)
    print(f"onnxruntime {onnxruntime.__version__}: {failed} of {len(said)} fail to load")


def strip_tensor(tensor):
    if tensor.ByteSize() > SMALL_BYTES:
        bare = onnx.TensorProto(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims)
        tensor.CopyFrom(bare)


def strip_nodes(nodes):
    for node in nodes:
        node.doc_string = ""
        for attribute in node.attribute:
            attribute.doc_string = ""
            if attribute.HasField("t"):
                strip_tensor(attribute.t)
            for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                strip_graph(graph)


def strip_graph(graph):
    graph.doc_string = ""
    for tensor in graph.initializer:
        strip_tensor(tensor)
    for value in [*graph.input, *graph.output, *graph.value_info]:
        value.doc_string = ""
    strip_nodes(graph.node)


def stripped(path):
    model = onnx.load(f"{ROOT}/{path}")
    model.doc_string = ""
    strip_graph(model.graph)
    for function in model.functions:
        function.doc_string = ""
        strip_nodes(function.node)
    return model.SerializeToString()


def pack(files):
    content = bytearray()
    for path in paths():
        model, name = stripped(path), path.encode()
        content += struct.pack("<II", len(model), len(name)) + name + model
    (HERE / "models.zlib").write_bytes(zlib.compress(bytes(content), 9))
    records = [json.loads(pathlib.Path(file).read_text()) for file in files]
    records.sort(key=lambda record: [int(part) for part in record["onnxruntime"].split(".")])
    lines = [
        f"# The models of the backend suite of onnx {onnx.__version__}, and for each of these",
        "# onnxruntime versions, in this order, whether it loaded (+) or failed to load (-).",
        " ".join(record["onnxruntime"] for record in records),
    ]
    for path in paths():
        marks = "".join("-" if record["said"][path] else "+" for record in records)
        lines.append(f"{marks} {path}")
    (HERE / "loads.txt").write_text("\n".join(lines) + "\n")


if sys.argv[1:2] == ["loads"]:
    loads(sys.argv[2])
elif sys.argv[1:2] == ["pack"]:
    pack(sys.argv[2:])
else:
    sys.exit(__doc__)
