"""Records what PyTorch computes, for the check `matches-reference` to replay.

    pip install torch safetensors
    python record_torch.py [NAME ...]

An example to copy: `of_model` and `of_component` write what the check reads,
for any PyTorch model. The models below are those of Sea Trial's families, as
`crates/model/tests/reference/record.py` builds them, in sizes that fit the
datasets of the planted specs. Everything is computed in double precision, so
that what differs is the other side's rounding.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "model" / "tests" / "reference"))

import record as families  # noqa: E402

STEPS = 3
ROWS = 4


def of_model(model, x, y, rename, loss_of, optimizer, steps):
    """Outputs, loss and gradients of a batch, and parameters after some steps."""
    named = {rename(name): parameter for name, parameter in model.named_parameters()}
    tensors = {"input.0": x, "target": y}
    tensors |= {f"parameter.{name}": p.detach().clone() for name, p in named.items()}
    tensors["output.0"] = model(x, None).detach()
    loss = loss_of(model(x, None), y)
    tensors["loss"] = loss.detach()
    gradients = torch.autograd.grad(loss, list(named.values()))
    tensors |= {f"gradient.{name}": g for name, g in zip(named, gradients)}
    stepper = optimizer(model.parameters())
    for _ in range(steps):
        stepper.zero_grad()
        loss_of(model(x, None), y).backward()
        stepper.step()
    tensors |= {f"after.{name}": p.detach().clone() for name, p in named.items()}
    return tensors


def of_component(inputs, outputs, parameters):
    """What one component made of its inputs."""
    tensors = {f"input.{i}": x for i, x in enumerate(inputs)}
    tensors |= {f"output.{i}": y.detach() for i, y in enumerate(outputs)}
    return tensors | {f"parameter.{name}": p.detach() for name, p in parameters.items()}


def write(name, tensors):
    tensors = {key: tensor.contiguous().clone() for key, tensor in tensors.items()}
    save_file(tensors, HERE / f"{name}.safetensors")
    print(name)


# Each with the number of features and classes of the dataset it is run on.
MODELS = {
    "logistic": lambda: families.Flat("logistic", [16, 4], None),
    "linear": lambda: families.Flat("linear", [8, 1], None),
    "mlp": lambda: families.Flat("mlp", [16, 6, 4], F.relu),
    "mlp-decayed": lambda: families.Flat("mlp", [16, 6, 4], F.relu),
    "cnn": lambda: families.Cnn([1, 4, 4], [2], 2, [], 4),
    "lstm": lambda: families.Recurrent("lstm", 4, 5, 1, 4),
    "gru": lambda: families.Recurrent("gru", 4, 5, 1, 4),
    "transformer": lambda: families.Transformer(4, 4, 2, 1, "relu", False, 4),
}


def optimizer_of(name):
    if name == "transformer":
        # A bias of the keys moves no attention: its gradient is rounding alone,
        # and AdamW would make whole steps of it.
        return lambda parameters: torch.optim.SGD(parameters, lr=0.1)
    if name == "mlp-decayed":
        return lambda parameters: torch.optim.AdamW(parameters, lr=0.1, weight_decay=1)
    return lambda parameters: torch.optim.AdamW(parameters, lr=0.01, weight_decay=0.01)


def record(name):
    torch.manual_seed(sum(map(ord, name)))
    model = MODELS[name]()
    for parameter in model.parameters():
        # Zero biases and unit scales would hide a mistake.
        parameter.data += 0.1 * torch.randn_like(parameter)
    if name == "linear":
        x, y, loss_of = torch.randn(ROWS, 8), torch.randn(ROWS, 1), F.mse_loss
    else:
        x, y, loss_of = torch.randn(ROWS, 16), torch.arange(ROWS) % 4, F.cross_entropy
    parts = model.components()
    if f"{name}.cell" in parts:
        cell = {n: p for n, p in renamed(model).items() if n.startswith(f"{name}.cell.")}
        write(f"{name}-cell", of_component(*parts[f"{name}.cell"], cell))
    write(name, of_model(model, x, y, model.rename, loss_of, optimizer_of(name), STEPS))


def renamed(model):
    return {model.rename(name): parameter for name, parameter in model.named_parameters()}


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    for name in sys.argv[1:] or MODELS:
        record(name)
