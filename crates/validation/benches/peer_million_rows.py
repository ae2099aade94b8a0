"""The same as `million_rows.rs` in NumPy and scikit-learn, on one thread.

    pip install numpy scipy scikit-learn
    OMP_NUM_THREADS=1 python peer_million_rows.py [RESAMPLES]

Prints `name seconds`. The bootstrap is measured on RESAMPLES resamples (default
20) and scaled to a thousand: each costs the same.
"""

import sys
import time

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

ROWS = 1_000_000


def rows():
    random = np.random.default_rng(1)
    labels = random.random(ROWS) < 0.1
    shared = random.normal(size=ROWS) + labels
    scores = [1 / (1 + np.exp(-(shared + 0.3 * random.normal(size=ROWS)))) for _ in range(2)]
    return labels, *scores


def fastest(compute, rounds=3):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        compute()
        times.append(time.perf_counter() - start)
    return min(times)


def presort(labels, a, b):
    orders = [np.argsort(scores) for scores in (a, b)]
    return orders, [labels[order] for order in orders]


def bootstrap(orders, sorted_labels, resamples):
    """Of presorted scores: a resample is weights, and an area two sums over them.

    All scores are different, so that there are no ties to care for.
    """
    random = np.random.default_rng(2)
    differences = []
    for _ in range(resamples):
        weights = np.bincount(random.integers(0, ROWS, ROWS), minlength=ROWS)
        areas = []
        for order, is_positive in zip(orders, sorted_labels):
            w = weights[order]
            negatives = np.cumsum(np.where(is_positive, 0, w))
            positives = np.where(is_positive, w, 0)
            areas.append((positives * negatives).sum() / (positives.sum() * negatives[-1]))
        differences.append(areas[0] - areas[1])
    return np.quantile(differences, [0.025, 0.975])


def delong(labels, a, b):
    """By midranks (Sun and Xu, 2014)."""
    v10, v01 = [], []
    m, n = labels.sum(), (~labels).sum()
    for scores in (a, b):
        every = rankdata(scores)
        v10.append((every[labels] - rankdata(scores[labels])) / n)
        v01.append(1 - (every[~labels] - rankdata(scores[~labels])) / m)
    covariance = np.cov(v10) / m + np.cov(v01) / n
    return covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]


if __name__ == "__main__":
    resamples = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    labels, a, b = rows()
    print("roc_auc", fastest(lambda: roc_auc_score(labels, a)))
    print("delong-of-rows", fastest(lambda: delong(labels, a, b)))
    sorting = fastest(lambda: presort(labels, a, b))
    presorted = presort(labels, a, b)
    resampling = fastest(lambda: bootstrap(*presorted, resamples), 1) / resamples * 1000
    print("bootstrap-of-reduced", resampling)
    print("bootstrap-of-rows", sorting + resampling)
