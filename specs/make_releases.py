"""Makes the tables of predictions of the release cases of wdbc and digits, each
of three versions that were really trained: the previous one, an honest
improvement, and one with a fault in one class. And unicorn's validation set with
live rows, of the same world and of one whose time of day has moved.

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pyarrow
    venv/bin/python specs/make_releases.py

Every prediction is of a row that its model was not fitted on (five folds).
"""

import csv
import math
import pathlib
import random

import numpy
import pyarrow
import pyarrow.parquet
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


def mislabelled(labels, of, into, part):
    """The labels, most of one class called another: what a broken labelling tool
    does."""
    labels = labels.copy()
    draw = numpy.random.default_rng(1)
    labels[(labels == of) & (draw.random(len(labels)) < part)] = into
    return labels


def read(path, label):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    features = [name for name in rows[0] if name != label]
    values = numpy.array([[float(row[name]) for name in features] for row in rows])
    return features, values, numpy.array([row[label] for row in rows])


def predict(model, values, labels, learned_from=None):
    """The probabilities of each row, from a model that did not see it."""
    learned_from = labels if learned_from is None else learned_from
    scores = numpy.zeros((len(labels), len(set(labels))))
    for train, test in FOLDS.split(values, labels):
        scores[test] = model.fit(values[train], learned_from[train]).predict_proba(values[test])
    return scores


def wdbc():
    features, values, labels = read(HERE / "wdbc/wdbc.csv", "diagnosis")
    means = values[:, [name.startswith("mean_") for name in features]]
    logistic = lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    folder = HERE / "wdbc/releases"
    folder.mkdir(exist_ok=True)
    versions = {
        "previous": predict(logistic(), means, labels),
        "candidate": predict(logistic(), values, labels),
        "faulty": predict(logistic(), values, labels, mislabelled(labels, "malignant", "benign", 0.5)),
    }
    for name, scores in versions.items():
        with open(folder / f"{name}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["sample", "diagnosis", "malignant"])
            for row, (label, score) in enumerate(zip(labels, scores[:, 1])):
                writer.writerow([row, label, f"{score:.6f}"])


def digits():
    _, values, labels = read(HERE / "digits/digits.csv", "label")
    folder = HERE / "digits/releases"
    folder.mkdir(exist_ok=True)
    mlp = lambda: MLPClassifier((64,), alpha=0.01, max_iter=300, random_state=0)
    versions = {
        "previous": predict(RandomForestClassifier(30, max_depth=8, random_state=0), values, labels),
        "candidate": predict(mlp(), values / 16, labels),
        "faulty": predict(mlp(), values / 16, labels, mislabelled(labels, "8", "3", 0.7)),
    }
    for name, scores in versions.items():
        columns = {"image": pyarrow.array(range(len(labels)), pyarrow.int32())}
        columns["label"] = pyarrow.array([int(label) for label in labels], pyarrow.int8())
        scores = scores / scores.sum(axis=1, keepdims=True)
        for digit in range(10):
            columns[f"p_{digit}"] = pyarrow.array(scores[:, digit].astype("float32"))
        pyarrow.parquet.write_table(
            pyarrow.table(columns), folder / f"{name}.parquet", compression="zstd"
        )


def unicorn():
    """Sightings as the generator makes them, but for the time of day."""
    for number, (name, later_h) in enumerate(
        [("validation", 0), ("live", 0), ("live-moved", 5)]
    ):
        draw = random.Random(100 + number)
        with open(HERE / f"unicorn/{name}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["time_of_day_sin", "time_of_day_cos", "moon", "forest", "noise", "unicorn"])
            for _ in range(1500):
                is_unicorn = draw.random() < 0.01
                if is_unicorn:
                    hour = min(max(draw.gauss(19.5, 0.5), 18.5), 20.5)
                    moon, forest = draw.uniform(0.8, 1), draw.uniform(0.75, 1)
                else:
                    # People are about by day; here, more of them late.
                    hour = draw.gauss(13 + later_h, 4) % 24
                    moon, forest = draw.uniform(0, 0.9), draw.uniform(0, 0.9)
                angle = math.tau * (hour + (later_h if is_unicorn else 0)) / 24
                row = [math.sin(angle), math.cos(angle), moon, forest, draw.gauss(0, 1)]
                writer.writerow([f"{value:.5f}" for value in row] + [int(is_unicorn)])


if __name__ == "__main__":
    wdbc()
    digits()
    unicorn()
