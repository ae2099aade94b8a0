"""Records what scikit-learn, SciPy and statsmodels compute, for the tests.

    pip install numpy scipy scikit-learn statsmodels
    python record.py

Writes `metrics.json`, `intervals.json` and `comparisons.json` beside this file.
What none of the three has (DeLong's variance, Tango's interval) is computed here
by its definition: over all pairs, or by searching for the root of the defining
equation, never by the shortcut that is under test.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import optimize, stats
from sklearn import metrics as sk
from statsmodels.stats import proportion

HERE = Path(__file__).parent
warnings.simplefilter("ignore")


def number(value):
    """JSON has no NaN: what is undefined is null."""
    value = float(value)
    return value if np.isfinite(value) else None


def write(name, content):
    versions = {m.__name__: m.__version__ for m in (np, scipy, sklearn, statsmodels)}
    with open(HERE / f"{name}.json", "w") as file:
        json.dump({"versions": versions, **content}, file, indent=1, allow_nan=False)
        file.write("\n")
    print(name)


# ---------------------------------------------------------------- binary

def binary_cases():
    random = np.random.default_rng(1)

    def case(scores, labels, weights=None):
        weights = None if weights is None else np.asarray(weights, float)
        return np.asarray(scores, float), np.asarray(labels, int), weights

    def drawn(n, weighted=False, share=0.4, digits=None):
        labels = (random.random(n) < share).astype(int)
        scores = 1 / (1 + np.exp(-(random.normal(size=n) + 1.2 * labels - 0.8)))
        if digits is not None:
            scores = np.round(scores, digits)
        weights = random.integers(0, 4, n) * 0.5 if weighted else None
        return case(scores, labels, weights)

    yield "ordinary", drawn(60)
    yield "many-ties", drawn(80, digits=1)
    yield "weighted-with-zeros", drawn(70, weighted=True, digits=2)
    yield "all-ties", case([0.5] * 6, [0, 1, 0, 1, 1, 0])
    yield "zero-and-one", case([0, 1, 0, 1, 0.3, 1], [0, 1, 1, 0, 1, 1])
    yield "perfect", case([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    yield "reversed", case([0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1])
    yield "only-negative", case([0.2, 0.7, 0.4], [0, 0, 0])
    yield "only-positive", case([0.2, 0.7, 0.4], [1, 1, 1])
    yield "one-row", case([0.7], [1])
    # As weights: a billion negatives to one positive, and its score among them.
    yield "billion-to-one", case(
        [1e-9, 2e-9, 3e-9, 3e-9, 0.5], [0, 0, 1, 0, 0], [4e8, 3e8, 1, 2e8, 1e8]
    )
    yield "tiny-scores", case([1e-300, 2e-300, 1e-12, 1 - 2**-53, 1], [0, 1, 0, 1, 1])


def or_undefined(compute, *undefined_when):
    return None if any(undefined_when) else number(compute())


def binary_metrics(scores, labels, weights):
    w = np.ones(len(labels)) if weights is None else weights
    decided = (scores >= 0.5).astype(int)
    kw = {"sample_weight": weights}
    tp, fp = w[(labels == 1) & (decided == 1)].sum(), w[(labels == 0) & (decided == 1)].sum()
    fn, tn = w[(labels == 1) & (decided == 0)].sum(), w[(labels == 0) & (decided == 0)].sum()
    one_label, one_decision = tp + fn == 0 or fp + tn == 0, tp + fp == 0 or fn + tn == 0
    none_positive = tp + fn == 0
    return {
        "accuracy": number(sk.accuracy_score(labels, decided, **kw)),
        "balanced_accuracy": number(sk.balanced_accuracy_score(labels, decided, **kw)),
        "precision": or_undefined(lambda: sk.precision_score(labels, decided, **kw), tp + fp == 0),
        "recall": or_undefined(lambda: sk.recall_score(labels, decided, **kw), none_positive),
        "specificity": or_undefined(
            lambda: sk.recall_score(labels, decided, pos_label=0, **kw), fp + tn == 0
        ),
        "f1": or_undefined(lambda: sk.f1_score(labels, decided, **kw), tp + fp + fn == 0),
        "f2": or_undefined(
            lambda: sk.fbeta_score(labels, decided, beta=2, **kw), tp + fp + fn == 0
        ),
        "f_beta@0.5": or_undefined(
            lambda: sk.fbeta_score(labels, decided, beta=0.5, **kw), tp + fp + fn == 0
        ),
        "matthews_corrcoef": or_undefined(
            lambda: sk.matthews_corrcoef(labels, decided, **kw), one_label, one_decision
        ),
        "cohen_kappa": or_undefined(
            lambda: sk.cohen_kappa_score(labels, decided, **kw), one_label and one_decision
        ),
        "log_loss": number(sk.log_loss(labels, scores, labels=[0, 1], **kw)),
        "brier": number(sk.brier_score_loss(labels, scores, pos_label=1, **kw)),
        "roc_auc": or_undefined(lambda: sk.roc_auc_score(labels, scores, **kw), one_label),
        "average_precision": or_undefined(
            lambda: sk.average_precision_score(labels, scores, **kw), none_positive
        ),
    }


# ------------------------------------------------------------- classes

def class_cases():
    random = np.random.default_rng(2)

    def drawn(n, classes, weighted=False):
        labels = random.integers(0, classes, n)
        logits = random.normal(size=(n, classes))
        logits[np.arange(n), labels] += 1
        p = np.exp(logits)
        p /= p.sum(axis=1, keepdims=True)
        return p, labels, random.integers(0, 3, n).astype(float) if weighted else None

    yield "three", drawn(60, 3)
    yield "five-weighted", drawn(90, 5, weighted=True)
    p, labels, _ = drawn(40, 4)
    labels[labels == 3] = 0
    yield "a-class-that-no-row-has", (p, labels, None)
    p, labels, _ = drawn(12, 3)
    yield "one-class-only", (p, np.full(12, 2), None)
    yield "certain-and-wrong", (np.eye(3)[[0, 1, 2, 1]], np.array([0, 1, 1, 2]), None)
    yield "one-row", (np.array([[0.2, 0.5, 0.3]]), np.array([1]), None)


def class_metrics(p, labels, weights):
    classes = p.shape[1]
    w = np.ones(len(labels)) if weights is None else weights
    decided = p.argmax(axis=1)
    kw = {"sample_weight": weights}
    seen = [labels_w > 0 for labels_w in np.bincount(labels, w, classes)]
    taken = [d > 0 for d in np.bincount(decided, w, classes)]
    present = [c for c in range(classes) if seen[c] or taken[c]]
    one_hot = np.eye(classes)[labels]
    figures = {
        "accuracy": number(sk.accuracy_score(labels, decided, **kw)),
        "balanced_accuracy": number(sk.balanced_accuracy_score(labels, decided, **kw)),
        "matthews_corrcoef": or_undefined(
            lambda: sk.matthews_corrcoef(labels, decided, **kw), sum(seen) < 2, sum(taken) < 2
        ),
        "cohen_kappa": or_undefined(
            lambda: sk.cohen_kappa_score(labels, decided, **kw), len(present) < 2
        ),
        "log_loss": number(sk.log_loss(labels, p, labels=range(classes), **kw)),
        "brier": number(np.average(((p - one_hot) ** 2).sum(axis=1), weights=w)),
    }
    for average in ("macro", "micro", "weighted"):
        kw = {"sample_weight": weights, "labels": present, "average": average, "zero_division": 0}
        figures |= {
            f"precision_{average}": number(sk.precision_score(labels, decided, **kw)),
            f"recall_{average}": number(sk.recall_score(labels, decided, **kw)),
            f"f1_{average}": number(sk.f1_score(labels, decided, **kw)),
        }
    for c in range(classes):
        kw = {"sample_weight": weights, "labels": [c], "average": "macro"}
        figures[f"recall[class {c}]"] = or_undefined(
            lambda: sk.recall_score(labels, decided, **kw), not seen[c]
        )
        figures[f"precision[class {c}]"] = or_undefined(
            lambda: sk.precision_score(labels, decided, **kw), not taken[c]
        )
    return figures


# ---------------------------------------------------------- regression

def regression_cases():
    random = np.random.default_rng(3)
    y = random.normal(3, 2, 50)
    yield "ordinary", (y + random.normal(0, 1, 50), y, None)
    yield "weighted-with-zeros", (y + random.normal(0, 1, 50), y, random.integers(0, 3, 50) * 0.7)
    # In steps of 1/64, which every reader of JSON reads alike.
    large = 1e9 + np.round(64 * random.normal(0, 1, 40)) / 64
    off = np.round(64 * random.normal(0, 0.5, 40)) / 64
    yield "large-and-close-together", (large + off, large, None)
    yield "worse-than-the-mean", (-y, y, None)
    yield "exact", (y, y, None)
    yield "target-does-not-vary", (random.normal(size=9), np.full(9, 4.2), None)
    yield "one-row", (np.array([1.0]), np.array([1.5]), None)


def regression_metrics(predicted, y, weights):
    kw = {"sample_weight": weights}
    return {
        "mae": number(sk.mean_absolute_error(y, predicted, **kw)),
        "mse": number(sk.mean_squared_error(y, predicted, **kw)),
        "rmse": number(sk.root_mean_squared_error(y, predicted, **kw)),
        "r2": or_undefined(lambda: sk.r2_score(y, predicted, **kw), np.ptp(y) == 0),
    }


def record_metrics():
    def case(name, inputs, figures):
        keys = ("predictions", "labels", "weights")
        values = [None if x is None else np.asarray(x).tolist() for x in inputs]
        return {"name": name, **dict(zip(keys, values)), "figures": figures}

    write("metrics", {
        "binary": [case(n, x, binary_metrics(*x)) for n, x in binary_cases()],
        "classes": [case(n, x, class_metrics(*x)) for n, x in class_cases()],
        "regression": [case(n, x, regression_metrics(*x)) for n, x in regression_cases()],
    })


# ----------------------------------------------------------- intervals

def record_intervals():
    rates = []
    for hits, rows in [(0, 1), (1, 1), (0, 20), (7, 20), (20, 20), (999, 1000), (3, 10**9)]:
        for alpha in (0.05, 0.01, 1e-6):
            both = {
                method: list(map(float, proportion.proportion_confint(hits, rows, alpha, name)))
                for method, name in (("wilson", "wilson"), ("clopper_pearson", "beta"))
            }
            rates.append({"hits": hits, "rows": rows, "false_alarm": alpha, **both})
    random = np.random.default_rng(4)
    means = []
    for values in (random.normal(2, 3, 12), random.exponential(1, 40), [1.0, 2.0, 4.0, 9.0]):
        t = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        means.append({
            "values": list(map(float, values)),
            "mean": float(np.mean(values)),
            "standard_error": float(stats.sem(values)),
            "skewness": float(stats.skew(values)),
            "student": list(map(float, t)),
        })
    areas = [
        {"name": name, "predictions": s.tolist(), "labels": y.tolist(),
         "value": float(sk.roc_auc_score(y, s)), "variance": float(delong([s], y)[0, 0])}
        for name, (s, y, w) in binary_cases() if w is None and 1 < y.sum() < len(y) - 1
    ]
    write("intervals", {
        "rates": rates, "means": means, "areas": areas,
    })


def delong(versions, labels):
    """Covariance matrix of the areas, over all pairs of a positive and a negative row."""
    v10, v01 = [], []
    for scores in versions:
        positive, negative = scores[labels == 1], scores[labels == 0]
        above = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
        v10.append(above.mean(axis=1))
        v01.append(above.mean(axis=0))
    s10, s01 = np.atleast_2d(np.cov(v10)), np.atleast_2d(np.cov(v01))
    return s10 / (labels == 1).sum() + s01 / (labels == 0).sum()


# --------------------------------------------------------- comparisons

def tango(both, first, second, neither, alpha):
    """Tango's interval by its definition: constrained likelihood, found numerically."""
    n = both + first + second + neither
    z = stats.norm.ppf(1 - alpha / 2)

    def score(delta):
        def loss(p21):
            p12 = p21 + delta
            parts = [(first, p12), (second, p21), (both + neither, 1 - p12 - p21)]
            return -sum(k * np.log(max(p, 1e-300)) for k, p in parts if k > 0)

        low, high = max(0, -delta), (1 - delta) / 2
        p21 = optimize.minimize_scalar(
            loss, bounds=(low, high), method="bounded", options={"xatol": 1e-13}
        ).x
        variance = n * (2 * p21 + delta - delta**2)
        return (first - second - n * delta) / np.sqrt(max(variance, 1e-300))

    value = (first - second) / n
    def end(target, towards):
        f = lambda delta: score(delta) - target
        edge = towards * (1 - 1e-9)
        inside = value + np.sign(towards) * 1e-12
        return optimize.brentq(f, *sorted((inside, edge)), xtol=1e-12)

    return value, end(z, -1.0), end(-z, 1.0)


def record_comparisons():
    rates = []
    for table in [(40, 12, 3, 5), (90, 5, 5, 0), (6, 1, 0, 3), (30, 0, 0, 10), (0, 9, 1, 0)]:
        for alpha in (0.05, 0.01):
            value, low, high = tango(*table, alpha)
            rates.append({
                "table": table, "false_alarm": alpha,
                "value": value, "low": float(low), "high": float(high),
            })
    random = np.random.default_rng(5)
    areas = []
    for n, digits in ((40, 6), (120, 1)):
        y = (random.random(n) < 0.4).astype(int)
        shared = random.normal(size=n)
        a, b = (
            np.round(stats.norm.cdf(shared + 0.7 * random.normal(size=n) + lift * y), digits)
            for lift in (1.2, 0.9)
        )
        covariance = delong([a, b], y)
        areas.append({
            "candidate": a.tolist(), "previous": b.tolist(), "labels": y.tolist(),
            "difference": float(sk.roc_auc_score(y, a) - sk.roc_auc_score(y, b)),
            "variance": float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]),
        })
    write("comparisons", {"rates": rates, "areas": areas})


if __name__ == "__main__":
    record_metrics()
    record_intervals()
    record_comparisons()
