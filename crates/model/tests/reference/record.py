"""Records what PyTorch computes, for `tests/pytorch.rs` to replay.

    pip install torch safetensors
    python record.py [NAME ...]

Writes one self-describing safetensors file a case, beside this script, in
double precision. Its metadata says how Sea Trial declares the model:
`family`, `own` and `common` (TOML), `classes` (empty for a regression). Its
tensors:

    inputs, targets, lengths?          a batch
    parameters/NAME                    where training starts
    outputs, loss                      of the batch, before any step
    gradients/NAME, input_gradient     of the loss; of the sum of all outputs
    losses, after/NAME                 before each of STEPS steps; after the last
    components/NAME/inputs/I           a component by itself
    components/NAME/outputs/I

NAME is Sea Trial's name of a parameter or component.
"""

import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

STEPS = 5
ROWS = 4
HERE = Path(__file__).parent


class Flat(nn.Module):
    """One affine map, or a perceptron."""

    def __init__(self, prefix, widths, activation):
        super().__init__()
        pairs = list(zip(widths, widths[1:]))
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairs)
        self.activation = activation
        hidden = [f"{prefix}.{i}" for i in range(len(pairs) - 1)]
        self.names = hidden + [f"{prefix}.head" if hidden else prefix]

    def forward(self, x, _):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    def rename(self, name):
        _, index, rest = name.split(".", 2)
        return f"{self.names[int(index)]}.{rest}"

    def components(self):
        x = torch.randn(3, self.layers[0].in_features)
        last = self.layers[-1] if len(self.layers) == 1 else None
        y = last(x) if last else self.activation(self.layers[0](x))
        return {self.names[0]: ([x], [y])}


class Cnn(nn.Module):
    def __init__(self, image, channels, pool, hidden, outputs):
        super().__init__()
        self.image, self.pool = image, pool
        depths = [image[0], *channels]
        self.conv = nn.ModuleList(
            nn.Conv2d(i, o, 3, padding="same") for i, o in zip(depths, depths[1:])
        )
        left = [extent // pool ** len(channels) for extent in image[1:]]
        widths = [channels[-1] * left[0] * left[1], *hidden]
        self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in zip(widths, widths[1:]))
        self.head = nn.Linear(widths[-1], outputs)

    def forward(self, x, _):
        x = x.view(-1, *self.image)
        for conv in self.conv:
            x = F.max_pool2d(F.relu(conv(x)), self.pool)
        x = x.flatten(1)
        for hidden in self.hidden:
            x = F.relu(hidden(x))
        return self.head(x)

    def rename(self, name):
        return "cnn." + name.removeprefix("hidden.")

    def components(self):
        x = torch.randn(2, *self.image)
        return {"cnn.conv.0": ([x], [F.relu(self.conv[0](x))])}


class Recurrent(nn.Module):
    def __init__(self, kind, width, hidden, layers, outputs):
        super().__init__()
        self.kind, self.width = kind, width
        layer = {"lstm": nn.LSTM, "gru": nn.GRU}[kind]
        self.cell = layer(width, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, outputs)

    def forward(self, x, lengths):
        x = x.view(len(x), -1, self.width)
        states, _ = self.cell(x)
        last = lengths - 1 if lengths is not None else torch.full((len(x),), x.shape[1] - 1)
        return self.head(states[torch.arange(len(x)), last])

    def rename(self, name):
        if name.startswith("head"):
            return f"{self.kind}.{name}"
        stem, layer = name.removeprefix("cell.").rsplit("_l", 1)
        return f"{self.kind}.cell." + (stem if layer == "0" else f"{layer}.{stem}")

    def components(self):
        hidden = self.cell.hidden_size
        one = {"lstm": nn.LSTMCell, "gru": nn.GRUCell}[self.kind](self.width, hidden)
        for name, parameter in one.named_parameters():
            parameter.data = getattr(self.cell, f"{name}_l0").data
        x, h, c = torch.randn(3, self.width), torch.randn(3, hidden), torch.randn(3, hidden)
        if self.kind == "lstm":
            return {"lstm.cell": ([x, h, c], list(one(x, (h, c))))}
        return {"gru.cell": ([x, h], [one(x, h)])}


