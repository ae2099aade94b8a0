"""Trains two small models with NumPy and packages them as ONNX, with their
preprocessing inside, beside examples with the trainer's own answers.

    pip install numpy==2.2.6 onnx==1.19.1
    python specs/serving/package.py

The files it writes are in git; it is here to say where they came from.
"""

import json
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = 24


def table(area, label):
    with open(os.path.join(HERE, "..", area, f"{area}.csv")) as file:
        names = file.readline().strip().split(",")
        rows = [line.strip().split(",") for line in file if line.strip()]
    at = names.index(label)
    x = np.array([[float(v) for i, v in enumerate(row) if i != at] for row in rows])
    classes = sorted({row[at] for row in rows})
    y = np.array([classes.index(row[at]) for row in rows])
    return x, y, classes


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Network:
    """Standardisation, and one hidden layer if it is to have one."""

    def __init__(self, x, classes, hidden, seed):
        random = np.random.default_rng(seed)
        self.mean, self.scale = x.mean(axis=0), x.std(axis=0) + 1e-3
        sizes = [x.shape[1], *([hidden] if hidden else []), classes]
        self.layers = [
            [random.normal(0, (1 / a) ** 0.5, (a, b)), np.zeros(b)]
            for a, b in zip(sizes, sizes[1:])
        ]

    def forward(self, x):
        seen = [(x - self.mean) / self.scale]
        for at, (w, b) in enumerate(self.layers):
            z = seen[-1] @ w + b
            seen.append(z if at + 1 == len(self.layers) else np.maximum(z, 0))
        return seen, softmax(seen[-1])

    def train(self, x, y, steps, rate):
        wanted = np.eye(self.layers[-1][1].size)[y]
        for _ in range(steps):
            seen, p = self.forward(x)
            back = (p - wanted) / len(x)
            for at in range(len(self.layers) - 1, -1, -1):
                w, b = self.layers[at]
                further = (back @ w.T) * (seen[at] > 0)
                w -= rate * seen[at].T @ back
                b -= rate * back.sum(axis=0)
                back = further

    def rounded(self):
        """As the package holds it: in single precision."""
        single = lambda a: a.astype(np.float32)
        self.mean, self.scale = single(self.mean), single(self.scale)
        self.layers = [[single(w), single(b)] for w, b in self.layers]

    def onnx(self, name):
        nodes = [helper.make_node("Sub", ["x", "mean"], ["centred"])]
        nodes += [helper.make_node("Div", ["centred", "scale"], ["a0"])]
        values = {"mean": self.mean, "scale": self.scale}
        for at, (w, b) in enumerate(self.layers):
            values |= {f"w{at}": w, f"b{at}": b}
            nodes += [helper.make_node("Gemm", [f"a{at}", f"w{at}", f"b{at}"], [f"z{at}"])]
            if at + 1 < len(self.layers):
                nodes += [helper.make_node("Relu", [f"z{at}"], [f"a{at + 1}"])]
        last = f"z{len(self.layers) - 1}"
        nodes += [helper.make_node("Softmax", [last], ["probabilities"], axis=1)]
        nodes += [helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0)]
        real = TensorProto.FLOAT
        graph = helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info("x", real, ["batch", self.mean.size])],
            [
                helper.make_tensor_value_info(
                    "probabilities", real, ["batch", self.layers[-1][1].size]
                ),
                helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"]),
            ],
            [numpy_helper.from_array(v, k) for k, v in values.items()],
        )
        # Old enough for every server of the last years.
        opsets = [helper.make_opsetid("", 13)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=7, producer_name="specs")
        onnx.checker.check_model(model)
        return model


def tensor(name, datatype, array):
    data = [None if value != value else value for value in array.ravel().tolist()]
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": data}


def package(name, area, label, hidden, steps, seed):
    x, y, classes = table(area, label)
    network = Network(x, len(classes), hidden, seed)
    network.train(x, y, steps, 0.5)
    network.rounded()
    _, p = network.forward(x)
    print(f"{name}: accuracy {np.mean(p.argmax(axis=1) == y):.4f} on its {len(x)} training rows")
    onnx.save(network.onnx(name), os.path.join(HERE, f"{name}.onnx"))
    rows = x[:: len(x) // EXAMPLES][:EXAMPLES].astype(np.float32)
    _, p = network.forward(rows)
    examples = {
        "inputs": [tensor("x", "FP32", rows)],
        "outputs": [
            tensor("probabilities", "FP32", p.astype(np.float32)),
            tensor("label", "INT64", p.argmax(axis=1)),
        ],
    }
    with open(os.path.join(HERE, f"{name}.examples.json"), "w") as file:
        json.dump(examples, file, separators=(",", ":"))
        file.write("\n")


def with_unknown(name):
    """The same rows, in some of which a number is not known. What is not known must
    stay so: a server that hides it serves another model. Only probabilities are
    compared, as NaN has no largest."""
    with open(os.path.join(HERE, f"{name}.examples.json")) as file:
        examples = json.load(file)
    x, p = examples["inputs"][0], examples["outputs"][0]
    for row, feature in [(3, 5), (11, 0), (20, 29)]:
        x["data"][row * x["shape"][1] + feature] = None
        width = p["shape"][1]
        p["data"][row * width : (row + 1) * width] = [None] * width
    examples["outputs"] = [p]
    with open(os.path.join(HERE, f"{name}-unknown.examples.json"), "w") as file:
        json.dump(examples, file, separators=(",", ":"))
        file.write("\n")


package("wdbc", "wdbc", "diagnosis", 0, 300, 1)
package("wdbc-previous", "wdbc", "diagnosis", 0, 60, 2)
package("digits", "digits", "label", 32, 400, 3)
with_unknown("wdbc")
