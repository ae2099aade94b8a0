"""Any ONNX model, in MLServer."""

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceResponse


def array(given):
    if given.datatype == "BYTES":
        texts = StringCodec.decode_input(given)
        return np.array(texts, dtype=object).reshape(given.shape)
    return NumpyCodec.decode_input(given)


class OnnxModel(MLModel):
    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        file = self.settings.parameters.uri
        self.model = onnxruntime.InferenceSession(
            file, options, providers=["CPUExecutionProvider"]
        )
        self.names = [one.name for one in self.model.get_outputs()]
        return True

    async def predict(self, request):
        given = {one.name: array(one) for one in request.inputs}
        answers = self.model.run(self.names, given)
        return InferenceResponse(
            model_name=self.name,
            id=request.id,
            outputs=[NumpyCodec.encode_output(n, a) for n, a in zip(self.names, answers)],
        )
