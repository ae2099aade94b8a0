"""Describes the onnxruntime that this interpreter imports, as JSON, to a file.

    python describe_onnxruntime.py OUT.json

Kernels and signatures are what onnxruntime lists itself. Its ceilings, and what
it refuses although it has a kernel, it does not list: they are found by loading
models of one operation, which are put together here byte by byte, so that
nothing but onnxruntime need be installed.
"""

import collections
import json
import re
import sys

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

PROVIDER = "CPUExecutionProvider"
ENDLESS = 2**31 - 1
FLOAT, STRING = 1, 8
SET, UNSET = "<set>", "<unset>"


# ---- models of one operation ----


def varint(number):
    out = bytearray()
    number &= 2**64 - 1
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def field(tag, value):
    if isinstance(value, int):
        return varint(tag << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(tag << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    return field(1, name) + b"".join(field(9, text) for text in value) + field(20, 8)


def value_info(name, element, rank):
    shape = b"".join(field(1, field(2, f"{name}_{axis}")) for axis in range(rank))
    return field(1, name) + field(2, field(1, field(1, element) + field(2, shape)))


def model(operation, inputs, outputs, attributes=(), domain="", ir=8, opset=13, opset_domain=None):
    node = b"".join(field(1, name) for name, _, _ in inputs)
    node += b"".join(field(2, name) for name, _, _ in outputs)
    node += field(4, operation)
    node += b"".join(field(5, attribute(*pair)) for pair in attributes)
    node += field(7, domain)
    graph = field(1, node) + field(2, "probe")
    graph += b"".join(field(11, value_info(*value)) for value in inputs)
    graph += b"".join(field(12, value_info(*value)) for value in outputs)
    body = field(1, ir) + field(7, graph)
    if opset_domain is None:
        return body + field(8, field(1, "") + field(2, opset))
    body += field(8, field(1, "") + field(2, 13))
    return body + field(8, field(1, opset_domain) + field(2, opset))


def refusal(content):
    """None if the model loads, else what onnxruntime says."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        onnxruntime.InferenceSession(content, options, providers=[PROVIDER])
    except Exception as error:
        return str(error)
    return None


# ---- what it lists ----


def words(type_string):
    """`tensor(float)` is `float`, `seq(tensor(float))` is `seq(float)`."""
    text = type_string.replace(" ", "").replace("sparse_tensor(", "sparse(")
    while "tensor(" in text:
        at = text.index("tensor(")
        end = text.index(")", at)
        text = text[:at] + text[at + 7 : end] + text[end + 1 :]
    return text


def merged(kernels):
    """Kernels that differ in the types of one variable only are one."""
    kernels = [{name: frozenset(types) for name, types in kernel.items()} for kernel in kernels]
    for name in sorted({name for kernel in kernels for name in kernel}):
        groups = collections.defaultdict(frozenset)
        others = []
        for kernel in kernels:
            if name in kernel:
                rest = frozenset((n, t) for n, t in kernel.items() if n != name)
                groups[rest] |= kernel[name]
            else:
                others.append(kernel)
        kernels = others + [dict(rest) | {name: types} for rest, types in groups.items()]
    return kernels


def kernels():
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for kernel in state.get_all_opkernel_def():
        if kernel.provider == PROVIDER:
            types = {name: [words(t) for t in given] for name, given in kernel.type_constraints.items()}
            found[kernel.domain or "ai.onnx"][kernel.op_name, *kernel.version_range].append(types)
    table = collections.defaultdict(lambda: collections.defaultdict(list))
    for domain, operations in found.items():
        for (name, first, last), listed in sorted(operations.items()):
            versions = f"{first}" if last == ENDLESS else f"{first}-{last}"
            for types in merged(listed):
                row = [versions] + [f"{n}={'|'.join(sorted(types[n]))}" for n in sorted(types)]
                table[domain][name].append(" ".join(row))
            table[domain][name].sort(key=lambda row: int(row.split()[0].split("-")[0]))
    return table


def parameter(given):
    repeats = str(given.option).endswith("Variadic")
    mark = "" if not repeats else "*" if given.isHomogeneous else "**"
    kind = given.typeStr
    return f"{given.name}{mark}:{words(kind) if '(' in kind else kind}"


def signature(schema):
    inputs = " ".join(map(parameter, schema.inputs))
    outputs = " ".join(map(parameter, schema.outputs))
    text = f"{schema.since_version} {inputs} -> {outputs}"
    for constraint in schema.type_constraints:
        allowed = list(constraint.allowed_type_strs)
        if len(allowed) == 1:
            text += f" | {constraint.type_param_str}={words(allowed[0])}"
    return " ".join(text.split())


def signatures():
    """Older versions do not list them; the standard's table must then do."""
    table = collections.defaultdict(lambda: collections.defaultdict(list))
    for schema in getattr(state, "get_all_operator_schema", list)():
        if not schema.deprecated:
            table[schema.domain or "ai.onnx"][schema.name].append(signature(schema))
    return table


# ---- what it does not list ----


def highest(loads, start, beyond):
    """The last number for which a model loads, going up one by one."""
    found = None
    for number in range(start, beyond):
        if not loads(number):
            break
        found = number
    return found


def ceilings():
    x, y = [("x", FLOAT, 1)], [("y", FLOAT, 1)]
    ir = highest(lambda n: refusal(model("Identity", x, y, ir=n)) is None, 3, 64)
    opsets = {"ai.onnx": highest(lambda n: refusal(model("Identity", x, y, opset=n)) is None, 7, 128)}
    for domain, operation in [("ai.onnx.ml", "Binarizer")]:
        probe = lambda n: model(operation, x, y, domain=domain, opset=n, opset_domain=domain)
        opsets[domain] = highest(lambda n: refusal(probe(n)) is None, 1, 64)
    return ir, {domain: top for domain, top in opsets.items() if top is not None}


def recurrent(operation):
    inputs = [("x", FLOAT, 3), ("w", FLOAT, 3), ("r", FLOAT, 3)]
    results = [("y", FLOAT, 4), ("h", FLOAT, 3)]
    attributes = [("hidden_size", 4), ("layout", 1)]
    return operation, {"layout": [1]}, model(operation, inputs, results, attributes, opset=14)


def probes():
    """Combinations of attributes that some version refuses: operation, when, model."""
    yield recurrent("RNN")
    yield recurrent("GRU")
    yield recurrent("LSTM")
    rotary = [("x", FLOAT, 4), ("c", FLOAT, 3), ("s", FLOAT, 3)]
    yield (
        "RotaryEmbedding",
        {"rotary_embedding_dim": [SET], "num_heads": [UNSET]},
        model("RotaryEmbedding", rotary, [("y", FLOAT, 4)], [("rotary_embedding_dim", 4)], opset=23, ir=10),
    )
    for action in ["LOWER", "UPPER", "NONE", None]:
        for sensitive in [0, 1, None]:
            attributes = [("stopwords", ["monday"])]
            attributes += [("case_change_action", action)] if action else []
            attributes += [("is_case_sensitive", sensitive)] if sensitive is not None else []
            when = {
                "case_change_action": [action or UNSET],
                "is_case_sensitive": [UNSET if sensitive is None else sensitive],
                "locale": [UNSET],
            }
            strings = [("x", STRING, 1)], [("y", STRING, 1)]
            yield "StringNormalizer", when, model("StringNormalizer", *strings, attributes, opset=10)


def own_words(said):
    """What onnxruntime says, without the name of the C++ function that says it."""
    text = " ".join(said.split("during initialization:", 1)[1].split())
    return re.sub(r"^.*?(OpKernelInfo&\)( \[with [^\]]*\])?|<lambda\(\)>) ", "", text)[:300]


def refusals():
    found = []
    for operation, when, content in probes():
        said = refusal(content)
        # Only what the kernel's own constructor refuses is about attributes.
        if not said or "during initialization:" not in said:
            continue
        row = {"domain": "ai.onnx", "operation": operation, "when": when, "reason": own_words(said)}
        if found and joined(found[-1], row):
            continue
        found.append(row)
    return found


def joined(row, further):
    """Widens `row` by `further` if they differ in one attribute only."""
    same = all(row[key] == further[key] for key in ("operation", "reason"))
    differing = [n for n in row["when"] if same and row["when"][n] != further["when"].get(n)]
    if len(differing) == 1:
        row["when"][differing[0]] += further["when"][differing[0]]
    return len(differing) == 1


def main():
    if not hasattr(state, "get_all_opkernel_def"):
        sys.exit(f"onnxruntime {onnxruntime.__version__} does not list its kernels (get_all_opkernel_def)")
    onnxruntime.set_default_logger_severity(4)
    ir, opsets = ceilings()
    description = {
        "format": 1,
        "server": "onnxruntime",
        "version": onnxruntime.__version__,
        "knows": "kernels",
        "source": f"get_all_opkernel_def of {PROVIDER}, and probes of ceilings and refusals",
        "ir_version_max": ir,
        "opset_max": opsets,
        "refusals": refusals(),
        "kernels": kernels(),
        "signatures": signatures(),
    }
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(description, out)


main()
