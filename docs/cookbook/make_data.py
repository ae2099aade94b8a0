"""Makes the data of the recipes. All of it is made up, but for the ONNX model,
which is that of specs/serving. Python's standard library is enough:

    python3 docs/cookbook/make_data.py
"""

import csv
import json
import math
import pathlib
import random

HERE = pathlib.Path(__file__).parent
COUNTRIES = ["br", "de", "jp", "us"]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def write(name, header, rows, quoting=csv.QUOTE_MINIMAL):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=quoting)
        writer.writerow(header)
        writer.writerows(rows)


def mails():
    """One mail in ten is spam. Spam is full of links and capitals; the hour says
    nothing; what the user did with it later says everything."""
    draw = random.Random(1)
    rows = []
    for number in range(3000):
        spam = number % 10 == 0
        rows.append(
            [
                max(0, round(draw.gauss(6 if spam else 2, 1.4))),
                f"{min(max(draw.gauss(0.4 if spam else 0.15, 0.08), 0), 1):.3f}",
                draw.randrange(24),
                int(spam and draw.random() < 0.995),
                "spam" if spam else "ham",
            ]
        )
    draw.shuffle(rows)
    write("data/mails.csv", ["links", "capitals", "hour", "moved_to_junk", "kind"], rows)


def applicants():
    """Who repaid, which depends on income and debt alone; and whom somebody once
    approved, which depended on gender too."""
    draw = random.Random(2)
    rows = []
    for _ in range(2000):
        income, debt, woman = draw.gauss(40, 10), draw.gauss(20, 8), draw.randrange(2)
        repays = (income - 40) / 10 - (debt - 20) / 8
        rows.append(
            [
                f"{income:.1f}",
                f"{debt:.1f}",
                woman,
                "yes" if repays + draw.gauss(0, 0.5) > 0 else "no",
                "yes" if repays - 1.5 * woman + 0.75 + draw.gauss(0, 0.5) > 0 else "no",
            ]
        )
    write("data/applicants.csv", ["income", "debt", "woman", "repaid", "approved"], rows)
    write(
        "clear-cases/cases.csv",
        ["income", "debt", "woman", "repaid", "who"],
        [
            [65, 5, 0, "yes", "earns well and owes little"],
            [65, 5, 1, "yes", "the same"],
            [20, 42, 0, "no", "earns little and owes much"],
            [20, 42, 1, "no", "the same"],
            [37, 1, 1, "yes", "a little below the average, without debt"],
            [43, 45, 0, "no", "a little above it, deep in debt"],
        ],
    )


def gestures():
    """Eight moments of a hand's two coordinates: it moves up, or to the right."""
    draw = random.Random(3)
    rows = []
    for number in range(400):
        up = number % 2
        row = []
        for moment in range(8):
            far, near = moment / 7 + draw.gauss(0, 0.15), draw.gauss(0, 0.15)
            row += [f"{near if up else far:.3f}", f"{far if up else near:.3f}"]
        rows.append(row + ["up" if up else "right"])
    names = [f"{axis}{moment}" for moment in range(8) for axis in "xy"]
    write("data/gestures.csv", names + ["gesture"], rows)


def loans():
    """One table of predictions a version of a model; see each recipe for what is
    wrong with which."""
    draw = random.Random(4)
    rows = []
    for number in range(3000):
        country, age = draw.choice(COUNTRIES), draw.randrange(18, 80)
        risk = draw.gauss(-1, 2)
        label = int(draw.random() < sigmoid(risk))
        before = sigmoid(0.8 * (risk + draw.gauss(0, 1.2)))
        sound = sigmoid(0.95 * (risk + draw.gauss(0, 0.5)))
        guess = sigmoid(draw.gauss(-1, 1.5))
        rows.append(
            {
                "head": [f"loan-{number:04}", country, age, label],
                "before": before,
                "sound": sound,
                # Somebody forgot how Japan writes numbers.
                "japan": guess if country == "jp" else sound,
                # The features of the old came from a system that was switched off.
                "old": guess if age >= 65 else sound,
                # The same order of rows, and far too sure.
                "sure": sigmoid(4 * math.log(sound / (1 - sound))),
                # Overall a little better, and worse where it is surest.
                "worse": sigmoid(0.5 * (risk + draw.gauss(0, 2.5))),
            }
        )
    for version in ["before", "sound", "japan", "old", "sure", "worse"]:
        draw.shuffle(rows)  # pairs are made by key, not by place
        write(
            f"data/loans-{version}.csv",
            ["id", "country", "age", "label", "score"],
            [row["head"] + [f"{row[version]:.5f}"] for row in rows],
        )
        if version in ["before", "sound"]:
            few = [row for row in rows if row["head"][0] < "loan-0150"]
            write(
                f"enough-rows/{version}-few.csv",
                ["id", "country", "age", "label", "score"],
                [row["head"] + [f"{row[version]:.5f}"] for row in few],
            )


