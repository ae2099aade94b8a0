"""Trains a scikit-learn classifier on the features, and measures it."""

import argparse
import json
import pickle

import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss, recall_score, roc_auc_score

parser = argparse.ArgumentParser()
parser.add_argument("--train", required=True)
parser.add_argument("--validation", required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--model", required=True)
parser.add_argument("--metrics", required=True)
arguments = parser.parse_args()

FEATURES = ["time_of_day_sin", "time_of_day_cos", "moon", "forest"]
train, validation = pd.read_csv(arguments.train), pd.read_csv(arguments.validation)
model = GradientBoostingClassifier(n_estimators=50, random_state=arguments.seed)
model.fit(train[FEATURES], train["unicorn"])
scores = model.predict_proba(validation[FEATURES])[:, 1]
truth = validation["unicorn"]
with open(arguments.model, "wb") as file:
    pickle.dump(model, file)
with open(arguments.metrics, "w") as file:
    json.dump(
        {
            "rows": len(validation),
            "accuracy": accuracy_score(truth, scores > 0.5),
            "log_loss": log_loss(truth, scores),
            "recall_1": recall_score(truth, scores > 0.5),
            "roc_auc": roc_auc_score(truth, scores),
        },
        file,
    )