class Transformer(nn.Module):
    def __init__(self, width, d_model, heads, layers, activation, causal, outputs):
        super().__init__()
        self.width, self.d_model, self.causal = width, d_model, causal
        self.embed = nn.Linear(width, d_model)
        block = lambda: nn.TransformerEncoderLayer(
            d_model, heads, 4 * d_model, 0.0, activation, batch_first=True, norm_first=True
        )
        self.block = nn.ModuleList(block() for _ in range(layers))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, outputs)

    def positions(self, length):
        angle = torch.arange(length)[:, None] / 10_000 ** (
            torch.arange(self.d_model)[None] // 2 * 2 / self.d_model
        )
        return torch.where(torch.arange(self.d_model) % 2 == 0, angle.sin(), angle.cos())

    def forward(self, x, lengths):
        x = x.view(len(x), -1, self.width)
        length = x.shape[1]
        lengths = torch.full((len(x),), length) if lengths is None else lengths
        padding = torch.arange(length)[None] >= lengths[:, None]
        future = torch.ones(length, length).triu(1).bool() if self.causal else None
        x = self.embed(x) + self.positions(length)
        for block in self.block:
            x = block(x, src_mask=future, src_key_padding_mask=padding)
        real = (~padding)[..., None].to(x.dtype)
        return self.head((self.norm(x) * real).sum(1) / lengths[:, None])

    def rename(self, name):
        return f"transformer.{name}"

    def components(self):
        x = torch.randn(2, 5, self.d_model)
        future = torch.ones(5, 5).triu(1).bool() if self.causal else None
        block = self.block[0]
        attended = block.self_attn(x, x, x, attn_mask=future, need_weights=False)[0]
        return {
            "transformer.attention.0": ([x], [attended]),
            "transformer.block.0": ([x], [block(x, src_mask=future)]),
        }


def sgd(**options):
    return lambda parameters: torch.optim.SGD(parameters, **options)


def adamw(**options):
    options = {"lr": 0.01, "weight_decay": 0.01, **options}
    return lambda parameters: torch.optim.AdamW(parameters, **options)


def no_schedule(_):
    return 1.0


def warm_cosine(step):
    return min(1.0, (step + 1) / 3) * (0.1 + 0.9 * (1 + math.cos(math.pi * min(step / 4, 1))) / 2)


