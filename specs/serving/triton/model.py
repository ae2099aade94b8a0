"""Any ONNX model, in Triton's Python backend."""

import os

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

TYPES = {
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    "tensor(int32)": "TYPE_INT32",
    "tensor(int64)": "TYPE_INT64",
    "tensor(bool)": "TYPE_BOOL",
    "tensor(string)": "TYPE_STRING",
}


def session():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model.onnx")
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def described(tensors):
    sizes = lambda shape: [size if isinstance(size, int) else -1 for size in shape]
    return [
        {"name": one.name, "data_type": TYPES[one.type], "dims": sizes(one.shape)}
        for one in tensors
    ]


def array(tensor):
    """Texts come as bytes."""
    given = tensor.as_numpy()
    if given.dtype.kind in "OS":
        return np.char.decode(given.astype(bytes), "utf-8").astype(object)
    return given


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        model = session()
        for one in described(model.get_inputs()):
            config.add_input(one)
        for one in described(model.get_outputs()):
            config.add_output(one)
        config.set_max_batch_size(0)
        return config

    def initialize(self, args):
        self.model = session()
        self.inputs = [one.name for one in self.model.get_inputs()]
        self.outputs = [one.name for one in self.model.get_outputs()]

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        try:
            given = {
                name: array(triton.get_input_tensor_by_name(request, name))
                for name in self.inputs
            }
            answers = self.model.run(self.outputs, given)
        except Exception as error:
            return triton.InferenceResponse(error=triton.TritonError(str(error)))
        tensors = zip(self.outputs, answers)
        return triton.InferenceResponse([triton.Tensor(n, np.asarray(a)) for n, a in tensors])
