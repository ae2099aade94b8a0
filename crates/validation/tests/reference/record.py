"""Records what scikit-learn, SciPy and statsmodels compute, for the tests.

    pip install numpy scipy scikit-learn statsmodels
    python record.py

Writes `metrics.json`, `intervals.json`, `comparisons.json` and `drift.json` beside
this file.
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
from scipy.spatial import distance
from sklearn import metrics as sk
from statsmodels.stats import contingency_tables, multitest, proportion

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
        "ece": calibration_gaps(scores, labels, w, 15)[0],
        "ece@4": calibration_gaps(scores, labels, w, 4)[0],
        "mce@4": calibration_gaps(scores, labels, w, 4)[1],
        "recall_at_precision@0.75": or_undefined(
            lambda: recall_at_precision(scores, labels, w, 0.75), none_positive
        ),
        "recall_at_alert_rate@0.3": or_undefined(
            lambda: recall_at_alert_rate(scores, labels, w, 0.3), none_positive
        ),
        "lift@0.2": or_undefined(
            lambda: recall_at_alert_rate(scores, labels, w, 0.2) / 0.2, none_positive
        ),
    }


def calibration_gaps(scores, labels, w, bins):
    """Guo et al. (2017): bins hold their upper ends."""
    edges = np.linspace(0, 1, bins + 1)
    gaps, masses = [], []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (scores <= high) & ((scores > low) | ((low == 0) & (scores == 0)))
        if w[inside].sum() > 0:
            share = np.average(labels[inside], weights=w[inside])
            gaps.append(abs(share - np.average(scores[inside], weights=w[inside])))
            masses.append(w[inside].sum())
    return float(np.average(gaps, weights=masses)), float(max(gaps))


def recall_at_precision(scores, labels, w, least):
    precision, recall, _ = sk.precision_recall_curve(labels, scores, sample_weight=w)
    # The last point is the convention of a recall of zero.
    reached = recall[:-1][precision[:-1] >= least]
    return reached.max() if len(reached) else 0.0


def recall_at_alert_rate(scores, labels, w, share):
    """The ROC curve cut where so many rows are alerted: linear between its points."""
    fpr, tpr, _ = sk.roc_curve(labels, scores, sample_weight=w, drop_intermediate=False)
    positives, negatives = w[labels == 1].sum(), w[labels == 0].sum()
    if negatives == 0:
        return share
    alerted = (tpr * positives + fpr * negatives) / (positives + negatives)
    return np.interp(share, alerted, tpr)


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
    right = (labels == decided).astype(int)
    figures["ece@10"] = calibration_gaps(p.max(axis=1), right, w, 10)[0]
    # Of equally probable classes scikit-learn takes the last first, we the first.
    if all(len(set(row)) == classes for row in p.tolist()):
        figures["top_k_accuracy@2"] = number(sk.top_k_accuracy_score(
            labels, p, k=2, labels=range(classes), sample_weight=weights
        ))
    areas = [
        sk.roc_auc_score(labels == c, p[:, c], sample_weight=weights)
        if 0 < w[labels == c].sum() < w.sum() else np.nan for c in range(classes)
    ]
    figures["roc_auc_ovr"] = number(np.mean(areas))
    support = np.bincount(labels, w, classes)
    figures["roc_auc_ovr_weighted"] = number(
        np.average(np.array(areas)[support > 0], weights=support[support > 0])
    )
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
    yield "a-target-of-zero", (np.array([1.0, 2, 3]), np.array([0.0, 2.5, 2]), None)
    yield "target-does-not-vary", (random.normal(size=9), np.full(9, 4.2), None)
    yield "one-row", (np.array([1.0]), np.array([1.5]), None)


def regression_metrics(predicted, y, weights):
    kw = {"sample_weight": weights}
    return {
        "mae": number(sk.mean_absolute_error(y, predicted, **kw)),
        "mse": number(sk.mean_squared_error(y, predicted, **kw)),
        "rmse": number(sk.root_mean_squared_error(y, predicted, **kw)),
        "r2": or_undefined(lambda: sk.r2_score(y, predicted, **kw), np.ptp(y) == 0),
        "mape": or_undefined(
            lambda: sk.mean_absolute_percentage_error(y, predicted, **kw), (y == 0).any()
        ),
        "pinball": number(sk.mean_pinball_loss(y, predicted, alpha=0.5, **kw)),
        "pinball@0.9": number(sk.mean_pinball_loss(y, predicted, alpha=0.9, **kw)),
    }


# ----------------------------------------------------- several labels

def label_cases():
    random = np.random.default_rng(7)
    for name, weighted in (("three-labels", False), ("weighted", True)):
        y = (random.random((80, 3)) < [0.3, 0.5, 0.7]).astype(int)
        scores = 1 / (1 + np.exp(-(random.normal(size=y.shape) + 1.5 * y - 0.7)))
        yield name, (scores, y, random.integers(0, 3, 80).astype(float) if weighted else None)


def label_metrics(scores, y, weights):
    decided = (scores >= 0.5).astype(int)
    kw = {"sample_weight": weights}
    figures = {
        "accuracy": number(sk.accuracy_score(y, decided, **kw)),
        "hamming_loss": number(sk.hamming_loss(y, decided, **kw)),
        "f1[label 1]": number(sk.f1_score(y[:, 1], decided[:, 1], **kw)),
        "roc_auc[label 2]": number(sk.roc_auc_score(y[:, 2], scores[:, 2], **kw)),
    }
    for average in ("macro", "weighted", "micro"):
        kw = {"sample_weight": weights, "average": average}
        figures |= {
            f"precision_{average}": number(sk.precision_score(y, decided, **kw)),
            f"recall_{average}": number(sk.recall_score(y, decided, **kw)),
            f"f1_{average}": number(sk.f1_score(y, decided, **kw)),
        }
        if average != "micro":
            figures |= {
                f"roc_auc_{average}": number(sk.roc_auc_score(y, scores, **kw)),
                f"average_precision_{average}": number(
                    sk.average_precision_score(y, scores, **kw)
                ),
            }
    return figures


# ------------------------------------------------------------ rankings

def query_cases():
    random = np.random.default_rng(8)
    yield "graded", [
        (random.normal(size=n), random.integers(0, 4, n), 1.0) for n in (5, 12, 8, 3)
    ]
    yield "ties-and-weights", [
        (random.integers(0, 3, n), random.integers(0, 2, n), float(w)) for n, w in
        ((6, 1), (9, 2), (7, 0), (4, 3))
    ]
    yield "nothing-relevant", [(np.arange(4.0), np.zeros(4), 1.0)]
    yield "one-document", [(np.array([0.3]), np.array([1]), 1.0)]


def query_metrics(queries):
    weights = [w for *_, w in queries]
    def mean(of):
        return number(np.average([of(s, r) for s, r, _ in queries], weights=weights))

    def ndcg(k):
        # Of one document scikit-learn has no figure: it is in its place.
        return lambda s, r: (
            float(r[0] > 0) if len(s) == 1 else sk.ndcg_score([r], [s], k=k)
        )

    def pessimistic(s, r):
        return r[np.lexsort((r, -s))] > 0

    def reciprocal(s, r):
        hits = np.flatnonzero(pessimistic(s, r))
        return 1 / (hits[0] + 1) if len(hits) else 0.0

    def precision(k):
        def of(s, r):
            hits = pessimistic(s, r)
            top = hits[:k]
            at = np.cumsum(top) / np.arange(1, len(top) + 1)
            return (at * top).sum() / min(hits.sum(), len(top)) if hits.any() else 0.0
        return of

    return {
        "ndcg": mean(ndcg(None)), "ndcg@3": mean(ndcg(3)), "mrr": mean(reciprocal),
        "map": mean(precision(None)), "map@3": mean(precision(3)),
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
        "labels": [case(n, x, label_metrics(*x)) for n, x in label_cases()],
        "queries": [
            {
                "name": name,
                "queries": [
                    {"scores": list(map(float, s)), "relevances": list(map(float, r)), "weight": w}
                    for s, r, w in queries
                ],
                "figures": query_metrics(queries),
            }
            for name, queries in query_cases()
        ],
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
    mcnemar = [
        {"only_first": b, "only_second": c,
         "p_value": float(contingency_tables.mcnemar([[5, b], [c, 5]], exact=True).pvalue)}
        for b, c in ((0, 0), (3, 9), (9, 3), (0, 1), (150, 120), (4000, 4300))
    ]
    wilcoxon = []
    for d in (random.normal(0.3, 1, 12), random.normal(0, 1, 60),
              [1.0, -1, 2, 2, 0, 3, -2, 5, 5], [0.5]):
        exact = len(set(np.abs(d))) == len(d) <= 50 and 0 not in d
        test = stats.wilcoxon(d, method="exact" if exact else "asymptotic", correction=False)
        wilcoxon.append({"differences": list(map(float, d)), "p_value": float(test.pvalue)})
    resampled = []
    for d, train, test in ((random.normal(0.02, 0.03, 10), 900, 100), ([0.1, 0.2], 1, 1)):
        error = np.sqrt(np.var(d, ddof=1) * (1 / len(d) + test / train))
        low, high = stats.t.interval(0.95, len(d) - 1, np.mean(d), error)
        resampled.append({
            "differences": list(map(float, d)), "train_rows": train, "test_rows": test,
            "low": float(low), "high": float(high),
        })
    write("comparisons", {
        "rates": rates, "areas": areas, "mcnemar": mcnemar, "wilcoxon": wilcoxon,
        "resampled": resampled,
    })


# --------------------------------------------------------------- drift

def record_drift():
    random = np.random.default_rng(6)
    numbers = []
    for reference, current in [
        (random.normal(size=200), random.normal(0.3, 1, 150)),
        (random.integers(0, 6, 300), random.integers(1, 7, 80)),
        (random.normal(size=50), random.normal(size=50)),
        (np.zeros(30), np.array([0.0, 0, 0, 1])),
        (np.array([1.0, 2, 3]), np.array([1e6])),
    ]:
        reference, current = np.asarray(reference, float), np.asarray(current, float)
        ks = stats.ks_2samp(reference, current).statistic
        n, m = len(reference), len(current)
        spread = reference.std()
        numbers.append({
            "reference": reference.tolist(), "current": current.tolist(),
            "kolmogorov_smirnov": float(ks),
            "p_value": float(stats.kstwobign.sf(ks * np.sqrt(n * m / (n + m)))),
            "wasserstein": number(stats.wasserstein_distance(reference, current) / spread)
            if spread > 0 else None,
        })
    categories = []
    for reference, current in [
        ([120, 60, 20], [50, 45, 25]), ([10, 10], [10, 10]), ([400, 300, 200], [30, 30, 0]),
        ([0, 50, 70], [40, 60, 10]),
    ]:
        p, q = np.array(reference) / sum(reference), np.array(current) / sum(current)
        chi2 = stats.chi2_contingency([reference, current], correction=False)
        a, b = (np.maximum(x, 0.5) / sum(x) for x in (reference, current))
        categories.append({
            "reference": reference, "current": current,
            "p_value": float(chi2.pvalue),
            "psi": float(((b - a) * np.log(b / a)).sum()),
            "jensen_shannon": float(distance.jensenshannon(p, q, base=2)),
            "hellinger": float(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2)),
            "l_infinity": float(distance.chebyshev(p, q)),
            "chi_square": float(np.sqrt(chi2.statistic / (sum(reference) + sum(current)))),
        })
    corrections = []
    for p in ([0.01, 0.04, 0.03, 0.2], [0.5], [0.001, 0.001, 0.9, 0.02, 0.02]):
        corrections.append({
            "p_values": p,
            "holm": multitest.multipletests(p, method="holm")[1].tolist(),
            "benjamini_hochberg": multitest.multipletests(p, method="fdr_bh")[1].tolist(),
        })
    write("drift", {"numbers": numbers, "categories": categories, "corrections": corrections})


if __name__ == "__main__":
    record_metrics()
    record_intervals()
    record_comparisons()
    record_drift()
