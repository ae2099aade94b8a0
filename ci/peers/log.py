"""The log of many rows by other tools: what each can express of it.

    pip install duckdb polars scikit-learn pyarrow
    pip install evidently "pandas<3"    # where it has a pandas of its own
    python log.py TOOL FOLDER [ROWS]

TOOL is `duckdb`, `polars`, `scikit-learn` or `evidently`; FOLDER holds the log as
`half=1/log.parquet` and `half=2/log.parquet`; ROWS is how many rows of each half
evidently is given. Prints a line for each figure: seconds of the processor,
seconds of the wall and the process's peak of memory in MiB so far.
"""

import os
import resource
import sys
import time

THREADS = int(os.environ.get("RAYON_NUM_THREADS", "2"))
NUMBERS = [f"x_{n}" for n in range(6)]
WORDS = ["c_5", "c_50", "c_5000", "region"]


def report(name, compute):
    def used():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    before, begun = used(), time.perf_counter()
    compute()
    cpu, wall = used() - before, time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}\t{cpu:.2f}\t{wall:.2f}\t{peak:.0f}", flush=True)


# Accuracy, log loss and the area under the ROC curve from ranks (ties get their
# mean rank). No intervals, nothing paired: neither tool has them.
AUC = """
    (sum(mid) FILTER (label = 1) - (count(*) FILTER (label = 1))
        * ((count(*) FILTER (label = 1)) + 1) / 2.0)
    / ((count(*) FILTER (label = 1)) * (count(*) FILTER (label = 0))::DOUBLE)
"""


def duckdb(folder):
    import duckdb

    log = duckdb.connect(config={"threads": THREADS})
    log.execute(f"CREATE VIEW log AS FROM read_parquet('{folder}/*/*.parquet')")

    def figures(by):
        for score in ["score", "previous"]:
            over = f"PARTITION BY {by} ORDER BY {score}" if by else f"ORDER BY {score}"
            group = f"GROUP BY {by}" if by else ""
            ties = f"{by}, {score}" if by else score
            log.execute(
                f"""
                WITH ranked AS (
                    SELECT label, {score} AS score, {by + ',' if by else ''}
                        rank() OVER ({over})
                            + (count(*) OVER (PARTITION BY {ties}) - 1) / 2.0 AS mid
                    FROM log)
                SELECT avg(((score >= 0.5)::INT = label)::INT),
                    -avg(ln(CASE label WHEN 1 THEN score ELSE 1 - score END)), {AUC}
                FROM ranked {group}
                """
            ).fetchall()

    def drift():
        for column in WORDS:
            log.execute(
                f"SELECT {column}, count(*) FILTER (half = 1), count(*) FILTER (half = 2) "
                f"FROM log GROUP BY 1"
            ).fetchall()
        # Running counts over a sorted table stream; one window with an order of its
        # own takes minutes a column.
        first, second = log.execute(
            "SELECT count(*) FILTER (half = 1), count(*) FILTER (half = 2) FROM log"
        ).fetchone()
        for column in NUMBERS + ["score", "previous"]:
            log.execute(
                f"""
                SELECT max(abs(below_1 / {first} - below_2 / {second})) FROM (
                    SELECT
                        sum((half = 1)::INT) OVER (ROWS UNBOUNDED PRECEDING) AS below_1,
                        sum((half = 2)::INT) OVER (ROWS UNBOUNDED PRECEDING) AS below_2
                    FROM (SELECT half, {column} FROM log ORDER BY {column}))
                """
            ).fetchall()

    report("DuckDB: accuracy, log loss, AUC of both versions", lambda: figures(""))
    report("DuckDB: the same by region", lambda: figures("region"))
    report("DuckDB: KS of 8 columns, counts of 4", drift)


def polars(folder):
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl

    log = pl.scan_parquet(f"{folder}/*/*.parquet", hive_partitioning=True)
    yes = pl.col("label") == 1

    def exprs(score, over):
        p = pl.col(score)
        rank = p.rank("average").over("region") if over else p.rank("average")
        n = yes.sum().cast(pl.Float64)
        m = (~yes).sum().cast(pl.Float64)
        wanted = [
            ((p >= 0.5) == yes).mean().alias(f"accuracy_{score}"),
            (-pl.when(yes).then(p).otherwise(1 - p).log().mean()).alias(f"log_loss_{score}"),
            ((pl.col(f"rank_{score}").filter(yes).sum() - n * (n + 1) / 2) / (n * m)).alias(
                f"auc_{score}"
            ),
        ]
        return rank.alias(f"rank_{score}"), wanted

    def figures(by):
        ranks, wanted = zip(*(exprs(score, by) for score in ["score", "previous"]))
        wanted = [one for of_score in wanted for one in of_score]
        ranked = log.select("label", "score", "previous", "region").with_columns(*ranks)
        (ranked.group_by("region").agg(wanted) if by else ranked.select(wanted)).collect()

    def drift():
        first = pl.col("half") == 1
        for column in WORDS:
            log.group_by(column).agg(first.sum(), (~first).sum().alias("second")).collect()
        for column in NUMBERS + ["score", "previous"]:
            apart = first.cum_sum() / first.sum() - (~first).cum_sum() / (~first).sum()
            log.select(column, "half").sort(column).select(apart.abs().max()).collect()

    report("Polars: accuracy, log loss, AUC of both versions", lambda: figures(False))
    report("Polars: the same by region", lambda: figures(True))
    report("Polars: KS of 8 columns, counts of 4", drift)


def scikit_learn(folder):
    import pyarrow.parquet as pq
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    log = pq.read_table(folder, columns=["label", "score", "previous"])
    label, *scores = (log[name].to_numpy() for name in log.column_names[:3])

    def figures():
        for score in scores:
            accuracy_score(label, score >= 0.5)
            log_loss(label, score)
            roc_auc_score(label, score)

    report("scikit-learn: accuracy, log loss, AUC of both versions, not reading", figures)


def evidently(folder, rows):
    import pyarrow.dataset as ds
    from evidently import Report
    from evidently.presets import DataDriftPreset

    columns = ["label", "score", "previous", *NUMBERS, *WORDS]
    halves = [
        ds.dataset(f"{folder}/half={half}/log.parquet").head(rows, columns=columns).to_pandas()
        for half in [1, 2]
    ]
    report(
        f"Evidently: drift of 13 columns, {rows} rows a half, not reading",
        lambda: Report([DataDriftPreset()]).run(halves[1], halves[0]),
    )


if __name__ == "__main__":
    tool, folder, *rest = sys.argv[1:]
    run = {
        "duckdb": duckdb,
        "polars": polars,
        "scikit-learn": scikit_learn,
        "evidently": evidently,
    }[tool]
    run(folder, *map(int, rest))
