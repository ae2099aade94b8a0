"""One training step of each family in PyTorch: the peer of training_step.rs.

Prints `name <tab> microseconds of processor time of the fastest step`, loss read
back, on as many threads as OMP_NUM_THREADS says. Usage: peer_training_step.py [name part ...]
"""

import sys
import time

import torch
from torch import nn


class Recurrent(nn.Module):
    def __init__(self, kind, length, width, hidden):
        super().__init__()
        self.shape = (-1, length, width)
        self.cell = kind(width, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 10)

    def forward(self, x):
        states, _ = self.cell(x.view(self.shape))
        return self.head(states[:, -1])


class Transformer(nn.Module):
    def __init__(self, length, width, d_model, heads, layers):
        super().__init__()
        self.shape = (-1, length, width)
        self.embed = nn.Linear(width, d_model)
        self.positions = nn.Parameter(torch.randn(length, d_model), requires_grad=False)
        block = lambda: nn.TransformerEncoderLayer(
            d_model, heads, 4 * d_model, dropout=0.0, batch_first=True, norm_first=True
        )
        self.blocks = nn.Sequential(*(block() for _ in range(layers)))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, 10)

    def forward(self, x):
        x = self.embed(x.view(self.shape)) + self.positions
        return self.head(self.norm(self.blocks(x)).mean(1))


def mlp(*widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn(size):
    def convolution(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(
        nn.Unflatten(1, (1, size, size)),
        *convolution(1, 16),
        *convolution(16, 32),
        nn.Flatten(),
        mlp(32 * (size // 4) ** 2, 64, 10),
    )


STEPS = [
    ("logistic-64-10", lambda: nn.Linear(64, 10), 64, 64),
    ("mlp-64-128-10", lambda: mlp(64, 128, 10), 64, 64),
    ("mlp-784-512-512-10", lambda: mlp(784, 512, 512, 10), 784, 128),
    ("cnn-8x8", lambda: cnn(8), 64, 64),
    ("cnn-28x28", lambda: cnn(28), 784, 64),
    ("lstm-8x8-64", lambda: Recurrent(nn.LSTM, 8, 8, 64), 64, 64),
    ("lstm-28x28-128", lambda: Recurrent(nn.LSTM, 28, 28, 128), 784, 64),
    ("gru-8x8-64", lambda: Recurrent(nn.GRU, 8, 8, 64), 64, 64),
    ("gru-28x28-128", lambda: Recurrent(nn.GRU, 28, 28, 128), 784, 64),
    ("transformer-8x8-64", lambda: Transformer(8, 8, 64, 4, 2), 64, 64),
    ("transformer-28x28-64", lambda: Transformer(28, 28, 64, 4, 2), 784, 64),
]


def fastest_us(build, width, rows, seconds=1.5):
    torch.manual_seed(0)
    model = build()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    x, y = torch.rand(rows, width), torch.arange(rows) % 10

    def step():
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    for _ in range(20):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return min(times) * 1e6


if __name__ == "__main__":
    for name, build, width, rows in STEPS:
        if not sys.argv[1:] or any(part in name for part in sys.argv[1:]):
            print(f"{name}\t{fastest_us(build, width, rows):.1f}", flush=True)
