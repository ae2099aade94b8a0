"""Makes the tables of predictions of this folder, all of them made up, each scored
by two versions of a model. Python's standard library is enough:

    python3 specs/predictions/make_predictions.py
"""

import csv
import math
import pathlib
import random

HERE = pathlib.Path(__file__).parent


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def write(name, header, rows):
    with open(HERE / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def search():
    """Documents that a search found, graded 0 to 3; both versions rank them."""
    draw = random.Random(1)
    rows = []
    for session in range(900):
        language = draw.choice(["de", "en", "fr"])
        for document in range(draw.randint(4, 10)):
            worth = draw.gauss(0, 1)
            grade = min(max(math.floor(worth + 0.6 + draw.gauss(0, 0.3)), 0), 3)
            score = worth + draw.gauss(0, 0.4)
            earlier = score + draw.gauss(0, 0.4)
            name = f"s{session:03}"
            row = [name, f"d{document}", language, grade, f"{score:.3f}", f"{earlier:.3f}"]
            rows.append(row)
    draw.shuffle(rows)  # a session's documents may stand anywhere
    write("search.csv", ["session", "document", "language", "grade", "score", "earlier"], rows)


def load():
    """The load of a grid an hour ahead, and intervals that hold nine of ten; the
    earlier version paid for as many with wider ones."""
    draw = random.Random(2)
    versions = {"load.csv": [], "load-before.csv": []}
    for hour in range(1500):
        hard = draw.uniform(0.5, 1.5)
        load = draw.gauss(50, 10)
        for name, noise in [("load.csv", 1.0), ("load-before.csv", 1.15)]:
            guess = load + noise * hard * draw.gauss(0, 1)
            half = 1.645 * noise * hard
            ends = [f"{guess - half:.3f}", f"{guess + half:.3f}"]
            site = ["north", "south", "west"][hour % 3]
            row = [f"h{hour:04}", site, f"{load:.3f}", f"{guess:.3f}", *ends]
            versions[name].append(row)
    for name, rows in versions.items():
        draw.shuffle(rows)
        write(name, ["hour", "site", "load", "guess", "low", "high"], rows)


def posts():
    """Posts that are any of spam, an advertisement and news, or none of them."""
    draw = random.Random(3)
    topics = ["spam", "advert", "news"]
    rows = []
    for post in range(2000):
        logits = [draw.gauss(usual, 3) for usual in [-1, -0.5, 0]]
        truths = [int(draw.random() < sigmoid(logit)) for logit in logits]
        scores = [f"{sigmoid(logit):.4f}" for logit in logits]
        earlier = [f"{sigmoid(logit + draw.gauss(0, 1)):.4f}" for logit in logits]
        rows.append([f"p{post:04}", draw.choice(["de", "en"]), *truths, *scores, *earlier])
    header = [f"{of}_{topic}" for of in ["is", "p", "before"] for topic in topics]
    write("posts.csv", ["post", "language", *header], rows)


if __name__ == "__main__":
    search()
    load()
    posts()