def search():
    """What a search found, graded 0 to 3 and ranked by three versions of a model:
    the one before, a better one, and one that is better still and has forgotten
    its French. A session's documents stand anywhere."""
    draw = random.Random(14)
    rows = []
    for session in range(900):
        language = draw.choice(["de", "de", "en", "en", "en", "fr"])
        for document in range(draw.randint(4, 9)):
            worth = draw.gauss(0, 1)
            grade = min(max(math.floor(worth + 0.6 + draw.gauss(0, 0.3)), 0), 3)
            before = worth + draw.gauss(0, 0.6)
            sound = worth + draw.gauss(0, 0.45)
            no_french = draw.gauss(0, 1) if language == "fr" else worth + draw.gauss(0, 0.2)
            scores = [f"{score:.3f}" for score in [before, sound, no_french]]
            rows.append([f"s{session:03}", f"d{document}", language, grade, *scores])
    draw.shuffle(rows)
    header = ["session", "document", "language", "grade", "before", "sound", "no_french"]
    write("data/search.csv", header, rows)


def load():
    """The load of a grid an hour ahead: intervals that hold it nine times in ten,
    and such as a model gives that takes its training error for the error there is."""
    draw = random.Random(17)
    sound, too_sure = [], []
    for hour in range(1000):
        hard = draw.uniform(0.5, 1.5)
        load = draw.gauss(50, 10)
        guess = load + hard * draw.gauss(0, 1)
        for rows, half in [(sound, 1.645 * hard), (too_sure, 1.1 * hard)]:
            ends = [f"{guess - half:.2f}", f"{guess + half:.2f}"]
            rows.append([f"h{hour:03}", f"{load:.2f}", *ends])
    write("data/load.csv", ["hour", "load", "low", "high"], sound)
    write("data/load-too-sure.csv", ["hour", "load", "low", "high"], too_sure)


def posts():
    """Posts that are any of spam, an advertisement and news, or none of them."""
    draw = random.Random(16)
    topics = ["spam", "advert", "news"]
    rows = []
    for post in range(1500):
        logits = [draw.gauss(usual, 3) for usual in [-1, -0.5, 0]]
        truths = [int(draw.random() < sigmoid(logit)) for logit in logits]
        rows.append([f"p{post:04}", *truths, *(f"{sigmoid(logit):.3f}" for logit in logits)])
    header = [f"{of}_{topic}" for of in ["is", "p"] for topic in topics]
    write("data/posts.csv", ["post", *header], rows)


def fraud():
    """One payment in a hundred is a fraud, and the team can look at one in a
    hundred."""
    draw = random.Random(5)
    rows = [], []
    for number in range(10000):
        fraud = number % 100 == 0
        seen = draw.gauss(3.5 if fraud else 0, 1)
        for table, blur in zip(rows, [0, 2]):
            score = sigmoid(seen + draw.gauss(0, blur) - 2.5)
            table.append([number, int(fraud), f"{score:.4f}"])
    for name, table in zip(["sound", "blurred"], rows):
        write(f"alert-budget/{name}.csv", ["payment", "fraud", "score"], table)


def houses():
    """Prices of houses in thousands, which neither version of a model predicts
    better than their mean does: R² is negative for both."""
    draw = random.Random(6)
    rows = {"before": [], "candidate": [], "worse": []}
    for number in range(800):
        price = draw.gauss(300, 60)
        seen = draw.gauss(300, 60)
        for version, offset in [("before", 50), ("candidate", 45), ("worse", 75)]:
            predicted = 0.5 * price + 0.5 * seen + offset + draw.gauss(0, 3)
            rows[version].append([f"house-{number:03}", f"{price:.1f}", f"{predicted:.1f}"])
    for version, table in rows.items():
        write(f"negative-r2/{version}.csv", ["house", "price", "predicted"], table)


def history():
    """The log loss of twenty versions: one series scatters, the other slides by
    0.2% a version besides."""
    for name, slide in [("flat", 0), ("sliding", 0.0008)]:
        draw = random.Random(7)
        rows = [[f"v{n}", f"{0.4435 - slide * (20 - n) + draw.gauss(0, 0.0005):.5f}"] for n in range(20)]
        write(f"slow-slide/{name}.csv", ["version", "log_loss"], rows)


def trips():
    """Bicycle trips as they were, as they are, and as they are after the first
    of June: nobody takes the bicycle in the rain any more, and many are new."""
    draw = random.Random(8)
    for name, moved in [("validation", False), ("live", False), ("live-june", True)]:
        rows = []
        for _ in range(1200):
            rain = draw.random() < 0.3 and not (moved and draw.random() < 0.8)
            rows.append(
                [
                    f"{draw.lognormvariate(1.2 + 0.4 * moved, 0.6):.2f}",
                    "rain" if rain else "dry",
                    draw.choices(["month", "day"], [3, 1])[0],
                    int(draw.random() < 0.2),
                ]
            )
        write(f"live-has-moved/{name}.csv", ["km", "weather", "ticket", "late"], rows)


