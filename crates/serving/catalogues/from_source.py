#!/usr/bin/env python3
"""Writes the catalogue of a server that lists its operations in its source only.

    python from_source.py candle-onnx VERSION SOURCE_FOLDER > candle-onnx-VERSION.toml
    python from_source.py tract VERSION SOURCE_FOLDER > tract-VERSION.toml

SOURCE_FOLDER is the unpacked crate `candle-onnx` or `tract-onnx`, where
`cargo fetch` puts it. Only names can be had that way: which versions of an
operation and which types are right, the source does not list. Answers from such
a catalogue are therefore `unsupported` or `unknown`, never `supported`.

Where reading the source showed that an operation is computed otherwise than the
standard says, and nobody is told, the catalogue says so too.
"""

import json
import pathlib
import re
import sys

# candle-onnx: the arms of the one match over names in `simple_eval`.
# tract-onnx: what is put into its registry of operations, whatever the domain.
SOURCES = {
    "candle-onnx": ("src/eval.rs", re.compile(r'^ {12}((?:"\w+"(?:\s*\|\s*)?)+) =>', re.MULTILINE)),
    "tract": ("src/**/*.rs", re.compile(r'\breg\s*\.insert\(\s*("\w+")')),
}

# What candle-onnx 0.11.1 computes otherwise, from `simple_eval`: operation, when,
# versions of the domain that the model imports, what it does instead.
MISCOMPUTED = {
    ("candle-onnx", "0.11.1"): [
        ("Gelu", {"approximate": ["tanh"]}, {}, "the exact form, whatever `approximate` says"),
        ("Softmax", {}, {"before": 13}, "over one axis; until version 12 it is over all from `axis` on"),
        ("LogSoftmax", {}, {"before": 13}, "over one axis; until version 12 it is over all from `axis` on"),
        ("Transpose", {"perm": ["<unset>"]}, {}, "without `perm` it swaps the last two axes and leaves the others"),
        ("Clip", {}, {"before": 11}, "it does not read the attributes `min` and `max`, and clips nothing"),
        ("ReduceMean", {}, {"since": 18}, "it does not read the input `axes`, and reduces them all"),
        ("Cast", {"to": [6]}, {}, "int64 in place of int32"),
    ],
}


def main(server, version, folder):
    files, pattern = SOURCES[server]
    names = set()
    for file in sorted(pathlib.Path(folder).glob(files)):
        for found in pattern.finditer(file.read_text()):
            names |= set(re.findall(r'"(\w+)"', found.group(1)))
    if len(names) < 50:
        sys.exit(f"only {len(names)} operations found in {folder}: its source is written otherwise")
    print("# What a server, at one version, knows by name. Made by from_source.py; edit nothing.")
    print("format = 1")
    print(f'server = "{server}"')
    print(f'version = "{version}"')
    print('knows = "names"')
    print(f'source = "names of operations in the source of {server} {version}"')
    for operation, when, versions, reason in MISCOMPUTED.get((server, version), []):
        print('\n[[refusals]]\ndomain = "ai.onnx"')
        print(f'operation = "{operation}"')
        print("when = {" + ", ".join(f"{name} = {json.dumps(values)}" for name, values in when.items()) + "}")
        for bound, number in versions.items():
            print(f"{bound} = {number}")
        print(f"miscomputes = true\nreason = {json.dumps(reason)}")
    print('\n[kernels."ai.onnx"]')
    for name in sorted(names):
        print(f"{name} = []")


if len(sys.argv) != 4 or sys.argv[1] not in SOURCES:
    sys.exit(__doc__)
main(*sys.argv[1:])
