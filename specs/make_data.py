"""Writes digits/digits.csv and wdbc/wdbc.csv from the copies that scikit-learn ships.

    pip install scikit-learn==1.9.1
    python3 make_data.py            # rewrites both files
    python3 make_data.py --check    # fails if they differ from what is here

Nothing that runs needs this: the files are in the repository.
"""

import csv
import io
import pathlib
import sys

from sklearn.datasets import load_breast_cancer, load_digits

HERE = pathlib.Path(__file__).parent


def digits():
    data = load_digits()
    header = [f"pixel_{i}" for i in range(64)] + ["label"]
    rows = [[int(v) for v in x] + [int(y)] for x, y in zip(data.data, data.target)]
    return header, rows


def wdbc():
    data = load_breast_cancer()
    header = [str(name).replace(" ", "_") for name in data.feature_names] + ["diagnosis"]
    names = [str(name) for name in data.target_names]
    rows = [[repr(float(v)) for v in x] + [names[y]] for x, y in zip(data.data, data.target)]
    return header, rows


def text(header, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def main():
    stale = False
    for path, table in [("digits/digits.csv", digits), ("wdbc/wdbc.csv", wdbc)]:
        wanted = text(*table())
        if "--check" in sys.argv:
            stale |= (HERE / path).read_text() != wanted
        else:
            (HERE / path).write_text(wanted)
    sys.exit("the CSV files differ from scikit-learn's" if stale else 0)


if __name__ == "__main__":
    main()
