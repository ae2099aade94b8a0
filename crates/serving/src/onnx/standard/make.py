#!/usr/bin/env python3
"""Writes what the ONNX standard says of its operations, for this folder.

    pip install onnx onnxruntime
    python make.py

`operators.toml`: every operation's signature at every version. Those of the
domain com.microsoft, which the standard lacks, are onnxruntime's.
`functions.onnx`: the bodies that the standard gives to operations that are
made of others. A body that depends on the types of its inputs stands there
once for every type, as an overload of that name, and once more for every number
of inputs where leaving optional ones out makes a difference. `CastLike` and `SequenceMap`
are left out: what they are made of follows from the node itself.
"""

import collections
import pathlib

import onnx
from onnx import TensorProto as T
from onnx import helper

HERE = pathlib.Path(__file__).parent
DERIVED = {"CastLike", "SequenceMap"}
ELEMENTS = [
    T.FLOAT, T.DOUBLE, T.FLOAT16, T.BFLOAT16, T.INT8, T.INT16, T.INT32, T.INT64,
    T.UINT8, T.UINT16, T.UINT32, T.UINT64, T.BOOL, T.STRING,
]


def words(type_string):
    """`tensor(float)` is `float`, `seq(tensor(float))` is `seq(float)`."""
    text = type_string.replace(" ", "").replace("sparse_tensor(", "sparse(")
    while "tensor(" in text:
        at = text.index("tensor(")
        end = text.index(")", at)
        text = text[:at] + text[at + 7 : end] + text[end + 1 :]
    return text


def literal(type_string):
    """Whether this names a type and not a type variable."""
    return "(" in type_string


def parameter(p):
    variadic = str(p.option).endswith("Variadic") or str(p.option).endswith(".Variadic")
    homogeneous = getattr(p, "is_homogeneous", getattr(p, "isHomogeneous", True))
    mark = "" if not variadic else "*" if homogeneous else "**"
    type_string = getattr(p, "type_str", getattr(p, "typeStr", ""))
    return f"{p.name}{mark}:{words(type_string) if literal(type_string) else type_string}"


def signature(schema):
    inputs = " ".join(map(parameter, schema.inputs))
    outputs = " ".join(map(parameter, schema.outputs))
    text = f"{schema.since_version} {inputs} -> {outputs}"
    for c in schema.type_constraints:
        name = c.type_param_str
        allowed = list(c.allowed_type_strs)
        if len(allowed) == 1:
            text += f" | {name}={words(allowed[0])}"
    return " ".join(text.split())


def all_schemas():
    for schema in onnx.defs.get_all_schemas_with_history():
        yield schema
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    for schema in state.get_all_operator_schema():
        if schema.domain == "com.microsoft":
            yield schema


def write_operators():
    table = collections.defaultdict(lambda: collections.defaultdict(dict))
    for schema in all_schemas():
        if not schema.deprecated:
            domain = schema.domain or "ai.onnx"
            table[domain][schema.name][schema.since_version] = signature(schema)
    lines = [
        "# What operations take and give, by domain, name and the version since which",
        "# it holds: `SINCE INPUT:TYPE … -> OUTPUT:TYPE …`. A `*` marks a parameter that",
        "# repeats, `**` one whose repetitions may differ in type. A type variable with",
        "# one possible type is written out behind `|`. Made by make.py; do not edit.",
    ]
    for domain in sorted(table):
        lines.append(f'\n["{domain}"]')
        for name in sorted(table[domain]):
            versions = table[domain][name]
            rows = ", ".join(f'"{versions[v]}"' for v in sorted(versions))
            lines.append(f"{name} = [{rows}]")
    (HERE / "operators.toml").write_text("\n".join(lines) + "\n")


def plain(body):
    for node in body.node:
        node.doc_string = ""
        node.name = ""
    body.doc_string = ""
    return body


def word(element):
    return helper.tensor_dtype_to_string(element).split(".")[-1].lower()


def example(schema, element, count):
    """A node of this operation with its first `count` inputs, and their types.

    None where the operation does not take this type.
    """
    variables = {c.type_param_str: [words(t) for t in c.allowed_type_strs] for c in schema.type_constraints}
    allowed = [variables.get(p.type_str, [words(p.type_str)]) for p in schema.inputs]
    if word(element) not in allowed[0]:
        return None
    inputs = [p.name for p in schema.inputs][:count]
    outputs = [p.name for p in schema.outputs]
    node = helper.make_node(schema.name, inputs, outputs, domain=schema.domain)
    for name, attribute in schema.attributes.items():
        if attribute.required:
            assert attribute.type == onnx.defs.OpSchema.AttrType.INT, (schema.name, name)
            node.attribute.append(helper.make_attribute(name, 1))
    types = []
    for choices in allowed[:count]:
        chosen = word(element) if word(element) in choices else "int64" if "int64" in choices else choices[0]
        number = T.DataType.Value(chosen.upper())
        types.append(helper.make_tensor_type_proto(number, [None]).SerializeToString())
    return node, types


def body_of(schema, element, count):
    made = example(schema, element, count)
    if made is None:
        return None
    node, types = made
    version = max(schema.context_dependent_function_opset_versions)
    raw = schema.get_context_dependent_function_with_opset_version(version, node.SerializeToString(), types)
    body = onnx.FunctionProto.FromString(raw)
    body.name, body.domain = schema.name, schema.domain
    body.overload = f"{schema.since_version} {word(element)}"
    return plain(body)


def write_functions():
    model = onnx.ModelProto(ir_version=10)
    for schema in sorted(
        onnx.defs.get_all_schemas_with_history(), key=lambda s: (s.domain, s.name, s.since_version)
    ):
        since = f"{schema.since_version}"
        if schema.has_function:
            body = onnx.FunctionProto()
            body.CopyFrom(schema.function_body)
            body.overload = since
            model.functions.append(plain(body))
        elif schema.has_context_dependent_function and schema.name not in DERIVED:
            for element in ELEMENTS:
                full = body_of(schema, element, len(schema.inputs))
                if full is None:
                    continue
                model.functions.append(full)
                for count in range(schema.min_input, len(schema.inputs)):
                    fewer = body_of(schema, element, count)
                    if list(fewer.node) != list(full.node):
                        fewer.overload += f" {count}"
                        model.functions.append(fewer)
    (HERE / "functions.onnx").write_bytes(model.SerializeToString())
    return collections.Counter((f.name, f.overload) for f in model.functions)


if __name__ == "__main__":
    write_operators()
    made = write_functions()
    print(len(made), "bodies")