def halved(step):
    return 0.5 ** (step // 2)


def case(family, build, own="", common="", classes=3, optimizer=adamw(), schedule=no_schedule,
         clip=None, lengths=None, width=12):
    return locals()


def small_mlp(outputs=3):
    return Flat("mlp", [12, 5, outputs], F.relu)


def optimizer_case(text, **options):
    return case("mlp", small_mlp, "hidden = [5]", f"optimizer = {{ {text} }}", **options)


SEQUENCE = "sequence = [4, 3]"
CASES = {
    "logistic": case("logistic", lambda: Flat("logistic", [12, 3], None)),
    "linear": case("linear", lambda: Flat("linear", [12, 1], None), classes=None),
    "mlp-relu": case("mlp", lambda: Flat("mlp", [12, 6, 4, 3], F.relu), "hidden = [6, 4]"),
    "mlp-tanh": case("mlp", lambda: Flat("mlp", [12, 5, 3], torch.tanh), "hidden = [5]\nactivation = 'tanh'"),
    "mlp-gelu": case("mlp", lambda: Flat("mlp", [12, 5, 1], F.gelu), "hidden = [5]\nactivation = 'gelu'", classes=None),
    "cnn": case("cnn", lambda: Cnn([2, 4, 5], [3, 2], 2, [4], 3), "image = [2, 4, 5]\nchannels = [3, 2]\nhidden = [4]", width=40),
    "lstm": case("lstm", lambda: Recurrent("lstm", 3, 5, 1, 3), f"{SEQUENCE}\nhidden = 5"),
    "lstm-padded": case("lstm", lambda: Recurrent("lstm", 3, 4, 2, 3), f"{SEQUENCE}\nhidden = 4\nlayers = 2", lengths=[2, 4, 1, 3]),
    "gru": case("gru", lambda: Recurrent("gru", 3, 5, 1, 3), f"{SEQUENCE}\nhidden = 5"),
    "gru-padded": case("gru", lambda: Recurrent("gru", 3, 4, 2, 1), f"{SEQUENCE}\nhidden = 4\nlayers = 2", lengths=[2, 4, 1, 3], classes=None),
    "transformer": case("transformer", lambda: Transformer(3, 4, 2, 2, "relu", False, 3), f"{SEQUENCE}\nd_model = 4\nheads = 2\nlayers = 2", lengths=[2, 4, 1, 3]),
    "transformer-causal": case("transformer", lambda: Transformer(3, 6, 2, 1, "gelu", True, 3), f"{SEQUENCE}\nd_model = 6\nheads = 2\nlayers = 1\nactivation = 'gelu'\ncausal = true"),
    "sgd": optimizer_case("kind = 'sgd', learning_rate = 0.1, weight_decay = 0.02", optimizer=sgd(lr=0.1, weight_decay=0.02)),
    "sgd-momentum": optimizer_case("kind = 'sgd', learning_rate = 0.1, momentum = 0.9, weight_decay = 0.02", optimizer=sgd(lr=0.1, momentum=0.9, weight_decay=0.02)),
    "sgd-nesterov": optimizer_case(
        "kind = 'sgd', learning_rate = 0.1, momentum = 0.9, nesterov = true, schedule = { kind = 'step', every = 2, factor = 0.5 }",
        optimizer=sgd(lr=0.1, momentum=0.9, nesterov=True), schedule=halved,
    ),
    "adamw-betas": optimizer_case(
        "kind = 'adamw', learning_rate = 0.02, betas = [0.8, 0.95], epsilon = 1e-6, weight_decay = 0.1",
        optimizer=adamw(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1),
    ),
    "adamw-clipped": optimizer_case(
        "kind = 'adamw', clip_norm = 0.1, warmup = 3, schedule = { kind = 'cosine', steps = 4, final_fraction = 0.1 }",
        clip=0.1, schedule=warm_cosine,
    ),
}


def record(name, family, build, own, common, classes, optimizer, schedule, clip, lengths, width):
    torch.manual_seed(sum(map(ord, name)))
    model = build()
    named = {model.rename(n): p for n, p in model.named_parameters()}
    for parameter in named.values():
        # Zero biases and unit scales would hide a mistake.
        parameter.data += 0.1 * torch.randn_like(parameter)
    x = torch.randn(ROWS, width)
    y = torch.randn(ROWS, 1) if classes is None else torch.arange(ROWS) % classes
    padded = None if lengths is None else torch.tensor(lengths)
    if padded is not None:
        # Padding is noise that must not count.
        x = x.view(ROWS, max(lengths), -1)
    loss_of = lambda: F.mse_loss(model(x, padded), y) if classes is None else F.cross_entropy(model(x, padded), y)
    copy = lambda kind, values: {f"{kind}/{n}": v.detach().clone() for n, v in values.items()}

    tensors = {"inputs": x, "targets": y if classes is None else y.to(torch.int64)}
    if padded is not None:
        tensors["lengths"] = padded
    tensors |= copy("parameters", named)
    for component, (inputs, outputs) in model.components().items():
        for kind, values in (("inputs", inputs), ("outputs", outputs)):
            tensors |= {f"components/{component}/{kind}/{i}": v.detach().clone() for i, v in enumerate(values)}

    leaf = x.clone().requires_grad_()
    outputs = model(leaf, padded)
    tensors["outputs"] = outputs.detach().clone()
    tensors["input_gradient"] = torch.autograd.grad(outputs.sum(), leaf)[0]
    loss = loss_of()
    tensors["loss"] = loss.detach().clone()
    gradients = torch.autograd.grad(loss, list(named.values()))
    tensors |= copy("gradients", dict(zip(named, gradients)))

    stepper = optimizer(list(named.values()))
    scheduler = torch.optim.lr_scheduler.LambdaLR(stepper, schedule)
    losses = []
    for _ in range(STEPS):
        loss = loss_of()
        losses.append(loss.item())
        stepper.zero_grad()
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(list(named.values()), clip)
        stepper.step()
        scheduler.step()
    tensors["losses"] = torch.tensor(losses)
    tensors |= copy("after", named)
    metadata = {
        "family": family,
        "own": own,
        "common": common,
        "classes": "" if classes is None else str(classes),
        "torch": torch.__version__,
    }
    tensors = {n: t.contiguous() for n, t in tensors.items()}
    save_file(tensors, HERE / f"{name}.safetensors", metadata=metadata)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    for name in sys.argv[1:] or CASES:
        record(name, **CASES[name])
        print(name)
