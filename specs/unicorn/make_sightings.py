"""Writes sightings.csv, raw reports of animals at dusk, one in fifty a unicorn,
and later.csv, reports of the same world that came in afterwards.

    python3 make_sightings.py

Nothing that runs needs this: the files are in the repository. The world is that of
the built-in generator: unicorns are seen at dusk, local time, under a bright
moon, in dense forest. One report in thirty lacks the noise.
"""

import csv
import pathlib
import random

HERE = pathlib.Path(__file__).parent
YEAR_START_S = 1_767_225_600  # 2026-01-01T00:00:00Z


def sighting(draw, unicorn):
    offset_s = 3_600 * draw.randint(-11, 12)
    hour = min(20.5, max(18.5, draw.gauss(19.5, 0.5))) if unicorn else draw.uniform(0, 24)
    local_s = draw.randrange(365) * 86_400 + int(hour * 3_600)
    moon = draw.uniform(0.8, 1) if unicorn else draw.uniform(0, 0.9)
    forest = draw.uniform(0.75, 1) if unicorn else draw.uniform(0, 0.9)
    noise = "" if draw.random() < 1 / 30 else f"{draw.gauss(40, 8):.1f}"
    seen_at = YEAR_START_S + local_s - offset_s
    return [seen_at, offset_s, f"{moon:.3f}", f"{forest:.3f}", noise, int(unicorn)]


def write(name, seed, rows):
    draw = random.Random(seed)
    kinds = [row % 50 == 0 for row in range(rows)]
    draw.shuffle(kinds)
    with open(HERE / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "seen_at_s", "utc_offset_s", "moon", "forest", "noise", "unicorn"])
        for row, unicorn in enumerate(kinds, 1):
            writer.writerow([row, *sighting(draw, unicorn)])


write("sightings.csv", 7, 6_000)
write("later.csv", 8, 3_000)