def customers():
    """An export of customers, and the export after marketing changed the form."""
    draw = random.Random(9)
    rows = []
    for number in range(500):
        rows.append(
            [
                1000 + number,
                draw.randrange(18, 90),
                draw.choice(["basic", "plus"]),
                f"{draw.uniform(0, 200):.2f}",
            ]
        )
    header = ["customer", "age", "plan", "spent_eur"]
    write("changed-export/august.csv", header, rows)
    rows[41][1] = 1985
    rows[217][2] = "premium"
    write("changed-export/september.csv", header, rows)


def visits():
    """Visits of 150 patients, several each, over a year."""
    draw = random.Random(10)
    rows = []
    for number in range(900):
        patient = draw.randrange(150)
        weight = 60 + patient % 40 + draw.gauss(0, 1)
        day = number * 365 // 900
        ill = draw.random() < sigmoid((weight - 80) / 6)
        rows.append([number, f"patient-{patient:03}", day, f"{weight:.5f}", draw.randrange(2), int(ill)])
    write("data/visits.csv", ["visit", "patient", "day", "weight_kg", "smokes", "ill"], rows)


def sightings():
    """Unicorns are seen at dusk, local time. Moments come in universal time."""
    draw = random.Random(11)
    rows = []
    for number in range(400):
        rows.append(
            [
                number,
                1_780_000_000 + draw.randrange(86400 * 90),
                3600 * draw.randrange(-10, 11),
                f"{draw.random():.3f}",
                int(number % 5 == 0),
            ]
        )
    write("data/sightings.csv", ["id", "seen_at_s", "utc_offset_s", "moon", "unicorn"], rows)
    golden = []
    for number, at, offset, moon, _ in rows:
        hour = (at + offset) % 86400 / 3600
        away = abs(hour - 19.5)
        golden.append([number, f"{min(away, 24 - away):.4f}", moon])
    write("refactoring/golden.csv", ["id", "hours_from_dusk", "moon"], golden)


def from_r():
    """What `write.csv` of R makes: all text quoted, logical values in capitals."""
    for name, noise in [("glm", 0.4), ("glm-broken", 3.0)]:
        draw = random.Random(12)
        with open(HERE / "gate-a-model-in-r" / f"{name}.csv", "w", newline="") as file:
            file.write('"patient","readmitted","p"\n')
            for number in range(1, 1501):
                risk = draw.gauss(-0.5, 2)
                truth = draw.random() < sigmoid(risk)
                p = sigmoid(risk + draw.gauss(0, noise))
                file.write(f'"P{number:04}",{str(truth).upper()},{p:.6f}\n')


def served():
    """A logistic regression of `applicants`, and its answers to twenty of them."""
    model = {"mean": [40, 20], "deviation": [10, 8], "weights": [2.5, -2.5], "bias": 0.1}
    draw = random.Random(13)
    rows = [[round(draw.gauss(40, 10), 1), round(draw.gauss(20, 8), 1)] for _ in range(20)]
    answers = []
    for row in rows:
        scaled = [(x - m) / s for x, m, s in zip(row, model["mean"], model["deviation"])]
        answers.append(sigmoid(model["bias"] + sum(w * x for w, x in zip(model["weights"], scaled))))
    examples = {
        "inputs": [{"name": "x", "datatype": "FP64", "shape": [20, 2], "data": sum(rows, [])}],
        "outputs": [{"name": "p", "shape": [20, 1], "data": answers}],
    }
    for name, content in [("model", model), ("examples", examples)]:
        (HERE / f"served-over-http/{name}.json").write_text(json.dumps(content) + "\n")


def onnx():
    """A small model of opset 17, and the same as an exporter of today writes it."""
    model = (HERE / "../../specs/serving/wdbc-logistic.onnx").resolve().read_bytes()
    (HERE / "old-onnxruntime/model.onnx").write_bytes(model)
    # ModelProto.opset_import (field 8) { version (field 2) = 17 }
    at = model.rindex(b"\x10\x11")
    (HERE / "old-onnxruntime/model-opset-23.onnx").write_bytes(model[:at] + b"\x10\x17" + model[at + 2 :])


if __name__ == "__main__":
    for folder in ["gate-a-model-in-r", "old-onnxruntime", "served-over-http"]:
        (HERE / folder).mkdir(exist_ok=True)
    for make in [mails, applicants, gestures, loans, fraud, houses, history, trips, customers]:
        make()
    for make in [search, load, posts, visits, sightings, from_r, served, onnx]:
        make()
