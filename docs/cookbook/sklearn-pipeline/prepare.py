"""Splits visits by their number, and scales their features."""

import sys

import pandas as pd
from sklearn.preprocessing import StandardScaler

FEATURES = ["weight_kg", "smokes"]
rows = pd.read_csv(sys.argv[1])
rows[FEATURES] = rows[FEATURES].astype(float)
is_train = rows["visit"] % 5 != 0
train, test = rows[is_train].copy(), rows[~is_train].copy()
scaler = StandardScaler().fit(train[FEATURES])
train[FEATURES] = scaler.transform(train[FEATURES])
test[FEATURES] = scaler.transform(test[FEATURES])
train.to_csv(sys.argv[2], index=False)
test.to_csv(sys.argv[3], index=False)
