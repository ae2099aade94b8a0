"""Features of sightings: local time of day on a circle, and a split by chance."""

import argparse

import numpy as np
import pandas as pd

parser = argparse.ArgumentParser()
parser.add_argument("--in", dest="rows", required=True)
parser.add_argument("--train", required=True)
parser.add_argument("--validation", required=True)
arguments = parser.parse_args()

rows = pd.read_csv(arguments.rows)
hours = (rows["seen_at_s"] + rows["utc_offset_s"]) % 86_400 / 3_600
features = pd.DataFrame(
    {
        "id": rows["id"],
        "time_of_day_sin": np.sin(2 * np.pi * hours / 24),
        "time_of_day_cos": np.cos(2 * np.pi * hours / 24),
        "moon": rows["moon"],
        "forest": rows["forest"],
        "unicorn": rows["unicorn"],
    }
)
# By the row's own number: a row stays where it is when others come or go.
is_train = (features["id"] * 2_654_435_761 % 2**32) < 2**31
features[is_train].to_csv(arguments.train, index=False)
features[~is_train].to_csv(arguments.validation, index=False)
