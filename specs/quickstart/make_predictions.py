"""Makes the two tables of predictions of this folder: the same 3,000 made-up
loans, scored by two versions of a model. Python's standard library is enough:

    python3 specs/quickstart/make_predictions.py
"""

import csv
import math
import pathlib
import random

HERE = pathlib.Path(__file__).parent
COUNTRIES = ["de", "fr", "jp", "us"]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def main():
    draw = random.Random(2026)
    rows = []
    for number in range(3000):
        risk = draw.gauss(-1, 2)
        rows.append(
            {
                "id": f"loan-{number:04}",
                "country": draw.choice(COUNTRIES),
                "label": int(draw.random() < sigmoid(risk)),
                # The previous version saw the risk through more noise.
                "previous": sigmoid(0.8 * (risk + draw.gauss(0, 1.2))),
                "candidate": sigmoid(0.95 * (risk + draw.gauss(0, 0.5))),
            }
        )
    for version in ["candidate", "previous"]:
        draw.shuffle(rows)  # pairs are made by key, not by place
        with open(HERE / f"{version}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", "country", "label", "score"])
            for row in rows:
                score = f"{row[version]:.5f}"
                writer.writerow([row["id"], row["country"], row["label"], score])


if __name__ == "__main__":
    main()
